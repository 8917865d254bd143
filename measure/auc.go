package measure

import (
	"fmt"
	"math"
	"slices"
)

// AUC is the area under the receiver operating characteristic: the probability that a random positive row scores
// above a random negative one, ties counting half. The interval is DeLong's (1988) on the logit scale; for a perfect
// or a perfectly wrong ranking, whose estimated variance is zero, it is Wilson's for the smaller class.
func AUC(scores []float64, positive []bool) (Estimate, error) {
	if len(scores) != len(positive) {
		return Estimate{}, fmt.Errorf("AUC: %d scores, %d labels", len(scores), len(positive))
	}
	var up, down []float64
	for i, s := range scores {
		if math.IsNaN(s) {
			return Estimate{}, fmt.Errorf("AUC: score %d is not a number", i)
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

// placements returns for each of the sorted values a the share of the sorted values b that lie below it, ties
// counting half.
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
