package measure

import (
	"errors"
	"math"
	"testing"
)

// logLikelihoods draws rows of K classes at N(shift of the class, 1), with a likelihood that is overconfident by a
// factor and leans to class 0.
func logLikelihoods(n, classes int, factor, lean float64, seed uint64) (rows [][]float64, class []int) {
	rng := seeded(seed)
	for i := range n {
		c := i % classes
		x := rng.NormFloat64() + 1.5*float64(c)
		row := make([]float64, classes)
		for k := range row {
			d := x - 1.5*float64(k)
			row[k] = -factor * d * d / 2
		}
		row[0] += lean
		rows, class = append(rows, row), append(class, c)
	}
	return rows, class
}

func TestCalibrationFindsWhatIsWrongWithALikelihood(t *testing.T) {
	rows, class := logLikelihoods(6000, 3, 5, 4, 1)
	c, err := CalibratePosterior(rows, class, 3)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "scale", c.Scale, 1.0/5, 0.02)
	near(t, "shift of class 0 over class 1", c.Shift[0]-c.Shift[1], -4.0/5, 0.15)
	near(t, "sum of shifts", c.Shift[0]+c.Shift[1]+c.Shift[2], 0, 1e-12)
	// On new rows, what is said to be p happens with p.
	rows, class = logLikelihoods(6000, 3, 5, 4, 2)
	var said, happened, sure float64
	for i, row := range rows {
		p := c.Posterior(row)
		for k := range p {
			if p[k] > 0.6 && p[k] < 0.8 {
				said, sure = said+p[k], sure+1
				if class[i] == k {
					happened++
				}
			}
		}
	}
	near(t, "share of what is called about 70% probable", happened/sure, said/sure, 0.04)
}

func TestCalibrationOfSeparatedClassesIsFinite(t *testing.T) {
	var rows [][]float64
	var class []int
	for i := range 40 {
		row := []float64{-1000, -1000}
		row[i%2] = 500
		rows, class = append(rows, row), append(class, i%2)
	}
	c, err := CalibratePosterior(rows, class, 2)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "scale", c.Scale, 1, 0.1)
	if p := c.Posterior([]float64{500, -1000}); !(p[0] > 0.99) || math.IsNaN(p[1]) {
		t.Errorf("posterior %v", p)
	}
	if _, err := CalibratePosterior(rows[:1], class[:1], 2); !errors.Is(err, ErrEmpty) {
		t.Errorf("a class without rows: %v", err)
	}
	rows[3][1] = math.Inf(-1)
	if _, err := CalibratePosterior(rows, class, 2); err == nil {
		t.Error("an infinite log-likelihood should be an error")
	}
}
