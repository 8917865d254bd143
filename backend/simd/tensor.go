package simd

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// home says where the memory of a tensor comes from.
type home uint8

const (
	inArena    home = iota // planned by liveness, in the frame of an execution
	inInput                // an input's buffer
	inOutput               // an output's buffer
	inConstant             // made when the graph was compiled
)

// tensor is row-major memory that steps of a schedule read and write.
type tensor struct {
	id    int // index into frame.memory
	dtype dtypes.DType
	size  int // elements

	home   home
	slot   int            // inInput, inOutput: which
	offset int            // inArena: bytes from the start of the arena
	data   unsafe.Pointer // inConstant
	splat  *float32       // the value of all elements, if that is known and the dtype is a register's
}

// bytes returns the memory of the tensor.
func (t *tensor) bytes() int { return t.dtype.SizeForDimensions(t.size) }

// String returns the tensor's name in a schedule, such as "t12:Float32[64]".
func (t *tensor) String() string {
	names := [...]string{inArena: "t", inInput: "in", inOutput: "out", inConstant: "const"}
	n := t.id
	if t.home == inInput || t.home == inOutput {
		n = t.slot
	}
	return fmt.Sprintf("%s%d:%s[%d]", names[t.home], n, t.dtype, t.size)
}

// view is a tensor read in another shape: element i of it is element offset + sum(i[axis]*strides[axis]) of the
// tensor. A stride of zero repeats, a negative one walks backwards.
type view struct {
	tensor  *tensor
	offset  int
	dims    []int
	strides []int
}

// whole returns the view of a tensor with the given dimensions as it is.
func whole(t *tensor, dims []int) view {
	return view{tensor: t, dims: dims, strides: rowMajor(dims)}
}

// rowMajor returns the strides of contiguous memory.
func rowMajor(dims []int) []int {
	strides := make([]int, len(dims))
	stride := 1
	for axis := len(dims) - 1; axis >= 0; axis-- {
		strides[axis] = stride
		stride *= dims[axis]
	}
	return strides
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

func (v view) size() int { return product(v.dims) }

// contiguous reports whether the elements lie one after the other.
func (v view) contiguous() bool {
	stride := 1
	for axis := len(v.dims) - 1; axis >= 0; axis-- {
		if v.dims[axis] != 1 && v.strides[axis] != stride {
			return false
		}
		stride *= v.dims[axis]
	}
	return true
}

// covers reports whether the view is the tensor itself, in its order.
func (v view) covers() bool {
	return v.offset == 0 && v.size() == v.tensor.size && v.contiguous()
}

// address returns where the first element of the view lies.
func (v view) address(x *frame) unsafe.Pointer {
	return unsafe.Add(x.memory[v.tensor.id], v.offset*v.tensor.dtype.Size())
}

// transpose returns the view with its axes in another order.
func (v view) transpose(permutation []int) view {
	out := view{tensor: v.tensor, offset: v.offset}
	for _, axis := range permutation {
		out.dims = append(out.dims, v.dims[axis])
		out.strides = append(out.strides, v.strides[axis])
	}
	return out
}

// broadcast returns the view repeated to dims; axes names the axis of dims that each axis of the view becomes.
func (v view) broadcast(dims, axes []int) view {
	out := view{tensor: v.tensor, offset: v.offset, dims: dims, strides: make([]int, len(dims))}
	for i, axis := range axes {
		if v.dims[i] == dims[axis] {
			out.strides[axis] = v.strides[i]
		}
	}
	return out
}

// broadcastTo returns an operand of an element-wise operation in the dimensions of its result: a scalar, or an axis
// of size one, is repeated.
func (v view) broadcastTo(dims []int) view {
	if slices.Equal(v.dims, dims) {
		return v
	}
	axes := make([]int, len(v.dims))
	for i := range axes {
		axes[i] = len(dims) - len(v.dims) + i
	}
	return v.broadcast(dims, axes)
}

// slice returns the part of the view from starts to before limits, in steps.
func (v view) slice(starts, limits, steps []int) view {
	out := view{tensor: v.tensor, offset: v.offset}
	for axis, start := range starts {
		step := 1
		if len(steps) > 0 {
			step = steps[axis]
		}
		out.offset += start * v.strides[axis]
		out.dims = append(out.dims, (limits[axis]-start+step-1)/step)
		out.strides = append(out.strides, v.strides[axis]*step)
	}
	return out
}

// reverse returns the view with axes walked backwards.
func (v view) reverse(axes []int) view {
	out := view{tensor: v.tensor, offset: v.offset, dims: v.dims, strides: slices.Clone(v.strides)}
	for _, axis := range axes {
		out.offset += (v.dims[axis] - 1) * v.strides[axis]
		out.strides[axis] = -v.strides[axis]
	}
	return out
}

// reshape returns the view in other dimensions, if strides can express it.
func (v view) reshape(dims []int) (view, bool) {
	out := view{tensor: v.tensor, offset: v.offset, dims: dims, strides: make([]int, len(dims))}
	if v.size() == 0 {
		return out, true
	}
	// Both shapes are cut into runs of axes with the same number of elements; within a run the old axes must lie one
	// after the other.
	i, j := 0, 0
	for i < len(v.dims) || j < len(dims) {
		startOld, startNew := i, j
		old, now := 1, 1
		for first := true; first || old != now; first = false {
			switch {
			case old <= now && i < len(v.dims):
				old *= v.dims[i]
				i++
			case j < len(dims):
				now *= dims[j]
				j++
			default:
				old *= v.dims[i]
				i++
			}
		}
		// Axes of size one at the end of a run belong to it.
		for i < len(v.dims) && v.dims[i] == 1 {
			i++
		}
		for j < len(dims) && dims[j] == 1 {
			j++
		}
		stride, ok := runStride(v.dims[startOld:i], v.strides[startOld:i])
		if !ok {
			return view{}, false
		}
		for axis := j - 1; axis >= startNew; axis-- {
			out.strides[axis] = stride
			stride *= dims[axis]
		}
	}
	return out, true
}

// runStride returns the stride of axes that can be counted through as one.
func runStride(dims, strides []int) (stride int, ok bool) {
	stride, next := 1, 0 // next is the stride that continues the run; 0 before it starts
	started := false
	for axis := len(dims) - 1; axis >= 0; axis-- {
		switch {
		case dims[axis] == 1:
			continue
		case !started:
			stride, started = strides[axis], true
		case strides[axis] != next:
			return 0, false
		}
		next = strides[axis] * dims[axis]
	}
	return stride, true
}

// String describes the view.
func (v view) String() string {
	if v.covers() {
		return v.tensor.String()
	}
	return fmt.Sprintf("%s@%d%v/%v", v.tensor, v.offset, v.dims, v.strides)
}

// isStatic reports whether every dimension of the shape is known.
func isStatic(s shapes.Shape) bool { return !slices.Contains(s.Dimensions, shapes.DynamicDim) }
