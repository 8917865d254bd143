package measure

import (
	"fmt"
	"math"
	"slices"
)

// AUC is the area under the receiver operating characteristic: the probability that a random positive row scores
// above a random negative one, ties counting half.
//
// The interval is DeLong's (1988) on the logit scale. Where units is not nil, rows of one unit count as dependent,
// whether they are of one class or of both (Obuchowski, "Nonparametric analysis of clustered ROC curve data", 1997).
// For a perfect or a perfectly wrong ranking, whose estimated variance is zero, it is Wilson's for the class of fewer
// units.
func AUC(scores []float64, positive []bool, units []int) (Estimate, error) {
	return StratifiedAUC(scores, positive, units, nil)
}

// StratifiedAUC is the mean of the areas under the curve within each stratum, weighed by the pairs of rows that a
// stratum compares: scores of different strata (the predictions of different classifiers, each on its own fold) are
// never compared. A stratum in which one class is missing compares nothing. The interval is that of [AUC]. Nil means
// one stratum.
func StratifiedAUC(scores []float64, positive []bool, units, strata []int) (Estimate, error) {
	n := len(scores)
	if len(positive) != n || strata != nil && len(strata) != n {
		return Estimate{}, fmt.Errorf("AUC: %d scores, %d labels, %d strata", n, len(positive), len(strata))
	}
	if err := checkUnits("AUC", units, n); err != nil {
		return Estimate{}, err
	}
	for i, s := range scores {
		if math.IsNaN(s) {
			return Estimate{}, fmt.Errorf("AUC: score %d is not a number", i)
		}
	}
	var a areas
	if strata == nil {
		strata = make([]int, n)
	}
	for _, rows := range RowsOfUnits(strata, n) {
		a.add(scores, positive, rows)
	}
	return a.estimate(units, n)
}

// areas gathers the strata of an area under the curve.
type areas struct {
	up, down side    // of the positive and of the negative rows that were compared
	strata   int     // that compare something
	pairs    float64 // compared so far
	wins     float64 // of them in order
}

// side is the rows of one class: of each, the share of the other class's rows of its stratum that it is in order
// with, less the stratum's area, times the pairs compared a row. Over the pairs of all strata, this is the row's
// influence.
type side struct {
	rows      []int
	influence []float64
}

// add takes in the stratum of the given rows.
func (a *areas) add(scores []float64, positive []bool, rows []int) {
	var up, down []int
	for _, r := range rows {
		if positive[r] {
			up = append(up, r)
		} else {
			down = append(down, r)
		}
	}
	if len(up) == 0 || len(down) == 0 {
		return
	}
	above := placements(Pick(scores, up), Pick(scores, down)) // of each positive row: share of negative rows below it
	area, _ := moments(above)
	pairs := float64(len(up)) * float64(len(down))
	a.strata++
	a.pairs += pairs
	a.wins += area * pairs
	for i, r := range up {
		a.up.rows = append(a.up.rows, r)
		a.up.influence = append(a.up.influence, (above[i]-area)*float64(len(down)))
	}
	for i, below := range placements(Pick(scores, down), Pick(scores, up)) {
		a.down.rows = append(a.down.rows, down[i])
		a.down.influence = append(a.down.influence, (1-below-area)*float64(len(up)))
	}
}

func (a *areas) estimate(units []int, n int) (Estimate, error) {
	unitsOfUp, unitsOfDown := a.up.count(units), a.down.count(units)
	if fewer := min(unitsOfUp, unitsOfDown); fewer < 2 {
		return Estimate{}, &InsufficientError{"an AUC", fewer, 2, "independent rows of each class"}
	}
	area := a.wins / a.pairs
	// Strata take a degree of freedom each from their classes.
	freeUp, freeDown := max(1, unitsOfUp-a.strata), max(1, unitsOfDown-a.strata)
	varUp := a.up.square(units) / (a.pairs * a.pairs) * float64(unitsOfUp) / float64(freeUp)
	varDown := a.down.square(units) / (a.pairs * a.pairs) * float64(unitsOfDown) / float64(freeDown)
	variance := varUp + varDown
	if units != nil {
		variance += 2 * cross(a.up, a.down, units) / (a.pairs * a.pairs)
	}
	if variance <= 0 || area <= 0 || area >= 1 {
		low, high := wilson(area, float64(min(unitsOfUp, unitsOfDown)))
		return Estimate{area, low, high, n}, nil
	}
	// Welch and Satterthwaite's degrees of freedom.
	degrees := (varUp + varDown) * (varUp + varDown) / (varUp*varUp/float64(freeUp) + varDown*varDown/float64(freeDown))
	logit := math.Log(area / (1 - area))
	half := studentOf(degrees) * math.Sqrt(variance) / (area * (1 - area))
	return Estimate{area, logistic(logit - half), logistic(logit + half), n}, nil
}

// count is the number of units of s.
func (s side) count(units []int) int { return len(RowsOfUnits(Pick(units, s.rows), len(s.rows))) }

// square is the sum of the squared influences of units.
func (s side) square(units []int) (sum float64) {
	for _, x := range sumByUnit(s.influence, Pick(units, s.rows)) {
		sum += x * x
	}
	return sum
}

// cross is the sum over units of the product of their influences on both sides.
func cross(up, down side, units []int) (sum float64) {
	of := make(map[int]float64)
	for i, r := range up.rows {
		of[units[r]] += up.influence[i]
	}
	for i, r := range down.rows {
		sum += of[units[r]] * down.influence[i]
	}
	return sum
}

// placements returns for each value of a the share of the values b that lie below it, ties counting half.
func placements(a, b []float64) []float64 {
	sorted := slices.Clone(b)
	slices.Sort(sorted)
	out := make([]float64, len(a))
	for i, x := range a {
		below, _ := slices.BinarySearch(sorted, x)
		upTo, _ := slices.BinarySearchFunc(sorted, x, func(y, x float64) int {
			if y <= x {
				return -1
			}
			return 1
		})
		out[i] = float64(below+upTo) / (2 * float64(len(sorted)))
	}
	return out
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
