package counterfactual

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

const (
	judgeFolds    = 3    // a judge of an image was fitted to two thirds of the units, not to the image's
	mostOfStratum = 1500 // images of a stratum that a judge learns from, at most
)

// judge says which value of one label images show. Each fold of the rows has a classifier of its own, which was
// fitted to as many images of every stratum, outside the fold: where strata are cells, what goes with the label among
// all images tells it nothing.
type judge struct {
	label string
	fold  []int // of each row
	of    []probe.Classifier
}

// fitJudge fits a judge of the class of rows by their features [rows, columns]; rows of a negative stratum are left
// out.
func fitJudge(ctx context.Context, label string, features measure.Matrix, class, stratum, units, fold []int, rng *rand.Rand) (*judge, error) {
	j := &judge{label: label, fold: fold}
	for f := range judgeFolds {
		rows := balanced(stratum, fold, f, rng)
		s := probe.Sample{X: features.Select(rows), Class: measure.Pick(class, rows), Classes: slices.Max(class) + 1, Units: measure.Pick(units, rows)}
		fitted, err := probe.Linear{}.Fit(ctx, s, rng)
		if err != nil {
			return nil, err
		}
		j.of = append(j.of, fitted)
	}
	return j, nil
}

// balanced chooses as many rows of every stratum, at random, of those outside the fold f.
func balanced(stratum, fold []int, f int, rng *rand.Rand) []int {
	members := make([][]int, slices.Max(stratum)+1)
	for r, s := range stratum {
		if s >= 0 && fold[r] != f {
			members[s] = append(members[s], r)
		}
	}
	most := mostOfStratum
	for _, rows := range members {
		most = min(most, len(rows))
	}
	var chosen []int
	for _, rows := range members {
		rng.Shuffle(len(rows), func(a, b int) { rows[a], rows[b] = rows[b], rows[a] })
		chosen = append(chosen, rows[:most]...)
	}
	slices.Sort(chosen)
	return chosen
}

// judge names the value that images of the rows from from on show, by the classifier that was not fitted to the row.
func (j *judge) judge(features measure.Matrix, from int) []int {
	out := make([]int, features.Rows)
	for f, classifier := range j.of {
		var places []int
		for i := range out {
			if j.fold[from+i] == f {
				places = append(places, i)
			}
		}
		if len(places) == 0 {
			continue
		}
		for k, value := range measure.ArgMax(classifier.LogProbs(features.Select(places))) {
			out[places[k]] = value
		}
	}
	return out
}
