package flow

import (
	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// sliced is what other layers leave: steps of an optimal transport along single directions, which are fitted and not trained.
// Each step moves a row along a few orthonormal directions U [dim, k] by a rising function for each of them and
// each condition,
//
//	y = x + (f_c(x·U) - x·U)·Uᵀ,    log|det dy/dx| = Σ log f_c'(x·U)
//
// See [Flow.FitSlices]. Until they are fitted it is the identity.
type sliced struct {
	scope *model.Scope
	dim   int
	rows  int // conditions
}

// Names of the weights.
const (
	slicedDirections = "directions" // [steps, dim, k]
	slicedFrom       = "from"       // [steps, rows, k, knots]
	slicedTo         = "to"         // [steps, rows, k, knots]
)

// steps are the directions [dim, k] of each step, and its functions of each condition.
func (s sliced) steps(g *Graph) (directions []*Node, functions []spline) {
	const most = 64 // steps of a file that can be right
	directionDims, knotDims := []int{1, s.dim, 1}, []int{1, s.rows, 1, len(knotShares)}
	if v := s.scope.GetVariable(slicedDirections); v != nil && v.Shape().Rank() == 3 && v.Shape().Dimensions[0] <= most {
		of := v.Shape().Dimensions
		directionDims, knotDims = []int{of[0], s.dim, of[2]}, []int{of[0], s.rows, of[2], len(knotShares)}
	}
	u := nn.Buffer(s.scope, slicedDirections, nn.Zero, directionDims...).NodeValue(g)
	from := nn.Buffer(s.scope, slicedFrom, still, knotDims...).NodeValue(g)
	to := nn.Buffer(s.scope, slicedTo, still, knotDims...).NodeValue(g)
	for i := range directionDims[0] {
		step := func(n *Node) *Node { return Squeeze(Slice(n, AxisRange(i, i+1)), 0) }
		directions = append(directions, step(u))
		functions = append(functions, newSpline(step(from), step(to)))
	}
	return directions, functions
}

func (s sliced) forward(x *Node, c Condition) (y, logDet *Node) {
	directions, functions := s.steps(x.Graph())
	for i, u := range directions {
		along := Dot(x, u).Product()
		moved, logs := functions[i].rows(c.OneHot).forward(along)
		x = Add(x, across(Sub(moved, along), u))
		logDet = add(logDet, ReduceSum(logs, 1))
	}
	return x, logDet
}

func (s sliced) inverse(y *Node, c Condition) *Node {
	directions, functions := s.steps(y.Graph())
	for i := len(directions) - 1; i >= 0; i-- {
		moved := Dot(y, directions[i]).Product()
		along := functions[i].rows(c.OneHot).inverse(moved)
		y = Add(y, across(Sub(along, moved), directions[i]))
	}
	return y
}

// across are the rows by [batch, k] along the directions u [dim, k].
func across(by, u *Node) *Node { return Einsum("bk,dk->bd", by, u) }
