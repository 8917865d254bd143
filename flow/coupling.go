package flow

import (
	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// coupling is the double affine coupling of Dinh et al. (2017, eq. 4 and 5), once in each direction, with
// s and t that see the condition (Rombach et al. 2020, eq. 10). For halves a, b of x:
//
//	b' = b · exp(s0(a, c)) + t0(a, c)
//	a' = a · exp(s1(b', c)) + t1(b', c)       y = (a', b')
type coupling struct{ first, second affine }

func newCoupling(scope *model.Scope, config Config, conditional bool) coupling {
	half := func(name string) affine { return affine{scope.At("%s", name), config, conditional} }
	return coupling{first: half("first"), second: half("second")}
}

func (k coupling) forward(x *Node, c Condition) (y, logDet *Node) {
	a, b := halves(x)
	s0, t0 := k.first.of(a, c)
	b = Add(Mul(b, Exp(s0)), t0)
	s1, t1 := k.second.of(b, c)
	a = Add(Mul(a, Exp(s1)), t1)
	return Concatenate([]*Node{a, b}, 1), ReduceSum(Add(s0, s1), 1)
}

func (k coupling) inverse(y *Node, c Condition) *Node {
	a, b := halves(y)
	s1, t1 := k.second.of(b, c)
	a = Mul(Sub(a, t1), Exp(Neg(s1)))
	s0, t0 := k.first.of(a, c)
	b = Mul(Sub(b, t0), Exp(Neg(s0)))
	return Concatenate([]*Node{a, b}, 1)
}

func halves(x *Node) (a, b *Node) {
	half := x.Shape().Dimensions[1] / 2
	return Slice(x, AxisRange(), AxisRange(0, half)), Slice(x, AxisRange(), AxisRange(half))
}

// affine is the network that gives one half of a coupling its log-scale and its shift: an MLP of SiLU units for
// both, whose output starts at 0, so that every coupling starts as the identity.
type affine struct {
	scope       *model.Scope
	config      Config
	conditional bool
}

// of returns the log-scale s in (-bound, bound) and the shift t, both [batch, dim/2], for the half x that
// is kept.
func (n affine) of(x *Node, c Condition) (s, t *Node) {
	half := x.Shape().Dimensions[1]
	if n.conditional {
		x = Concatenate([]*Node{x, c.Embedding}, 1)
	}
	for i := range n.config.Depth + 1 {
		x = nn.SiLU(nn.Dense(n.scope.At("dense_%d", i), x, n.config.Hidden, nn.Small))
	}
	both := nn.Dense(n.scope.At("out"), x, 2*half, nn.Zero)
	s, t = Slice(both, AxisRange(), AxisRange(0, half)), Slice(both, AxisRange(), AxisRange(half))
	bound := n.config.Bound
	return MulScalar(Tanh(DivScalar(s, bound)), bound), t
}
