package measure

import (
	"fmt"
	"math"
)

// BalancedAccuracy is the mean over classes of the share of the class's rows that are predicted right: 1/classes for
// a guess, whatever the class sizes. Classes without a row in truth are left out of the mean.
//
// The interval joins the intervals of the classes' shares by [Proportion] with the method of variance estimates
// recovery (Zou and Donner, "Construction of confidence intervals about effect measures", 2008), which unlike a
// normal interval stays within [0, 1] and does not collapse at 0 or 1. Where units is not nil, rows of one unit count
// as dependent, also across classes: a pair of a photo and a painting that are both easy to tell makes the shares of
// two classes rise together. The interval covers the sampling of the evaluated rows, not that of the rows a
// classifier was trained on.
func BalancedAccuracy(truth, predicted []int, classes int, units []int) (Estimate, error) {
	if err := CheckClasses("true class", truth, len(truth), classes); err != nil {
		return Estimate{}, err
	}
	if len(predicted) != len(truth) {
		return Estimate{}, fmt.Errorf("balanced accuracy: %d rows, %d predictions", len(truth), len(predicted))
	}
	if err := checkUnits("balanced accuracy", units, len(truth)); err != nil {
		return Estimate{}, err
	}
	var recalls []Estimate
	var influence [][]float64 // of each row on the class's recall, one slice a class present
	for c := range classes {
		var rows []int
		var hits []bool
		for i, t := range truth {
			if t == c {
				rows, hits = append(rows, i), append(hits, predicted[i] == c)
			}
		}
		if len(rows) == 0 {
			continue
		}
		recall, err := Proportion(hits, Pick(units, rows))
		if err != nil {
			return Estimate{}, err
		}
		on := make([]float64, len(truth))
		for i, r := range rows {
			on[r] = -recall.Value
			if hits[i] {
				on[r]++
			}
		}
		recalls, influence = append(recalls, recall), append(influence, on)
	}
	if len(recalls) == 0 {
		return Estimate{}, &InsufficientError{"balanced accuracy", 0, 1, "observations"}
	}
	e := meanOf(recalls, correlations(influence, units))
	e.N = len(truth)
	return e, nil
}

// meanOf is the mean of estimated shares, with its interval by the recovery of their variances. correlation[a][b] is
// that of the estimates a and b; nil means that they are independent.
func meanOf(shares []Estimate, correlation [][]float64) Estimate {
	k := float64(len(shares))
	var value, below, above float64
	n := 0
	for a, x := range shares {
		value += x.Value / k
		n += x.N
		for b, y := range shares {
			rho := 0.0
			switch {
			case a == b:
				rho = 1
			case correlation != nil:
				rho = correlation[a][b]
			}
			below += rho * (x.Value - x.Low) * (y.Value - y.Low)
			above += rho * (x.High - x.Value) * (y.High - y.Value)
		}
	}
	low, high := value-math.Sqrt(max(0, below))/k, value+math.Sqrt(max(0, above))/k
	return Estimate{value, max(0, low), min(1, high), n}
}

// correlations of statistics whose errors are the sums of their rows' influence: nil where no rows are tied together.
func correlations(influence [][]float64, units []int) [][]float64 {
	if units == nil {
		return nil
	}
	sums := make([][]float64, len(influence))
	for a := range influence {
		sums[a] = sumByUnit(influence[a], units)
	}
	out := make([][]float64, len(sums))
	for a := range sums {
		out[a] = make([]float64, len(sums))
		for b := range sums {
			var aa, bb, ab float64
			for u := range sums[a] {
				aa, bb, ab = aa+sums[a][u]*sums[a][u], bb+sums[b][u]*sums[b][u], ab+sums[a][u]*sums[b][u]
			}
			if aa > 0 && bb > 0 {
				out[a][b] = ab / math.Sqrt(aa*bb)
			}
		}
	}
	return out
}

// ArgMax returns the column of each row's largest value, the first of equals.
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
