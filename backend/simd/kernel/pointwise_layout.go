package kernel

// blockSize is the number of elements that a program works on at a time: with a few registers they stay in the first
// level cache, and the cost of calling a kernel is small beside its work.
const blockSize = 1024

// layout is how a pass walks its index space.
//
// The inner axes, from the axis split on, form a block; the axis split itself is cut into tiles of chunk rows. The
// grid is what remains: the outer axes and the tiles. It is walked with the axes that all outputs keep outside and
// the reduced ones inside, so that each kept position is reduced in one go.
type layout struct {
	dims    []int
	reduced []bool
	split   int
	chunk   int
	inner   int // elements of one row: the product of the sizes after split
	along   int // the axis that a transposed operand is dense along, or -1
	grid    []gridAxis
	kept    int // positions of the kept grid axes, which come first in grid
	folded  int // positions of the reduced grid axes
}

// gridAxis is an axis of the grid.
type gridAxis struct {
	axis  int // of layout.dims
	size  int
	step  int // index of dims[axis] from one position to the next
	split bool
}

// collapse drops axes of size one and merges neighbours that every operand walks as one. It returns the sizes, the
// marks and the strides of each operand.
func collapse(dims []int, reduced []bool, strides [][]int) ([]int, []bool, [][]int) {
	var d []int
	var marks []bool
	s := make([][]int, len(strides))
	for axis, size := range dims {
		if size == 1 {
			continue
		}
		last := len(d) - 1
		if last >= 0 && marks[last] == reduced[axis] && mergeable(s, strides, last, axis, size) {
			d[last] *= size
			for i := range s {
				s[i][last] = strides[i][axis]
			}
			continue
		}
		d = append(d, size)
		marks = append(marks, reduced[axis])
		for i := range s {
			s[i] = append(s[i], strides[i][axis])
		}
	}
	if len(d) == 0 {
		d, marks = []int{1}, []bool{false}
		for i := range s {
			s[i] = []int{0}
		}
	}
	return d, marks, s
}

// mergeable reports whether every operand walks the axis as the inside of the last collapsed one.
func mergeable(collapsed, strides [][]int, last, axis, size int) bool {
	for i := range strides {
		if collapsed[i][last] != strides[i][axis]*size {
			return false
		}
	}
	return true
}

// newLayout chooses the blocks of a collapsed index space. along is an axis to walk innermost in the grid, one index
// a block, or -1.
func newLayout(dims []int, reduced []bool, along int) layout {
	l := layout{dims: dims, reduced: reduced, inner: 1, along: along}
	s := len(dims) - 1
	for along < 0 && s > 0 && 2*dims[s]*l.inner <= blockSize {
		l.inner *= dims[s]
		s--
	}
	l.split = s
	l.chunk = min(dims[s], max(1, blockSize/max(1, l.inner)))
	if l.chunk > 0 {
		tiles := (dims[s] + l.chunk - 1) / l.chunk
		l.chunk = (dims[s] + tiles - 1) / tiles
		if l.inner == 1 && tiles > 1 {
			l.chunk = roundUp(l.chunk, splat)
		}
	}
	l.kept, l.folded = 1, 1
	for _, wantReduced := range []bool{false, true} {
		for i := 0; i <= s; i++ {
			axis := i
			switch { // the axes in their order, but along last
			case along >= 0 && i == s:
				axis = along
			case along >= 0 && i >= along:
				axis = i + 1
			}
			if reduced[axis] != wantReduced {
				continue
			}
			g := gridAxis{axis: axis, size: dims[axis], step: 1}
			if axis == s {
				g.split, g.step = true, l.chunk
				g.size = 0
				if l.chunk > 0 {
					g.size = (dims[s] + l.chunk - 1) / l.chunk
				}
			}
			l.grid = append(l.grid, g)
			if wantReduced {
				l.folded *= g.size
			} else {
				l.kept *= g.size
			}
		}
	}
	return l
}

// blockLen returns the elements of a full block.
func (l *layout) blockLen() int { return l.chunk * l.inner }

// contiguous reports whether the strides walk a block as a row of memory.
func (l *layout) contiguous(strides []int) bool {
	want := 1
	for axis := len(l.dims) - 1; axis >= l.split; axis-- {
		if strides[axis] != want {
			return false
		}
		want *= l.dims[axis]
	}
	return true
}

// constant reports whether the strides stay on one element within a block.
func (l *layout) constant(strides []int) bool {
	for axis := l.split; axis < len(l.dims); axis++ {
		if strides[axis] != 0 {
			return false
		}
	}
	return true
}

// rowMajor returns the strides of a dense array that has the axes that keep marks and repeats itself along the
// others.
func rowMajor(dims []int, keep func(axis int) bool) []int {
	strides := make([]int, len(dims))
	next := 1
	for axis := len(dims) - 1; axis >= 0; axis-- {
		if keep(axis) {
			strides[axis] = next
			next *= dims[axis]
		}
	}
	return strides
}

func roundUp(n, multiple int) int { return (n + multiple - 1) / multiple * multiple }

func product(sizes []int) int {
	n := 1
	for _, s := range sizes {
		n *= s
	}
	return n
}
