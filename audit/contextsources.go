package audit

import (
	"context"
	"math"
	"slices"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// compareProperties compares what every image has, whatever it shows.
func (d *drift) compareProperties() error {
	own := propertiesOf(d.imagesOf(len(d.rows), d.Images.Matrix().Select(d.rows).Data))
	fresh := propertiesOf(d.in.Images)
	for j, property := range propertiesOfChannels(d.in.Images.C) {
		if err := d.compareNumbers(property, column(own, j), column(fresh, j)); err != nil {
			return err
		}
	}
	d.properties = stacked(own, fresh)
	return nil
}

// compareNumbers adds the context of a number that images have, NaN where one has none. Of fewer than 20 on a side it
// says nothing.
func (d *drift) compareNumbers(property property, own, fresh []float64) error {
	a, unitsA := numbersOf(own, d.unitsOf(benchmarkSide))
	b, unitsB := numbersOf(fresh, d.unitsOf(newSide))
	if min(len(a), len(b)) < leastLabelled {
		return nil
	}
	c := namedContext{ContextShift: ContextShift{Name: property.name, Source: FromImage}, words: property}
	var err error
	if c.Benchmark, err = measure.Mean(a, unitsA); err != nil {
		return err
	}
	if c.New, err = measure.Mean(b, unitsB); err != nil {
		return err
	}
	if c.Difference, err = measure.CliffsDelta(measure.Sample{Values: b, Units: unitsB}, measure.Sample{Values: a, Units: unitsA}); err == nil {
		d.contexts = append(d.contexts, c)
	}
	return err
}

// numbersOf are the values that are numbers, with their units.
func numbersOf(values []float64, units []int) (known []float64, of []int) {
	for i, v := range values {
		if !math.IsNaN(v) {
			known, of = append(known, v), append(of, units[i])
		}
	}
	return known, of
}

// membership compares which of the collections images fit.
func (d *drift) membership(ctx context.Context) error {
	against := d.settings.Against
	if len(against) < 2 {
		return nil
	}
	own, err := d.fitting(d.Z.Select(d.rows))
	if err != nil {
		return err
	}
	fresh, err := d.fitting(d.in.Z)
	if err != nil {
		return err
	}
	truth := make([]int, len(d.rows))
	for i, row := range d.rows {
		truth[i] = slices.Index(against, d.Collection[row])
	}
	confusion, err := measure.CountConfusion(truth, own, d.unitsOf(benchmarkSide), len(against))
	if err != nil {
		return d.skip(ctx, "contexts.collection", err)
	}
	var names []string
	for _, c := range against {
		names = append(names, "collection="+d.name(c))
	}
	before, err := d.known(truth, benchmarkSide, len(names))
	if err != nil {
		return err
	}
	after, err := d.judged(fresh, newSide, confusion)
	if err != nil {
		return d.skip(ctx, "contexts.collection", err)
	}
	d.add(names, FromCollection, before, after)
	d.columns = append(d.columns, stacked(evidence(own, len(against)), evidence(fresh, len(against))))
	return nil
}

// fitting is the collection that each latent fits best among those compared with.
func (d *drift) fitting(z measure.Matrix) ([]int, error) {
	posterior, err := d.prism.Posterior(z.Data)
	if err != nil {
		return nil, err
	}
	found := make([]int, z.Rows)
	for i, p := range posterior {
		for k, c := range d.settings.Against {
			if p[c] > p[d.settings.Against[found[i]]] {
				found[i] = k
			}
		}
	}
	return found, nil
}

// bothFeatures describe the images of both sides for judges.
func (d *drift) bothFeatures() (own, fresh measure.Matrix, err error) {
	if own, err = probe.Features(d.imagesOf(len(d.rows), d.Images.Matrix().Select(d.rows).Data)); err != nil {
		return own, fresh, err
	}
	fresh, err = probe.Features(d.in.Images)
	return own, fresh, err
}

// labelled compares the labels of the run's collections. Judges learn from training images as they are; where the new
// folder has the labels too, they are counted.
func (d *drift) labelled(ctx context.Context, own, fresh measure.Matrix) error {
	var list []attribute
	for _, name := range labelNames(d.dataset) {
		if slices.Contains(d.settings.Hidden, name) {
			continue
		}
		a, whyNot := attributeOf(name, trainLabels(d.dataset, name))
		if whyNot != "" {
			d.found.Skipped = append(d.found.Skipped, Skipped{"contexts." + name, whyNot})
		}
		if a.name != "" {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return nil
	}
	lesson := d.lesson(d.settings.Settings, list, maxJudgeTrain)
	err := d.chunks(ctx, d.settings.Settings, "describing training images", len(lesson.row), func(from, to int) error {
		features, err := probe.Features(d.imagesOf(to-from, d.dataset.ImagesOf(lesson.collection[from:to], lesson.row[from:to])))
		lesson.features = appended(lesson.features, features)
		return err
	})
	if err != nil {
		return err
	}
	lesson.units = d.dataset.UnitsOf(lesson.collection, lesson.row)
	for _, a := range list {
		err := d.label(ctx, a, lesson, own, fresh)
		if err := d.skip(ctx, "contexts."+a.name, plain(err, a.named(), "images")); err != nil {
			return err
		}
	}
	return nil
}

// leastLabelled is how many images of the new folder must have a label for it to be counted there, not judged.
const leastLabelled = 20

// label compares one attribute.
func (d *drift) label(ctx context.Context, a attribute, l lesson, own, fresh measure.Matrix) error {
	judge, err := probe.TrainJudge(ctx, l.sample(d.dataset, a), d.settings.Seed)
	if err != nil {
		return err
	}
	truth := measure.Pick(a.numbers(d.Labels(a.name)), d.rows)
	before, err := d.known(truth, benchmarkSide, len(a.values))
	if err != nil {
		return err
	}
	said, fresher := judge.Judge(own), judge.Judge(fresh)
	if a.name == d.settings.Label {
		d.answers = &answers{a.name, [2][]int{said, fresher}, [2][]int{truth, a.numbers(d.in.labels(a.name))}}
	}
	var after told
	if label := a.numbers(d.in.labels(a.name)); labelledRows(label) >= leastLabelled {
		after, err = d.known(label, newSide, len(a.values))
	} else {
		var confusion measure.Confusion
		if confusion, err = judge.Confusion(own, truth, d.unitsOf(benchmarkSide)); err == nil {
			after, err = d.judged(fresher, newSide, confusion)
		}
	}
	if err != nil {
		return err
	}
	d.add(a.named(), FromLabel, before, after)
	d.columns = append(d.columns, stacked(evidence(said, len(a.values)), evidence(fresher, len(a.values))))
	return nil
}

// labelledRows counts the rows whose value is known.
func labelledRows(label []int) (n int) {
	for _, l := range label {
		if l >= 0 {
			n++
		}
	}
	return n
}

// evidence is 1 for the value that a judge sees, and 0 for the others but the first. How sure a judge is would say
// more, but not of the value: it may differ between two folders for any reason.
func evidence(judged []int, values int) measure.Matrix {
	out := measure.NewMatrix(len(judged), values-1)
	for r, v := range judged {
		if v > 0 {
			out.Row(r)[v-1] = 1
		}
	}
	return out
}
