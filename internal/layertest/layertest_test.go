package layertest

import (
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/internal/simdtest"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// scaling is y = x · exp(s) with a log-scale for each dimension, and what a test puts wrong with it.
type scaling struct {
	forward, inverse, logDet func(*Node) *Node
}

func (s scaling) layer(scope *model.Scope) Layer {
	apply := func(change func(*Node) *Node, x *Node) *Node {
		if change == nil {
			return x
		}
		return change(x)
	}
	const dim = 3
	scale := func(g *Graph) *Node { return nn.Weight(scope, g, "scale", nn.Zero, 1, dim) }
	return Layer{
		Dim: dim, Conditions: 2,
		Forward: func(x, _ *Node) (y, logDet *Node) {
			logDet = BroadcastToDims(ReduceSum(scale(x.Graph()), 1), x.Shape().Dimensions[0])
			return apply(s.forward, Mul(x, Exp(scale(x.Graph())))), apply(s.logDet, logDet)
		},
		Inverse: func(y, _ *Node) *Node { return apply(s.inverse, Mul(y, Exp(Neg(scale(y.Graph()))))) },
	}
}

func TestCheckPassesAScaling(t *testing.T) {
	Check(t, simdtest.New(t), scaling{}.layer)
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	backend := simdtest.New(t)
	for name, c := range map[string]struct {
		layer scaling
		want  string
	}{
		"an inverse that is off":        {scaling{inverse: func(x *Node) *Node { return AddScalar(x, 0.01) }}, "inverse(forward(x)) is not x"},
		"a log-determinant of the sign": {scaling{logDet: Neg}, "that of the numeric Jacobian"},
		"no log-determinant":            {scaling{logDet: func(*Node) *Node { return nil }}, "that of the numeric Jacobian"},
		"a gradient that is halved": {scaling{forward: func(x *Node) *Node {
			return IdentityWithCustomGradient(x, func(_, v *Node) *Node { return MulScalar(v, 0.5) })
		}}, "the gradient for x[0, "},
		"a gradient that stops": {scaling{logDet: StopGradient}, "the gradient for /layer/scale["},
		"rows that mix": {scaling{
			forward: func(x *Node) *Node { return Add(x, ReduceAndKeep(x, ReduceMean, 0)) },
			inverse: func(y *Node) *Node { return Sub(y, MulScalar(ReduceAndKeep(y, ReduceMean, 0), 0.5)) },
		}, "row 0 has another result on its own"},
		"a result that is not a number": {scaling{forward: func(x *Node) *Node { return Log(Neg(Square(x))) }}, "inverse(forward(x)) is not x"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := verify(backend, c.layer.layer); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestCheckRefusesTheIdentity(t *testing.T) {
	identity := func(*model.Scope) Layer {
		return Layer{
			Dim: 2, Conditions: 1,
			Forward: func(x, _ *Node) (*Node, *Node) { return Identity(x), nil },
			Inverse: func(y, _ *Node) *Node { return Identity(y) },
		}
	}
	if err := verify(simdtest.New(t), identity); err == nil {
		t.Error("a layer that does nothing passes")
	}
}
