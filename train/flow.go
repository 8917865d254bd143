package train

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/prism"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// flowMoments are the moments of the latents that the flow sees, posterior means of the given rows and their noise, in
// three parts. A row that is given several times is in one of them, and near ones count for more; see [posteriors.nearness].
func (p posteriors) flowMoments(rows []int, dim int, noise float64) []flow.Moments {
	const count = 3
	parts, weights := make([]posteriors, count), make([][]float64, count)
	weight := p.nearness(rows, dim, noise)
	for k, i := range rows {
		part := &parts[i%count]
		part.mean = append(part.mean, p.mean[i*dim:(i+1)*dim]...)
		part.std = append(part.std, p.std[i*dim:(i+1)*dim]...)
		weights[i%count] = append(weights[i%count], weight[k])
	}
	var moments []flow.Moments
	for k, part := range parts {
		m := part.latentMoments(dim, weights[k])
		for j := range dim {
			m.Covariance.SetSym(j, j, m.Covariance.At(j, j)+noise*noise*m.Noise[j])
		}
		moments = append(moments, flow.Moments{N: float64(len(part.mean) / dim), Mean: m.Mean, Covariance: m.Covariance})
	}
	return moments
}

// flowBatch draws the latents and the labels of a step.
func (t *trainer) flowBatch(all []posteriors, picks *order, number, size int) (z []float32, labels []int32) {
	rng := picks.draws(number)
	z = make([]float32, 0, size*t.prism.Dim())
	for _, p := range picks.batch(number, size) {
		z = t.noisy(z, all[p.collection], p.row, rng)
		label := p.collection
		if rng.Float64() < t.Config.Latents.LabelDropout {
			label = t.prism.Any()
		}
		labels = append(labels, int32(label))
	}
	return z, labels
}

// otherLabels draws for each label another one of the given number of collections.
func otherLabels(labels []int32, collections int, rng *rand.Rand) []int32 {
	other := make([]int32, len(labels))
	for i, label := range labels {
		if int(label) >= collections { // any
			other[i] = int32(rng.IntN(collections))
		} else {
			other[i] = (label + 1 + int32(rng.IntN(collections-1))) % int32(collections)
		}
	}
	return other
}

// noisy appends a draw of the posterior of a row.
func (t *trainer) noisy(z []float32, from posteriors, row int, rng *rand.Rand) []float32 {
	dim := t.prism.Dim()
	for j := row * dim; j < (row+1)*dim; j++ {
		z = append(z, from.mean[j]+float32(t.Config.Latents.Noise*rng.NormFloat64())*from.std[j])
	}
	return z
}

