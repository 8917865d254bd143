package quality

import (
	"math"

	"github.com/dataprism/dataprism/measure"
)

// differenceOfShares is the difference of two independent shares, with its interval from theirs by the method of
// variance estimates recovery (Newcombe, "Interval estimation for the difference between independent proportions",
// 1998).
func differenceOfShares(a, b measure.Estimate) measure.Estimate {
	d := measure.Contrast(a, b)
	d.Low, d.High = max(-1, d.Low), min(1, d.High)
	return d
}

// pOfArea is the two-sided p-value of an area of one half that belongs to its 95% interval, which is symmetric on the
// logit scale.
func pOfArea(e measure.Estimate) float64 {
	logit := func(x float64) float64 { return math.Log(x / (1 - x)) }
	if e.Value >= 0.5 {
		if e.Value == 1 { // the interval is not from a logit
			return twoSided(e.Value-0.5, e.Value-e.Low)
		}
		return twoSided(logit(e.Value), logit(e.Value)-logit(e.Low))
	}
	if e.Value == 0 {
		return twoSided(0.5-e.Value, e.High-e.Value)
	}
	return twoSided(-logit(e.Value), logit(e.High)-logit(e.Value))
}

// twoSided is the p-value of a distance from the null, given how far the 95% interval reaches towards it.
func twoSided(distance, half float64) float64 {
	return measure.Estimate{Value: distance, Low: distance - half}.P(0)
}
