package kernel

import (
	"cmp"
	"fmt"
	"slices"
	"unsafe"
)

// Copy is a compiled copy between two arrays of the same sizes with strides of their own: a transposition, a
// broadcast, a slice, the inside of a padded array, a part of a concatenation, a reversal. It may run from several
// goroutines at once.
type Copy struct {
	kernels *Kernels
	size    int // bytes of an element
	outer   []copyAxis
	m, n    copyAxis // the two inner axes
	chunkM  int      // elements of the inner axes that go in one piece
	chunkN  int
	pieces  int // of the whole copy
	tasks   int
	runs    freeList[copyRun]
}

// copyAxis is an axis with its strides in bytes.
type copyAxis struct{ size, dst, src int }

// copyRun is one call of Run.
type copyRun struct {
	c        *Copy
	dst, src unsafe.Pointer
	task     func(worker, task int)
}

const (
	// copyPiece is the number of elements that are copied in one piece.
	copyPiece = 1 << 14

	// tileRows by tileColumns elements of the destination are written in one piece in a transposition: both arrays'
	// parts of it fit in the second level cache, and both are runs of several cache lines.
	tileRows    = 256
	tileColumns = 128
)

// CompileCopy prepares a copy of an array of the sizes dims. Strides are in elements, may be negative, and 0 in the
// source where it repeats itself; elements of the destination must be distinct. size is 1, 2, 4, 8 or 16 bytes an
// element.
func (k *Kernels) CompileCopy(dims, dstStrides, srcStrides []int, size int) (*Copy, error) {
	if len(dstStrides) != len(dims) || len(srcStrides) != len(dims) {
		return nil, fmt.Errorf("copy: %d and %d strides for %d axes", len(dstStrides), len(srcStrides), len(dims))
	}
	if !slices.Contains([]int{1, 2, 4, 8, 16}, size) {
		return nil, fmt.Errorf("copy: elements of %d bytes: only 1, 2, 4, 8 and 16 are possible", size)
	}
	var axes []copyAxis
	for i, d := range dims {
		if d < 0 {
			return nil, fmt.Errorf("copy: axis %d has size %d", i, d)
		}
		if d != 1 {
			axes = append(axes, copyAxis{d, dstStrides[i] * size, srcStrides[i] * size})
		}
	}
	c := &Copy{kernels: k, size: size, m: copyAxis{size: 1}, n: copyAxis{size: 1, dst: size, src: size}}
	axes = mergeAxes(axes)
	if last := len(axes) - 1; last >= 0 {
		c.n = axes[last]
		axes = axes[:last]
		// A transposition: the source is dense along another axis.
		if i := slices.IndexFunc(axes, func(a copyAxis) bool { return a.src == size }); i >= 0 && c.n.src != size && c.n.src != 0 {
			along := axes[i]
			axes = append(slices.Delete(axes, i, i+1), along)
		}
	}
	if last := len(axes) - 1; last >= 0 {
		c.m = axes[last]
		axes = axes[:last]
	}
	c.outer = axes
	c.cut()
	return c, nil
}

// mergeAxes orders axes by the destination's memory and joins neighbours that both arrays walk as one.
func mergeAxes(axes []copyAxis) []copyAxis {
	magnitude := func(x int) int { return max(x, -x) }
	slices.SortStableFunc(axes, func(a, b copyAxis) int { return cmp.Compare(magnitude(b.dst), magnitude(a.dst)) })
	var merged []copyAxis
	for _, a := range axes {
		if last := len(merged) - 1; last >= 0 {
			b := &merged[last]
			if b.dst == a.dst*a.size && b.src == a.src*a.size {
				*b = copyAxis{a.size * b.size, a.dst, a.src}
				continue
			}
		}
		merged = append(merged, a)
	}
	return merged
}

// transposes reports whether the source is dense along m and the destination along n.
func (c *Copy) transposes() bool {
	return c.m.src == c.size && c.n.dst == c.size && c.n.src != c.size && c.n.src != 0
}

