package flow

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// rational maps each value of a half by a rising rational-quadratic spline of its own through the ends of bins, whose widths,
// heights and slopes the other half decides; beyond the outer ends it is the identity (Durkan, Bekasov, Murray and
// Papamakarios: "Neural spline flows", 2019, section 3.1). What a scale and a shift cannot, it parts a normal distribution into
// modes: glasses are on or off. At the start it is the identity.
type rational struct {
	decider
	bins int
}

const (
	mostBins   = 32
	reach      = 4    // where the outer bins end, in standard deviations of what an ActNorm gives
	leastShare = 0.01 // of a bin in the whole width and height
	leastSlope = 0.01 // where two bins meet
)

func (m rational) forward(x, kept *Node, c Condition) (y, logDerivative *Node) {
	s := m.spline(kept, c)
	return s.interval(x, s.x).forward(x)
}

func (m rational) inverse(y, kept *Node, c Condition) (x *Node) {
	s := m.spline(kept, c)
	return s.interval(y, s.y).inverse(y)
}

func (m rational) spline(kept *Node, c Condition) binned { return m.through(m.of(kept, c, 3*m.bins-1)) }

// through is the spline that n numbers [batch, k] of each value describe: one for each width, each height, and each slope where
// two bins meet. Of zeros it is the identity.
func (m rational) through(n []*Node) binned {
	one := OnesLike(n[0])
	slope := []*Node{one}
	for _, u := range n[2*m.bins:] {
		rise := softplus(AddScalar(u, math.Log(math.E-1))) // 1 where u is 0
		slope = append(slope, AddScalar(MulScalar(rise, 1-leastSlope), leastSlope))
	}
	return binned{binEnds(n[:m.bins]), binEnds(n[m.bins : 2*m.bins]), append(slope, one)}
}

// softplus is log(1 + e^x), of operations that an ONNX model has, which log1p is not.
func softplus(x *Node) *Node { return Add(MaxScalar(x, 0), Log(OnePlus(Exp(Neg(Abs(x)))))) }

// binEnds are the ends of bins from -reach to reach, whose shares of the whole are the softmax of u, but for the least.
func binEnds(u []*Node) []*Node {
	most := u[0]
	for _, v := range u[1:] {
		most = Max(most, v)
	}
	most = StopGradient(most)
	shares, sum := make([]*Node, len(u)), (*Node)(nil)
	for i, v := range u {
		shares[i] = Exp(Sub(v, most))
		sum = add(sum, shares[i])
	}
	unit := MulScalar(Reciprocal(sum), 2*reach*(1-leastShare*float64(len(u))))
	end := AddScalar(ZerosLike(unit), -reach)
	ends := []*Node{end}
	for _, share := range shares[:len(shares)-1] {
		end = AddScalar(Add(end, Mul(share, unit)), 2*reach*leastShare)
		ends = append(ends, end)
	}
	return append(ends, AddScalar(ZerosLike(unit), reach))
}

// binned is a spline for each value of a batch, as [spline] is, that knows every knot and the slope there as a node [batch, k]
// of its own: what passes over bins is then a matter of values alone, one loop for all of it.
type binned struct{ x, y, slope []*Node }

// interval finds the bin that holds each of the values v [batch, k] among the knots, which are s.x or s.y.
func (s binned) interval(v *Node, knots []*Node) interval {
	v = MinScalar(MaxScalar(v, -reach), reach)
	at := func(k int) [6]*Node {
		return [6]*Node{s.x[k], s.x[k+1], s.y[k], s.y[k+1], s.slope[k], s.slope[k+1]}
	}
	bin := at(0)
	for k := 1; k+1 < len(knots); k++ {
		beyond := GreaterOrEqual(v, knots[k])
		for j, n := range at(k) {
			bin[j] = Where(beyond, n, bin[j])
		}
	}
	return interval{bin[0], Sub(bin[1], bin[0]), bin[2], Sub(bin[3], bin[2]), bin[4], bin[5], v}
}
