package weigh

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestEqualWeightsCountAsTheirRows(t *testing.T) {
	if e := EffectiveOf([]float64{3, 3, 3, 3}, nil); e.Rows != 4 || e.Units != 4 {
		t.Errorf("four equal rows count as %+v", e)
	}
	if e := EffectiveOf([]float64{1, 1, 1, 1, 1, 1}, []int{0, 0, 0, 0, 1, 2}); e.Rows != 6 || e.Units != 36.0/18 {
		t.Errorf("units of 4, 1 and 1 rows count as %+v", e)
	}
	if e := EffectiveOf([]float64{1, 0, 1, 0}, nil); e.Rows != 2 {
		t.Errorf("two rows of four count as %+v", e)
	}
	if e := EffectiveOf([]float64{0, 0}, nil); e.Rows != 0 {
		t.Errorf("nothing counts as %+v", e)
	}
}

// Weights keep their order, have the mean 1 and stay below the cap, whatever they are.
func TestCappedWeightsHaveTheMeanOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n := 5 + rng.IntN(60)
		before := make([]float64, n)
		for i := range before {
			before[i] = math.Exp(3 * rng.NormFloat64())
		}
		after := append([]float64(nil), before...)
		cut := capped(after, 3)
		sum, at := 0.0, 0
		for i, w := range after {
			sum += w
			if w > 3 {
				t.Fatalf("a weight is %g", w)
			}
			if w == 3 {
				at++
			}
			for j := range i {
				if (before[i] < before[j]) && after[i] > after[j] {
					t.Fatal("the order of weights has changed")
				}
			}
		}
		if math.Abs(sum/float64(n)-1) > 1e-9 || cut != at {
			t.Fatalf("the mean is %g, %d are said to be cut and %d are", sum/float64(n), cut, at)
		}
	}
}

// A row is drawn as often as its weight says, to the next whole number, and all draws together are as many as rows.
func TestRowsAreDrawnInProportionToTheirWeights(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		weight := make([]float64, 1+rng.IntN(50))
		for i := range weight {
			weight[i] = rng.ExpFloat64()
		}
		capped(weight, math.Inf(1))
		total := 0
		for i, n := range resampled(weight, rng.Float64()) {
			total += n
			if w := weight[i]; float64(n) < math.Floor(w)-1e-9 || float64(n) > math.Ceil(w)+1e-9 {
				t.Fatalf("a weight of %g is drawn %d times", w, n)
			}
		}
		if total != len(weight) {
			t.Fatalf("%d of %d rows are drawn", total, len(weight))
		}
	}
}
