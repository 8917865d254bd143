package student

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/measure"
)

// batchOf is log-probabilities of n rows that say a little about their classes.
func batchOf(n, k int, seed uint64) (x []float64, class []int) {
	rng := seeded(seed)
	for i := range n {
		class = append(class, i%k)
		row, total := make([]float64, k), 0.0
		for c := range row {
			row[c] = rng.NormFloat64()
			if c == i%k {
				row[c]++
			}
			total += math.Exp(row[c])
		}
		for c := range row {
			row[c] -= math.Log(total)
		}
		x = append(x, row...)
	}
	return x, class
}

func TestTheLayerIsWhereItsObjectiveIsLeast(t *testing.T) {
	x, class := batchOf(60, 3, 1)
	l := newIndependence(3)
	before := l.value(x, class)
	l.solve(x, class)
	_, p := l.forward(x)
	for i, g := range l.gradient(x, p, class)[:l.free()] {
		if math.Abs(g) > 1e-7 {
			t.Errorf("the slope of parameter %d is %v", i, g)
		}
	}
	if after := l.value(x, class); after >= before {
		t.Errorf("the objective went from %v to %v", before, after)
	}
	if b := l.v[len(l.v)-1]; b != 0 {
		t.Errorf("the last bias is %v", b)
	}
}

func TestGradientThroughTheLayerAgreesWithFiniteDifferences(t *testing.T) {
	// Of 2,000 values of ten classes every 167th is tried: some of each class.
	for k, stride := range map[int]int{3: 1, 10: 167} {
		n := 20 * k
		low, class := batchOf(n, k, 2)
		high, _ := batchOf(n, k, 3)
		loss := func() (float64, []float64, []float64) {
			m := &MixedCapacity{Network: &Network{Config: Config{Classes: k}}, lowLayer: newIndependence(k), layer: newIndependence(k)}
			return m.loss(low, high, class)
		}
		_, dLow, dHigh := loss()
		const h = 1e-5
		for _, of := range []struct {
			name     string
			x, slope []float64
		}{{"low", low, dLow}, {"high", high, dHigh}} {
			largest, off := 0.0, 0.0
			for i := 0; i < len(of.x); i += stride {
				at := of.x[i]
				of.x[i] = at + h
				above, _, _ := loss()
				of.x[i] = at - h
				below, _, _ := loss()
				of.x[i] = at
				largest, off = max(largest, math.Abs(of.slope[i])), max(off, math.Abs(of.slope[i]-(above-below)/(2*h)))
			}
			if off > 1e-5*largest {
				t.Errorf("%d classes: gradients for the %s head are off by up to %v, where the largest is %v", k, of.name, off, largest)
			}
		}
	}
}

// cued is rows whose class the sign of one value gives away nine times out of ten (or as often as not), and the
// product of two others always, but less easily.
func cued(n int, agree float64, seed uint64) Rows {
	rng := seeded(seed)
	r := exclusive(n, seed)
	cue := make([]float32, n)
	for i, c := range r.Class {
		cue[i] = float32(2*c - 1)
		if rng.Float64() > agree {
			cue[i] = -cue[i]
		}
	}
	r.Cue = measure.Matrix{Rows: n, Cols: 1, Data: cue}
	own := r.Fill
	r.Fill = func(to []float32, row int, _ *rand.Rand) {
		own(to, row, nil)
		to[2] = cue[row]
	}
	return r
}

// An ensemble whose low head sees the cue alone leans on the cue less than the plain network.
func TestMixedCapacityLeavesTheCueToTheLowHead(t *testing.T) {
	c := Config{Body: Dense(32), Input: []int{3}, Classes: 2, Steps: 150, Batch: 128, Rate: 0.01, Seed: 1}
	train, test := cued(2000, 0.9, 1), cued(1000, 0.5, 2)
	plain, err := New(simdtest.New(t), c)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	mixed, err := NewMixedCapacity(simdtest.New(t), c)
	if err != nil {
		t.Fatal(err)
	}
	defer mixed.Close()
	a, b := accuracy(t, plain, train, test), accuracy(t, mixed, train, test)
	if b < a+0.01 {
		t.Errorf("where the cue means nothing, the ensemble has %.3f right and the plain network %.3f", b, a)
	}
}
