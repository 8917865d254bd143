package simd

import (
	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// windowReductions are the reductions of windows that programs have.
var windowReductions = map[compute.ReduceOpType]kernel.Reduction{
	compute.ReduceOpSum:     kernel.Sum,
	compute.ReduceOpProduct: kernel.Product,
	compute.ReduceOpMax:     kernel.Max,
	compute.ReduceOpMin:     kernel.Min,
}

// lowerWindow makes the fragment of a compute.OpTypeReduceWindow whose windows lie side by side, as those of pooling
// do: each axis is split in windows and places within a window, and the latter are reduced. Others are delegated.
func lowerWindow(l *lowering, n *node) bool {
	a := n.attributes.(windowAttributes)
	in, out := n.inputs[0].shape, n.outputs[0]
	reduction, known := windowReductions[a.reduction]
	if !known || in.DType != dtypes.Float32 {
		return false
	}
	from := l.views[n.inputs[0]]
	v := view{tensor: from.tensor, offset: from.offset}
	f := &fragment{}
	for axis, d := range in.Dimensions {
		window, windows := a.window[axis], out.shape.Dimensions[axis]
		stride := window
		if len(a.strides) > 0 {
			stride = a.strides[axis]
		}
		alone := len(a.paddings) == 0 || a.paddings[axis] == [2]int{}
		for _, dilations := range [][]int{a.inputDilations, a.windowDilations} {
			alone = alone && (len(dilations) == 0 || dilations[axis] == 1)
		}
		if !alone || windows > 1 && stride != window || windows*window > d {
			return false
		}
		v.dims = append(v.dims, windows, window)
		v.strides = append(v.strides, window*from.strides[axis], from.strides[axis])
	}
	axes := make([]bool, len(v.dims))
	for i := range axes {
		axes[i] = i%2 == 1
	}
	f.dims = v.dims
	r := f.operand(v)
	if r >= 0 {
		r = f.apply(kernel.OpCopy, r)
	}
	f.outputs = []fragmentOutput{{register: r, tensor: l.define(out).tensor, reduce: reduction, axes: axes}}
	l.addFragment(f)
	return true
}
