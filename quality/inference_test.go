package quality

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dataprism/dataprism/measure"
)

func TestPValuesAgreeWithTheirIntervals(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		n := 30
		scores, first := make([]float64, 2*n), make([]bool, 2*n)
		shift := 1.5 * (rng.Float64() - 0.5)
		for i := range scores {
			first[i] = i < n
			scores[i] = rng.NormFloat64()
			if first[i] {
				scores[i] += shift
			}
		}
		e, err := measure.AUC(scores, first, nil)
		if err != nil {
			t.Fatal(err)
		}
		if p := pOfArea(e); (p < 0.05) != e.Excludes(0.5) {
			t.Errorf("%v has p = %v", e, p)
		}
		a, _ := measure.Proportion(first[:n/2+rng.IntN(n)], nil)
		b, _ := measure.Proportion(first[n/2+rng.IntN(n):], nil)
		d := differenceOfShares(a, b)
		if p := d.P(0); (p < 0.05) != d.Excludes(0) {
			t.Errorf("%v has p = %v", d, p)
		}
	}
}

func TestPValuesUnderTheNullAreUniform(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	var areas []float64
	for range 2000 {
		scores, first := make([]float64, 120), make([]bool, 120)
		for i := range scores {
			scores[i], first[i] = rng.NormFloat64(), i%2 == 0
		}
		e, err := measure.AUC(scores, first, nil)
		if err != nil {
			t.Fatal(err)
		}
		areas = append(areas, pOfArea(e))
	}
	slices.Sort(areas)
	worst := 0.0
	for i, p := range areas {
		worst = max(worst, math.Abs(p-(float64(i)+0.5)/float64(len(areas))))
	}
	if limit := 1.36 / math.Sqrt(float64(len(areas))); worst > limit {
		t.Errorf("the distribution of p-values is %v from uniform, more than %v", worst, limit)
	}
}

func TestNewcombesIntervalOfKnownShares(t *testing.T) {
	// Newcombe (1998), table II: 56/70 against 48/80 gives 0.0524 to 0.3339.
	share := func(k, n int) measure.Estimate {
		hits := make([]bool, n)
		for i := range k {
			hits[i] = true
		}
		e, err := measure.Proportion(hits, nil)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	d := differenceOfShares(share(56, 70), share(48, 80))
	near(t, "difference", d.Value, 0.2, 1e-12)
	near(t, "low", d.Low, 0.0524, 5e-5)
	near(t, "high", d.High, 0.3339, 5e-5)
}
