package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Jackknife is a statistic of rows with the interval of the delete-a-group jackknife (Quenouille 1956; Kott, "The
// delete-a-group jackknife", Journal of Official Statistics 2001): units are dealt at random into groups, the statistic
// is taken without each group in turn, and
//
//	s² = (G-1)/G · Σ (θ(without g) - their mean)²
//
// with Student's t of G-1 degrees of freedom. It is for smooth statistics that have no interval of their own, such as
// the difference of two classifiers' areas under the curve on the same rows. rows is how many there are; statistic
// gets the numbers of those it is to be taken on. Where it fails, so does the jackknife.
func Jackknife(rows int, units []int, groups int, rng *rand.Rand, statistic func(rows []int) (float64, error)) (Estimate, error) {
	const what = "a jackknife"
	if err := checkUnits(what, units, rows); err != nil {
		return Estimate{}, err
	}
	members := RowsOfUnits(units, rows)
	groups = min(groups, len(members))
	if groups < 2 {
		return Estimate{}, &InsufficientError{what, len(members), 2, "independent observations"}
	}
	group := make([]int, rows)
	for i, at := range rng.Perm(len(members)) {
		for _, r := range members[at] {
			group[r] = i % groups
		}
	}
	all := make([]int, rows)
	for r := range all {
		all[r] = r
	}
	value, err := statistic(all)
	if err != nil {
		return Estimate{}, err
	}
	without := make([]float64, groups)
	kept := make([]int, 0, rows)
	for g := range groups {
		kept = kept[:0]
		for r, own := range group {
			if own != g {
				kept = append(kept, r)
			}
		}
		if without[g], err = statistic(kept); err != nil {
			return Estimate{}, fmt.Errorf("%s: without a part of the rows: %w", what, err)
		}
	}
	_, variance := moments(without)
	half := student(groups-1) * math.Sqrt(variance*float64(groups-1)*float64(groups-1)/float64(groups))
	return Estimate{value, value - half, value + half, rows}, nil
}

// AcrossRepeats widens the interval of a value, which covers the rows that a classifier was tested on, by what moves
// when the classifier is fitted again: repeats are the same value of fits to training rows drawn again, each by a
// seed of its own. Their variance s² is added to that of the test whole, not divided by their number, since the value
// is that of one fit; with few repeats the interval is that of Student's t with Welch and Satterthwaite's degrees of
// freedom. The repeats' own mean is not used: a fit to rows drawn again sees fewer distinct ones.
func AcrossRepeats(e Estimate, repeats []float64) (Estimate, error) {
	if len(repeats) < 2 {
		return Estimate{}, &InsufficientError{"an interval over fits", len(repeats), 2, "repeated fits"}
	}
	_, variance := moments(repeats)
	half := func(test float64) float64 {
		own := test / normal97 * test / normal97
		if variance == 0 {
			return test
		}
		// The test's own part counts as known: it rests on hundreds of units.
		degrees := (own + variance) * (own + variance) / (variance * variance / float64(len(repeats)-1))
		return studentOf(min(degrees, 1e6)) * math.Sqrt(own+variance)
	}
	return Estimate{e.Value, e.Value - half(e.Value-e.Low), e.Value + half(e.High-e.Value), e.N}, nil
}
