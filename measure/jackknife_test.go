package measure

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// On a mean the jackknife has a closed form: with a row a group it is Student's interval.
func TestJackknifeOfAMeanIsStudents(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	x := make([]float64, 40)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	mean := func(rows []int) (float64, error) {
		var sum float64
		for _, r := range rows {
			sum += x[r]
		}
		return sum / float64(len(rows)), nil
	}
	got, err := Jackknife(len(x), nil, len(x), rng, mean)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Mean(x, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []float64{got.Value - want.Value, got.Low - want.Low, got.High - want.High} {
		if math.Abs(d) > 1e-12 {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// The difference of two areas under the curve on the same rows, which come in units of two, is covered.
func TestJackknifeCoversADifferenceOfAreas(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation")
	}
	const draws, units = 200, 150
	covered := 0
	for seed := range draws {
		rng := rand.New(rand.NewPCG(uint64(seed), 2))
		var a, b []float64
		var positive []bool
		var unit []int
		for u := range units {
			for range 2 {
				truth := 0.0
				if u%2 == 0 {
					truth = 1
				}
				shared := rng.NormFloat64()
				a = append(a, truth+shared+0.3*rng.NormFloat64())
				b = append(b, truth+shared+0.3*rng.NormFloat64())
				positive, unit = append(positive, truth == 1), append(unit, u)
			}
		}
		e, err := Jackknife(len(a), unit, 50, rng, func(rows []int) (float64, error) {
			x, err := AUC(Pick(a, rows), Pick(positive, rows), nil)
			if err != nil {
				return 0, err
			}
			y, err := AUC(Pick(b, rows), Pick(positive, rows), nil)
			return x.Value - y.Value, err
		})
		if err != nil {
			t.Fatal(err)
		}
		if !e.Excludes(0) {
			covered++
		}
	}
	if share := float64(covered) / draws; share < 0.91 || share > 0.985 {
		t.Errorf("%.1f%% of the intervals hold the difference", 100*share)
	}
}

func TestRepeatsWidenAnInterval(t *testing.T) {
	e := Estimate{0.8, 0.7, 0.88, 100}
	same, err := AcrossRepeats(e, []float64{0.79, 0.79, 0.79})
	if err != nil || math.Abs(same.Low-e.Low)+math.Abs(same.High-e.High) > 1e-12 {
		t.Errorf("fits that agree make %v of %v, %v", same, e, err)
	}
	wide, err := AcrossRepeats(e, []float64{0.7, 0.8, 0.9})
	if err != nil || wide.Value != 0.8 || wide.Low > 0.8-2*0.1 || wide.High < 0.8+2*0.1 {
		t.Errorf("fits that differ by 0.1 make %v, %v", wide, err)
	}
	if _, err := AcrossRepeats(e, []float64{0.7}); !errors.Is(err, ErrEmpty) {
		t.Errorf("one fit has a spread: %v", err)
	}
}

func TestWorstGroupIsTheLowestOfThoseThatAreLargeEnough(t *testing.T) {
	right := []bool{true, false, true, true, false, false, true, true}
	group := []int{0, 0, 1, 1, 2, 3, 3, 3}
	worst, of, err := WorstGroup(right, group, nil, 4, 2)
	if err != nil || of != 0 || worst.Value != 0.5 || worst.N != 2 {
		t.Errorf("the worst group is %d with %v, %v", of, worst, err)
	}
	if _, _, err := WorstGroup(right, group, nil, 4, 9); !errors.Is(err, ErrEmpty) {
		t.Errorf("no group has 9 rows: %v", err)
	}
}
