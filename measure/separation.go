package measure

import (
	"fmt"
	"slices"
)

// SeparationExplained is how much of what tells two samples apart some scores account for,
//
//	(A(part) - 1/2) / (A(whole) - 1/2)
//
// A being the area under the curve of [StratifiedAUC] for the scores of a classifier that sees a part and of one that
// sees everything, on the same rows. It may lie above 1 where the part tells the samples apart better. The interval
// is Student's, of the linearised ratio, rows of one unit counting as dependent; it takes both classifiers as given.
// Where the interval of A(whole) holds one half there is nothing to explain, which is an error.
func SeparationExplained(part, whole []float64, positive []bool, units, strata []int) (Estimate, error) {
	const what = "the share of a separation that is explained"
	if len(part) != len(whole) {
		return Estimate{}, fmt.Errorf("%s: %d scores of the part, %d of the whole", what, len(part), len(whole))
	}
	all, err := StratifiedAUC(whole, positive, units, strata)
	if err != nil {
		return Estimate{}, err
	}
	if _, err := StratifiedAUC(part, positive, units, strata); err != nil {
		return Estimate{}, err
	}
	if all.Low <= 0.5 {
		return Estimate{}, fmt.Errorf("%s: the samples are not told apart, so that there is nothing to explain", what)
	}
	if strata == nil {
		strata = make([]int, len(whole))
	}
	ofPart, influencePart := areaInfluence(part, positive, strata)
	ofWhole, influenceWhole := areaInfluence(whole, positive, strata)
	ratio := (ofPart - 0.5) / (ofWhole - 0.5)
	influence := slices.Clone(influencePart)
	for i := range influence {
		influence[i] = (influence[i] - ratio*influenceWhole[i]) / (ofWhole - 0.5)
	}
	return linearised(what, ratio, influence, units)
}

// areaInfluence is the area under the curve and what each row adds to its error.
func areaInfluence(scores []float64, positive []bool, strata []int) (area float64, influence []float64) {
	var a areas
	for _, rows := range RowsOfUnits(strata, len(scores)) {
		a.add(scores, positive, rows)
	}
	influence = make([]float64, len(scores))
	for _, s := range []side{a.up, a.down} {
		for i, r := range s.rows {
			influence[r] = s.influence[i] / a.pairs
		}
	}
	return a.wins / a.pairs, influence
}
