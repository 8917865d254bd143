package train

import (
	"context"
	"math"

	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/prism"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// posteriors are the encoder's means and standard deviations of one collection's training images, [n, dim] each.
// Mirror images are not among them: collections may differ in how their subjects are turned and lit, and a flow that
// is fitted to both sides leaves that difference in the codes of the images as they are.
type posteriors struct{ mean, std []float32 }

// encodeAll encodes the training images of every collection, in bounded memory.
func (t *trainer) encodeAll(ctx context.Context) ([]posteriors, error) {
	const chunk = 512
	d := t.Dataset
	all := make([]posteriors, len(d.Collections))
	for c, col := range d.Collections {
		for from := 0; from < len(col.Train); from += chunk {
			if ctx.Err() != nil {
				return nil, ErrStopped
			}
			rows := col.Train[from:min(from+chunk, len(col.Train))]
			mean, logVar, err := t.prism.Encode(d.ImagesOf(prism.Repeat(c, len(rows)), rows))
			if err != nil {
				return nil, err
			}
			for i, v := range logVar {
				logVar[i] = float32(math.Exp(float64(v) / 2))
			}
			all[c].mean = append(all[c].mean, mean...)
			all[c].std = append(all[c].std, logVar...)
		}
	}
	return all, nil
}

// positions number the latents of each collection.
func (t *trainer) positions(all []posteriors) [][]int {
	rows := make([][]int, len(all))
	for c := range rows {
		rows[c] = make([]int, len(all[c].mean)/t.prism.Dim())
		for i := range rows[c] {
			rows[c][i] = i
		}
	}
	return rows
}

// moments are those of the latents that the flow sees: posterior means, and their noise.
func (p posteriors) moments(dim int, noise float64) flow.Moments {
	n := len(p.mean) / dim
	rows := mat.NewDense(n, dim, nil)
	variance := make([]float64, dim)
	for i := range n {
		for j := range dim {
			rows.Set(i, j, float64(p.mean[i*dim+j]))
			s := noise * float64(p.std[i*dim+j])
			variance[j] += s * s / float64(n)
		}
	}
	m := flow.Moments{Mean: make([]float64, dim), Covariance: mat.NewSymDense(dim, nil)}
	stat.CovarianceMatrix(m.Covariance, rows, nil)
	for j := range dim {
		m.Mean[j] = stat.Mean(mat.Col(nil, j, rows), nil)
		m.Covariance.SetSym(j, j, m.Covariance.At(j, j)+variance[j])
	}
	return m
}

// flowBatch draws the latents and the labels of a step.
func (t *trainer) flowBatch(all []posteriors, picks *order, name string, number, size int) (z []float32, labels []int32) {
	rng := stepRand(t.Seed, name, number)
	dim := t.prism.Dim()
	z = make([]float32, 0, size*dim)
	for _, p := range picks.batch(number, size) {
		from := all[p.collection]
		for j := p.row * dim; j < (p.row+1)*dim; j++ {
			z = append(z, from.mean[j]+float32(t.Config.Latents.Noise*rng.NormFloat64())*from.std[j])
		}
		label := p.collection
		if rng.Float64() < t.Config.Latents.LabelDropout {
			label = t.prism.Any()
		}
		labels = append(labels, int32(label))
	}
	return z, labels
}

// flowPhase trains the flow on the latents of the frozen encoder, by maximum likelihood. Unless it has begun, the
// flow gets its start first.
func (t *trainer) flowPhase(ctx context.Context, begun bool) (phase, error) {
	cfg := t.Config
	all, err := t.encodeAll(ctx)
	if err != nil {
		return phase{}, err
	}
	rows := t.positions(all)
	if !begun {
		if err := t.startFlow(all, rows); err != nil {
			return phase{}, err
		}
	}
	dims := float64(t.prism.Dim())
	step, err := t.compile([]string{"gradient"}, func(in []*Node) []*Node {
		z, labels, rate, number := in[0], in[1], in[2], in[3]
		logProb, _ := t.prism.Flow.LogProb(z, t.prism.Flow.Condition(labels))
		loss := DivScalar(Neg(ReduceAllMean(logProb)), dims)
		norm := optimizer(cfg.Flow).Update(t.store, loss, rate, number, nn.Trainable(t.store, "/"+prism.FlowScope+"/"))
		return []*Node{loss, norm}
	})
	if err != nil {
		return phase{}, err
	}
	picks := newOrder(t.Seed, FlowPhase, rows)
	return phase{name: FlowPhase, schedule: cfg.Flow, budget: cfg.budget(cfg.Flow),
		step: func(number int, rate float64) (float64, map[string]float64, error) {
			z, labels := t.flowBatch(all, picks, FlowPhase, number, cfg.Flow.Batch)
			return step(number, rate, t.rowTensor(z), tensors.FromFlatDataAndDimensions(labels, len(labels)))
		}}, nil
}

// startFlow fixes the flow's transport from the moments of all latents, and sets its normalisations from one large
// batch.
func (t *trainer) startFlow(all []posteriors, rows [][]int) error {
	const size = 2048
	const name = FlowPhase + "-start"
	if t.ownFlow().Config().Transport {
		var moments []flow.Moments
		for _, p := range all {
			moments = append(moments, p.moments(t.prism.Dim(), t.Config.Latents.Noise))
		}
		if err := t.ownFlow().SetTransport(moments); err != nil {
			return err
		}
	}
	exec, err := model.NewExec(t.backend, t.store, func(_ *model.Scope, in []*Node) []*Node {
		return []*Node{t.ownFlow().Start(in[0], t.prism.Flow.Condition(in[1]))}
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	z, labels := t.flowBatch(all, newOrder(t.Seed, name, rows), name, 0, size)
	return nn.Catch(func() {
		out := exec.MustCall(t.rowTensor(z), tensors.FromFlatDataAndDimensions(labels, size))
		out[0].MustFinalizeAll()
	})
}
