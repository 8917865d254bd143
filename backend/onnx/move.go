package onnx

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

func (f *function) Reshape(x compute.Value, dimensions ...int) (compute.Value, error) {
	shape, err := shapeinference.Reshape(x.(*value).shape, dimensions)
	if err != nil {
		return nil, err
	}
	return f.reshape(x.(*value), shape.Dimensions...), nil
}

func (f *function) reshape(x *value, dimensions ...int) *value {
	shape := shapes.Make(x.shape.DType, dimensions...)
	if slices.Equal(dimensions, x.shape.Dimensions) {
		return x
	}
	if x.constant != nil {
		return f.constant(x.constant, shape)
	}
	return f.operator("Reshape", shape, nil, x, f.integers(dimensions...))
}

func (f *function) Transpose(x compute.Value, permutation ...int) (compute.Value, error) {
	if _, err := shapeinference.Transpose(x.(*value).shape, permutation); err != nil {
		return nil, err
	}
	return f.transpose(x.(*value), permutation), nil
}

// transpose reorders axes; constants are reordered here and now.
func (f *function) transpose(x *value, permutation []int) *value {
	dimensions := make([]int, len(permutation))
	identity := true
	for i, axis := range permutation {
		dimensions[i] = x.shape.Dimensions[axis]
		identity = identity && i == axis
	}
	shape := shapes.Make(x.shape.DType, dimensions...)
	switch {
	case identity:
		return x
	case x.constant != nil:
		return f.constant(transposed(x, shape, permutation), shape)
	}
	return f.operator("Transpose", shape, map[string]any{"perm": slices.Clone(permutation)}, x)
}

// transposed copies the elements of a constant in the order of another shape.
func transposed(x *value, shape shapes.Shape, permutation []int) []byte {
	if len(x.constant) == 0 {
		return nil
	}
	size := len(x.constant) / x.shape.Size()
	strides := make([]int, len(permutation))
	stride := size
	for axis := len(permutation) - 1; axis >= 0; axis-- {
		strides[slices.Index(permutation, axis)] = stride
		stride *= x.shape.Dimensions[axis]
	}
	data := make([]byte, 0, len(x.constant))
	var walk func(axis, at int)
	walk = func(axis, at int) {
		if axis == len(strides) {
			data = append(data, x.constant[at:at+size]...)
			return
		}
		for range shape.Dimensions[axis] {
			walk(axis+1, at)
			at += strides[axis]
		}
	}
	walk(0, 0)
	return data
}

func (f *function) BroadcastInDim(x compute.Value, outputShape shapes.Shape, broadcastAxes []int) (compute.Value, error) {
	in := x.(*value)
	if err := shapeinference.BroadcastInDim(in.shape, outputShape, broadcastAxes, nil); err != nil {
		return nil, err
	}
	dimensions := make([]int, outputShape.Rank())
	for i := range dimensions {
		dimensions[i] = 1
	}
	for i, axis := range broadcastAxes {
		dimensions[axis] = in.shape.Dimensions[i]
	}
	aligned := f.reshape(in, dimensions...)
	if slices.Equal(dimensions, outputShape.Dimensions) {
		return aligned, nil
	}
	return f.operator("Expand", outputShape, nil, aligned, f.integers(outputShape.Dimensions...)), nil
}

func (f *function) Slice(x compute.Value, starts, limits, strides []int) (compute.Value, error) {
	in := x.(*value)
	shape, err := shapeinference.Slice(in.shape, starts, limits, strides)
	if err != nil {
		return nil, err
	}
	var from, to, axes, steps []int
	for axis, start := range starts {
		step := 1
		if strides != nil {
			step = strides[axis]
		}
		if start != 0 || limits[axis] != in.shape.Dimensions[axis] || step != 1 {
			from, to = append(from, start), append(to, limits[axis])
			axes, steps = append(axes, axis), append(steps, step)
		}
	}
	if len(axes) == 0 {
		return in, nil
	}
	return f.operator("Slice", shape, nil, in, f.integers(from...), f.integers(to...), f.integers(axes...), f.integers(steps...)), nil
}

// Reverse turns axes around: a slice with steps of -1 from the last element to before the first.
func (f *function) Reverse(x compute.Value, axes ...int) (compute.Value, error) {
	in := x.(*value)
	all := func(n int) *value { return f.integers(slices.Repeat([]int{n}, len(axes))...) }
	return f.operator("Slice", in.shape, nil, in, all(-1), all(math.MinInt64), f.integers(axes...), all(-1)), nil
}

func (f *function) Concatenate(axis int, operands ...compute.Value) (compute.Value, error) {
	var inputs []*value
	var inputShapes []shapes.Shape
	for _, operand := range operands {
		inputs = append(inputs, operand.(*value))
		inputShapes = append(inputShapes, operand.(*value).shape)
	}
	shape, err := shapeinference.Concatenate(inputShapes, axis)
	if err != nil {
		return nil, err
	}
	return f.operator("Concat", shape, map[string]any{"axis": axis}, inputs...), nil
}

// Pad adds elements around; ONNX has none for between.
func (f *function) Pad(x, fillValue compute.Value, axesConfig ...compute.PadAxis) (compute.Value, error) {
	in := x.(*value)
	shape, err := shapeinference.Pad(in.shape, axesConfig...)
	if err != nil {
		return nil, err
	}
	before, after := make([]int, in.shape.Rank()), make([]int, in.shape.Rank())
	for axis, config := range axesConfig {
		if config.Interior != 0 {
			return nil, unsupported(compute.OpTypePad)
		}
		before[axis], after[axis] = config.Start, config.End
	}
	return f.operator("Pad", shape, nil, in, f.integers(append(before, after...)...), fillValue.(*value)), nil
}
