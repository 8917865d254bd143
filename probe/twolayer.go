package probe

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/dataprism/dataprism/measure"
)

// TwoLayer is a small committee of networks of one hidden layer of rectified units on standardised columns, each
// trained by AdamW with strong weight decay on all but one part of the units. What predicts is the mean probability
// of running averages of the members' weights.
//
// Training stops where the members' balanced accuracy, each on the part it was not trained on, has not improved for a
// while, and the best averages are kept. Accuracy decides since, with a weak dependence to be found among many
// columns, the loss begins to rise long before the accuracy ends to; and all members decide together since one part
// is too few rows to see it. The zero value has 256 hidden units.
type TwoLayer struct {
	Hidden  int // units of the hidden layer; 0 means 256
	Epochs  int // most passes over the training rows; 0 means 100
	Members int // of the committee; 0 means 3, at most 10
}

const (
	batchRows    = 128 // most rows of a batch
	epochSteps   = 40  // batches of an epoch, unless they would be too small or large
	learningRate = 1e-3
	weightDecay  = 1.0
	averaging    = 0.99 // weight of the past in the running average, a step
	patience     = 12   // epochs without improvement before stopping
	stopFolds    = 10   // parts of the units, of which a member holds out one
)

// networkWeights are the parameters, or their gradients, or their moments: all live in one slice so that an update is
// one loop.
type networkWeights struct {
	all    []float32
	w1, w2 measure.Matrix // [columns, hidden] and [classes, hidden]
	b1, b2 []float32      // [hidden] and [classes]
}

func newNetworkWeights(columns, hidden, classes int) networkWeights {
	sizes := [...]int{columns * hidden, hidden * classes, hidden, classes}
	all := make([]float32, sizes[0]+sizes[1]+sizes[2]+sizes[3])
	part := func(n int) []float32 {
		p := all[:n:n]
		all = all[n:]
		return p
	}
	w := networkWeights{all: all}
	w.w1 = measure.Matrix{Rows: columns, Cols: hidden, Data: part(sizes[0])}
	w.w2 = measure.Matrix{Rows: classes, Cols: hidden, Data: part(sizes[1])}
	w.b1, w.b2 = part(sizes[2]), part(sizes[3])
	return w
}

// committee is a trained TwoLayer.
type committee struct {
	products
	scaler  Scaler
	members []networkWeights
}

// Fit implements [Learner].
func (l TwoLayer) Fit(ctx context.Context, s Sample, rng *rand.Rand) (Classifier, error) {
	units, classes := s.Units, s.Classes
	hidden, epochs := cmp.Or(l.Hidden, 256), cmp.Or(l.Epochs, 100)
	if partsFor(stopFolds, units, s.X.Rows) < 2 {
		units = nil // a single unit cannot be split: its rows can, though they say less about when to stop
	}
	parts := partsFor(stopFolds, units, s.X.Rows)
	members := min(cmp.Or(l.Members, 3), parts)
	fold, err := Folds(s.Class, units, classes, parts, rng)
	if err != nil {
		return nil, err
	}
	trained := committee{products: newProducts(), scaler: NewScaler(s.X), members: make([]networkWeights, members)}
	s.X = trained.scaler.apply(s.X)
	runs := make([]*training, members)
	for m := range runs {
		fit, hold := splitRows(fold, m)
		runs[m] = newTraining(s, fit, hold, hidden, rng)
		trained.members[m] = newNetworkWeights(s.X.Cols, hidden, classes)
	}
	best, since := score{accuracy: -1}, 0
	for range epochs {
		var now score
		averages := make([]networkWeights, members)
		for m, run := range runs {
			if err := run.epoch(ctx); err != nil {
				return nil, err
			}
			averages[m] = run.averaged()
			now = now.plus(run.score(averages[m]))
		}
		if now.betterThan(best) {
			best, since = now, 0
			copy(trained.members, averages)
		} else if since++; since == patience {
			break
		}
	}
	return trained, nil
}

// score is how well rows outside the training rows are predicted; of equal accuracies, the one of lower loss is
// better.
type score struct{ accuracy, loss float64 }

func (s score) betterThan(t score) bool {
	return s.accuracy > t.accuracy || s.accuracy == t.accuracy && s.loss < t.loss
}

func (s score) plus(t score) score { return score{s.accuracy + t.accuracy, s.loss + t.loss} }

// LogProbs implements [Classifier].
func (c committee) LogProbs(x measure.Matrix) measure.Matrix {
	x = c.scaler.apply(x)
	mean := measure.NewMatrix(x.Rows, c.members[0].w2.Rows)
	for _, member := range c.members {
		for i, lp := range c.networkLogProbs(member, x, measure.Matrix{}).Data {
			mean.Data[i] += float32(math.Exp(float64(lp))) / float32(len(c.members))
		}
	}
	for i, p := range mean.Data {
		mean.Data[i] = float32(math.Log(max(float64(p), math.SmallestNonzeroFloat32)))
	}
	return mean
}

// networkLogProbs evaluates one network on standardised rows, with their offsets where there are any.
func (p products) networkLogProbs(w networkWeights, x, offset measure.Matrix) measure.Matrix {
	out := measure.NewMatrix(x.Rows, w.w2.Rows)
	const block = 512
	h := measure.NewMatrix(min(block, x.Rows), w.w1.Cols)
	for from := 0; from < x.Rows; from += block {
		rows := min(block, x.Rows-from)
		part := x.Slice(from, from+rows)
		hPart := h.Slice(0, rows)
		p.layer(hPart, view(part), view(w.w1), w.b1, kernel.ReLU)
		outPart := out.Slice(from, from+rows)
		p.layer(outPart, view(hPart), view(w.w2).T(), w.b2, kernel.NoActivation)
	}
	addTo(out, offset)
	logSoftmax(out)
	return out
}

