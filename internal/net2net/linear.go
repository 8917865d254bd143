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
	list := []Param{{Name: l.Name + ".weight", Shape: []int{l.Out, l.In}, Layout: Matrix, Init: nn.Uniform(1 / math.Sqrt(3))}}
	if !l.NoBias {
		list = append(list, Param{Name: l.Name + ".bias", Shape: []int{l.Out}, Init: within(1 / math.Sqrt(float64(l.In)))})
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
