package flow

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// spline is a rising function of one variable for each value of a batch: the rational quadratics through knots (Gregory and
// Delbourgo, "Piecewise rational quadratic interpolation to monotonic data", 1982; Durkan and others, "Neural spline flows",
// 2019, eq. 4 to 8), and lines beyond the outer knots. All are [batch, k, knots], and rise along the last axis.
type spline struct{ x, y, slope *Node }

// newSpline takes for the slope at a knot that of the parabola through it and its neighbours, and at the outer knots the
// mean slope of the three intervals next to them.
func newSpline(x, y *Node) spline {
	w, h := steps(x), steps(y)
	s := Div(h, w)
	before, after := func(n *Node) *Node { return cut(n, 0, -1) }, func(n *Node) *Node { return cut(n, 1, 0) }
	inner := Div(Add(Mul(before(s), after(w)), Mul(after(s), before(w))), Add(before(w), after(w)))
	end := func(from, to int) *Node {
		across := func(n *Node) *Node { return ReduceAndKeep(cutRange(n, from, to), ReduceSum, -1) }
		return Div(across(h), across(w))
	}
	intervals := w.Shape().Dimensions[w.Rank()-1]
	return spline{x, y, Concatenate([]*Node{end(0, min(3, intervals)), inner, end(max(0, intervals-3), intervals)}, -1)}
}

// cut leaves out the first values of the last axis, and as many of its last as last is below 0.
func cut(n *Node, first, last int) *Node {
	return cutRange(n, first, n.Shape().Dimensions[n.Rank()-1]+last)
}

func cutRange(n *Node, from, to int) *Node {
	return SliceAxis(n, -1, AxisRange(from, to))
}

// steps are the differences along the last axis.
func steps(n *Node) *Node { return Sub(cut(n, 1, 0), cut(n, 0, -1)) }

// rows are those of the batch: the splines of each row's condition, of splines of each condition.
func (s spline) rows(oneHot *Node) spline {
	pick := func(n *Node) *Node {
		d := n.Shape().Dimensions
		return Reshape(Dot(oneHot, Reshape(n, d[0], d[1]*d[2])).Product(), -1, d[1], d[2])
	}
	return spline{pick(s.x), pick(s.y), pick(s.slope)}
}

// interval is the part of a spline between two knots, for each value [batch, k], and inside the value, brought to the outer
// knots where it lies beyond them.
type interval struct{ x, width, y, height, slope, next, inside *Node }

// interval finds the one that holds each of the values v [batch, k] among the knots, which are s.x or s.y.
func (s spline) interval(v, knots *Node) interval {
	last := knots.Shape().Dimensions[2] - 1
	at := func(n *Node, k int) *Node { return Squeeze(cutRange(n, k, k+1), -1) }
	v = Min(Max(v, at(knots, 0)), at(knots, last))
	// Above as many of the inner knots as stand before the interval.
	above := ConvertDType(GreaterOrEqual(ExpandAxes(v, -1), cutRange(knots, 1, last)), v.DType())
	ends := cutRange(ZerosLike(knots), 0, 1)
	inside := Sub(Concatenate([]*Node{OnesLike(ends), above}, -1), Concatenate([]*Node{above, ends}, -1))
	pick := func(n *Node) *Node { return ReduceSum(Mul(inside, n), -1) }
	return interval{
		pick(cut(s.x, 0, -1)), pick(steps(s.x)), pick(cut(s.y, 0, -1)), pick(steps(s.y)), pick(cut(s.slope, 0, -1)), pick(cut(s.slope, 1, 0)),
		v,
	}
}

// at gives the function and its derivative at a share of the way, in [0, 1], through the interval.
func (i interval) at(share *Node) (y, derivative *Node) {
	s := Div(i.height, i.width)
	rest := OneMinus(share)
	both := Mul(share, rest)
	below := Add(s, Mul(i.bend(s), both))
	y = Add(i.y, Div(Mul(i.height, Add(Mul(s, Square(share)), Mul(i.slope, both))), below))
	rise := Add(Add(Mul(i.next, Square(share)), MulScalar(Mul(s, both), 2)), Mul(i.slope, Square(rest)))
	return y, Mul(Square(Div(s, below)), rise)
}

func (i interval) bend(s *Node) *Node { return Sub(Add(i.next, i.slope), MulScalar(s, 2)) }

// forward maps x [batch, k] to y, with the logarithm of the derivative of each.
func (s spline) forward(x *Node) (y, logDerivative *Node) {
	return s.interval(x, s.x).forward(x)
}

// forward maps the x that i was found for to y.
func (i interval) forward(x *Node) (y, logDerivative *Node) {
	y, derivative := i.at(Div(Sub(i.inside, i.x), i.width))
	return Add(y, Mul(Sub(x, i.inside), derivative)), Log(derivative)
}

// inverse maps y [batch, k] back to x.
func (s spline) inverse(y *Node) (x *Node) { return s.interval(y, s.y).inverse(y) }

// inverse maps the y that i was found for back to x by the root of a quadratic that is stable where it is nearly linear.
func (i interval) inverse(y *Node) (x *Node) {
	slope := Div(i.height, i.width)
	up := Sub(i.inside, i.y)
	bent := Mul(up, i.bend(slope))
	a := Add(Mul(i.height, Sub(slope, i.slope)), bent)
	b := Sub(Mul(i.height, i.slope), bent)
	c := Neg(Mul(slope, up))
	root := Sqrt(MaxScalar(Sub(Square(b), MulScalar(Mul(a, c), 4)), 0))
	share := Div(MulScalar(c, 2), Neg(Add(b, root)))
	_, derivative := i.at(share)
	return Add(Add(i.x, Mul(share, i.width)), Div(Sub(y, i.inside), derivative))
}

// function is a spline of one condition and direction outside of graphs.
type function struct{ x, y, slope []float64 }

func newFunction(x, y []float64) function {
	last := len(x) - 1
	width, rise := make([]float64, last), make([]float64, last)
	for i := range last {
		width[i] = x[i+1] - x[i]
		rise[i] = (y[i+1] - y[i]) / width[i]
	}
	slope := make([]float64, last+1)
	for i := 1; i < last; i++ {
		slope[i] = (rise[i-1]*width[i] + rise[i]*width[i-1]) / (width[i-1] + width[i])
	}
	end := min(3, last)
	slope[0] = (y[end] - y[0]) / (x[end] - x[0])
	slope[last] = (y[last] - y[last-end]) / (x[last] - x[last-end])
	return function{x, y, slope}
}

// at is the value of the function at v.
func (f function) at(v float64) float64 {
	last := len(f.x) - 1
	switch {
	case v <= f.x[0]:
		return f.y[0] + (v-f.x[0])*f.slope[0]
	case v >= f.x[last]:
		return f.y[last] + (v-f.x[last])*f.slope[last]
	}
	i := 0
	for v >= f.x[i+1] {
		i++
	}
	width, height := f.x[i+1]-f.x[i], f.y[i+1]-f.y[i]
	rise, share := height/width, (v-f.x[i])/width
	both := share * (1 - share)
	return f.y[i] + height*(rise*share*share+f.slope[i]*both)/(rise+(f.slope[i]+f.slope[i+1]-2*rise)*both)
}
