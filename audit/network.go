package audit

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/dataprism/dataprism/backend/simd/kernel"
)

// TwoLayer is a network of one hidden layer of rectified units on standardised
// columns, trained by AdamW with strong weight decay. What predicts is a
// running average of the weights. Training stops where that average's balanced
// accuracy on an inner split (a tenth of the units) has not improved for a
// while, and the best average is kept: with a weak dependence to be found among
// many columns, the loss on that split begins to rise long before the accuracy
// ends to. The zero value has 256 hidden units.
type TwoLayer struct {
	Hidden int // units of the hidden layer; 0 means 256
	Epochs int // most passes over the training rows; 0 means 120
}

const (
	batchRows    = 128
	learningRate = 1e-3
	weightDecay  = 1.0
	averaging    = 0.99 // weight of the past in the running average, a step
	patience     = 15   // epochs without improvement before stopping
	stopFolds    = 10   // of which one is held out to choose when to stop
)

// networkWeights are the parameters, or their gradients, or their moments: all
// live in one slice so that an update is one loop.
type networkWeights struct {
	all    []float32
	w1, w2 Matrix    // [columns, hidden] and [classes, hidden]
	b1, b2 []float32 // [hidden] and [classes]
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
	w.w1 = Matrix{columns, hidden, part(sizes[0])}
	w.w2 = Matrix{classes, hidden, part(sizes[1])}
	w.b1, w.b2 = part(sizes[2]), part(sizes[3])
	return w
}

// network is a trained TwoLayer.
type network struct {
	products
	scaler  scaler
	weights networkWeights
}

// Fit implements [Learner].
func (l TwoLayer) Fit(ctx context.Context, x Matrix, class, units []int, classes int, rng *rand.Rand) (Classifier, error) {
	hidden, epochs := l.Hidden, l.Epochs
	if hidden == 0 {
		hidden = 256
	}
	if epochs == 0 {
		epochs = 120
	}
	fold, err := Folds(class, units, classes, stopFolds, rng)
	if err != nil {
		return nil, err
	}
	fit, hold := splitRows(fold, 0)
	net := network{products: newProducts(), scaler: fitScaler(x.Select(fit)), weights: newNetworkWeights(x.Cols, hidden, classes)}
	run := newTraining(net.scaler.apply(x.Select(fit)), pick(class, fit), hidden, classes, rng)
	xHold, classHold := net.scaler.apply(x.Select(hold)), pick(class, hold)
	weightHold := classWeights(classHold, classes)

	best, since := score{accuracy: -1}, 0
	for range epochs {
		if err := run.epoch(ctx); err != nil {
			return nil, err
		}
		average := run.averaged()
		if s := scoreOf(net.networkLogProbs(average, xHold), classHold, weightHold); s.betterThan(best) {
			best, since = s, 0
			copy(net.weights.all, average.all)
		} else if since++; since == patience {
			break
		}
	}
	return net, nil
}

// score is how well an inner split is predicted; of equal accuracies, the one
// of lower loss is better.
type score struct{ accuracy, loss float64 }

func (s score) betterThan(t score) bool {
	return s.accuracy > t.accuracy || s.accuracy == t.accuracy && s.loss < t.loss
}

// scoreOf weighs rows so that accuracy is balanced accuracy.
func scoreOf(logProbs Matrix, class []int, weight []float32) score {
	var hits, total float64
	for r, c := range argmax(logProbs) {
		total += float64(weight[r])
		if c == class[r] {
			hits += float64(weight[r])
		}
	}
	return score{hits / total, crossEntropy(logProbs, class, weight)}
}

// LogProbs implements [Classifier].
func (n network) LogProbs(x Matrix) Matrix { return n.networkLogProbs(n.weights, n.scaler.apply(x)) }

// logProbs evaluates the network, without dropout, on standardised rows.
func (p products) networkLogProbs(w networkWeights, x Matrix) Matrix {
	out := NewMatrix(x.Rows, w.w2.Rows)
	const block = 512
	h := NewMatrix(min(block, x.Rows), w.w1.Cols)
	for from := 0; from < x.Rows; from += block {
		rows := min(block, x.Rows-from)
		part := Matrix{rows, x.Cols, x.Data[from*x.Cols : (from+rows)*x.Cols]}
		hPart := Matrix{rows, h.Cols, h.Data[:rows*h.Cols]}
		p.layer(hPart, part.view(), w.w1.view(), w.b1, kernel.ReLU)
		outPart := Matrix{rows, out.Cols, out.Data[from*out.Cols : (from+rows)*out.Cols]}
		p.layer(outPart, hPart.view(), w.w2.view().T(), w.b2, kernel.NoActivation)
	}
	logSoftmax(out)
	return out
}

