package measure

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// ClassifierTest tests whether two samples, the rows of class 0 and of class 1, are of one distribution by how well a
// classifier tells them apart that was not fitted on them (Lopez-Paz and Oquab, "Revisiting classifier two-sample
// tests", ICLR 2017). The statistic is the balanced accuracy, P the probability of one as large were the predictions
// independent of the class. Balanced accuracy less 1/2 is then half the difference of two shares, of rows predicted
// as class 1 among those of each class, whose variance is taken at their common share, rows of one unit counting as
// dependent, and which is held against Student's t of one degree of freedom less than there are units.
func ClassifierTest(truth, predicted, units []int) (TwoSample, error) {
	const what = "a classifier two-sample test"
	n := len(truth)
	for _, classes := range [][]int{truth, predicted} {
		if err := CheckClasses(what, classes, n, 2); err != nil {
			return TwoSample{}, err
		}
	}
	if err := checkUnits(what, units, n); err != nil {
		return TwoSample{}, err
	}
	var count, ones [2]float64
	for i, c := range truth {
		count[c]++
		ones[c] += float64(predicted[i])
	}
	if fewer := int(min(count[0], count[1])); fewer < 2 {
		return TwoSample{}, &InsufficientError{what, fewer, 2, "rows of each sample"}
	}
	share := (ones[0] + ones[1]) / float64(n)
	influence := make([]float64, n)
	for i, c := range truth {
		influence[i] = (float64(predicted[i]) - share) * (2*float64(c) - 1) / (2 * count[c])
	}
	sums := sumByUnit(influence, units)
	u := float64(len(sums))
	if u < 2 {
		return TwoSample{}, &InsufficientError{what, len(sums), 2, "units"}
	}
	var square float64
	for _, s := range sums {
		square += s * s
	}
	test := TwoSample{Statistic: 0.5 + (ones[1]/count[1]-ones[0]/count[0])/2, P: 1, N: n}
	if square > 0 {
		t := (test.Statistic - 0.5) / math.Sqrt(square*u/(u-1))
		test.P = distuv.StudentsT{Mu: 0, Sigma: 1, Nu: u - 1}.Survival(t)
	}
	return test, nil
}
