package measure

import (
	"errors"
	"math/rand/v2"
	"testing"
)

func TestExplainedIsTheShareOfVarianceOnNewRows(t *testing.T) {
	for _, test := range []struct {
		name         string
		weight, want float64
	}{{"nothing", 0, 0}, {"half", 1, 0.5}, {"four fifths", 2, 0.8}} {
		rng := rand.New(rand.NewPCG(2, 2))
		const n = 4000
		x, y := NewMatrix(n, 3), make([]float64, n)
		for i := range n {
			for j := range 3 {
				x.Row(i)[j] = float32(rng.NormFloat64())
			}
			// A square, which has variance 2, and a product, which has variance 1, of three values.
			signal := (float64(x.Row(i)[0])*float64(x.Row(i)[0]) - 1 + float64(x.Row(i)[1])*float64(x.Row(i)[2])) / 1.7320508
			y[i] = test.weight*signal + rng.NormFloat64() + 5
		}
		e, err := Explained(y, x, nil, rng)
		if err != nil {
			t.Fatal(err)
		}
		if e.Excludes(test.want) && (e.Value > test.want+0.03 || e.Value < test.want-0.03) {
			t.Errorf("%s: %v is explained, want %.2f", test.name, e, test.want)
		}
	}
}

func TestExplainedNeedsRows(t *testing.T) {
	var few *InsufficientError
	if _, err := Explained(make([]float64, 40), NewMatrix(40, 3), nil, rand.New(rand.NewPCG(1, 1))); !errors.As(err, &few) {
		t.Errorf("40 rows: %v", err)
	}
	if _, err := Explained(make([]float64, 4), NewMatrix(40, 3), nil, rand.New(rand.NewPCG(1, 1))); err == nil {
		t.Error("4 values are explained by 40 rows")
	}
}
