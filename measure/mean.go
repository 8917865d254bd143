package measure

import (
	"fmt"
	"math"
)

// Mean is the arithmetic mean with Student's t interval. Rows of one unit count as dependent where units is not nil:
// the variance of the mean is then
//
//	U/(U-1) · sum over units of (sum over the unit's rows of (x - mean))² / n²
//
// of U units (Liang and Zeger, "Longitudinal data analysis using generalized linear models", 1986), with U-1 degrees
// of freedom. It needs at least two units: one says nothing about spread.
func Mean(values []float64, units []int) (Estimate, error) {
	n := len(values)
	if err := checkUnits("a mean", units, n); err != nil {
		return Estimate{}, err
	}
	mean, _ := moments(values)
	influence := make([]float64, n)
	for i, x := range values {
		influence[i] = (x - mean) / float64(n)
	}
	return linearised("a mean with an interval", mean, influence, units)
}

// PositiveMean is the mean of values that cannot be negative, such as losses, with Student's interval of its logarithm, which
// ends above 0: m·exp(±t·s/m) for a mean m with standard error s. Rows of one unit count as dependent, as in [Mean]. Where
// all values are 0 the interval is 0 alone.
func PositiveMean(values []float64, units []int) (Estimate, error) {
	for i, x := range values {
		if !(x >= 0) {
			return Estimate{}, fmt.Errorf("the mean of values from 0 on: value %d is %v", i, x)
		}
	}
	e, err := Mean(values, units)
	if err != nil || e.Value == 0 {
		return e, err
	}
	factor := math.Exp((e.High - e.Value) / e.Value)
	e.Low, e.High = e.Value/factor, e.Value*factor
	return e, nil
}

// MeanRatio is sum(numerators)/sum(denominators) over paired observations, with the interval of [Mean] for the
// linearised ratio: Student's, of the residuals (numerator - ratio·denominator)/sum(denominators) (Cochran, "Sampling
// techniques", 1977, equation 6.13).
func MeanRatio(numerators, denominators []float64, units []int) (Estimate, error) {
	n := len(numerators)
	if len(denominators) != n {
		return Estimate{}, fmt.Errorf("a ratio of means: %d numerators, %d denominators", n, len(denominators))
	}
	if err := checkUnits("a ratio of means", units, n); err != nil {
		return Estimate{}, err
	}
	var top, bottom float64
	for i := range numerators {
		top, bottom = top+numerators[i], bottom+denominators[i]
	}
	if n > 0 && bottom == 0 {
		return Estimate{}, &InsufficientError{"a ratio of means", 0, 1, "denominators above zero"}
	}
	ratio := top / bottom
	influence := make([]float64, n)
	for i := range influence {
		influence[i] = (numerators[i] - ratio*denominators[i]) / bottom
	}
	return linearised("a ratio of means with an interval", ratio, influence, units)
}

// moments returns the mean and the unbiased variance of values.
func moments(values []float64) (mean, variance float64) {
	for _, x := range values {
		mean += x
	}
	mean /= float64(len(values))
	for _, x := range values {
		variance += (x - mean) * (x - mean)
	}
	return mean, variance / float64(max(len(values)-1, 1))
}

// linearised is the estimate of a statistic whose error is the sum over rows of their influence.
func linearised(what string, value float64, influence []float64, units []int) (Estimate, error) {
	sums := sumByUnit(influence, units)
	u := len(sums)
	if u < 2 {
		return Estimate{}, &InsufficientError{what, u, 2, "independent observations"}
	}
	var square float64
	for _, s := range sums {
		square += s * s
	}
	half := student(u-1) * math.Sqrt(square*float64(u)/float64(u-1))
	return Estimate{value, value - half, value + half, len(influence)}, nil
}