// flowPhase trains the flow on the latents of the frozen encoder, by maximum likelihood. Unless it has begun, the
// flow gets its start first.
func (t *trainer) flowPhase(ctx context.Context, begun bool) (phase, error) {
	cfg := t.Config
	all, err := t.encodeAll(ctx)
	if err != nil {
		return phase{}, err
	}
	rows, kept, err := t.fitted()
	if err != nil {
		return phase{}, err
	}
	if !begun {
		if err := t.startFlow(ctx, all, rows, kept); err != nil {
			return phase{}, err
		}
	}
	same, err := t.sameContent(ctx, all)
	if err != nil {
		return phase{}, err
	}
	dims := float64(t.prism.Dim())
	content := cfg.Latents.Content
	if same != nil || len(rows) < 2 {
		content = 0
	}
	terms := []string{"gradient"}
	if content > 0 {
		terms = append(terms, "content")
	}
	if same != nil {
		terms = append(terms, "pairs")
	}
	step, err := t.compile(terms, func(in []*Node) []*Node {
		z, labels, rate, number := in[0], in[1], in[len(in)-2], in[len(in)-1]
		own := t.prism.Flow.Condition(labels)
		nats := func(logProb *Node) *Node { return DivScalar(Neg(ReduceAllMean(logProb)), dims) }
		var loss *Node
		var apart []*Node
		if content > 0 {
			logProb, v, other := t.ownFlow().LogProbOther(z, own, t.prism.Flow.Condition(in[2])) // of half, which are enough to hold them
			apart = append(apart, ReduceAllMean(Square(Sub(Slice(v, AxisRange(0, other.Shape().Dimensions[0])), other))))
			loss = Add(nats(logProb), MulScalar(apart[0], content))
		} else {
			logProb, _ := t.prism.Flow.LogProb(z, own)
			loss = nats(logProb)
		}
		if same != nil {
			v, _ := t.prism.Flow.Forward(in[2], t.prism.Flow.Condition(in[3]))
			apart = append(apart, halvesApart(v))
			loss = Add(loss, MulScalar(apart[0], pairWeight))
		}
		norm := optimizer(cfg.Flow).Update(t.store, loss, rate, number, nn.Trainable(t.store, "/"+prism.FlowScope+"/"))
		return append([]*Node{loss, norm}, apart...)
	})
	if err != nil {
		return phase{}, err
	}
	fewest := slices.MinFunc(rows, func(a, b []int) int { return cmp.Compare(len(a), len(b)) })
	schedule := cfg.Flow.within(len(fewest), len(rows))
	var spent string
	if schedule.Steps < cfg.Flow.Steps {
		spent = fmt.Sprintf("the flow ended after %d steps, when it had seen the smallest collection's %d images %d times", schedule.Steps, len(fewest), cfg.Flow.Epochs)
	}
	picks, others := newOrder(t.Seed, forFlow, rows), newOrder(t.Seed, forContent, rows)
	var end func(ctx context.Context) error
	if t.ownFlow().Config().SlicedCodes {
		end = func(ctx context.Context) error { return t.fitSlices(ctx, flow.BehindBlocks, forCodeSlices, all, rows) }
	}
	return phase{name: FlowPhase, schedule: schedule, spent: spent, end: end,
		step: func(number int, rate float64) (float64, map[string]float64, error) {
			z, labels := t.flowBatch(all, picks, number, cfg.Flow.Batch)
			data := []*tensors.Tensor{t.rowTensor(z), tensors.FromFlatDataAndDimensions(labels, len(labels))}
			if content > 0 {
				other := otherLabels(labels[:max(1, len(labels)/2)], len(rows), others.draws(number))
				data = append(data, tensors.FromFlatDataAndDimensions(other, len(other)))
			}
			if same != nil {
				z, labels := same.batch(t, all, number, max(1, cfg.Flow.Batch/2))
				data = append(data, t.rowTensor(z), tensors.FromFlatDataAndDimensions(labels, len(labels)))
			}
			return step(number, rate, data...)
		}}, nil
}

// startFlow fixes the flow's transport from the moments of all latents, and sets its normalisations from one large
// batch. kept is the mixture of what is kept, or nil.
func (t *trainer) startFlow(ctx context.Context, all []posteriors, rows [][]int, kept *mixture) error {
	if t.ownFlow().Config().Transport {
		var parts [][]flow.Moments
		for c, p := range all {
			parts = append(parts, p.flowMoments(rows[c], t.prism.Dim(), t.Config.Latents.Noise))
		}
		moments, share, err := flow.Shrink(parts)
		if err != nil {
			return err
		}
		t.note("covariances of latents are shared to %.0f%%", 100*share)
		if err := t.ownFlow().SetTransport(moments, t.coordinates().Reach()); err != nil {
			return err
		}
		if t.Config.Latents.Pairs != "" {
			if err := t.align(ctx, all); err != nil {
				return err
			}
		}
		if kept != nil {
			if err := kept.align(ctx, t.ownFlow(), all); err != nil {
				return err
			}
		}
	}
	if t.ownFlow().Config().Sliced {
		start := func(z *Node, c flow.Condition) *Node { return t.ownFlow().StartBeforeSlices(flow.BeforeBlocks, z, c) }
		if err := t.startLayers(all, rows, start); err != nil {
			return err
		}
		if err := t.fitSlices(ctx, flow.BeforeBlocks, forSlices, all, rows); err != nil {
			return err
		}
	}
	return t.startLayers(all, rows, t.ownFlow().Start)
}

// startLayers runs a start of the flow on one large batch.
func (t *trainer) startLayers(all []posteriors, rows [][]int, start func(z *Node, c flow.Condition) *Node) error {
	const size = 2048
	exec, err := model.NewExec(t.backend, t.store, func(_ *model.Scope, in []*Node) []*Node {
		return []*Node{start(in[0], t.prism.Flow.Condition(in[1]))}
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	z, labels := t.flowBatch(all, newOrder(t.Seed, forFlowStart, rows), 0, size)
	return nn.Catch(func() {
		out := exec.MustCall(t.rowTensor(z), tensors.FromFlatDataAndDimensions(labels, size))
		out[0].MustFinalizeAll()
	})
}
