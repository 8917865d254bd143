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
	e, err := Mean([]float64{2, 4, 4, 4, 5, 5, 7, 9}, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "value", e.Value, 5, 1e-12)
	near(t, "half width", e.High-e.Value, 2.364624*2.138090/math.Sqrt(8), 1e-5)
	if _, err := Mean([]float64{1}, nil); !errors.Is(err, ErrEmpty) {
		t.Errorf("the mean of one value: %v, want ErrEmpty", err)
	}
}

func TestSharesOfNoneAndOfAllLieInTheirIntervals(t *testing.T) {
	for n := 1; n < 3000; n++ {
		none, all := make([]bool, n), make([]bool, n)
		for i := range all {
			all[i] = true
		}
		for want, hits := range [][]bool{none, all} {
			if e, err := Proportion(hits, nil); err != nil || e.Excludes(float64(want)) {
				t.Fatalf("of %d the share %d is %v, %v", n, want, e, err)
			}
		}
	}
}

func TestMeansOfLossesHaveIntervalsAboveZero(t *testing.T) {
	losses := []float64{0.01, 0.02, 0.01, 4} // of which Mean says -2.2 to 4.2
	e, err := PositiveMean(losses, nil)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := Mean(losses, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "value", e.Value, 1.01, 1e-12)
	near(t, "log half width", math.Log(e.High/e.Value), (plain.High-plain.Value)/plain.Value, 1e-9)
	near(t, "log half width below", math.Log(e.Value/e.Low), (plain.High-plain.Value)/plain.Value, 1e-9)
	if e.Low <= 0 || plain.Low >= 0 {
		t.Errorf("the interval is %v, and on the plain scale %v", e, plain)
	}
	if e, err := PositiveMean([]float64{0, 0, 0}, nil); err != nil || e.Low != 0 || e.High != 0 {
		t.Errorf("the mean of nothing is %v, %v", e, err)
	}
	for _, wrong := range []float64{-1, math.NaN()} {
		if _, err := PositiveMean([]float64{1, wrong, 2}, nil); err == nil {
			t.Errorf("a loss of %v was taken", wrong)
		}
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

func TestMeanRatioIsOfSumsAndCoversIt(t *testing.T) {
	rng := seeded(3)
	top, bottom := make([]float64, 500), make([]float64, 500)
	for i := range top {
		bottom[i] = 1 + rng.Float64()
		top[i] = bottom[i] * (0.8 + 0.1*rng.NormFloat64())
	}
	e, err := MeanRatio(top, bottom, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ratio", e.Value, 0.8, 0.02)
	if e.Excludes(0.8) || e.High-e.Low > 0.03 {
		t.Errorf("interval %v should be narrow about 0.8", e)
	}
	if _, err := MeanRatio([]float64{1}, []float64{0}, nil); err == nil {
		t.Error("a ratio to zero should be an error")
	}
}

func TestRowsOfOneUnitDoNotNarrowAMeanOrAnArea(t *testing.T) {
	rng := seeded(21)
	var once, repeated []float64
	var class, repeatedClass, units []int
	for u := range 200 {
		x := rng.NormFloat64() + float64(u%2)
		once, class = append(once, x), append(class, u%2)
		for range 4 {
			repeated, repeatedClass, units = append(repeated, x), append(repeatedClass, u%2), append(units, u)
		}
	}
	for name, measured := range map[string]func([]float64, []int, []int) (Estimate, error){
		"mean": func(x []float64, _, units []int) (Estimate, error) { return Mean(x, units) },
		"area": func(x []float64, class, units []int) (Estimate, error) { return AUC(x, positives(class), units) },
	} {
		a, err := measured(once, class, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := measured(repeated, repeatedClass, units)
		if err != nil {
			t.Fatal(err)
		}
		naive, err := measured(repeated, repeatedClass, nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, name+": width with units", b.High-b.Low, a.High-a.Low, 0.01*(a.High-a.Low))
		near(t, name+": width without units", naive.High-naive.Low, (a.High-a.Low)/2, 0.02*(a.High-a.Low))
	}
}

func TestTooFewUnitsAreATypedError(t *testing.T) {
	one := []int{7, 7, 7, 7}
	_, meanErr := Mean([]float64{1, 2, 3, 4}, one)
	_, aucErr := AUC([]float64{1, 2, 3, 4}, []bool{true, true, false, false}, one)
	_, ratioErr := MeanRatio([]float64{0, 0}, []float64{0, 0}, nil)
	for name, err := range map[string]error{"mean": meanErr, "area": aucErr, "ratio": ratioErr} {
		var insufficient *InsufficientError
		if !errors.As(err, &insufficient) || !errors.Is(err, ErrEmpty) {
			t.Errorf("%s: %v, want an InsufficientError", name, err)
		}
	}
}
