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
	lowShare = 0.2  // weight of the low head's own loss
	settled  = 4096 // rows that the layer is fitted to for use
	lowScope = "/low/"
)

// MixedCapacity is an ensemble of a linear classifier of [Rows.Cue], the low head, and a network, the high head, that
// are fitted together, and of which the high one predicts: what the low one can say, the high one need not learn. See
// [independence]. The low head has to be one that cannot fit the rows one by one, and the high one not to fit them
// either (Config.Drop): a row that a head knows by heart has no evidence left that could be counted twice.
type MixedCapacity struct {
	*Network // the high head
	lowLayer *independence
	layer    *independence
}

// NewMixedCapacity makes an ensemble of c, which is the high head. It starts from small weights, which were measured to
// leave more of a cue to the low head: random features of full size hold the cue already, and the layer makes classes
// of whatever it is given.
func NewMixedCapacity(backend compute.Backend, c Config) (*MixedCapacity, error) {
	n, err := New(backend, c)
	if err != nil {
		return nil, err
	}
	n.start = nn.Small
	return &MixedCapacity{n, newIndependence(c.Classes), newIndependence(c.Classes)}, nil
}

// heads are the log-probabilities of both heads, of inputs, cues and what the last hidden layer is multiplied by.
func (m *MixedCapacity) heads(in []*Node) (low, high *Node) {
	low = nn.Dense(m.store.RootScope().At("low").At("out"), in[1], m.Classes, nn.Small)
	_, high = m.forward(in[0], in[2:])
	return LogSoftmax(low), LogSoftmax(high)
}

// Fit takes the steps: the heads' log-probabilities go through their layers and are added; the loss is the
// cross-entropy of the sum and [lowShare] times that of the low head. The layers are there from the first step: what the
// high head has of the cue before, it keeps.
func (m *MixedCapacity) Fit(ctx context.Context, r Rows, rng *rand.Rand) error {
	say, err := model.NewExec(m.backend, m.store, func(_ *model.Scope, in []*Node) []*Node {
		low, high := m.heads(in)
		return []*Node{low, high}
	})
	if err != nil {
		return err
	}
	defer say.Finalize()
	picks := newPicks(r.Weight)
	// The gradients for both heads come from outside of the graph.
	err = m.fit(ctx, []string{ownScope, lowScope}, func(in []*Node) *Node {
		last := len(in) - 2
		low, high := m.heads(in[:last])
		return Add(ReduceAllSum(Mul(low, in[last])), ReduceAllSum(Mul(high, in[last+1])))
	}, func() ([]*tensors.Tensor, error) {
		rows := picks.draw(m.batch(), rng)
		data := append([]*tensors.Tensor{m.inputs(r, rows, rng), cues(r, rows)}, m.kept(len(rows), rng)...)
		var args []any
		for _, d := range data {
			args = append(args, d)
		}
		out, err := call(say, args...)
		if err != nil {
			return nil, err
		}
		said, err := floats(out)
		if err != nil {
			return nil, err
		}
		_, low, high := m.loss(said[0], said[1], measure.Pick(r.Class, rows))
		return append(data, m.tensor(low), m.tensor(high)), nil
	})
	if err != nil {
		return err
	}
	// For use the high head's layer is fitted once, on many training rows.
	rows := picks.draw(settled, rng)
	said, err := m.Network.LogProbs(ctx, len(rows), func(to []float32, i int, _ *rand.Rand) { r.Fill(to, rows[i], rng) })
	if err != nil {
		return err
	}
	m.layer.solve(doubles(said.Data), measure.Pick(r.Class, rows))
	return nil
}

// cues are the batch of the cues of rows.
func cues(r Rows, rows []int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(r.Cue.Select(rows).Data, len(rows), r.Cue.Cols)
}

// loss is the loss of a batch of log-probabilities of the heads, with its gradients.
func (m *MixedCapacity) loss(low, high []float64, class []int) (loss float64, dLow, dHigh []float64) {
	m.lowLayer.solve(low, class)
	m.layer.solve(high, class)
	l, _ := m.lowLayer.forward(low)
	h, _ := m.layer.forward(high)
	loss, toLow, toHigh := m.sum(l, h, class)
	return loss, m.lowLayer.backward(low, class, toLow), m.layer.backward(high, class, toHigh)
}

// sum is the loss of the sum of log-probabilities l and h, and of l, with its gradients for both.
func (m *MixedCapacity) sum(l, h []float64, class []int) (loss float64, toLow, toHigh []float64) {
	k, n := m.Classes, float64(len(class))
	joint := &independence{k, make([]float64, (k+1)*k)} // of W = 0: log softmax alone
	sum := make([]float64, len(l))
	for i := range sum {
		sum[i] = l[i] + h[i]
	}
	logProb, p := joint.forward(sum)
	toLow, toHigh = make([]float64, len(l)), make([]float64, len(l))
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
	return loss, toLow, toHigh
}

// LogProbs are those of the high head, through its layer.
func (m *MixedCapacity) LogProbs(ctx context.Context, count int, fill func(to []float32, row int, rng *rand.Rand)) (measure.Matrix, error) {
	out, err := m.Network.LogProbs(ctx, count, fill)
	if err != nil {
		return out, err
	}
	logProb, _ := m.layer.forward(doubles(out.Data))
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
		err := tensors.ConstFlatData(t, func(flat []float32) { out[i] = doubles(flat) })
		t.MustFinalizeAll()
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func doubles(values []float32) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}
