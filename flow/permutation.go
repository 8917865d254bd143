package flow

import (
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// permutation reorders the dimensions by a fixed random order: y[j] = x[order[j]]. Its logDet is 0.
type permutation struct {
	scope *model.Scope
	dim   int
}

func (p permutation) forward(x *Node, _ Condition) (y, logDet *Node) {
	return Einsum("bi,ji->bj", x, p.matrix(x.Graph())), nil
}

func (p permutation) inverse(y *Node, _ Condition) *Node {
	return Dot(y, p.matrix(y.Graph())).Product()
}

// matrix is M [dim, dim] with M[j, order[j]] = 1. A product with it is exact, and on every backend faster than a gather along
// the last axis. Places are compared as floats, which vectors of the processor do, and which are exact up to 2^24.
func (p permutation) matrix(g *Graph) *Node {
	order := nn.Buffer(p.scope, "order", nn.Permutation, p.dim).NodeValue(g)
	places := Iota(g, shapes.Make(order.DType(), 1, p.dim), 1)
	return ConvertDType(Equal(ExpandAxes(order, 1), places), dtypes.Float32)
}
