package net2net

import (
	"fmt"
	"math"

	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// spectral is a weight W divided by an estimate of its largest singular value (Miyato et al. 2018, algorithm
// 1), as the reference evaluates it: W as a matrix with a row for each output, and one power iteration from
// the stored vector u, which no pass changes:
//
//	v' = W'u / (|W'u| + e)    s = W v'    u' = s / (|s| + e)    sigma = u'·s = |s|² / (|s| + e)
//
// Layers divide their result by sigma, not their weight, which is larger.
type spectral struct {
	name   string // of the layer
	weight Param  // W; its last axis here counts outputs
	out    int
}

// spectralEpsilon is e of the definition.
const spectralEpsilon = 1e-4

// newSpectral turns the weight of a layer into one that is normalised.
func newSpectral(name string, weight Param, out int) spectral {
	weight.Name = name + ".weight_bar"
	return spectral{name, weight, out}
}

func (s spectral) params() []Param {
	start := nn.Normal(1 / math.Sqrt(float64(s.out)))
	return []Param{
		{Name: s.name + ".weight_u", Shape: []int{s.out}, Fixed: true, init: start},
		{Name: s.name + ".weight_v", Shape: []int{s.out}, Fixed: true, init: start}, // the reference stores it and never reads it
		s.weight,
	}
}

// folded is sigma as a parameter of ours, which Fold computes.
func (s spectral) folded() Param {
	return Param{Name: s.name + ".weight_sigma", Shape: []int{}, Fixed: true}
}

// inverseSigma is 1/sigma, a scalar.
func (s spectral) inverseSigma(n Network, g *Graph) *Node {
	if n.Folded {
		return Reciprocal(s.folded().Node(n, g))
	}
	list := s.params()
	w := Reshape(list[2].Node(n, g), -1, s.out)
	u := Reshape(list[0].Node(n, g), s.out, 1)
	unit := func(x *Node) *Node { return Div(x, AddScalar(L2Norm(x), spectralEpsilon)) }
	v := unit(Dot(w, u).Product())
	product := Einsum("io,ix->ox", w, v)
	return Reciprocal(ReduceAllSum(Mul(unit(product), product)))
}

// fold computes sigma from the weights in the scope, and keeps it there.
func (s spectral) fold(scope *model.Scope) error {
	list := s.params()
	values := func(p Param) ([]float32, error) {
		v := scope.GetVariable(p.Name)
		if v == nil {
			return nil, fmt.Errorf("weight %q is not in the model", p.Name)
		}
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("weight %q: %w", p.Name, err)
		}
		return tensors.CopyFlatData[float32](value)
	}
	u, err := values(list[0])
	if err != nil {
		return err
	}
	w, err := values(list[2])
	if err != nil {
		return err
	}
	product := make([]float64, s.out)
	norm := 0.0 // of W'u
	for ; len(w) > 0; w = w[s.out:] {
		row := w[:s.out]
		v := 0.0
		for i, x := range row {
			v += float64(x) * float64(u[i])
		}
		norm += v * v
		for i, x := range row {
			product[i] += v * float64(x)
		}
	}
	length := 0.0
	for _, x := range product {
		length += x * x
	}
	length = math.Sqrt(length) / (math.Sqrt(norm) + spectralEpsilon)
	return s.folded().Set(scope, []float32{float32(length * length / (length + spectralEpsilon))})
}

// SpectralConv is a convolution with a spectrally normalised kernel.
type SpectralConv struct{ Conv }

func (c SpectralConv) spectral() spectral {
	return newSpectral(c.Name, c.Conv.Params()[0], c.Out)
}

// Params lists Name.bias, Name.weight_u, Name.weight_v and Name.weight_bar.
func (c SpectralConv) Params() []Param { return append(c.Conv.Params()[1:], c.spectral().params()...) }

// Apply builds the layer.
func (c SpectralConv) Apply(n Network, x *Node) *Node {
	kernel := c.spectral().weight.Node(n, x.Graph())
	return c.finish(n, nn.Convolution(x, kernel, c.Stride, c.Padding, c.Padding))
}

// ApplyEnlarged builds the layer, whose kernel is of 3 pixels, stride 1 and padding 1, on x with each pixel repeated
// to a block of 2×2.
func (c SpectralConv) ApplyEnlarged(n Network, x *Node) *Node {
	return c.finish(n, c.enlarge(x, c.spectral().weight.Node(n, x.Graph())))
}

// finish divides by the norm and adds the bias.
func (c SpectralConv) finish(n Network, y *Node) *Node {
	s := c.spectral()
	return c.shift(n, Mul(y, s.inverseSigma(n, y.Graph())))
}

// Fold computes the layer's norm once, for networks that are Folded.
func (c SpectralConv) Fold(scope *model.Scope) error { return c.spectral().fold(scope) }

// SpectralLinear is a linear layer with a spectrally normalised matrix.
type SpectralLinear struct{ Linear }

func (l SpectralLinear) spectral() spectral {
	return newSpectral(l.Name, l.Linear.Params()[0], l.Out)
}

// Params lists Name.bias, Name.weight_u, Name.weight_v and Name.weight_bar.
func (l SpectralLinear) Params() []Param {
	return append(l.Linear.Params()[1:], l.spectral().params()...)
}

// Apply builds the layer.
func (l SpectralLinear) Apply(n Network, x *Node) *Node {
	s := l.spectral()
	y := Mul(Dot(x, s.weight.Node(n, x.Graph())).Product(), s.inverseSigma(n, x.Graph()))
	if !l.NoBias {
		y = Add(y, ExpandLeftToRank(l.Linear.Params()[1].Node(n, x.Graph()), y.Rank()))
	}
	return y
}

// Fold computes the layer's norm once, for networks that are Folded.
func (l SpectralLinear) Fold(scope *model.Scope) error { return l.spectral().fold(scope) }
