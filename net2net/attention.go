package net2net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// attention lets each pixel of an image see all others (Zhang et al. 2019, section 3), at half their
// resolution:
//
//	y = x + gamma · o(softmax(theta(x) phi(x)') g(x))
type attention struct {
	name                  string
	theta, phi, g, output SpectralConv
}

func newAttention(name string, channels int) attention {
	conv := func(which string, in, out int) SpectralConv {
		return SpectralConv{Conv: Conv{Name: name + which + ".module", In: in, Out: out, Kernel: 1, Stride: 1, NoBias: true}}
	}
	return attention{
		name: name, theta: conv("theta", channels, channels/8), phi: conv("phi", channels, channels/8),
		g: conv("g", channels, channels/2), output: conv("o_conv", channels/2, channels),
	}
}

func (a attention) spectral() []spectralLayer {
	return []spectralLayer{a.theta, a.phi, a.g, a.output}
}

func (a attention) gamma() Param {
	return Param{Name: a.name + "gamma", Shape: []int{1}}
}

func (a attention) apply(n Network, x *Node) *Node {
	d := x.Shape().Dimensions
	rows := func(x *Node) *Node { return Reshape(x, d[0], -1, x.Shape().Dimensions[3]) }
	theta := rows(a.theta.Apply(n, x))
	phi := rows(MaxPool2(a.phi.Apply(n, x)))
	g := rows(MaxPool2(a.g.Apply(n, x)))
	y := a.output.Apply(n, Reshape(Attend(theta, phi, g), d[0], d[1], d[2], -1))
	return Add(x, Mul(y, ExpandLeftToRank(a.gamma().Node(n, x.Graph()), 4)))
}

// attentionRows bounds how many queries' scores against all keys are in memory at once.
const attentionRows = 2048

// Attend is softmax(q·kᵀ)·v of queries q [batch, n, c], keys k [batch, m, c] and values v [batch, m, d]: [batch, n, d].
func Attend(q, k, v *Node) *Node {
	var seen []*Node
	for from, n := 0, q.Shape().Dimensions[1]; from < n; from += attentionRows {
		some := Slice(q, AxisRange(), AxisRange(from, min(from+attentionRows, n)), AxisRange())
		weights := Softmax(Einsum("bqc,bkc->bqk", some, k), -1)
		seen = append(seen, Einsum("bqk,bkc->bqc", weights, v))
	}
	if len(seen) == 1 {
		return seen[0]
	}
	return Concatenate(seen, 1)
}