// training is the state of one network's fit.
type training struct {
	products
	Sample           // all rows, of which the network sees those in fit
	weight []float32 // of each row in the loss, among the rows of fit or of hold
	fit    []int     // in the order of the epoch
	hold   []int
	rng    *rand.Rand
	step   int

	weights, gradient, first, second, average networkWeights

	// One batch: its rows, offsets, classes and weights; hidden units, their gradient, and the classes' logits.
	in, known     measure.Matrix
	batchClass    []int
	batchWeight   []float32
	h, dh, logits measure.Matrix
}

func newTraining(s Sample, fit, hold []int, hidden int, rng *rand.Rand) *training {
	t := &training{products: newProducts(), Sample: s, weight: make([]float32, s.X.Rows), fit: fit, hold: hold, rng: rng}
	for _, rows := range [][]int{fit, hold} {
		part := Sample{Class: measure.Pick(s.Class, rows), Classes: s.Classes, Weight: measure.Pick(s.Weight, rows)}
		for i, w := range part.Balanced() {
			t.weight[rows[i]] = w
		}
	}
	for _, w := range []*networkWeights{&t.weights, &t.gradient, &t.first, &t.second, &t.average} {
		*w = newNetworkWeights(s.X.Cols, hidden, s.Classes)
	}
	initialise := func(w measure.Matrix, gain float64) { // He et al., 2015
		for i := range w.Data {
			w.Data[i] = float32(rng.NormFloat64() * math.Sqrt(gain/float64(w.Rows)))
		}
	}
	initialise(t.weights.w1, 2)
	initialise(t.weights.w2, 1)
	// Few rows make small batches, so that stopping early is never before the running average has followed.
	rows := min(len(fit), max(batchRows/4, min(batchRows, len(fit)/epochSteps)))
	t.in, t.batchClass, t.batchWeight = measure.NewMatrix(rows, s.X.Cols), make([]int, rows), make([]float32, rows)
	t.h, t.dh, t.logits = measure.NewMatrix(rows, hidden), measure.NewMatrix(rows, hidden), measure.NewMatrix(rows, s.Classes)
	if s.Offset.Rows > 0 {
		t.known = measure.NewMatrix(rows, s.Classes)
	}
	return t
}

// epoch passes once over the rows in a new order, in batches of equal size; the rows that do not fill a batch are
// left to another epoch.
func (t *training) epoch(ctx context.Context) error {
	t.rng.Shuffle(len(t.fit), func(i, j int) { t.fit[i], t.fit[j] = t.fit[j], t.fit[i] })
	rows := t.in.Rows
	for from := 0; from+rows <= len(t.fit); from += rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		t.backward(t.fit[from : from+rows])
		t.update()
	}
	return nil
}

// score predicts the rows that are held out, weighed so that accuracy is balanced accuracy.
func (t *training) score(w networkWeights) score {
	held := t.At(t.hold)
	logProbs, class, weight := t.networkLogProbs(w, held.X, held.Offset), held.Class, measure.Pick(t.weight, t.hold)
	var hits, total float64
	for r, c := range measure.ArgMax(logProbs) {
		total += float64(weight[r])
		if c == class[r] {
			hits += float64(weight[r])
		}
	}
	return score{hits / total, crossEntropy(logProbs, class, weight)}
}

// backward computes the gradient of the weighted cross-entropy of a batch.
func (t *training) backward(rows []int) {
	w, g := t.weights, t.gradient
	for i, r := range rows {
		copy(t.in.Row(i), t.X.Row(r))
		if t.known.Rows > 0 {
			copy(t.known.Row(i), t.Offset.Row(r))
		}
		t.batchClass[i], t.batchWeight[i] = t.Class[r], t.weight[r]/float32(len(rows))
	}
	t.layer(t.h, view(t.in), view(w.w1), w.b1, kernel.ReLU)
	t.layer(t.logits, view(t.h), view(w.w2).T(), w.b2, kernel.NoActivation)
	addTo(t.logits, t.known)
	logSoftmax(t.logits)
	softmaxResidual(t.logits, t.batchClass, t.batchWeight)
	t.sumRows(g.b2, t.logits)
	t.set(g.w2, view(t.logits).T(), view(t.h))
	t.set(t.dh, view(t.logits), view(w.w2))
	t.kernels.PassActive(t.dh.Data, t.h.Data)
	t.sumRows(g.b1, t.dh)
	t.set(g.w1, view(t.in).T(), view(t.dh))
}

// update is one step of the weights and of their average.
func (t *training) update() {
	t.step++
	t.kernels.AdamW(adamW(t.step), t.gradient.all, t.first.all, t.second.all, t.weights.all, t.average.all)
}

// averaged returns the running average, corrected for its start at zero.
func (t *training) averaged() networkWeights {
	out := newNetworkWeights(t.X.Cols, t.h.Cols, t.logits.Cols)
	scale := float32(1 / (1 - math.Pow(averaging, float64(t.step))))
	for i, w := range t.average.all {
		out.all[i] = w * scale
	}
	return out
}
