package student

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/measure"
)

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 3)) }

// accuracy fits a network and returns the share that it has right of rows drawn alike.
func accuracy(t *testing.T, n interface {
	Fit(context.Context, Rows, *rand.Rand) error
	LogProbs(context.Context, int, func([]float32, int, *rand.Rand)) (measure.Matrix, error)
}, r Rows, test Rows) float64 {
	t.Helper()
	if err := n.Fit(context.Background(), r, seeded(1)); err != nil {
		t.Fatal(err)
	}
	said, err := n.LogProbs(context.Background(), test.N, test.Fill)
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i, c := range measure.ArgMax(said) {
		if c == test.Class[i] {
			right++
		}
	}
	return float64(right) / float64(test.N)
}

// exclusive is rows whose class is whether the signs of two values differ, which no linear classifier can tell.
func exclusive(n int, seed uint64) Rows {
	rng := seeded(seed)
	x, r := make([][2]float32, n), Rows{N: n}
	for i := range x {
		x[i] = [2]float32{float32(rng.NormFloat64()), float32(rng.NormFloat64())}
		c := 0
		if (x[i][0] > 0) != (x[i][1] > 0) {
			c = 1
		}
		r.Class, r.Weight = append(r.Class, c), append(r.Weight, 1)
	}
	r.Fill = func(to []float32, row int, _ *rand.Rand) { copy(to, x[row][:]) }
	return r
}

func TestNetworkLearnsWhatIsNotLinear(t *testing.T) {
	n, err := New(simdtest.New(t), Config{Body: Dense(32), Input: []int{2}, Classes: 2, Steps: 300, Rate: 0.01, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if a := accuracy(t, n, exclusive(1000, 1), exclusive(500, 2)); a < 0.93 {
		t.Errorf("%.3f of the signs are told", a)
	}
}

// striped is small images whose stripes lie or stand.
func striped(n int, seed uint64) Rows {
	const side = 16
	rng := seeded(seed)
	x, r := make([][]float32, n), Rows{N: n}
	for i := range x {
		c, phase := i%2, rng.IntN(4)
		x[i] = make([]float32, side*side)
		for p := range x[i] {
			at := [2]int{p / side, p % side}[c]
			x[i][p] = float32(0.6*rng.NormFloat64()) + 2*float32((at+phase)/2%2) - 1
		}
		r.Class, r.Weight = append(r.Class, c), append(r.Weight, 1)
	}
	r.Fill = func(to []float32, row int, _ *rand.Rand) { copy(to, x[row]) }
	return r
}

func TestConvolutionsTellStripes(t *testing.T) {
	n, err := New(simdtest.New(t), Config{Body: Convolutional(8, 16), Input: []int{16, 16, 1}, Classes: 2, Steps: 60, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if a := accuracy(t, n, striped(400, 1), striped(200, 2)); a < 0.95 {
		t.Errorf("%.3f of the stripes are told", a)
	}
}

func TestTheSameSeedGivesTheSameNetwork(t *testing.T) {
	said := func() []float32 {
		n, err := New(simdtest.New(t), Config{Body: Dense(8), Input: []int{2}, Classes: 2, Steps: 20, Seed: 4})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		r := exclusive(200, 1)
		if err := n.Fit(context.Background(), r, seeded(2)); err != nil {
			t.Fatal(err)
		}
		m, err := n.LogProbs(context.Background(), 150, r.Fill)
		if err != nil {
			t.Fatal(err)
		}
		return m.Data
	}
	a, b := said(), said()
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("value %d is %v, then %v", i, a[i], b[i])
		}
	}
}

func TestRowsAreDrawnInProportionToWeights(t *testing.T) {
	count := make([]float64, 4)
	for _, r := range newPicks([]float32{1, 0, 3, 0}).draw(8000, seeded(1)) {
		count[r]++
	}
	if count[1]+count[3] > 0 || math.Abs(count[2]/8000-0.75) > 0.02 {
		t.Errorf("rows of weights 1, 0, 3, 0 are drawn %v times", count)
	}
}
