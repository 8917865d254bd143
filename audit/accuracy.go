package audit

import (
	"fmt"
	"math"
	"slices"
)

// BalancedAccuracy is the mean over classes of the share of the class's rows
// that are predicted right: 1/classes for a guess, whatever the class sizes.
// Classes without a row in truth are left out of the mean.
//
// The interval joins the Wilson intervals of the classes by the method of
// variance estimates recovery (Zou and Donner, "Construction of confidence
// intervals about effect measures", 2008), which unlike a normal interval
// stays within [0, 1] and does not collapse at 0 or 1. Rows of one unit count
// as dependent, as in [Proportion]. The interval covers the sampling of the
// evaluated rows, not that of the rows a classifier was trained on.
func BalancedAccuracy(truth, predicted []int, classes int, units []int) (Estimate, error) {
	if err := checkClasses("true class", truth, len(truth), classes); err != nil {
		return Estimate{}, err
	}
	if len(predicted) != len(truth) || units != nil && len(units) != len(truth) {
		return Estimate{}, fmt.Errorf("audit: balanced accuracy: %d rows, %d predictions, %d units", len(truth), len(predicted), len(units))
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

// AUC is the area under the receiver operating characteristic: the probability
// that a random positive row scores above a random negative one, ties counting
// half. The interval is DeLong's (1988) on the logit scale; for a perfect or a
// perfectly wrong ranking, whose estimated variance is zero, it is Wilson's
// for the smaller class.
func AUC(scores []float64, positive []bool) (Estimate, error) {
	if len(scores) != len(positive) {
		return Estimate{}, fmt.Errorf("audit: AUC: %d scores, %d labels", len(scores), len(positive))
	}
	var up, down []float64
	for i, s := range scores {
		if math.IsNaN(s) {
			return Estimate{}, fmt.Errorf("audit: AUC: score %d is not a number", i)
		}
		if positive[i] {
			up = append(up, s)
		} else {
			down = append(down, s)
		}
	}
	if len(up) < 2 || len(down) < 2 {
		return Estimate{}, fmt.Errorf("%w: an AUC needs 2 rows of each class, got %d and %d", ErrEmpty, len(up), len(down))
	}
	slices.Sort(up)
	slices.Sort(down)
	wins := placements(up, down)   // of each positive: share of negatives below it
	losses := placements(down, up) // of each negative: share of positives below it
	area, varUp := moments(wins)
	_, varDown := moments(losses)
	n := len(scores)
	variance := varUp/float64(len(up)) + varDown/float64(len(down))
	if variance == 0 || area <= 0 || area >= 1 {
		low, high := wilson(area, float64(min(len(up), len(down))))
		return Estimate{area, low, high, n}, nil
	}
	logit := math.Log(area / (1 - area))
	half := normal97 * math.Sqrt(variance) / (area * (1 - area))
	return Estimate{area, logistic(logit - half), logistic(logit + half), n}, nil
}

// placements returns for each of the sorted values a the share of the sorted
// values b that lie below it, ties counting half.
func placements(a, b []float64) []float64 {
	out := make([]float64, len(a))
	below, upTo := 0, 0
	for i, x := range a {
		for below < len(b) && b[below] < x {
			below++
		}
		for upTo < len(b) && b[upTo] <= x {
			upTo++
		}
		out[i] = float64(below+upTo) / (2 * float64(len(b)))
	}
	return out
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
