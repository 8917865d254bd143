package kernel

import "unsafe"

// reduced is an output that is reduced over the axes that its pass marks.
//
// The blocks that are folded into the same results are first combined element by element in an accumulator of a
// block's size; the block's own reduced axes are folded once, at the end. Sums use a cascade of three accumulators,
// each of which takes up to cascade values before it goes into the next, so that the rounding error grows with the
// logarithm of the number of terms.
type reduced struct {
	output  int
	slot    int
	kind    Reduction
	cursor  int
	size    int // elements of the output
	combine kernelFunc
	rows    kernelFunc
	levels  int
	acc     [3]int // offsets of the accumulators in scratch memory
	buffer  int    // offset of a block to fold in
	steps   []foldStep
	partial int // offset of its results within those of a segment
}

// cascade is how many blocks an accumulator of a sum takes.
const cascade = 32

// foldStep reduces the middle of an array of shape [outer, n, inner].
type foldStep struct {
	outer, n, inner int
	perRow          bool // outer counts for each row of the tile
}

// addFold plans a reduced output.
func (ps *pass) addFold(k *Kernels, out Output, output int) {
	l := &ps.layout
	f := reduced{
		output:  output,
		slot:    out.Register,
		kind:    out.Reduce,
		cursor:  ps.addCursor(rowMajor(l.dims, func(axis int) bool { return !l.reduced[axis] }), 4),
		combine: k.vector.ops[out.Reduce.combine()],
		rows:    k.vector.fold[out.Reduce],
		size:    1,
		buffer:  ps.reserve(l.blockLen()),
	}
	if l.folded > 1 {
		f.levels = 1
		if f.kind == Sum {
			f.levels = 3
		}
		for i := range f.levels {
			f.acc[i] = ps.reserve(l.blockLen())
		}
	}
	inner := 1
	for axis := len(l.dims) - 1; axis >= 0; axis-- {
		if !l.reduced[axis] {
			f.size *= l.dims[axis]
			if axis > l.split {
				inner *= l.dims[axis]
			}
			continue
		}
		if axis < l.split {
			continue
		}
		step := foldStep{outer: 1, n: l.dims[axis], inner: inner}
		if axis == l.split {
			step.n = l.chunk
		} else {
			step.outer = product(l.dims[l.split+1 : axis])
			step.perRow = true
		}
		f.steps = append(f.steps, step)
	}
	ps.folds = append(ps.folds, f)
}

// accumulate takes the block of n elements in the fold's slot, before which count blocks have been taken. An
// accumulator has full elements.
func (w *walker) accumulate(f *reduced, count, n, full int) {
	acc := w.at(f.acc[0])
	switch starts := count == 0 || f.levels == 3 && count%cascade == 0; {
	case !starts:
		w.combine(f, acc, w.ptr[f.slot], w.inc[f.slot], n)
	case n < full:
		fill(floatsAt(acc, full), f.kind.identity())
		w.combine(f, acc, w.ptr[f.slot], w.inc[f.slot], n)
	default:
		w.copy(acc, w.ptr[f.slot], w.inc[f.slot], n)
	}
	count++
	if f.levels == 3 && count%cascade == 0 {
		w.carry(f, 0, count/cascade%cascade == 1, full)
		if count%(cascade*cascade) == 0 {
			w.carry(f, 1, count == cascade*cascade, full)
		}
	}
}

// carry moves what a level has taken to the next one, which it starts or joins.
func (w *walker) carry(f *reduced, level int, starts bool, full int) {
	from, to := w.at(f.acc[level]), w.at(f.acc[level+1])
	if starts {
		w.copy(to, from, 1, full)
	} else {
		w.combine(f, to, from, 1, full)
	}
}

// total gathers what the levels hold after count blocks.
func (w *walker) total(f *reduced, count, full int) unsafe.Pointer {
	if f.levels < 3 {
		return w.at(f.acc[0])
	}
	var sum unsafe.Pointer
	for level, holds := range [3]bool{count%cascade != 0, count/cascade%cascade != 0, count >= cascade*cascade} {
		switch acc := w.at(f.acc[level]); {
		case !holds:
		case sum == nil:
			sum = acc
		default:
			w.combine(f, sum, acc, 1, full)
		}
	}
	return sum
}

// finish folds the reduced axes of a block of rows rows and writes the results to dst. The block is at src; own says
// that it may be overwritten.
func (w *walker) finish(f *reduced, dst, src unsafe.Pointer, inc uintptr, own bool, rows, n int) {
	buffer := w.at(f.buffer)
	if inc == 0 {
		w.copy(buffer, src, 0, n)
		src, own = buffer, true
	}
	if len(f.steps) == 0 { // all that is reduced was in the grid
		w.copy(dst, src, 1, n)
		return
	}
	for i, s := range f.steps {
		outer := s.outer
		if s.perRow {
			outer *= rows
			if w.layout.reduced[w.layout.split] {
				outer = s.outer * w.layout.chunk
			}
		}
		to := dst
		if i < len(f.steps)-1 {
			to = buffer
		}
		c := &w.call
		if s.inner == 1 {
			c.dst, c.a, c.rows, c.n = to, src, outer, s.n
			f.rows(c)
		} else {
			if !own {
				w.copy(buffer, src, 1, outer*s.n*s.inner)
				src = buffer
			}
			for o := range outer {
				w.halve(f, unsafe.Add(src, 4*o*s.n*s.inner), s.n, s.inner)
			}
			c.dst, c.a, c.rows, c.n, c.stride = to, src, outer, s.inner, uintptr(4*s.n*s.inner)
			w.vector.joinRows(c)
		}
		src, own = to, true
	}
}

// halve folds n rows of inner floats into the first, the second half onto the first half again and again: whole
// vectors however short the rows are.
func (w *walker) halve(f *reduced, rows unsafe.Pointer, n, inner int) {
	for n > 1 {
		h := n / 2
		w.combine(f, rows, unsafe.Add(rows, 4*(n-h)*inner), 1, h*inner)
		n -= h
	}
}

// combine joins n elements at b into those at acc.
func (w *walker) combine(f *reduced, acc, b unsafe.Pointer, inc uintptr, n int) {
	c := &w.call
	c.dst, c.a, c.b, c.stepA, c.stepB, c.n = acc, acc, b, 1, inc, n
	f.combine(c)
}

// copy writes n elements from src to dst.
func (w *walker) copy(dst, src unsafe.Pointer, inc uintptr, n int) {
	c := &w.call
	c.dst, c.a, c.stepA, c.n = dst, src, inc, n
	w.vector.ops[OpCopy](c)
}
