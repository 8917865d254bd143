package net2net

import (
	"math"

	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
)

// initStd is the standard deviation that the reference starts its convolutions' weights with.
const initStd = 0.02

// Conv is a convolution: x [batch, h, w, In] to [batch, h', w', Out].
type Conv struct {
	Name                    string
	In, Out                 int
	Kernel, Stride, Padding int
	NoBias                  bool
}

// Params lists Name.weight and Name.bias.
func (c Conv) Params() []Param {
	list := []Param{{Name: c.Name + ".weight", Shape: []int{c.Out, c.In, c.Kernel, c.Kernel}, Layout: Kernel, init: nn.Normal(initStd)}}
	if !c.NoBias {
		list = append(list, c.bias())
	}
	return list
}

func (c Conv) bias() Param {
	return Param{Name: c.Name + ".bias", Shape: []int{c.Out}, init: within(1 / math.Sqrt(float64(c.In*c.Kernel*c.Kernel)))}
}

// Apply builds the layer.
func (c Conv) Apply(n Network, x *Node) *Node {
	return c.shift(n, nn.Convolution(x, c.Params()[0].Node(n, x.Graph()), c.Stride, c.Padding, c.Padding))
}

// ApplyEnlarged builds the layer, whose kernel is of 3 pixels, stride 1 and padding 1, on x with each pixel repeated
// to a block of 2×2.
func (c Conv) ApplyEnlarged(n Network, x *Node) *Node {
	return c.shift(n, c.enlarge(x, c.Params()[0].Node(n, x.Graph())))
}

func (c Conv) enlarge(x, kernel *Node) *Node {
	d := x.Shape().Dimensions
	if d[1]*d[2] < c.Out { // of a small image the kernel is the larger part, and is not worth rearranging
		return nn.Convolution(nn.Upsample(x), kernel, 1, 1, 1)
	}
	return enlarged(x, kernel)
}

// shift adds the bias.
func (c Conv) shift(n Network, y *Node) *Node {
	if c.NoBias {
		return y
	}
	return Add(y, ExpandLeftToRank(c.bias().Node(n, y.Graph()), 4))
}

// Cover is a convolution with bias whose kernel covers its whole input: x [batch, Side, Side, In] to
// [batch, Out].
type Cover struct {
	Name          string
	In, Out, Side int
}

// Params lists Name.weight and Name.bias.
func (c Cover) Params() []Param {
	bound := within(1 / math.Sqrt(float64(c.In*c.Side*c.Side)))
	return []Param{
		{Name: c.Name + ".weight", Shape: []int{c.Out, c.In, c.Side, c.Side}, Layout: Covering, init: nn.Normal(initStd)},
		{Name: c.Name + ".bias", Shape: []int{c.Out}, init: bound},
	}
}

// Apply builds the layer.
func (c Cover) Apply(n Network, x *Node) *Node {
	list := c.Params()
	x = Reshape(x, x.Shape().Dimensions[0], -1)
	y := Dot(x, list[0].Node(n, x.Graph())).Product()
	return Add(y, ExpandLeftToRank(list[1].Node(n, x.Graph()), 2))
}

// Unfold is a transposed convolution with bias of single pixels: x [batch, In] to [batch, Side, Side, Out].
type Unfold struct {
	Name          string
	In, Out, Side int
}

// Params lists Name.weight and Name.bias.
func (u Unfold) Params() []Param {
	bound := within(1 / math.Sqrt(float64(u.Out*u.Side*u.Side)))
	return []Param{
		{Name: u.Name + ".weight", Shape: []int{u.In, u.Out, u.Side, u.Side}, Layout: Unfolding, init: nn.Normal(initStd)},
		{Name: u.Name + ".bias", Shape: []int{u.Out}, init: bound},
	}
}

// Apply builds the layer.
func (u Unfold) Apply(n Network, x *Node) *Node {
	list := u.Params()
	y := Dot(x, list[0].Node(n, x.Graph())).Product()
	y = Reshape(y, x.Shape().Dimensions[0], u.Side, u.Side, u.Out)
	return Add(y, ExpandLeftToRank(list[1].Node(n, x.Graph()), 4))
}

// Double is a transposed convolution without bias, with a kernel of 4, stride 2 and padding 1: x [batch, h, w, In] to
// [batch, 2h, 2w, Out].
//
// It is computed as a convolution: each of the four pixels of a 2×2 block of the result sees its own 2×2
// pixels of x, so that no zeros are multiplied and the gradients are those of a plain convolution.
type Double struct {
	Name    string
	In, Out int
}

// Params lists Name.weight.
func (d Double) Params() []Param {
	return []Param{{Name: d.Name + ".weight", Shape: []int{d.In, d.Out, 4, 4}, Layout: Doubling, init: nn.Normal(initStd)}}
}

// Apply builds the layer.
func (d Double) Apply(n Network, x *Node) *Node {
	return doubled(x, d.Params()[0].Node(n, x.Graph()))
}

// doubled convolves x [batch, h, w, in] with a kernel [2, 2, in, 4·out] whose channels are the four pixels of a 2×2
// block: [batch, 2h, 2w, out].
func doubled(x, kernel *Node) *Node {
	batch, h, w := x.Shape().Dimensions[0], x.Shape().Dimensions[1], x.Shape().Dimensions[2]
	out := kernel.Shape().Dimensions[3] / 4
	y := nn.Convolution(x, kernel, 1, 1, 1)
	// y[q, r] holds what pixels (2q+a, 2r+b), a and b in {0, 1}, get from the window that starts at (q-1, r-1);
	// theirs starts at (q-1+a, r-1+b).
	y = Reshape(y, batch, h+1, w+1, 2, 2, out)
	var rows []*Node
	for a := range 2 {
		var columns []*Node
		for b := range 2 {
			columns = append(columns, Slice(y, AxisRange(), AxisRange(a, a+h), AxisRange(b, b+w), AxisElem(a), AxisElem(b), AxisRange()))
		}
		rows = append(rows, Concatenate(columns, 4)) // [batch, h, w, 1, 2, out]
	}
	y = Concatenate(rows, 3) // [batch, h, w, 2, 2, out]
	return Reshape(TransposeAllAxes(y, 0, 1, 3, 2, 4, 5), batch, 2*h, 2*w, out)
}

// enlarged is a convolution by a kernel [3, 3, in, out] with padding 1 of x [batch, h, w, in] enlarged to
// [batch, 2h, 2w, in] by repeating pixels. Where a kernel sees a pixel repeated, the sum of its two weights
// sees it once: four products take the place of nine.
func enlarged(x, kernel *Node) *Node {
	d := kernel.Shape().Dimensions
	in, out := d[2], d[3]
	// taps turns an axis of 3 weights into [2, 2]: what each of the two pixels of a window counts for, for the
	// first and the second pixel of a block.
	taps := func(k *Node, axis int) *Node {
		at := func(i int) *Node {
			ranges := make([]SliceAxisSpec, k.Rank())
			for j := range ranges {
				ranges[j] = AxisRange()
			}
			ranges[axis] = AxisElem(i)
			return Slice(k, ranges...)
		}
		return Concatenate([]*Node{at(0), Add(at(0), at(1)), Add(at(1), at(2)), at(2)}, axis)
	}
	k := taps(taps(kernel, 0), 1) // [2·2, 2·2, in, out]
	k = TransposeAllAxes(Reshape(k, 2, 2, 2, 2, in, out), 0, 2, 4, 1, 3, 5)
	return doubled(x, Reshape(k, 2, 2, in, 4*out))
}
