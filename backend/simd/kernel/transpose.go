package kernel

import (
	"fmt"
	"unsafe"
)

// CompileTranspose prepares a transposition of a dense array of the sizes dims to a dense array whose axis i is axis
// permutation[i] of the source. size is the bytes of an element, as in CompileCopy.
func (k *Kernels) CompileTranspose(dims, permutation []int, size int) (*Copy, error) {
	from := rowMajor(dims, func(int) bool { return true })
	if len(permutation) != len(dims) {
		return nil, fmt.Errorf("transpose: a permutation of %d axes for an array of %d", len(permutation), len(dims))
	}
	sizes, src := make([]int, len(permutation)), make([]int, len(permutation))
	for i, axis := range permutation {
		if axis < 0 || axis >= len(dims) {
			return nil, fmt.Errorf("transpose: axis %d of an array of %d axes", axis, len(dims))
		}
		sizes[i], src[i] = dims[axis], from[axis]
	}
	return k.CompileCopy(sizes, rowMajor(sizes, func(int) bool { return true }), src, size)
}

// transposePiece writes m rows of n elements, each of which is a column of the source: whole squares of vectors where
// there are such kernels.
func (c *Copy) transposePiece(dst, src unsafe.Pointer, m, n int) {
	t := c.kernels.vector
	doneM, doneN := 0, 0
	if t.panel > 0 && c.size == 4 && m >= t.panel && n >= t.panel {
		doneM, doneN = m-m%t.panel, n-n%t.panel
		args := c.kernels.vector.calls.get()
		args.n, args.stride, args.dstStride = doneM, uintptr(c.n.src), uintptr(c.m.dst)
		for j := 0; j < doneN; j += t.panel {
			args.dst, args.a = unsafe.Add(dst, j*c.n.dst), unsafe.Add(src, j*c.n.src)
			t.transposePanel(args)
		}
		args.dst, args.a = nil, nil
		c.kernels.vector.calls.put(args)
	}
	// What is left: the columns behind the squares, and the rows below them.
	if doneN < n {
		c.transposeElements(unsafe.Add(dst, doneN*c.n.dst), unsafe.Add(src, doneN*c.n.src), m, n-doneN)
	}
	if doneM < m && doneN > 0 {
		c.transposeElements(unsafe.Add(dst, doneM*c.m.dst), unsafe.Add(src, doneM*c.m.src), m-doneM, doneN)
	}
}

// transposeElements goes square by square, so that the cache lines of both arrays are used while they are in the
// cache.
func (c *Copy) transposeElements(dst, src unsafe.Pointer, m, n int) {
	const square = 16
	for i := 0; i < m; i += square {
		for j := 0; j < n; j += square {
			to := unsafe.Add(dst, i*c.m.dst+j*c.n.dst)
			from := unsafe.Add(src, i*c.m.src+j*c.n.src)
			c.copyElements(to, from, min(square, m-i), min(square, n-j))
		}
	}
}
