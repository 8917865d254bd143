package measure

import (
	"fmt"
	"math"
	"slices"
)

// Sample is measurements of one kind of thing, such as the sharpness of a collection's images.
type Sample struct {
	Values []float64
	Units  []int // rows of one unit are dependent, also with rows of another sample; may be nil
}

func (s Sample) check(what string) error {
	if err := checkUnits(what, s.Units, len(s.Values)); err != nil {
		return err
	}
	for i, v := range s.Values {
		if v-v != 0 {
			return fmt.Errorf("%s: value %d is %v", what, i, v)
		}
	}
	if n := len(RowsOfUnits(s.Units, len(s.Values))); n < 2 {
		return &InsufficientError{what, n, 2, "independent values of each sample"}
	}
	return nil
}

// checkPair verifies two samples, and numbers their units alike: those of a sample without any are of their own.
func checkPair(what string, a, b Sample) (unitsA, unitsB []int, err error) {
	for _, s := range []Sample{a, b} {
		if err := s.check(what); err != nil {
			return nil, nil, err
		}
	}
	unitsA, unitsB = numbered(a.Units, b.Units, len(a.Values), len(b.Values))
	return unitsA, unitsB, nil
}

// CohensD is (mean of a - mean of b) / s, where s² is the pooled variance (Cohen, "Statistical power analysis for the
// behavioral sciences", 1988): the difference in standard deviations. The interval is Student's, of the linearised
// error.
func CohensD(a, b Sample) (Estimate, error) {
	const what = "Cohen's d"
	unitsA, unitsB, err := checkPair(what, a, b)
	if err != nil {
		return Estimate{}, err
	}
	meanA, varianceA := moments(a.Values)
	meanB, varianceB := moments(b.Values)
	n, m := float64(len(a.Values)), float64(len(b.Values))
	pooled := ((n-1)*varianceA + (m-1)*varianceB) / (n + m - 2)
	if pooled == 0 {
		return Estimate{}, fmt.Errorf("%s: all values of each sample are equal: there is no spread to compare with", what)
	}
	s := math.Sqrt(pooled)
	d := (meanA - meanB) / s
	influence := make([]float64, 0, len(a.Values)+len(b.Values))
	add := func(values []float64, mean, variance, sign float64) {
		for _, x := range values {
			z := x - mean
			influence = append(influence, sign*z/(s*float64(len(values)))-d/(2*pooled)*(z*z-variance)/(n+m-2))
		}
	}
	add(a.Values, meanA, varianceA, 1)
	add(b.Values, meanB, varianceB, -1)
	return linearised(what+" with an interval", d, influence, append(slices.Clone(unitsA), unitsB...))
}

// CliffsDelta is P(x > y) - P(x < y) of a value x of a and y of b ("Dominance statistics", 1993): 2 [AUC] - 1, with
// its interval.
func CliffsDelta(a, b Sample) (Estimate, error) {
	unitsA, unitsB, err := checkPair("Cliff's delta", a, b)
	if err != nil {
		return Estimate{}, err
	}
	positive := make([]bool, len(a.Values)+len(b.Values))
	for i := range a.Values {
		positive[i] = true
	}
	e, err := AUC(append(slices.Clone(a.Values), b.Values...), positive, append(slices.Clone(unitsA), unitsB...))
	if err != nil {
		return Estimate{}, err
	}
	return Estimate{2*e.Value - 1, 2*e.Low - 1, 2*e.High - 1, e.N}, nil
}
