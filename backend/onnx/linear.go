package onnx

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
)

// DotGeneral is a product of two tensors over contracted axes, for each index of the batch axes. ONNX has a
// product of matrices, so that axes are brought to the order batch, free, contracted on the left and batch,
// contracted, free on the right, and joined to one axis each.
func (f *function) DotGeneral(lhs compute.Value, lhsContracting, lhsBatch []int, rhs compute.Value, rhsContracting, rhsBatch []int, config compute.DotGeneralConfig) (compute.Value, error) {
	left, right := lhs.(*value), rhs.(*value)
	shape, err := shapeinference.DotGeneral(left.shape, lhsContracting, lhsBatch, right.shape, rhsContracting, rhsBatch, config)
	if err != nil {
		return nil, err
	}
	if shape.DType != left.shape.DType {
		return nil, unsupported(compute.OpTypeDotGeneral)
	}
	lhsFree, rhsFree := others(left.shape, lhsContracting, lhsBatch), others(right.shape, rhsContracting, rhsBatch)
	batch := product(left.shape, lhsBatch)
	rows, inner, columns := product(left.shape, lhsFree), product(left.shape, lhsContracting), product(right.shape, rhsFree)
	left = f.transpose(left, slices.Concat(lhsBatch, lhsFree, lhsContracting))
	right = f.transpose(right, slices.Concat(rhsBatch, rhsContracting, rhsFree))
	leading := []int{}
	if len(lhsBatch) > 0 {
		leading = []int{batch}
	}
	with := func(axes ...int) []int { return append(slices.Clone(leading), axes...) }
	left, right = f.reshape(left, with(rows, inner)...), f.reshape(right, with(inner, columns)...)
	matrix := f.operator("MatMul", shapes.Make(shape.DType, with(rows, columns)...), nil, left, right)
	return f.reshape(matrix, shape.Dimensions...), nil
}

// others are the axes of a shape in neither list.
func others(shape shapes.Shape, lists ...[]int) []int {
	var rest []int
	for axis := range shape.Rank() {
		if !slices.ContainsFunc(lists, func(list []int) bool { return slices.Contains(list, axis) }) {
			rest = append(rest, axis)
		}
	}
	return rest
}

// product multiplies the sizes of some axes.
func product(shape shapes.Shape, axes []int) int {
	size := 1
	for _, axis := range axes {
		size *= shape.Dimensions[axis]
	}
	return size
}

// ConvGeneral is a convolution, in ONNX of channels first. One with zeros between its inputs' pixels is a
// gradient or a transposed convolution, and is not recorded.
func (f *function) ConvGeneral(input, kernel compute.Value, axes compute.ConvolveAxesConfig, strides []int, paddings [][2]int, inputDilations, kernelDilations []int, channelGroupCount, batchGroupCount int) (compute.Value, error) {
	x, w := input.(*value), kernel.(*value)
	shape, err := shapeinference.ConvGeneral(x.shape, w.shape, axes, strides, paddings, inputDilations, kernelDilations, channelGroupCount, batchGroupCount)
	if err != nil {
		return nil, err
	}
	if batchGroupCount > 1 || slices.ContainsFunc(inputDilations, func(d int) bool { return d > 1 }) {
		return nil, unsupported(compute.OpTypeConvGeneral)
	}
	attributes := map[string]any{"group": max(1, channelGroupCount)}
	if len(strides) > 0 {
		attributes["strides"] = slices.Clone(strides)
	}
	if len(kernelDilations) > 0 {
		attributes["dilations"] = slices.Clone(kernelDilations)
	}
	if len(paddings) > 0 {
		attributes["pads"] = pads(paddings)
	}
	order := append([]int{axes.OutputBatch, axes.OutputChannels}, axes.OutputSpatial...) // of the result's axes in ONNX
	first := make([]int, len(order))
	back := make([]int, len(order))
	for i, axis := range order {
		first[i] = shape.Dimensions[axis]
		back[axis] = i
	}
	y := f.operator("Conv", shapes.Make(shape.DType, first...), attributes,
		f.transpose(x, append([]int{axes.InputBatch, axes.InputChannels}, axes.InputSpatial...)),
		f.transpose(w, append([]int{axes.KernelOutputChannels, axes.KernelInputChannels}, axes.KernelSpatial...)))
	return f.transpose(y, back), nil
}

// pads are the zeros before each axis, then those after.
func pads(paddings [][2]int) []int {
	var before, after []int
	for _, p := range paddings {
		before, after = append(before, p[0]), append(after, p[1])
	}
	return append(before, after...)
}

// toChannelsFirst reorders the axes of images to those of ONNX.
var toChannelsFirst = []int{0, 3, 1, 2}

// channelsFirst is the shape of images [batch, h, w, c] as [batch, c, h, w].
func channelsFirst(shape shapes.Shape) shapes.Shape {
	d := shape.Dimensions
	return shapes.Make(shape.DType, d[0], d[3], d[1], d[2])
}

// channelsLast brings images back.
func (f *function) channelsLast(x *value) *value {
	return f.transpose(x, []int{0, 2, 3, 1})
}