// cut chooses the pieces and the tasks.
func (c *Copy) cut() {
	c.chunkN = min(c.n.size, copyPiece)
	c.chunkM = max(1, copyPiece/max(1, c.chunkN))
	if c.transposes() {
		c.chunkM = tileRows
		c.chunkN = min(c.n.size, tileColumns)
	}
	c.chunkM = min(c.chunkM, c.m.size)
	c.pieces = 0
	if c.m.size > 0 && c.n.size > 0 {
		c.pieces = ceilDivide(c.m.size, c.chunkM) * ceilDivide(c.n.size, c.chunkN)
	}
	elements := c.m.size * c.n.size
	for _, a := range c.outer {
		c.pieces *= a.size
		elements *= a.size
	}
	c.tasks = max(1, min(c.pieces, maxTasks, elements/taskSize))
}

func ceilDivide(a, b int) int { return (a + b - 1) / b }

// Run copies. dst and src are the addresses of the elements with index 0 on every axis; the memory must not overlap.
// A nil pool runs on the caller.
func (c *Copy) Run(p *Pool, dst, src unsafe.Pointer) {
	if c.pieces == 0 {
		return
	}
	r := c.runs.get()
	if r.task == nil {
		r.c, r.task = c, r.runTask
	}
	r.dst, r.src = dst, src
	if c.tasks == 1 {
		r.task(0, 0)
	} else {
		p.Run(c.tasks, r.task)
	}
	r.dst, r.src = nil, nil
	c.runs.put(r)
}

// runTask copies a task's share of the pieces.
func (r *copyRun) runTask(worker, task int) {
	c := r.c
	perN := ceilDivide(c.n.size, c.chunkN)
	perM := ceilDivide(c.m.size, c.chunkM)
	for piece := c.pieces * task / c.tasks; piece < c.pieces*(task+1)/c.tasks; piece++ {
		rest := piece
		n := rest % perN * c.chunkN
		rest /= perN
		m := rest % perM * c.chunkM
		rest /= perM
		dst := m*c.m.dst + n*c.n.dst
		src := m*c.m.src + n*c.n.src
		for i := len(c.outer) - 1; i >= 0; i-- {
			a := c.outer[i]
			index := rest % a.size
			rest /= a.size
			dst += index * a.dst
			src += index * a.src
		}
		c.copyPiece(unsafe.Add(r.dst, dst), unsafe.Add(r.src, src), min(c.chunkM, c.m.size-m), min(c.chunkN, c.n.size-n))
	}
}

// copyPiece copies m by n elements.
func (c *Copy) copyPiece(dst, src unsafe.Pointer, m, n int) {
	switch {
	case c.n.dst == c.size && c.n.src == c.size:
		for i := range m {
			copy(bytesAt(unsafe.Add(dst, i*c.m.dst), n*c.size), bytesAt(unsafe.Add(src, i*c.m.src), n*c.size))
		}
	case c.transposes():
		c.transposePiece(dst, src, m, n)
	default:
		c.copyElements(dst, src, m, n)
	}
}

func bytesAt(p unsafe.Pointer, n int) []byte { return unsafe.Slice((*byte)(p), n) }

// copyElements copies one element at a time.
func (c *Copy) copyElements(dst, src unsafe.Pointer, m, n int) {
	switch c.size {
	case 1:
		copyStrided[uint8](dst, src, m, n, c.m, c.n)
	case 2:
		copyStrided[uint16](dst, src, m, n, c.m, c.n)
	case 4:
		copyStrided[uint32](dst, src, m, n, c.m, c.n)
	case 8:
		copyStrided[uint64](dst, src, m, n, c.m, c.n)
	default:
		copyStrided[[2]uint64](dst, src, m, n, c.m, c.n)
	}
}

// copyStrided copies rows rows of columns elements along two axes.
func copyStrided[T any](dst, src unsafe.Pointer, rows, columns int, row, column copyAxis) {
	for i := range rows {
		to, from := unsafe.Add(dst, i*row.dst), unsafe.Add(src, i*row.src)
		if column.src == 0 {
			x := *(*T)(from)
			if column.dst == int(unsafe.Sizeof(x)) {
				line := unsafe.Slice((*T)(to), columns)
				for j := range line {
					line[j] = x
				}
				continue
			}
		}
		for j := range columns {
			*(*T)(unsafe.Add(to, j*column.dst)) = *(*T)(unsafe.Add(from, j*column.src))
		}
	}
}
