package simd

import (
	"fmt"
	"unsafe"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute/dtypes"
)

// convForm is which of three arrays of a convolution a step computes from the other two.
type convForm uint8

const (
	convOutput convForm = iota
	convInputGradient
	convFilterGradient
)

// convStep computes an output, or the gradient of an input or a filter, of the convolution geometry. All three are
// dense, in the orders of [kernel.Conv]; a and b are the known arrays in the order of that list.
type convStep struct {
	form     convForm
	geometry kernel.Conv
	c, a, b  view
	bias     *view // of convOutput: one value a channel, or nil
	epilogue kernel.Epilogue
}

func (s *convStep) kind() string {
	return [...]string{"conv", "conv-dx", "conv-dw"}[s.form]
}

func floats(x *frame, v *view) []float32 {
	return unsafe.Slice((*float32)(v.address(x)), v.size())
}

func (s *convStep) run(x *frame) error {
	k, p := x.backend.kernels, x.backend.pool
	c, a, b := floats(x, &s.c), floats(x, &s.a), floats(x, &s.b)
	switch s.form {
	case convOutput:
		e := s.epilogue
		if s.bias != nil {
			e.Bias = floats(x, s.bias)
		}
		k.Conv(p, c, a, b, s.geometry, e)
	case convInputGradient:
		k.ConvGradInput(p, c, a, b, s.geometry)
	case convFilterGradient:
		k.ConvGradFilter(p, c, a, b, s.geometry)
	}
	return nil
}

func (s *convStep) String() string {
	text := fmt.Sprintf("%s %+v: %s, %s", s.kind(), s.geometry, s.a, s.b)
	if s.bias != nil {
		text += fmt.Sprintf(" + bias %s", s.bias)
	}
	if s.epilogue.Activation != kernel.NoActivation {
		text += fmt.Sprintf(" then activation %d", s.epilogue.Activation)
	}
	return text + fmt.Sprintf(" -> %s", s.c)
}

// convolution is a node of compute.OpTypeConvGeneral with its operands in canonical orders and with two spatial axes.
type convolution struct {
	input  view  // [batch, height, width, channels]
	filter view  // [height, width, input channels of a group, output channels]
	output []int // sizes of [batch, height, width, channels]

	stride, pad, inputDilation, filterDilation [2]int
	groups                                     int

	// place[i] is the axis of the node's output that output axis i is; -1 for a height that was added to a
	// convolution along one axis.
	place [4]int
}

// lowerConv makes the step of compute.OpTypeConvGeneral with one or two spatial axes, of any order of axes. Autodiff
// expresses both gradients as convolutions with axes exchanged: they become the kernels for gradients.
func lowerConv(l *lowering, n *node) bool {
	c, ok := l.canonicalConv(n)
	if !ok {
		return false
	}
	switch {
	case c.groups == 1 && c.inputDilation == [2]int{1, 1} && c.place[3] > c.place[0] && c.place[0] > max(c.place[1], c.place[2]):
		// The output is laid out as a filter is.
		l.convFilterGradient(n, c)
	case c.groups == 1 && c.stride == [2]int{1, 1} && (c.inputDilation != [2]int{1, 1} || c.reversed()):
		l.convInputGradient(n, c)
	default:
		l.convOutput(n, c)
	}
	return true
}

// reversed reports whether the filter is walked backwards along its spatial axes, as the gradient of an input does.
func (c *convolution) reversed() bool {
	backwards := false
	for axis := range 2 {
		if c.filter.dims[axis] > 1 {
			if c.filter.strides[axis] > 0 {
				return false
			}
			backwards = true
		}
	}
	return backwards
}

// canonicalConv brings the operands of a convolution in canonical order.
func (l *lowering) canonicalConv(n *node) (convolution, bool) {
	a := n.attributes.(convAttributes)
	out := n.outputs[0].shape
	spatial := len(a.axes.InputSpatial)
	if out.DType != dtypes.Float32 || spatial < 1 || spatial > 2 || a.batchGroups > 1 {
		return convolution{}, false
	}
	c := convolution{groups: max(1, a.channelGroups), stride: [2]int{1, 1}, inputDilation: [2]int{1, 1},
		filterDilation: [2]int{1, 1}, place: [4]int{a.axes.OutputBatch, -1, -1, a.axes.OutputChannels}}
	input, filter := l.views[n.inputs[0]], l.views[n.inputs[1]]
	inputOrder, filterOrder := []int{a.axes.InputBatch}, []int(nil)
	if spatial == 1 {
		input, filter = input.addAxis(), filter.addAxis()
		inputOrder, filterOrder = append(inputOrder, len(input.dims)-1), append(filterOrder, len(filter.dims)-1)
	}
	first := 2 - spatial
	for i := range spatial {
		inputOrder = append(inputOrder, a.axes.InputSpatial[i])
		filterOrder = append(filterOrder, a.axes.KernelSpatial[i])
		c.place[1+first+i] = a.axes.OutputSpatial[i]
		if len(a.paddings) > 0 {
			c.pad[first+i] = a.paddings[i][0]
		}
		for _, set := range []struct {
			to   *int
			from []int
		}{
			{&c.stride[first+i], a.strides},
			{&c.inputDilation[first+i], a.inputDilations},
			{&c.filterDilation[first+i], a.kernelDilations},
		} {
			if len(set.from) > 0 {
				*set.to = set.from[i]
			}
		}
	}
	c.input = input.transpose(append(inputOrder, a.axes.InputChannels))
	c.filter = filter.transpose(append(filterOrder, a.axes.KernelInputChannels, a.axes.KernelOutputChannels))
	for _, axis := range c.place {
		size := 1
		if axis >= 0 {
			size = out.Dimensions[axis]
		}
		c.output = append(c.output, size)
	}
	return c, true
}

