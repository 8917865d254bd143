package flow

import (
	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// actNorm shifts and scales each dimension: y = (x + loc) · exp(logScale), with weights that start from
// the data and are trained on (Kingma and Dhariwal 2018, section 3.1). It holds norms rows of weights:
// one row for all collections, or one a condition.
type actNorm struct {
	scope *model.Scope
	dim   int
	norms int
}

func (a actNorm) weights(g *Graph) (loc, logScale *Node) {
	return nn.Weight(a.scope, g, "loc", nn.Zero, a.norms, a.dim), nn.Weight(a.scope, g, "log_scale", nn.Zero, a.norms, a.dim)
}

// at picks the row of weights [norms, dim] for each row of the batch: [batch, dim], or [1, dim] where all share one.
func (a actNorm) at(weights *Node, c Condition) *Node {
	if a.norms == 1 {
		return weights
	}
	return Dot(c.OneHot, weights).Product()
}

func (a actNorm) forward(x *Node, c Condition) (y, logDet *Node) {
	loc, logScale := a.weights(x.Graph())
	s := a.at(logScale, c)
	y = Mul(Add(x, a.at(loc, c)), Exp(s))
	logDet = ReduceSum(s, 1)
	if a.norms == 1 {
		logDet = BroadcastToDims(logDet, x.Shape().Dimensions[0])
	}
	return y, logDet
}

func (a actNorm) inverse(y *Node, c Condition) *Node {
	loc, logScale := a.weights(y.Graph())
	return Sub(Mul(y, Exp(Neg(a.at(logScale, c)))), a.at(loc, c))
}

// start sets the weights so that forward gives this batch mean 0 and standard deviation 1, over each
// condition's own rows where it has weights of its own. A condition without two rows in the batch takes
// the moments of the whole.
func (a actNorm) start(x *Node, c Condition) {
	const epsilon = 1e-6
	mean, std := wholeMoments(x, c)
	if a.norms > 1 {
		mean, std = ownMoments(x, c, 2)
	}
	a.weights(x.Graph())
	a.scope.GetVariable("loc").SetNodeValue(Neg(mean))
	a.scope.GetVariable("log_scale").SetNodeValue(Neg(Log(AddScalar(std, epsilon))))
}

// wholeMoments are the moments of all rows of x [batch, dim], [1, dim].
func wholeMoments(x *Node, c Condition) (mean, std *Node) {
	return moments(x, OnesLike(Slice(c.OneHot, AxisRange(), AxisRange(0, 1))))
}

// ownMoments are the moments of the rows of x [batch, dim] of each condition, [k, dim]; where it has fewer than least,
// those of all.
func ownMoments(x *Node, c Condition, least float64) (mean, std *Node) {
	whole, wholeStd := wholeMoments(x, c)
	mean, std = moments(x, c.OneHot)
	count := ExpandAxes(ReduceSum(c.OneHot, 0), 1)
	enough := BroadcastToDims(GreaterThan(count, Scalar(x.Graph(), x.DType(), least-0.5)), mean.Shape().Dimensions...)
	return Where(enough, mean, BroadcastToShape(whole, mean.Shape())), Where(enough, std, BroadcastToShape(wholeStd, std.Shape()))
}

// moments are the mean and the standard deviation (of a sample, divided by n-1) of the rows of x
// [batch, dim] that each column of member [batch, k] marks: both [k, dim].
func moments(x, member *Node) (mean, std *Node) {
	count := ExpandAxes(ReduceSum(member, 0), 1) // [k, 1]
	mean = Div(Einsum("bk,bd->kd", member, x), MaxScalar(count, 1))
	centred := Sub(x, Dot(member, mean).Product())
	variance := Div(Einsum("bk,bd->kd", member, Square(centred)), MaxScalar(SubScalar(count, 1), 1))
	return mean, Sqrt(variance)
}
