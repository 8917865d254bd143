package student

import (
	"context"
	"math/rand/v2"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/measure"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

const (
	lowShare      = 0.2 // weight of the low head's own loss
	settleBatches = 16  // of rows that the layer is fitted to for use
	lowScope      = "/low/"
)

// MixedCapacity is an ensemble of a network of low capacity and one of high capacity that are fitted together, and of
// which the high one predicts: what the low one can say, the high one need not learn. See [independence].
type MixedCapacity struct {
	*Network // the high head
	low      Body
	lowLayer *independence
	layer    *independence
}

// NewMixedCapacity makes an ensemble of c, which is the high head, with a low one that sees the same inputs.
func NewMixedCapacity(backend compute.Backend, c Config, low Body) (*MixedCapacity, error) {
	n, err := New(backend, c)
	if err != nil {
		return nil, err
	}
	return &MixedCapacity{n, low, newIndependence(c.Classes), newIndependence(c.Classes)}, nil
}

// heads are the log-probabilities of both heads.
func (m *MixedCapacity) heads(x *Node) (low, high *Node) {
	scope := m.store.RootScope().At("low")
	low = nn.Dense(scope.At("out"), m.low(scope, x), m.Classes, nn.Small)
	_, high = m.forward(x)
	return LogSoftmax(low), LogSoftmax(high)
}

// Fit takes the steps: the heads' log-probabilities go through their layers and are added; the loss is the
// cross-entropy of the sum and [lowShare] times that of the low head.
func (m *MixedCapacity) Fit(ctx context.Context, r Rows, rng *rand.Rand) error {
	exec, err := model.NewExec(m.backend, m.store, func(_ *model.Scope, in []*Node) []*Node {
		low, high := m.heads(in[0])
		return []*Node{low, high}
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	picks := newPicks(r.Weight)
	say := func() (x *tensors.Tensor, low, high []float64, class []int, err error) {
		rows := picks.draw(m.batch(), rng)
		x = m.inputs(r, rows, rng)
		out, err := call(exec, x)
		if err != nil {
			return nil, nil, nil, nil, err
		}
		said, err := floats(out)
		if err != nil {
			return nil, nil, nil, nil, err
		}
		return x, said[0], said[1], measure.Pick(r.Class, rows), nil
	}
	// The gradients for both heads come from outside of the graph.
	err = m.fit(ctx, []string{ownScope, lowScope}, func(in []*Node) *Node {
		low, high := m.heads(in[0])
		return Add(ReduceAllSum(Mul(low, in[1])), ReduceAllSum(Mul(high, in[2])))
	}, func() ([]*tensors.Tensor, error) {
		x, low, high, class, err := say()
		if err != nil {
			return nil, err
		}
		_, toLow, toHigh := m.loss(low, high, class)
		return []*tensors.Tensor{x, m.tensor(toLow), m.tensor(toHigh)}, nil
	})
	if err != nil {
		return err
	}
	// The layer through which the high head predicts is fitted once, on many training rows.
	var all []float64
	var classes []int
	for range settleBatches {
		if err := ctx.Err(); err != nil {
			return err
		}
		x, _, high, class, err := say()
		if err != nil {
			return err
		}
		x.MustFinalizeAll()
		all, classes = append(all, high...), append(classes, class...)
	}
	m.layer.solve(all, classes)
	return nil
}

// loss is the loss of a batch of log-probabilities, with its gradients.
func (m *MixedCapacity) loss(low, high []float64, class []int) (loss float64, dLow, dHigh []float64) {
	k, n := m.Classes, float64(len(class))
	m.lowLayer.solve(low, class)
	m.layer.solve(high, class)
	l, _ := m.lowLayer.forward(low)
	h, _ := m.layer.forward(high)
	joint := &independence{k, make([]float64, (k+1)*k)} // of W = 0: log softmax alone
	sum := make([]float64, len(l))
	for i := range sum {
		sum[i] = l[i] + h[i]
	}
	logProb, p := joint.forward(sum)
	toLow, toHigh := make([]float64, len(l)), make([]float64, len(l))
	for r, own := range class {
		loss -= (logProb[r*k+own] + lowShare*l[r*k+own]) / n
		for c := range k {
			d := p[r*k+c] / n
			if c == own {
				d -= 1 / n
				toLow[r*k+c] = -lowShare / n
			}
			toLow[r*k+c] += d
			toHigh[r*k+c] = d
		}
	}
	return loss, m.lowLayer.backward(low, class, toLow), m.layer.backward(high, class, toHigh)
}

// LogProbs are those of the high head, through its layer.
func (m *MixedCapacity) LogProbs(ctx context.Context, count int, fill func(to []float32, row int, rng *rand.Rand)) (measure.Matrix, error) {
	out, err := m.Network.LogProbs(ctx, count, fill)
	if err != nil {
		return out, err
	}
	x := make([]float64, len(out.Data))
	for i, v := range out.Data {
		x[i] = float64(v)
	}
	logProb, _ := m.layer.forward(x)
	for i, v := range logProb {
		out.Data[i] = float32(v)
	}
	return out, nil
}

func (m *MixedCapacity) tensor(values []float64) *tensors.Tensor {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(out, len(out)/m.Classes, m.Classes)
}

// floats are the values of tensors, which it frees.
func floats(from []*tensors.Tensor) ([][]float64, error) {
	out := make([][]float64, len(from))
	for i, t := range from {
		err := tensors.ConstFlatData(t, func(flat []float32) {
			for _, v := range flat {
				out[i] = append(out[i], float64(v))
			}
		})
		t.MustFinalizeAll()
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
