package kernel

import "unsafe"

// stagedRows is how many rows of a block are fetched at a time from an operand that lies transposed: those whose
// elements share its cache lines.
const stagedRows = floatsPerLine

// isTransposed reports whether an operand is dense along an axis that is not the innermost one, and both axes are
// long enough to fetch squares.
func isTransposed(kind Kind, dims, strides []int, along int) bool {
	last := len(dims) - 1
	inner := strides[last]
	return kind == F32 && along < last && strides[along] == 1 && inner != 0 && inner != 1 &&
		dims[along] >= stagedRows && dims[last] >= 4*stagedRows
}

// transposedAlong returns the axis that the first transposed operand is dense along, or -1.
func transposedAlong(p *Program, used, dims []int, strides [][]int) int {
	for i, input := range used {
		for axis := range dims {
			if isTransposed(p.Inputs[input].Kind, dims, strides[i], axis) {
				return axis
			}
		}
	}
	return -1
}

// stage points the slot of load i at a row of n elements of a transposed operand, which lies at the address at,
// offset bytes behind the operand's first element. It fetches the rows that lie beside it too: they are the next
// blocks.
func (w *walker) stage(ld *load, i int, at unsafe.Pointer, offset, n int) {
	l := w.layout
	width := roundUp(l.chunk, splat)
	within := w.along % stagedRows
	if first := offset - 4*within; w.loaded[i] != first || w.rows[i] != n {
		rows := min(stagedRows, l.dims[l.along]-(w.along-within))
		w.fetch(w.at(ld.offset), unsafe.Add(at, -4*within), rows, n, width, ld.strides[len(l.dims)-1])
		w.loaded[i], w.rows[i] = first, n
	}
	w.ptr[ld.slot] = w.at(ld.offset + within*width)
}

// fetch writes rows rows of n floats, width floats apart: element j of row r is float j*stride+r of src.
func (w *walker) fetch(dst, src unsafe.Pointer, rows, n, width, stride int) {
	t := w.vector
	done := 0
	if t.panel > 0 && rows == stagedRows {
		c := &w.call
		c.n, c.stride, c.dstStride = rows, uintptr(4*stride), uintptr(4*width)
		for ; done+t.panel <= n; done += t.panel {
			c.dst, c.a = unsafe.Add(dst, 4*done), unsafe.Add(src, 4*done*stride)
			t.transposePanel(c)
		}
	}
	for j := done; j < n; j++ {
		column := floatsAt(unsafe.Add(src, 4*j*stride), rows)
		for r, x := range column {
			*(*float32)(unsafe.Add(dst, 4*(r*width+j))) = x
		}
	}
}
