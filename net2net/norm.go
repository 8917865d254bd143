package net2net

import (
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/weights"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// ActNorm is y = scale·(x + loc) for each channel, the last axis of x. In Mode Start its weights become
// those that give the batch mean 0 and standard deviation 1 (Kingma and Dhariwal 2018, section 3.1).
type ActNorm struct {
	Name     string
	Channels int
}

// Params lists Name.loc, Name.scale and Name.initialized, which is 1 once the weights come from data.
func (a ActNorm) Params() []Param {
	shape := []int{1, a.Channels, 1, 1}
	return []Param{
		{Name: a.Name + ".loc", Shape: shape, Layout: Channels},
		{Name: a.Name + ".scale", Shape: shape, Layout: Channels, init: nn.One},
		{Name: a.Name + ".initialized", Shape: []int{}, Fixed: true, DType: weights.U8},
	}
}

// Apply builds the layer.
func (a ActNorm) Apply(n Network, x *Node) *Node {
	loc, scale := a.Affine(n, x)
	return Mul(scale, Add(x, loc))
}

// Affine returns loc and scale, broadcastable to x, after setting them from x in Mode Start.
func (a ActNorm) Affine(n Network, x *Node) (loc, scale *Node) {
	g := x.Graph()
	list := a.Params()
	vLoc, vScale, vInitialized := list[0].variable(n.Scope, g), list[1].variable(n.Scope, g), list[2].variable(n.Scope, g)
	if n.Mode == Start {
		const epsilon = 1e-6
		m := momentsOf(x)
		vLoc.SetNodeValue(Neg(m.mean))
		vScale.SetNodeValue(Reciprocal(AddScalar(Sqrt(m.unbiased), epsilon)))
		vInitialized.SetNodeValue(ScalarOne(g, x.DType()))
	}
	return ExpandLeftToRank(vLoc.NodeValue(g), x.Rank()), ExpandLeftToRank(vScale.NodeValue(g), x.Rank())
}

// Invert builds the inverse of the layer.
func (a ActNorm) Invert(n Network, y *Node) *Node {
	loc, scale := a.Affine(Network{Scope: n.Scope}, y)
	return Sub(Div(y, scale), loc)
}

// BatchNorm normalises each channel, the last axis of x, and then scales and shifts it if Affine (Ioffe and
// Szegedy 2015): with the batch's statistics in Modes Train and Start, with running averages otherwise.
type BatchNorm struct {
	Name     string
	Channels int
	Affine   bool
	Epsilon  float64
}

// batchNormMomentum is the weight of a new batch in the running averages.
const batchNormMomentum = 0.1

// Params lists Name.weight and Name.bias if Affine, and the running statistics.
func (b BatchNorm) Params() []Param {
	shape := []int{b.Channels}
	list := []Param{
		{Name: b.Name + ".running_mean", Shape: shape, Fixed: true},
		{Name: b.Name + ".running_var", Shape: shape, Fixed: true, init: nn.One},
		{Name: b.Name + ".num_batches_tracked", Shape: []int{}, Fixed: true, DType: weights.I64},
	}
	if b.Affine {
		list = append(list,
			Param{Name: b.Name + ".weight", Shape: shape, init: nn.One},
			Param{Name: b.Name + ".bias", Shape: shape})
	}
	return list
}

// Apply builds the layer.
func (b BatchNorm) Apply(n Network, x *Node) *Node {
	g := x.Graph()
	list := b.Params()
	vMean, vVariance := list[0].variable(n.Scope, g), list[1].variable(n.Scope, g)
	mean, variance := vMean.NodeValue(g), vVariance.NodeValue(g)
	vCount := list[2].variable(n.Scope, g)
	if n.Mode != Evaluate {
		m := momentsOf(x)
		mean, variance = m.mean, m.variance
		if n.Mode == Train {
			average(vMean, m.mean)
			average(vVariance, m.unbiased)
			vCount.SetNodeValue(AddScalar(vCount.NodeValue(g), 1))
		}
	}
	scale := Reciprocal(Sqrt(AddScalar(variance, b.Epsilon)))
	shift := Neg(Mul(mean, scale))
	if b.Affine {
		weight := list[3].Node(n, g)
		scale = Mul(scale, weight)
		shift = Add(Mul(shift, weight), list[4].Node(n, g))
	}
	return Add(Mul(x, ExpandLeftToRank(scale, x.Rank())), ExpandLeftToRank(shift, x.Rank()))
}

// average moves a running average towards a value.
func average(v *model.Variable, value *Node) {
	old := v.NodeValue(value.Graph())
	v.SetNodeValue(Add(MulScalar(old, 1-batchNormMomentum), MulScalar(StopGradient(value), batchNormMomentum)))
}

// moments are statistics of each channel: the mean, the variance, and the variance of a sample, which is
// divided by the number of values less one.
type moments struct{ mean, variance, unbiased *Node }

// momentsOf takes the moments of x over all axes but the last.
func momentsOf(x *Node) moments {
	channels := x.Shape().Dimensions[x.Rank()-1]
	flat := Reshape(x, -1, channels)
	count := float64(flat.Shape().Dimensions[0])
	mean := ReduceMean(flat, 0)
	variance := ReduceMean(Square(Sub(flat, ExpandLeftToRank(mean, 2))), 0)
	return moments{mean, variance, MulScalar(variance, count/max(1, count-1))}
}
