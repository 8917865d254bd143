package nn

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// Convolution is x [batch, h, w, in] by kernel [k, k, in, out], with the same stride and the same zeros
// before and after on both axes, to [batch, h', w', out] with h' = (h + before + after - k)/stride + 1.
//
// Use it where the kernel's size is even: GoMLX 0.28 gives such a kernel a gradient for x that is shifted by
// one pixel (its reverse convolution takes both halves of a kernel to be (k-1)/2 long), and here it is right.
func Convolution(x, kernel *Node, stride, before, after int) *Node {
	d := kernel.Shape().Dimensions
	if d[0] != d[1] {
		panic(fmt.Errorf("a kernel of %d by %d is not square", d[0], d[1]))
	}
	k := d[0]
	if k%2 == 0 && before > k-2 {
		// GoMLX refuses to differentiate these, so the zeros become part of the image.
		x = padPixels(x, before, after)
		before, after = 0, 0
	}
	var dy *Node // the gradient of the loss for the result, known by the time that of x is asked for
	input := x
	if k%2 == 0 {
		input = IdentityWithCustomGradient(x, func(_, _ *Node) *Node {
			return convolutionGradient(x, kernel, dy, stride, before)
		})
	}
	padding := [2]int{before, after}
	y := Convolve(input, kernel).StridePerAxis(stride, stride).PaddingPerDim([][2]int{padding, padding}).Done()
	if k%2 == 0 {
		y = IdentityWithCustomGradient(y, func(_, v *Node) *Node {
			dy = v
			return v
		})
	}
	return y
}

// convolutionGradient is the gradient for x: dy, with stride-1 zeros between its pixels, convolved with the
// kernel turned by half a turn. Pixel i of x lies k-1-before pixels before the first one that sees it.
func convolutionGradient(x, kernel, dy *Node, stride, before int) *Node {
	k := kernel.Shape().Dimensions[0]
	start := k - 1 - before
	var padding [][2]int
	for axis := 1; axis <= 2; axis++ {
		spread := (dy.Shape().Dimensions[axis]-1)*stride + 1
		padding = append(padding, [2]int{start, x.Shape().Dimensions[axis] + k - 1 - spread - start})
	}
	axes := compute.ConvolveAxesConfig{
		InputBatch: 0, InputSpatial: []int{1, 2}, InputChannels: 3,
		KernelSpatial: []int{0, 1}, KernelInputChannels: 3, KernelOutputChannels: 2,
		OutputBatch: 0, OutputSpatial: []int{1, 2}, OutputChannels: 3,
	}
	return Convolve(dy, Reverse(kernel, 0, 1)).AxesConfig(axes).PaddingPerDim(padding).InputDilationPerAxis(stride, stride).Done()
}

// padPixels puts zeros around images [batch, h, w, c]. GoMLX 0.28 has no gradient for its own Pad.
func padPixels(x *Node, before, after int) *Node {
	for axis := 1; axis <= 2; axis++ {
		zeros := func(n int) *Node {
			shape := x.Shape().Clone()
			shape.Dimensions[axis] = n
			return Zeros(x.Graph(), shape)
		}
		var parts []*Node
		if before > 0 {
			parts = append(parts, zeros(before))
		}
		parts = append(parts, x)
		if after > 0 {
			parts = append(parts, zeros(after))
		}
		if len(parts) > 1 {
			x = Concatenate(parts, axis)
		}
	}
	return x
}
