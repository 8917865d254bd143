package measure

import (
	"fmt"
	"math"
)

// BalancedAccuracy is the mean over classes of the share of the class's rows that are predicted right: 1/classes for
// a guess, whatever the class sizes. Classes without a row in truth are left out of the mean.
//
// The interval joins the Wilson intervals of the classes by the method of variance estimates recovery (Zou and
// Donner, "Construction of confidence intervals about effect measures", 2008), which unlike a normal interval stays
// within [0, 1] and does not collapse at 0 or 1. Rows of one unit count as dependent, as in [Proportion]. The
// interval covers the sampling of the evaluated rows, not that of the rows a classifier was trained on.
func BalancedAccuracy(truth, predicted []int, classes int, units []int) (Estimate, error) {
	if err := CheckClasses("true class", truth, len(truth), classes); err != nil {
		return Estimate{}, err
	}
	if len(predicted) != len(truth) || units != nil && len(units) != len(truth) {
		return Estimate{}, fmt.Errorf("balanced accuracy: %d rows, %d predictions, %d units", len(truth), len(predicted), len(units))
	}
	var value, below, above, present float64
	for c := range classes {
		var hits []bool
		var within []int
		for i, t := range truth {
			if t != c {
				continue
			}
			hits = append(hits, predicted[i] == c)
			if units != nil {
				within = append(within, units[i])
			}
		}
		if len(hits) == 0 {
			continue
		}
		recall, err := Proportion(hits, within)
		if err != nil {
			return Estimate{}, err
		}
		present++
		value += recall.Value
		below += (recall.Value - recall.Low) * (recall.Value - recall.Low)
		above += (recall.High - recall.Value) * (recall.High - recall.Value)
	}
	if present == 0 {
		return Estimate{}, ErrEmpty
	}
	value /= present
	return Estimate{
		Value: value,
		Low:   max(0, value-math.Sqrt(below)/present),
		High:  min(1, value+math.Sqrt(above)/present),
		N:     len(truth),
	}, nil
}

// argmax returns the column of each row's largest value, the first of equals.
func ArgMax(scores Matrix) []int {
	out := make([]int, scores.Rows)
	for r := range out {
		row := scores.Row(r)
		for j, v := range row {
			if v > row[out[r]] {
				out[r] = j
			}
		}
	}
	return out
}
