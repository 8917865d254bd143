package audit

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/measure"
)

// Accuracy is what a change may cost a classifier of a label, one that learned from the run's training images: the share of
// images that it is right about.
//
// What named contexts make of it is seen on the held-out images, weighed by how much more likely each is among new ones by
// those contexts; the rest of the difference is seen where new images have the label.
type Accuracy struct {
	Label      string           `json:"label"`
	Benchmark  measure.Estimate `json:"benchmark"`  // of held-out images
	Reweighted measure.Estimate `json:"reweighted"` // of held-out images, with the named contexts as common as among new ones
	Effective  float64          `json:"effective"`  // how many images of equal weight those are worth
	Named      measure.Estimate `json:"named"`      // Reweighted less Benchmark
	// New is of new images that have the label, and Unnamed New less Reweighted: what no context accounts for.
	New     *measure.Estimate `json:"new"`
	Unnamed *measure.Estimate `json:"unnamed"`
}

// answers are what a classifier of a label says of both sides, and what is true: -1 where it is not known.
type answers struct {
	label      string
	said, true [2][]int
}

// leastEffective is how many images of equal weight are needed for a weighed share to say anything.
const leastEffective = 20

// measureAccuracy compares the accuracy of a classifier on held-out images, on these as weighed by contexts, and on new ones.
func (d *drift) measureAccuracy(ctx context.Context) error {
	if d.settings.Label == "" {
		return nil
	}
	if d.answers == nil {
		return fmt.Errorf("%s is no label that a classifier could learn from the run's images and be tested on held-out ones", d.settings.Label)
	}
	right := func(s side) (hits []float64, rows []int) {
		for i, truth := range d.answers.true[s] {
			if truth < 0 {
				continue
			}
			hit := 0.0
			if d.answers.said[s][i] == truth {
				hit = 1
			}
			hits, rows = append(hits, hit), append(rows, i)
		}
		return hits, rows
	}
	hits, rows := right(benchmarkSide)
	odds, err := d.odds(ctx, d.columns)
	if err != nil {
		return err
	}
	known, weights := measure.Pick(odds.of, rows), make([]float64, len(rows))
	for i, o := range known {
		weights[i] = math.Exp(o)
	}
	out := Accuracy{Label: d.settings.Label, Effective: measure.Effective(weights)}
	units := measure.Pick(d.unitsOf(benchmarkSide), rows)
	if out.Benchmark, err = proportion(hits, units); err != nil {
		return err
	}
	if out.Effective >= leastEffective {
		both := slices.Concat(units, d.unitsOf(newSide))
		if out.Reweighted, out.Named, err = measure.Carried(hits, append(known, odds.of[len(d.rows):]...), both); err != nil {
			return err
		}
	} else if err := d.skip(ctx, "accuracy.reweighted", fmt.Errorf("hardly a held-out image is like the new ones in the named contexts: weighed so, they are worth %.1f, %d are needed", out.Effective, leastEffective)); err != nil {
		return err
	}
	if hits, rows = right(newSide); len(rows) >= leastLabelled {
		found, err := proportion(hits, measure.Pick(d.unitsOf(newSide), rows))
		if err != nil {
			return err
		}
		out.New = &found
		if out.Reweighted.Measured() {
			rest := measure.Contrast(found, out.Reweighted)
			out.Unnamed = &rest
		}
	} else if err := d.skip(ctx, "accuracy.new", fmt.Errorf("%s of %s with the label %s, %d are needed", listing.Count(len(rows), "image"), d.in.Name, d.settings.Label, leastLabelled)); err != nil {
		return err
	}
	d.found.Accuracy = &out
	return nil
}

// proportion is that of values which are 0 or 1.
func proportion(values []float64, units []int) (measure.Estimate, error) {
	hits := make([]bool, len(values))
	for i, v := range values {
		hits[i] = v == 1
	}
	return measure.Proportion(hits, units)
}

// accuracyFindings says what the change costs, where the named contexts or the rest of it change the accuracy.
func (d *drift) accuracyFindings() []Finding {
	a := d.found.Accuracy
	if a == nil {
		return nil
	}
	var out []Finding
	tell := func(e measure.Estimate, sentence string) {
		if e.Measured() && e.Excludes(0) {
			out = append(out, finding(KindAccuracy, sentence, e, a.Label, d.in.Name))
		}
	}
	tell(a.Named, fmt.Sprintf("A classifier of %s that learned from the run's images is right about %s of the held-out ones (%s); with the named contexts as common as in %s, about %s (%s).",
		a.Label, percent(a.Benchmark.Value), interval(a.Benchmark), d.in.Name, percent(a.Reweighted.Value), interval(a.Reweighted)))
	if a.Unnamed != nil {
		tell(*a.Unnamed, fmt.Sprintf("It is right about %s of the images of %s (%s), where the named contexts lead one to expect %s (%s): the rest has no name.",
			percent(a.New.Value), d.in.Name, interval(*a.New), percent(a.Reweighted.Value), interval(a.Reweighted)))
	}
	return out
}
