package flow

import (
	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// coupling is the double coupling of Dinh et al. (2017, eq. 4 and 5), once in each direction, by maps of which the condition
// is seen (Rombach et al. 2020, eq. 10). For halves a, b of x:
//
//	b' = first(b; a, c)
//	a' = second(a; b', c)       y = (a', b')
type coupling struct{ first, second half }

// half is a map of one half of a vector, value by value, that the other half and the condition decide.
type half interface {
	forward(x, kept *Node, c Condition) (y, logDerivative *Node) // both [batch, dim/2]
	inverse(y, kept *Node, c Condition) (x *Node)
}

func newCoupling(scope *model.Scope, config Config, conditional bool) coupling {
	of := func(name string) half {
		n := decider{scope.At("%s", name), config, conditional}
		if config.Bins > 0 {
			return rational{n, config.Bins}
		}
		return affine{n, config.Bound}
	}
	return coupling{first: of("first"), second: of("second")}
}

func (k coupling) forward(x *Node, c Condition) (y, logDet *Node) {
	a, b := halves(x)
	b, l0 := k.first.forward(b, a, c)
	a, l1 := k.second.forward(a, b, c)
	return Concatenate([]*Node{a, b}, 1), ReduceSum(Add(l0, l1), 1)
}

func (k coupling) inverse(y *Node, c Condition) *Node {
	a, b := halves(y)
	a = k.second.inverse(a, b, c)
	b = k.first.inverse(b, a, c)
	return Concatenate([]*Node{a, b}, 1)
}

func halves(x *Node) (a, b *Node) {
	half := x.Shape().Dimensions[1] / 2
	return Slice(x, AxisRange(), AxisRange(0, half)), Slice(x, AxisRange(), AxisRange(half))
}

// decider is the network that gives a map of one half its numbers: an MLP of SiLU units, whose output starts at 0.
type decider struct {
	scope       *model.Scope
	config      Config
	conditional bool
}

// of returns n numbers [batch, dim/2] of each value of the map, for the half that is kept.
func (d decider) of(kept *Node, c Condition, n int) []*Node {
	half := kept.Shape().Dimensions[1]
	x := kept
	if d.conditional {
		x = Concatenate([]*Node{x, c.Embedding}, 1)
	}
	for i := range d.config.Depth + 1 {
		x = nn.SiLU(nn.Dense(d.scope.At("dense_%d", i), x, d.config.Hidden, nn.Small))
	}
	all := nn.Dense(d.scope.At("out"), x, n*half, nn.Zero)
	numbers := make([]*Node, n)
	for i := range numbers {
		numbers[i] = Slice(all, AxisRange(), AxisRange(i*half, (i+1)*half))
	}
	return numbers
}

// affine is x·exp(s) + t with log-scales s in (-bound, bound), at the start the identity.
type affine struct {
	decider
	bound float64
}

func (m affine) scaleAndShift(kept *Node, c Condition) (s, t *Node) {
	n := m.of(kept, c, 2)
	return MulScalar(Tanh(DivScalar(n[0], m.bound)), m.bound), n[1]
}

func (m affine) forward(x, kept *Node, c Condition) (y, logDerivative *Node) {
	s, t := m.scaleAndShift(kept, c)
	return Add(Mul(x, Exp(s)), t), s
}

func (m affine) inverse(y, kept *Node, c Condition) *Node {
	s, t := m.scaleAndShift(kept, c)
	return Mul(Sub(y, t), Exp(Neg(s)))
}
