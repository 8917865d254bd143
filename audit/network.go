package audit

import (
	"context"
	"math"
	"math/rand/v2"
)

// TwoLayer is a network of one hidden layer of rectified units on standardised
// columns, trained by AdamW with dropout. An average of the weights over
// training steps is what predicts, and training stops where that average's
// loss on an inner split (a sixth of the units) has not improved for a while;
// the best average is kept. The zero value has 256 hidden units.
type TwoLayer struct {
	Hidden int // units of the hidden layer; 0 means 256
	Epochs int // most passes over the training rows; 0 means 120
}

const (
	batchRows    = 128
	learningRate = 1e-3
	weightDecay  = 1e-2
	inputDrop    = 0.1
	hiddenDrop   = 0.5
	averaging    = 0.99 // weight of the past in the running average, a step
	patience     = 15   // epochs without improvement before stopping
)

// networkWeights are the parameters, or their gradients, or their moments: all
// live in one slice so that an update is one loop.
type networkWeights struct {
	all    []float32
	w1, w2 Matrix    // [columns, hidden] and [hidden, classes]
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
	w.w2 = Matrix{hidden, classes, part(sizes[1])}
	w.b1, w.b2 = part(sizes[2]), part(sizes[3])
	return w
}

// network is a trained TwoLayer.
type network struct {
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
	fold, err := Folds(class, units, classes, innerFolds, rng)
	if err != nil {
		return nil, err
	}
	fit, hold := splitRows(fold, 0)
	net := network{scaler: fitScaler(x.Select(fit))}
	run := newTraining(net.scaler.apply(x.Select(fit)), pick(class, fit), hidden, classes, rng)
	xHold, classHold := net.scaler.apply(x.Select(hold)), pick(class, hold)
	weightHold := classWeights(classHold, classes)

	net.weights = newNetworkWeights(x.Cols, hidden, classes)
	best, since := math.Inf(1), 0
	for range epochs {
		if err := run.epoch(ctx); err != nil {
			return nil, err
		}
		average := run.averaged()
		if loss := crossEntropy(average.logProbs(xHold), classHold, weightHold); loss < best {
			best, since = loss, 0
			copy(net.weights.all, average.all)
		} else if since++; since == patience {
			break
		}
	}
	return net, nil
}

// LogProbs implements [Classifier].
func (n network) LogProbs(x Matrix) Matrix { return n.weights.logProbs(n.scaler.apply(x)) }

// logProbs evaluates the network, without dropout, on standardised rows.
func (w networkWeights) logProbs(x Matrix) Matrix {
	out := NewMatrix(x.Rows, w.w2.Cols)
	const block = 512
	h := NewMatrix(min(block, x.Rows), w.w1.Cols)
	for from := 0; from < x.Rows; from += block {
		rows := min(block, x.Rows-from)
		part := Matrix{rows, x.Cols, x.Data[from*x.Cols : (from+rows)*x.Cols]}
		hPart := Matrix{rows, h.Cols, h.Data[:rows*h.Cols]}
		product(hPart, part, w.w1, false, false)
		for r := range rows {
			row := hPart.Row(r)
			for j, b := range w.b1 {
				row[j] = max(0, row[j]+b)
			}
		}
		outPart := Matrix{rows, out.Cols, out.Data[from*out.Cols : (from+rows)*out.Cols]}
		product(outPart, hPart, w.w2, false, false)
		addBias(outPart, w.b2)
	}
	logSoftmax(out)
	return out
}

func addBias(m Matrix, bias []float32) {
	for r := range m.Rows {
		row := m.Row(r)
		for j, b := range bias {
			row[j] += b
		}
	}
}

// training is the state of one fit.
type training struct {
	x      Matrix
	class  []int
	weight []float32
	rng    *rand.Rand
	order  []int
	step   int

	weights, gradient, first, second, average networkWeights

	in, mask, h, dh, logits Matrix // buffers of one batch
}

func newTraining(x Matrix, class []int, hidden, classes int, rng *rand.Rand) *training {
	t := &training{x: x, class: class, weight: classWeights(class, classes), rng: rng}
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
	t.in, t.mask = NewMatrix(rows, x.Cols), NewMatrix(rows, hidden)
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
		to := t.in.Row(i)
		copy(to, t.x.Row(r))
		dropout(to, to, inputDrop, t.rng)
	}
	product(t.h, t.in, w.w1, false, false)
	for i := range rows {
		row, mask := t.h.Row(i), t.mask.Row(i)
		for j, b := range w.b1 {
			mask[j] = 0
			if row[j] += b; row[j] > 0 {
				mask[j] = 1
			}
		}
		dropout(mask, mask, hiddenDrop, t.rng)
		for j, m := range mask {
			row[j] *= m
		}
	}
	product(t.logits, t.h, w.w2, false, false)
	addBias(t.logits, w.b2)
	logSoftmax(t.logits)
	clear(g.b2)
	for i, r := range rows {
		row := t.logits.Row(i)
		scale := t.weight[r] / float32(len(rows))
		for j, lp := range row {
			p := float32(math.Exp(float64(lp)))
			if j == t.class[r] {
				p--
			}
			row[j] = p * scale
			g.b2[j] += row[j]
		}
	}
	product(g.w2, t.h, t.logits, true, false)
	product(t.dh, t.logits, w.w2, false, true)
	clear(g.b1)
	for i := range rows {
		row, mask := t.dh.Row(i), t.mask.Row(i)
		for j, m := range mask {
			row[j] *= m
			g.b1[j] += row[j]
		}
	}
	product(g.w1, t.in, t.dh, true, false)
}

// dropout zeroes values of from with the given probability and scales the rest
// so that the mean stays. Sixteen random bits decide each value.
func dropout(to, from []float32, probability float32, rng *rand.Rand) {
	threshold := uint64(probability * 65536)
	keep := 1 / (1 - probability)
	var bits uint64
	for i, v := range from {
		if i%4 == 0 {
			bits = rng.Uint64()
		}
		if bits&0xffff < threshold {
			to[i] = 0
		} else {
			to[i] = v * keep
		}
		bits >>= 16
	}
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
