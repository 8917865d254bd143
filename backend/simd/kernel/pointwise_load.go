package kernel

import "unsafe"

// load brings the values of an operand that lies at the address at into the slot, for a block of n elements in rows
// rows of the split axis.
func (w *walker) load(ld *load, at unsafe.Pointer, rows, n int) {
	c := &w.call
	c.dst, c.a = w.at(ld.offset), at
	switch {
	case ld.how == repeat:
		fill(floatsAt(c.dst, splat), element(at, ld.kind))
	case ld.how == convert:
		c.n = n
		w.convert(ld.kind)
	case ld.kind == F32:
		w.gather(ld, at, rows)
	default:
		w.gatherElements(ld, at, rows)
	}
}

// convert runs the kernel that reads a row of a kind.
func (w *walker) convert(kind Kind) {
	if kind == Bool {
		w.vector.loadBool(&w.call)
	} else {
		w.vector.loadI32(&w.call)
	}
}

// element reads one element as a register holds it.
func element(at unsafe.Pointer, kind Kind) float32 {
	switch kind {
	case Bool:
		return truth(*(*uint8)(at) != 0)
	case I32:
		return float32(*(*int32)(at))
	default:
		return *(*float32)(at)
	}
}

// gather copies a block of floats with any strides: row by row, where the kernels take two axes at a time.
func (w *walker) gather(ld *load, at unsafe.Pointer, rows int) {
	l := w.layout
	last := len(l.dims) - 1
	sizes, strides := l.dims[l.split:], ld.strides[l.split:]
	last -= l.split
	size := func(axis int) int {
		if axis == 0 {
			return rows
		}
		return sizes[axis]
	}
	n, stride := size(last), strides[last]
	if last == 0 {
		w.gatherRows(w.at(ld.offset), at, 1, n, 0, stride)
		return
	}
	m := size(last - 1)
	outer := 1
	for axis := range last - 1 {
		outer *= size(axis)
	}
	dst := w.at(ld.offset)
	for o := range outer {
		from, rest := 0, o
		for axis := last - 2; axis >= 0; axis-- {
			s := size(axis)
			from += rest % s * strides[axis]
			rest /= s
		}
		w.gatherRows(unsafe.Add(dst, 4*o*m*n), unsafe.Add(at, 4*from), m, n, strides[last-1], stride)
	}
}

// gatherRows copies m rows of n floats; strides are in elements.
func (w *walker) gatherRows(dst, src unsafe.Pointer, m, n, rowStride, stride int) {
	c := &w.call
	c.dst, c.a, c.rows, c.n, c.stride = dst, src, m, n, uintptr(4*rowStride)
	switch stride {
	case 1:
		w.vector.joinRows(c)
	case 0:
		w.vector.splatRows(c)
	default:
		for r := range m {
			row := floatsAt(unsafe.Add(dst, 4*r*n), n)
			from := unsafe.Add(src, 4*r*rowStride)
			for i := range row {
				row[i] = *(*float32)(unsafe.Add(from, 4*i*stride))
			}
		}
	}
}

// gatherElements converts a block of any kind with any strides, row by row of the innermost axis.
func (w *walker) gatherElements(ld *load, at unsafe.Pointer, rows int) {
	l := w.layout
	last := len(l.dims) - 1
	n := l.dims[last]
	if last == l.split {
		n = rows
	}
	size, stride := ld.kind.size(), ld.strides[last]
	dst := floatsAt(w.at(ld.offset), rows*l.inner)
	for row := 0; len(dst) > 0; row++ {
		from, rest := 0, row
		for axis := last - 1; axis > l.split; axis-- {
			from += rest % l.dims[axis] * ld.strides[axis]
			rest /= l.dims[axis]
		}
		if last > l.split {
			from += rest * ld.strides[l.split]
		}
		first := unsafe.Add(at, size*from)
		if stride == 0 {
			fill(dst[:n], element(first, ld.kind))
		} else {
			for i := range dst[:n] {
				dst[i] = element(unsafe.Add(first, size*i*stride), ld.kind)
			}
		}
		dst = dst[n:]
	}
}