// addAxis returns the view with an axis of size one at the end.
func (v view) addAxis() view {
	out := v
	out.dims = append(append([]int(nil), v.dims...), 1)
	out.strides = append(append([]int(nil), v.strides...), 0)
	return out
}

// denseView returns a view that covers its tensor, a copy if need be.
func (l *lowering) denseView(v view) view {
	if v.covers() {
		return v
	}
	return l.copyOf(v)
}

// result makes the tensor that a step computes, whose axis i is the canonical output axis order[i], and looks at it
// as the node's output.
func (l *lowering) result(n *node, c convolution, order [4]int) view {
	out := n.outputs[0]
	t := l.newTensor(out)
	dims := make([]int, 4)
	axisOf := make([]int, out.shape.Rank()) // of the node's output axes
	for i, axis := range order {
		dims[i] = c.output[axis]
		if c.place[axis] >= 0 {
			axisOf[c.place[axis]] = i
		}
	}
	to := whole(t, dims)
	l.views[out] = to.transpose(axisOf)
	return to
}

func (l *lowering) convOutput(n *node, c convolution) {
	s := &convStep{form: convOutput, a: l.denseView(c.input), b: l.denseView(c.filter)}
	s.c = l.result(n, c, [4]int{0, 1, 2, 3})
	s.geometry = kernel.Conv{
		Batch: c.input.dims[0], InH: c.input.dims[1], InW: c.input.dims[2], InC: c.input.dims[3],
		OutH: c.output[1], OutW: c.output[2], OutC: c.output[3],
		KH: c.filter.dims[0], KW: c.filter.dims[1],
		StrideH: c.stride[0], StrideW: c.stride[1], PadTop: c.pad[0], PadLeft: c.pad[1],
		DilationH: c.filterDilation[0], DilationW: c.filterDilation[1],
		InDilationH: c.inputDilation[0], InDilationW: c.inputDilation[1],
		Groups: c.groups,
	}
	l.addStep(s, s.a.tensor, s.b.tensor, s.c.tensor)
}

// convInputGradient computes a convolution of stride one over a dilated input as the gradient of the input of the
// convolution that has this dilation as its stride. With the filter mirrored and its channels exchanged,
//
//	y + i*d - p = oy*s   is   y = oy*s + (k-1-i)*d - ((k-1)*d - p).
func (l *lowering) convInputGradient(n *node, c convolution) {
	filter := c.filter.reverse([]int{0, 1}).transpose([]int{0, 1, 3, 2})
	s := &convStep{form: convInputGradient, a: l.denseView(c.input), b: l.denseView(filter)}
	s.c = l.result(n, c, [4]int{0, 1, 2, 3})
	s.geometry = kernel.Conv{
		Batch: c.output[0], InH: c.output[1], InW: c.output[2], InC: c.output[3],
		OutH: c.input.dims[1], OutW: c.input.dims[2], OutC: c.input.dims[3],
		KH: c.filter.dims[0], KW: c.filter.dims[1],
		StrideH: c.inputDilation[0], StrideW: c.inputDilation[1],
		PadTop:    (c.filter.dims[0]-1)*c.filterDilation[0] - c.pad[0],
		PadLeft:   (c.filter.dims[1]-1)*c.filterDilation[1] - c.pad[1],
		DilationH: c.filterDilation[0], DilationW: c.filterDilation[1],
	}
	l.addStep(s, s.a.tensor, s.b.tensor, s.c.tensor)
}

// convFilterGradient computes a convolution whose output is laid out as a filter as the gradient of that filter: its
// batch are the input channels of the forward convolution, its channels the batch, its filter the gradient of the
// output, and strides and dilations are exchanged.
func (l *lowering) convFilterGradient(n *node, c convolution) {
	s := &convStep{form: convFilterGradient,
		a: l.denseView(c.input.transpose([]int{3, 1, 2, 0})),
		b: l.denseView(c.filter.transpose([]int{2, 0, 1, 3})),
	}
	s.c = l.result(n, c, [4]int{1, 2, 0, 3})
	s.geometry = kernel.Conv{
		Batch: c.input.dims[3], InH: c.input.dims[1], InW: c.input.dims[2], InC: c.input.dims[0],
		OutH: c.filter.dims[0], OutW: c.filter.dims[1], OutC: c.output[3],
		KH: c.output[1], KW: c.output[2],
		StrideH: c.filterDilation[0], StrideW: c.filterDilation[1], PadTop: c.pad[0], PadLeft: c.pad[1],
		DilationH: c.stride[0], DilationW: c.stride[1],
	}
	l.addStep(s, s.a.tensor, s.b.tensor, s.c.tensor)
}