// training is the state of one fit.
type training struct {
	products
	x      Matrix
	class  []int
	weight []float32
	rng    *rand.Rand
	order  []int
	step   int

	weights, gradient, first, second, average networkWeights

	// One batch: its rows, classes and weights; hidden units, their gradient,
	// and the classes' logits.
	in            Matrix
	batchClass    []int
	batchWeight   []float32
	h, dh, logits Matrix
}

func newTraining(x Matrix, class []int, hidden, classes int, rng *rand.Rand) *training {
	t := &training{products: newProducts(), x: x, class: class, weight: classWeights(class, classes), rng: rng}
	for _, w := range []*networkWeights{&t.weights, &t.gradient, &t.first, &t.second, &t.average} {
		*w = newNetworkWeights(x.Cols, hidden, classes)
	}
	initialise := func(w Matrix, gain float64) { // He et al., 2015
		for i := range w.Data {
			w.Data[i] = float32(rng.NormFloat64() * math.Sqrt(gain/float64(w.Rows)))
		}
	}
	initialise(t.weights.w1, 2)
	initialise(t.weights.w2, 1)
	t.order = make([]int, x.Rows)
	for i := range t.order {
		t.order[i] = i
	}
	rows := min(batchRows, x.Rows)
	t.in, t.batchClass, t.batchWeight = NewMatrix(rows, x.Cols), make([]int, rows), make([]float32, rows)
	t.h, t.dh, t.logits = NewMatrix(rows, hidden), NewMatrix(rows, hidden), NewMatrix(rows, classes)
	return t
}

// epoch passes once over the rows in a new order, in batches of equal size; the
// rows that do not fill a batch are left to another epoch.
func (t *training) epoch(ctx context.Context) error {
	t.rng.Shuffle(len(t.order), func(i, j int) { t.order[i], t.order[j] = t.order[j], t.order[i] })
	rows := t.in.Rows
	for from := 0; from+rows <= len(t.order); from += rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		t.backward(t.order[from : from+rows])
		t.update()
	}
	return nil
}

// backward computes the gradient of the weighted cross-entropy of a batch.
func (t *training) backward(rows []int) {
	w, g := t.weights, t.gradient
	for i, r := range rows {
		copy(t.in.Row(i), t.x.Row(r))
		t.batchClass[i], t.batchWeight[i] = t.class[r], t.weight[r]/float32(len(rows))
	}
	t.layer(t.h, t.in.view(), w.w1.view(), w.b1, kernel.ReLU)
	t.layer(t.logits, t.h.view(), w.w2.view().T(), w.b2, kernel.NoActivation)
	logSoftmax(t.logits)
	softmaxResidual(t.logits, t.batchClass, t.batchWeight)
	sumRows(g.b2, t.logits)
	t.set(g.w2, t.logits.view().T(), t.h.view())
	t.set(t.dh, t.logits.view(), w.w2.view())
	for i, h := range t.h.Data {
		if h == 0 {
			t.dh.Data[i] = 0
		}
	}
	sumRows(g.b1, t.dh)
	t.set(g.w1, t.in.view().T(), t.dh.view())
}

// update is one step of AdamW (Loshchilov and Hutter, 2019) and of the average.
func (t *training) update() {
	const beta1, beta2, epsilon = 0.9, 0.999, 1e-8
	t.step++
	n := float64(t.step)
	correct1, correct2 := 1-math.Pow(beta1, n), 1-math.Pow(beta2, n)
	rate := float32(learningRate / correct1)
	root := float32(1 / math.Sqrt(correct2))
	decay := float32(1 - learningRate*weightDecay)
	first, second, average := t.first.all, t.second.all, t.average.all
	weights := t.weights.all
	for i, g := range t.gradient.all {
		m := beta1*first[i] + (1-beta1)*g
		v := beta2*second[i] + (1-beta2)*g*g
		first[i], second[i] = m, v
		w := weights[i]*decay - rate*m/(float32(math.Sqrt(float64(v)))*root+epsilon)
		weights[i] = w
		average[i] = averaging*average[i] + (1-averaging)*w
	}
}

// averaged returns the running average, corrected for its start at zero.
func (t *training) averaged() networkWeights {
	out := newNetworkWeights(t.x.Cols, t.h.Cols, t.logits.Cols)
	scale := float32(1 / (1 - math.Pow(averaging, float64(t.step))))
	for i, w := range t.average.all {
		out.all[i] = w * scale
	}
	return out
}
