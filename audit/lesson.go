package audit

import (
	"context"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// lesson is the training images that judges learn from.
type lesson struct {
	collection, row []int
	units           []int
	features        measure.Matrix // of what judges see of them, a row each
}

// lesson draws at most most training images of each collection at random, but for rare values of attributes: of each
// value the first images come before all others, so that a value that has enough images in the collection has enough in the
// draw.
func (h *HeldOut) lesson(s Settings, list []attribute, most int) lesson {
	var l lesson
	for c, col := range h.dataset.Collections {
		rows := choose(col.Train, len(col.Train), s.Seed, stream.AuditJudges, c)
		for _, row := range rareFirst(col, list, rows, h.limit(most)) {
			l.collection, l.row = append(l.collection, c), append(l.row, row)
		}
	}
	return l
}

// rareFirst returns n of rows: the first ones that show a value which few before them have shown, then others.
func rareFirst(col *collection.Collection, list []attribute, rows []int, n int) []int {
	if n >= len(rows) {
		return rows
	}
	shown := make([][]int, len(list)) // [attribute][value]
	for i, a := range list {
		shown[i] = make([]int, len(a.values))
	}
	var first, rest []int
	for _, row := range rows {
		wanted := false
		values := make([]int, len(list))
		for i, a := range list {
			value, _ := labelOf(col, row, a.name)
			values[i] = slices.Index(a.values, value)
			wanted = wanted || values[i] >= 0 && shown[i][values[i]] < leastOfValue
		}
		if !wanted {
			rest = append(rest, row)
			continue
		}
		first = append(first, row)
		for i, v := range values {
			if v >= 0 {
				shown[i][v]++
			}
		}
	}
	return append(first, rest...)[:n]
}

// labels are those of a's values that the images have, "" where an image has none.
func (l lesson) labels(d *collection.Dataset, a attribute) []string {
	labels := labelsOf(d, l.collection, l.row, a.name)
	for i, value := range labels {
		if !slices.Contains(a.values, value) {
			labels[i] = ""
		}
	}
	return labels
}

// sample is what a judge of a learns of the images: the values of a, of which collections count as [even] says.
func (l lesson) sample(d *collection.Dataset, a attribute) probe.Sample {
	value := a.numbers(labelsOf(d, l.collection, l.row, a.name))
	return probe.Sample{X: l.features, Class: value, Classes: len(a.values), Units: l.units, Weight: even(value, l.collection)}
}

// even are weights of rows under which collections count the same among the images of each value. Otherwise what looks like
// the collection with more women would be judged to be one, and a projection would turn images into what its collection is
// rich in by its look alone. No image counts more than mostWeight times what it would without: a handful teach nothing.
func even(value, of []int) []float32 {
	type cell struct{ value, collection int }
	images, all, collections := map[cell]int{}, map[int]int{}, map[int]int{}
	for i, v := range value {
		if images[cell{v, of[i]}] == 0 {
			collections[v]++
		}
		images[cell{v, of[i]}]++
		all[v]++
	}
	weight := make([]float32, len(value))
	for i, v := range value {
		weight[i] = float32(min(mostWeight, float64(all[v])/float64(collections[v]*images[cell{v, of[i]}])))
	}
	return weight
}

// mostWeight bounds the weights of [even].
const mostWeight = 10.0

// of lists the rows of l that are of collection c.
func (l lesson) of(c int) []int {
	return rowsWhere(l.collection, func(own int) bool { return own == c })
}

// encodeLesson sets the features of l to codes.
func (h *HeldOut) encodeLesson(ctx context.Context, s Settings, l *lesson) error {
	codes := measure.NewMatrix(len(l.row), h.prism.Dim())
	err := h.chunks(ctx, s, "encoding training images", len(l.row), func(from, to int) error {
		z, _, err := h.prism.Encode(h.dataset.ImagesOf(l.collection[from:to], l.row[from:to]))
		if err != nil {
			return err
		}
		v, _, err := h.prism.Codes(z, l.collection[from:to])
		copy(codes.Slice(from, to).Data, v)
		return err
	})
	if err != nil {
		return err
	}
	kept := finiteRows(codes)
	return h.learn(l, codes.Select(kept), kept, "code")
}

// study makes the features of the images of l, of their reconstructions.
func (h *HeldOut) study(ctx context.Context, s Settings, l *lesson) error {
	s.Classifiers = nil // which learn nothing
	features, kept, err := h.features(ctx, s, "decoding training images", len(l.row), func(from, to int) ([]float32, error) {
		z, _, err := h.prism.Encode(h.dataset.ImagesOf(l.collection[from:to], l.row[from:to]))
		return z, err
	})
	if err != nil {
		return err
	}
	return h.learn(l, features, kept, "reconstruction")
}

// learn sets the features of l and drops the images but those kept, which they are of. what is finite of them.
func (h *HeldOut) learn(l *lesson, features measure.Matrix, kept []int, what string) error {
	l.features, l.collection, l.row = features, measure.Pick(l.collection, kept), measure.Pick(l.row, kept)
	if len(kept) == 0 {
		return &measure.InsufficientError{Measurement: "a judge", Have: 0, Need: leastOfValue, Of: "training images with a finite " + what}
	}
	l.units = h.dataset.UnitsOf(l.collection, l.row)
	return nil
}

// trainLabels are the labels called name of all training images.
func trainLabels(d *collection.Dataset, name string) []string {
	var labels []string
	for _, col := range d.Collections {
		for _, row := range col.Train {
			if value, ok := labelOf(col, row, name); ok {
				labels = append(labels, value)
			}
		}
	}
	return labels
}
