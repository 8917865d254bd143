package net2net

import (
	"math"
	"math/rand/v2"

	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Mode says what a network is run for, on which normalisation layers depend.
type Mode int

const (
	// Evaluate uses stored statistics.
	Evaluate Mode = iota
	// Train uses the batch's statistics and updates the stored ones.
	Train
	// Start is for the first batch, before training: activation normalisations take their weights from it.
	// Stored statistics are left alone.
	Start
)

// Network is where layers find their weights, and what they are run for.
type Network struct {
	Scope *model.Scope
	Mode  Mode
	// Folded says that spectral norms were computed by Fold, and that the weights did not change since.
	Folded bool
}

// Linear is y = x·W + b: x [batch, In] to [batch, Out].
type Linear struct {
	Name    string
	In, Out int
	NoBias  bool
}

// Params lists Name.weight and Name.bias.
func (l Linear) Params() []Param {
	list := []Param{{Name: l.Name + ".weight", Shape: []int{l.Out, l.In}, Layout: Matrix, init: nn.Uniform(1 / math.Sqrt(3))}}
	if !l.NoBias {
		list = append(list, Param{Name: l.Name + ".bias", Shape: []int{l.Out}, init: within(1 / math.Sqrt(float64(l.In)))})
	}
	return list
}

// Apply builds the layer.
func (l Linear) Apply(n Network, x *Node) *Node {
	list := l.Params()
	y := Dot(x, list[0].Node(n, x.Graph())).Product()
	if !l.NoBias {
		y = Add(y, ExpandLeftToRank(list[1].Node(n, x.Graph()), y.Rank()))
	}
	return y
}

// within draws from ±bound, PyTorch's start of a bias.
func within(bound float64) nn.Init {
	return func(rng *rand.Rand, values []float32, _ []int) {
		for i := range values {
			values[i] = float32((2*rng.Float64() - 1) * bound)
		}
	}
}

// LeakyReLU is x where positive and slope·x elsewhere.
func LeakyReLU(x *Node, slope float64) *Node { return nn.LeakyReLU(x, slope) }

// ReLU is max(x, 0).
func ReLU(x *Node) *Node { return MaxScalar(x, 0) }

// MaxPool2 halves the sides of x [batch, h, w, c], rounding down, by the largest value of each 2×2 block.
func MaxPool2(x *Node) *Node {
	d := x.Shape().Dimensions
	h, w := d[1]/2, d[2]/2
	if 2*h != d[1] || 2*w != d[2] {
		x = Slice(x, AxisRange(), AxisRange(0, 2*h), AxisRange(0, 2*w), AxisRange())
	}
	return ReduceMax(Reshape(x, d[0], h, 2, w, 2, d[3]), 2, 4)
}

// MaxPool3 is the largest value of each window of 3×3 pixels, at every second pixel of x [batch, h, w, c], whose
// sides are even. Beyond the borders lie zeros: what x holds must not be negative.
func MaxPool3(x *Node) *Node {
	for axis := 1; axis <= 2; axis++ {
		x = maxPool3Axis(x, axis)
	}
	return x
}

// maxPool3Axis pools one axis: pixel i of the result sees pixels 2i-1, 2i and 2i+1.
func maxPool3Axis(x *Node, axis int) *Node {
	d := x.Shape().Clone().Dimensions
	half := d[axis] / 2
	split := append(append(append([]int{}, d[:axis]...), half, 2), d[axis+1:]...)
	pairs := Reshape(x, split...)
	pick := func(which int) *Node { // the even or the odd pixels, [..., half, 1, ...]
		ranges := make([]SliceAxisSpec, len(split))
		for i := range ranges {
			ranges[i] = AxisRange()
		}
		ranges[axis+1] = AxisElem(which)
		return Slice(pairs, ranges...)
	}
	d[axis] = half
	even, odd := Reshape(pick(0), d...), Reshape(pick(1), d...)
	border := x.Shape().Clone()
	border.Dimensions[axis] = 1
	ranges := make([]SliceAxisSpec, len(d))
	for i := range ranges {
		ranges[i] = AxisRange()
	}
	ranges[axis] = AxisRange(0, half-1)
	before := Concatenate([]*Node{Zeros(x.Graph(), border), Slice(odd, ranges...)}, axis)
	return Max(Max(even, odd), before)
}
