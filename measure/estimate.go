package measure

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is a measured value with its 95% confidence interval and the number of observations it rests on.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	N     int     `json:"n"`
}

// Exact is an estimate without uncertainty: a number that is known, such as a chance level, with n the number of
// cases it is stated for.
func Exact(value float64, n int) Estimate { return Estimate{value, value, value, n} }

// Excludes says whether x lies outside the 95% interval.
func (e Estimate) Excludes(x float64) bool { return x < e.Low || x > e.High }

// String formats the estimate as "0.512 [0.498, 0.526], n = 6114".
func (e Estimate) String() string {
	return fmt.Sprintf("%.4g [%.4g, %.4g], n = %d", e.Value, e.Low, e.High, e.N)
}

// normal97 is the 97.5% quantile of the standard normal distribution.
const normal97 = 1.959963984540054

// resamples is how many bootstrap samples an interval is read from: the 2.5% tails then hold 50 of them.
const resamples = 2000

// ErrEmpty is returned where a measurement has nothing to measure.
var ErrEmpty = errors.New("no observations")

// Mean is the arithmetic mean with Student's t interval. It needs at least two values: one says nothing about spread.
func Mean(values []float64) (Estimate, error) {
	n := len(values)
	if n < 2 {
		return Estimate{}, fmt.Errorf("%w: a mean with an interval needs 2 values, got %d", ErrEmpty, n)
	}
	mean, variance := moments(values)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}.Quantile(0.975)
	half := t * math.Sqrt(variance/float64(n))
	return Estimate{mean, mean - half, mean + half, n}, nil
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

// Proportion is the share of true values with Wilson's score interval. Where units is not nil, rows of one unit are
// taken as dependent: the interval is computed for the effective sample size n/deff, deff being the ratio of the
// cluster-robust variance to the binomial one, never below 1 (Rao and Scott, "A simple method for the analysis of
// clustered binary data", 1992).
func Proportion(hits []bool, units []int) (Estimate, error) {
	n := len(hits)
	if n == 0 {
		return Estimate{}, ErrEmpty
	}
	if units != nil && len(units) != n {
		return Estimate{}, fmt.Errorf("proportion: %d units for %d rows", len(units), n)
	}
	count := 0
	for _, hit := range hits {
		if hit {
			count++
		}
	}
	p := float64(count) / float64(n)
	low, high := wilson(p, float64(n)/designEffect(hits, units, p))
	return Estimate{p, low, high, n}, nil
}

// designEffect is how many times the variance of a share grows because rows of one unit resemble each other.
func designEffect(hits []bool, units []int, p float64) float64 {
	if units == nil || p == 0 || p == 1 {
		return max(1, meanUnitSize(units))
	}
	residual := make(map[int]float64)
	for i, hit := range hits {
		if hit {
			residual[units[i]] += 1 - p
		} else {
			residual[units[i]] -= p
		}
	}
	m := float64(len(residual))
	if m < 2 {
		return float64(len(hits))
	}
	sums := make([]float64, 0, len(residual))
	for _, r := range residual {
		sums = append(sums, r*r)
	}
	slices.Sort(sums) // map order is random, and floating-point sums depend on order
	var clustered float64
	for _, s := range sums {
		clustered += s
	}
	clustered *= m / (m - 1)
	return max(1, clustered/(float64(len(hits))*p*(1-p)))
}

// meanUnitSize is the design effect when all rows agree: each unit then counts as one observation. It is 1 without
// units.
func meanUnitSize(units []int) float64 {
	if len(units) == 0 {
		return 1
	}
	distinct := make(map[int]struct{})
	for _, u := range units {
		distinct[u] = struct{}{}
	}
	return float64(len(units)) / float64(len(distinct))
}

// wilson is Wilson's score interval for a share p of n observations.
func wilson(p, n float64) (low, high float64) {
	z2 := normal97 * normal97
	centre := (p + z2/(2*n)) / (1 + z2/n)
	half := normal97 / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return max(0, centre-half), min(1, centre+half)
}

// Quantile returns the q-quantile of values (q in [0, 1]) by linear interpolation between order statistics: the plain
// number, since the tail of a worst case has no useful interval.
func Quantile(values []float64, q float64) (float64, error) {
	if len(values) == 0 {
		return 0, ErrEmpty
	}
	if !(q >= 0 && q <= 1) {
		return 0, fmt.Errorf("quantile %v is not in [0, 1]", q)
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sortedQuantile(sorted, q), nil
}

func sortedQuantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// MeanRatio is sum(numerators)/sum(denominators) over paired observations with a percentile bootstrap interval; whole
// units are resampled where units is not nil.
func MeanRatio(numerators, denominators []float64, units []int, rng *rand.Rand) (Estimate, error) {
	n := len(numerators)
	switch {
	case n == 0:
		return Estimate{}, ErrEmpty
	case len(denominators) != n:
		return Estimate{}, fmt.Errorf("ratio: %d numerators, %d denominators", n, len(denominators))
	case units != nil && len(units) != n:
		return Estimate{}, fmt.Errorf("ratio: %d units for %d rows", len(units), n)
	}
	tops, bottoms := sumByUnit(numerators, units), sumByUnit(denominators, units)
	var top, bottom float64
	for i := range tops {
		top, bottom = top+tops[i], bottom+bottoms[i]
	}
	if bottom <= 0 {
		return Estimate{}, fmt.Errorf("ratio: the denominators sum to %v", bottom)
	}
	low, high := bootstrap(rng, func() float64 {
		var a, b float64
		for range tops {
			i := rng.IntN(len(tops))
			a, b = a+tops[i], b+bottoms[i]
		}
		if b == 0 {
			return top / bottom
		}
		return a / b
	})
	return Estimate{top / bottom, low, high, n}, nil
}

// sumByUnit adds up the values of each unit, in the order of first appearance.
func sumByUnit(values []float64, units []int) []float64 {
	if units == nil {
		return values
	}
	place := make(map[int]int)
	var sums []float64
	for i, x := range values {
		at, seen := place[units[i]]
		if !seen {
			at = len(sums)
			place[units[i]] = at
			sums = append(sums, 0)
		}
		sums[at] += x
	}
	return sums
}

// bootstrap returns the 2.5% and 97.5% quantiles of draws of a statistic.
func bootstrap(rng *rand.Rand, draw func() float64) (low, high float64) {
	draws := make([]float64, resamples)
	for i := range draws {
		draws[i] = draw()
	}
	slices.Sort(draws)
	return sortedQuantile(draws, 0.025), sortedQuantile(draws, 0.975)
}
