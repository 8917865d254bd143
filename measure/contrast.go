package measure

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Contrast is a - b of two estimates that are independent, with its interval from theirs by the method of variance
// estimates recovery (Newcombe, "Interval estimation for the difference between independent proportions", 1998):
// their intervals need not be symmetric.
func Contrast(a, b Estimate) Estimate {
	d := a.Value - b.Value
	return Estimate{
		Value: d,
		Low:   d - math.Hypot(a.Value-a.Low, b.High-b.Value),
		High:  d + math.Hypot(a.High-a.Value, b.Value-b.Low),
		N:     a.N + b.N,
	}
}

// P is the two-sided p-value of a true value of null that belongs to an estimate's interval, taken as that of a
// normal error: below 0.05 where the interval excludes null.
func (e Estimate) P(null float64) float64 {
	distance, half := e.Value-null, e.Value-e.Low
	if distance < 0 {
		distance, half = -distance, e.High-e.Value
	}
	switch {
	case !(distance > 0):
		return 1
	case !(half > 0):
		return 0
	}
	return 2 * distuv.UnitNormal.Survival(normal97*distance/half)
}

// FalseDiscoveryRates are the q-values of p-values: the share of false ones among all that stand when this one and
// those with smaller p do, on average at most (Benjamini and Hochberg, "Controlling the false discovery rate", JRSS B
// 1995, in the adjusted form of Yekutieli and Benjamini 1999).
func FalseDiscoveryRates(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	q, least := make([]float64, len(p)), 1.0
	for i, at := range order {
		rank := len(p) - i
		least = min(least, p[at]*float64(len(p))/float64(rank))
		q[at] = least
	}
	return q
}
