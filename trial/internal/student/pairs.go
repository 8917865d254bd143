package student

import (
	"context"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Triple is an image with two counterfactuals: the factual one, in which something changed that the label does not
// depend on, and the counterfactual one, in which what the label names changed.
type Triple struct{ Original, Factual, Counterfactual int }

// contrastTemperature divides the similarities of a contrast.
const contrastTemperature = 0.1

// FitPairs takes the steps, each on triples drawn in proportion to the weights of their originals, by
//
//	cross-entropy + contrast · -log e^{s(h, h⁺)/τ} / (e^{s(h, h⁺)/τ} + e^{s(h, h⁻)/τ})
//
// with s the cosine of last hidden layers h of the original, h⁺ of the factual and h⁻ of the counterfactual image: the
// contrast within a sample of counterfactual training (after Wang et al., "Counterfactual data and training for
// visual commonsense reasoning", arXiv 2310.14670, whose formulas could not be read: this is our own form). Contrast 0
// leaves it out.
func (n *Network) FitPairs(ctx context.Context, r Rows, triples []Triple, contrast float64, rng *rand.Rand) error {
	weight := make([]float32, len(triples))
	for i, t := range triples {
		weight[i] = r.Weight[t.Original]
	}
	picks := newPicks(weight)
	return n.fit(ctx, []string{ownScope}, func(in []*Node) *Node {
		features, logits := n.forward(in[0], nil)
		loss := CrossEntropy(logits, in[1])
		if contrast == 0 {
			return loss
		}
		d := features.Shape().Dimensions
		of := Reshape(unit(features), d[0]/3, 3, d[1])
		part := func(i int) *Node { return Squeeze(SliceAxis(of, 1, AxisElem(i)), 1) }
		like := MulScalar(ReduceSum(Mul(part(0), part(1)), 1), 1/contrastTemperature)
		unlike := MulScalar(ReduceSum(Mul(part(0), part(2)), 1), 1/contrastTemperature)
		return Add(loss, MulScalar(ReduceAllMean(softplus(Sub(unlike, like))), contrast))
	}, func() ([]*tensors.Tensor, error) {
		var rows []int
		for _, t := range picks.draw((n.batch()+2)/3, rng) {
			rows = append(rows, triples[t].Original, triples[t].Factual, triples[t].Counterfactual)
		}
		return []*tensors.Tensor{n.inputs(r, rows, rng), n.classes(r, rows)}, nil
	})
}

// unit scales rows to length 1.
func unit(x *Node) *Node {
	return Div(x, Sqrt(AddScalar(ReduceAndKeep(Square(x), ReduceSum, -1), 1e-8)))
}

// softplus is log(1 + e^x).
func softplus(x *Node) *Node { return Add(MaxScalar(x, 0), Log1P(Exp(Neg(Abs(x))))) }
