package probe

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/dataprism/dataprism/measure"
)

// Folds deals rows into k folds, numbered from 0, so that rows of one unit share a fold and every fold has about its
// share of each class. With nil units every row is a unit of its own.
func Folds(class, units []int, classes, k int, rng *rand.Rand) ([]int, error) {
	if err := measure.CheckClasses("folds", class, len(class), classes); err != nil {
		return nil, err
	}
	if units != nil && len(units) != len(class) {
		return nil, fmt.Errorf("folds: %d units for %d rows", len(units), len(class))
	}
	members := measure.RowsOfUnits(units, len(class))
	if k < 2 || len(members) < k {
		return nil, fmt.Errorf("%d folds need at least 2 folds and as many units; there are %d units", k, len(members))
	}
	rng.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	slices.SortStableFunc(members, func(a, b []int) int { return len(b) - len(a) })

	// A large unit goes first and each unit to the fold that lacks its classes most, so that small units even out
	// what large ones left uneven.
	total := make([]float64, classes)
	for _, c := range class {
		total[c]++
	}
	have := make([][]float64, k)
	size := make([]int, k)
	for f := range have {
		have[f] = make([]float64, classes)
	}
	fold := make([]int, len(class))
	for _, rows := range members {
		best, bestLoad := 0, 0.0
		for f := range k {
			load := 0.0
			for _, r := range rows {
				load += have[f][class[r]] / total[class[r]]
			}
			if f == 0 || load < bestLoad || load == bestLoad && size[f] < size[best] {
				best, bestLoad = f, load
			}
		}
		for _, r := range rows {
			fold[r] = best
			have[best][class[r]]++
		}
		size[best] += len(rows)
	}
	return fold, nil
}

// splitRows returns the rows outside and inside fold f.
func splitRows(fold []int, f int) (outside, inside []int) {
	for r, g := range fold {
		if g == f {
			inside = append(inside, r)
		} else {
			outside = append(outside, r)
		}
	}
	return outside, inside
}

// partsFor is the number of folds to make of rows: as many as wanted, or as there are units.
func partsFor(wanted int, units []int, rows int) int {
	return min(wanted, len(measure.RowsOfUnits(units, rows)))
}
