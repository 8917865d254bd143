package onnx

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapeinference"
)

// reduce records a reduction over axes, all of them where none are given. Since version 13 of the operators
// a sum takes the axes as an input, the others still as an attribute.
func (f *function) reduce(kind string, x compute.Value, axes []int) (compute.Value, error) {
	in := x.(*value)
	if len(axes) == 0 {
		for axis := range in.shape.Rank() {
			axes = append(axes, axis)
		}
	}
	shape, err := shapeinference.Reduce(in.shape, axes)
	if err != nil {
		return nil, err
	}
	if kind == "ReduceSum" {
		return f.operator(kind, shape, map[string]any{"keepdims": 0}, in, f.integers(axes...)), nil
	}
	return f.operator(kind, shape, map[string]any{"keepdims": 0, "axes": slices.Clone(axes)}, in), nil
}

func (f *function) ReduceSum(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce("ReduceSum", x, axes)
}

func (f *function) ReduceMax(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce("ReduceMax", x, axes)
}

func (f *function) ReduceMin(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce("ReduceMin", x, axes)
}

func (f *function) ReduceProduct(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce("ReduceProd", x, axes)
}

// ReduceWindow records maximum pooling over the two middle of four axes.
func (f *function) ReduceWindow(x compute.Value, reduction compute.ReduceOpType, window, strides, inputDilations, windowDilations []int, paddings [][2]int) (compute.Value, error) {
	in := x.(*value)
	shape, err := shapeinference.ReduceWindow(in.shape, window, strides, inputDilations, windowDilations, paddings)
	if err != nil {
		return nil, err
	}
	inner := func(list []int) bool { // only the two middle axes have other values than 1
		return len(list) == 0 || list[0] == 1 && list[3] == 1
	}
	padded := len(paddings) > 0 && (paddings[0] != [2]int{} || paddings[3] != [2]int{})
	if reduction != compute.ReduceOpMax || in.shape.Rank() != 4 || !inner(window) || !inner(strides) || !inner(windowDilations) || padded ||
		slices.ContainsFunc(inputDilations, func(d int) bool { return d > 1 }) {
		return nil, unsupported(compute.OpTypeReduceWindow)
	}
	if len(strides) == 0 {
		strides = window
	}
	attributes := map[string]any{"kernel_shape": slices.Clone(window[1:3]), "strides": slices.Clone(strides[1:3])}
	if len(windowDilations) > 0 {
		attributes["dilations"] = slices.Clone(windowDilations[1:3])
	}
	if len(paddings) > 0 {
		attributes["pads"] = pads(paddings[1:3])
	}
	return f.channelsLast(f.operator("MaxPool", channelsFirst(shape), attributes, f.transpose(in, toChannelsFirst))), nil
}
