package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// factorName is the name of what layers multiply by.
const factorName = "weight"

// Dense is the affine layer y = x·W + b: x [batch, in] to [batch, out].
func Dense(scope *model.Scope, x *Node, out int, init Init) *Node {
	g := x.Graph()
	in := x.Shape().Dimensions[x.Rank()-1]
	w := Weight(scope, g, factorName, init, in, out)
	b := Weight(scope, g, "bias", Zero, out)
	return Add(Dot(x, w).Product(), ExpandLeftToRank(b, x.Rank()))
}

// Conv is a convolution with bias: x [batch, h, w, in] by a kernel×kernel filter to [batch, h', w', out],
// with padding that keeps h' = h/stride.
func Conv(scope *model.Scope, x *Node, out, kernel, stride int, init Init) *Node {
	g := x.Graph()
	in := x.Shape().Dimensions[3]
	w := Weight(scope, g, factorName, init, kernel, kernel, in, out)
	b := Weight(scope, g, "bias", Zero, out)
	before := (kernel - stride + 1) / 2
	after := max(0, kernel-stride) - before
	if kernel <= stride {
		before, after = 0, 0
	}
	y := Convolution(x, w, stride, before, after)
	return Add(y, ExpandLeftToRank(b, 4))
}

// GroupNorm normalises x [batch, h, w, c] over space and groups of channels, then scales and shifts each
// channel (Wu and He 2018). groups must divide c.
func GroupNorm(scope *model.Scope, x *Node, groups int) *Node {
	const epsilon = 1e-5
	g, c := x.Graph(), x.Shape().Dimensions[3]
	return NormaliseGroups(x, groups, epsilon, Weight(scope, g, "scale", One, c), Weight(scope, g, "shift", Zero, c))
}

// NormaliseGroups is [GroupNorm] with the given scale and shift, [c] each, and epsilon added to the variance.
func NormaliseGroups(x *Node, groups int, epsilon float64, scale, shift *Node) *Node {
	d := x.Shape().Dimensions
	n, h, w, c := d[0], d[1], d[2], d[3]
	// Statistics of a channel first, of its group after: the large reduction then runs along the image's own layout.
	count := float64(h * w * (c / groups))
	sum := ReduceSum(x, 1, 2)
	squares := ReduceSum(Square(x), 1, 2)
	grouped := func(s *Node) *Node {
		return DivScalar(ReduceSum(Reshape(s, n, groups, c/groups), 2), count)
	}
	mean := grouped(sum)
	variance := MaxScalar(Sub(grouped(squares), Square(mean)), 0)
	inverse := Reciprocal(Sqrt(AddScalar(variance, epsilon)))
	perChannel := func(s *Node) *Node { // [n, groups] to [n, c]
		return Reshape(BroadcastToDims(ExpandAxes(s, 2), n, groups, c/groups), n, c)
	}
	a := Mul(perChannel(inverse), ExpandLeftToRank(scale, 2))
	b := Sub(ExpandLeftToRank(shift, 2), Mul(perChannel(mean), a))
	return Add(Mul(x, Reshape(a, n, 1, 1, c)), Reshape(b, n, 1, 1, c))
}

// SiLU is x·sigmoid(x).
func SiLU(x *Node) *Node { return Mul(x, Sigmoid(x)) }

// LeakyReLU is max(x, slope·x), for a slope in [0, 1].
func LeakyReLU(x *Node, slope float64) *Node { return Max(x, MulScalar(x, slope)) }

// SpaceToDepth folds each 2×2 block of pixels into channels: [n, h, w, c] to [n, h/2, w/2, 4c].
func SpaceToDepth(x *Node) *Node {
	d := x.Shape().Dimensions
	n, h, w, c := d[0], d[1], d[2], d[3]
	x = Reshape(x, n, h/2, 2, w/2, 2, c)
	return Reshape(TransposeAllAxes(x, 0, 1, 3, 2, 4, 5), n, h/2, w/2, 4*c)
}

// DepthToSpace is the inverse of [SpaceToDepth]: [n, h, w, 4c] to [n, 2h, 2w, c].
func DepthToSpace(x *Node) *Node {
	d := x.Shape().Dimensions
	n, h, w, c := d[0], d[1], d[2], d[3]/4
	x = Reshape(x, n, h, w, 2, 2, c)
	return Reshape(TransposeAllAxes(x, 0, 1, 3, 2, 4, 5), n, 2*h, 2*w, c)
}

// AveragePool halves both sides of x [n, h, w, c] by the mean over 2×2 blocks.
func AveragePool(x *Node) *Node {
	d := x.Shape().Dimensions
	return ReduceMean(Reshape(x, d[0], d[1]/2, 2, d[2]/2, 2, d[3]), 2, 4)
}

// Upsample doubles both sides of x [n, h, w, c] by repeating pixels.
func Upsample(x *Node) *Node {
	d := x.Shape().Dimensions
	n, h, w, c := d[0], d[1], d[2], d[3]
	return Reshape(BroadcastToDims(Reshape(x, n, h, 1, w, 1, c), n, h, 2, w, 2, c), n, 2*h, 2*w, c)
}
