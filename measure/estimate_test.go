package measure

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 17)) }

// normalRows draws a matrix of independent standard normal values.
func normalRows(rows, columns int, rng *rand.Rand) Matrix {
	out := NewMatrix(rows, columns)
	for i := range out.Data {
		out.Data[i] = float32(rng.NormFloat64())
	}
	return out
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s = %v, want %v within %v", what, got, want, tolerance)
	}
}

func TestProportionIsWilsonsInterval(t *testing.T) {
	// Reference values from the closed form at z = 1.959964.
	for _, c := range []struct {
		hits, n   int
		low, high float64
	}{
		{0, 10, 0, 0.277533},
		{10, 10, 0.722467, 1},
		{5, 10, 0.236593, 0.763407},
		{81, 263, 0.255276, 0.366176},
	} {
		hits := make([]bool, c.n)
		for i := range c.hits {
			hits[i] = true
		}
		e, err := Proportion(hits, nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "value", e.Value, float64(c.hits)/float64(c.n), 1e-12)
		near(t, "low", e.Low, c.low, 1e-4)
		near(t, "high", e.High, c.high, 1e-4)
		if e.N != c.n {
			t.Errorf("n = %d, want %d", e.N, c.n)
		}
	}
}

func TestRowsOfOneUnitCountAsOneObservation(t *testing.T) {
	rng := seeded(1)
	var once, repeated []bool
	var units []int
	for u := range 300 {
		hit := rng.Float64() < 0.3
		once = append(once, hit)
		for range 4 {
			repeated = append(repeated, hit)
			units = append(units, u)
		}
	}
	a, _ := Proportion(once, nil)
	b, _ := Proportion(repeated, units)
	naive, _ := Proportion(repeated, nil)
	near(t, "width of the interval with units", b.High-b.Low, a.High-a.Low, 1e-3)
	if naive.High-naive.Low > 0.6*(a.High-a.Low) {
		t.Errorf("without units the interval should be half as wide: %v against %v", naive, a)
	}
	if all, _ := Proportion([]bool{true, true, true, true}, []int{7, 7, 8, 8}); all.Low > 0.35 {
		t.Errorf("two units that agree prove no more than two observations: %v", all)
	}
}

func TestMeanIsStudentsInterval(t *testing.T) {
	e, err := Mean([]float64{2, 4, 4, 4, 5, 5, 7, 9})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "value", e.Value, 5, 1e-12)
	near(t, "half width", e.High-e.Value, 2.364624*2.138090/math.Sqrt(8), 1e-5)
	if _, err := Mean([]float64{1}); !errors.Is(err, ErrEmpty) {
		t.Errorf("the mean of one value: %v, want ErrEmpty", err)
	}
}

func TestQuantileInterpolatesBetweenOrderStatistics(t *testing.T) {
	values := []float64{4, 1, 3, 2}
	for _, c := range []struct{ q, want float64 }{{0, 1}, {1, 4}, {0.5, 2.5}, {0.9, 3.7}} {
		got, err := Quantile(values, c.q)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "quantile", got, c.want, 1e-12)
	}
	if _, err := Quantile(values, 1.5); err == nil {
		t.Error("a quantile of 1.5 should be an error")
	}
}

func TestIntervalsCoverTheTruth(t *testing.T) {
	// Each interval is drawn 300 times where the truth is known; 95% coverage then lies within 92% and 98% but for
	// one run in a hundred.
	const runs = 300
	rng := seeded(2)
	draws := map[string]func() (Estimate, float64){
		"proportion": func() (Estimate, float64) {
			hits := make([]bool, 120)
			for i := range hits {
				hits[i] = rng.Float64() < 0.2
			}
			e, _ := Proportion(hits, nil)
			return e, 0.2
		},
		"clustered proportion": func() (Estimate, float64) {
			var hits []bool
			var units []int
			for u := range 150 {
				p := rng.Float64() // mean 1/2, strongly dependent within a unit
				for range 1 + rng.IntN(5) {
					hits, units = append(hits, rng.Float64() < p), append(units, u)
				}
			}
			e, _ := Proportion(hits, units)
			return e, 0.5
		},
		"AUC": func() (Estimate, float64) {
			scores, labels := make([]float64, 150), make([]bool, 150)
			for i := range scores {
				labels[i] = i%3 == 0
				scores[i] = rng.NormFloat64()
				if labels[i] {
					scores[i]++
				}
			}
			e, _ := AUC(scores, labels)
			return e, 0.5 * math.Erfc(-1/math.Sqrt2/math.Sqrt2) // Phi(1/sqrt 2)
		},
		"balanced accuracy": func() (Estimate, float64) {
			truth, predicted := make([]int, 200), make([]int, 200)
			for i := range truth {
				if i%5 == 0 {
					truth[i] = 1
				}
				predicted[i] = truth[i]
				if rng.Float64() < []float64{0.1, 0.4}[truth[i]] {
					predicted[i] = 1 - truth[i]
				}
			}
			e, _ := BalancedAccuracy(truth, predicted, 2, nil)
			return e, 0.75
		},
	}
	for name, draw := range draws {
		covered := 0
		for range runs {
			if e, truth := draw(); !e.Excludes(truth) {
				covered++
			}
		}
		if share := float64(covered) / runs; share < 0.92 || share > 0.985 {
			t.Errorf("%s: the interval covers the truth in %.1f%% of runs, want about 95%%", name, 100*share)
		}
	}
}

func TestMeanRatioIsOfSumsAndCoversIt(t *testing.T) {
	rng := seeded(3)
	top, bottom := make([]float64, 500), make([]float64, 500)
	for i := range top {
		bottom[i] = 1 + rng.Float64()
		top[i] = bottom[i] * (0.8 + 0.1*rng.NormFloat64())
	}
	e, err := MeanRatio(top, bottom, nil, rng)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ratio", e.Value, 0.8, 0.02)
	if e.Excludes(0.8) || e.High-e.Low > 0.03 {
		t.Errorf("interval %v should be narrow about 0.8", e)
	}
	if _, err := MeanRatio([]float64{1}, []float64{0}, nil, rng); err == nil {
		t.Error("a ratio to zero should be an error")
	}
}

func TestSameSeedGivesSameBits(t *testing.T) {
	top, bottom := []float64{1, 2, 3, 4, 5}, []float64{2, 2, 3, 5, 9}
	a, _ := MeanRatio(top, bottom, nil, seeded(4))
	b, _ := MeanRatio(top, bottom, nil, seeded(4))
	if a != b {
		t.Errorf("%v and %v from the same seed", a, b)
	}
}
