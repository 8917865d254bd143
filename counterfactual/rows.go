package counterfactual

import (
	"context"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/probe"
)

// The roles of the images of a pair.
const (
	Original       = "original"       // the image as the run has it
	Self           = "self"           // its reconstruction: what the decoder does to it without any change
	Factual        = "factual"        // the other label changed, the label kept
	Counterfactual = "counterfactual" // the label changed, the other kept
)

// Roles are the roles of the images of a pair, in the order in which they are written.
func Roles() []string { return []string{Original, Self, Factual, Counterfactual} }

// Settings say how pairs are made.
type Settings struct {
	Seed     uint64
	Most     int                                // pairs that are tried of each cell; 0 is all
	Progress func(what string, done, total int) // may be nil
}

// work is the training images that pairs are made of.
type work struct {
	plan  *Plan
	prism *prism.Prism
	s     Settings

	place             []int // of each row's cell in the plan
	collection, row   []int
	units             []int
	factual, opposite []int    // the collections that it is shown as
	truth             [2][]int // which value of the label, and of the other, each row has
	newAside, newOne  []int    // and which of the other its factual, of the label its counterfactual image should show

	z        measure.Matrix // latents
	features measure.Matrix // of reconstructions
	judges   []*judge       // of the label, of the other, of further labels
}

// chunk is how many images go through the prism at a time.
const chunk = 256

// begin chooses the rows of a plan and what each is turned into.
func begin(p *Plan, model *prism.Prism, s Settings) *work {
	w := &work{plan: p, prism: model, s: s}
	cellOf := make(map[int]cell, len(p.cells))
	for _, each := range p.cells {
		cellOf[each.collection] = each
	}
	for at, each := range p.cells {
		rows := slices.Clone(p.data.Collections[each.collection].Train)
		rng := stream.New(s.Seed, stream.PairsRows, each.collection)
		if s.Most > 0 && s.Most < len(rows) {
			rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			rows = rows[:s.Most]
			slices.Sort(rows)
		}
		for _, row := range rows {
			f := each.factual[rng.IntN(len(each.factual))]
			c := each.counterfactual[rng.IntN(len(each.counterfactual))]
			w.place, w.collection, w.row = append(w.place, at), append(w.collection, each.collection), append(w.row, row)
			w.factual, w.opposite = append(w.factual, f), append(w.opposite, c)
			w.truth[0], w.truth[1] = append(w.truth[0], each.value), append(w.truth[1], each.aside)
			w.newAside, w.newOne = append(w.newAside, p.asideOf(f)), append(w.newOne, p.valueOf(c))
		}
	}
	w.units = p.data.UnitsOf(w.collection, w.row)
	return w
}

func (p *Plan) valueOf(c int) int {
	value, _ := condition(p.data.Collections[c].Where, p.Label)
	return slices.Index(p.Values, value)
}

func (p *Plan) asideOf(c int) int {
	value, _ := condition(p.data.Collections[c].Where, p.Apart)
	return slices.Index(p.Aside, value)
}

// each shows the rows to do, some at a time.
func (w *work) each(ctx context.Context, what string, do func(from, to int) error) error {
	for from := 0; from < len(w.row); from += chunk {
		if err := ctx.Err(); err != nil {
			return err
		}
		if w.s.Progress != nil {
			w.s.Progress(what, from, len(w.row))
		}
		if err := do(from, min(from+chunk, len(w.row))); err != nil {
			return err
		}
	}
	return nil
}

// see encodes all rows and describes their reconstructions.
func (w *work) see(ctx context.Context) error {
	w.z = measure.NewMatrix(len(w.row), w.prism.Dim())
	return w.each(ctx, "reconstructing training images", func(from, to int) error {
		z, _, err := w.prism.Encode(w.plan.data.ImagesOf(w.collection[from:to], w.row[from:to]))
		if err != nil {
			return err
		}
		copy(w.z.Data[from*w.z.Cols:], z)
		_, features, err := w.decode(z)
		if err != nil {
			return err
		}
		if w.features.Cols == 0 {
			w.features = measure.NewMatrix(len(w.row), features.Cols)
		}
		copy(w.features.Data[from*w.features.Cols:], features.Data)
		return nil
	})
}

// decode makes images of latents, and describes them.
func (w *work) decode(z []float32) (measure.Images, measure.Matrix, error) {
	decoded, err := w.prism.Decode(z)
	if err != nil {
		return measure.Images{}, measure.Matrix{}, err
	}
	images := w.prism.Images(decoded)
	features, err := probe.Features(images)
	return images, features, err
}

// learn fits the judges of both labels, and of further labels that are known of enough images.
func (w *work) learn(ctx context.Context) error {
	rng := stream.New(w.s.Seed, stream.PairsJudges)
	fold, err := probe.Folds(w.place, w.units, len(w.plan.cells), judgeFolds, rng)
	if err != nil {
		return err
	}
	for k, label := range []string{w.plan.Label, w.plan.Apart} {
		j, err := fitJudge(ctx, label, w.features, w.truth[k], w.place, w.units, fold, rng)
		if err != nil {
			return err
		}
		w.judges = append(w.judges, j)
	}
	for _, label := range w.furtherLabels() {
		class := w.classes(label)
		if class == nil {
			continue
		}
		j, err := fitJudge(ctx, label, w.features, class, class, w.units, fold, rng)
		if err != nil {
			return err
		}
		w.judges = append(w.judges, j)
	}
	return nil
}

// What makes a label one that further judges learn.
const (
	mostFurther  = 8   // values
	leastFurther = 100 // images of each
)

// classes numbers the values of a label that enough rows have, -1 for rows of others; nil where there are fewer than
// two such values or too many.
func (w *work) classes(label string) []int {
	count := map[string]int{}
	for i, row := range w.row {
		if value, ok := w.plan.data.Collections[w.collection[i]].Label(row, label); ok {
			count[value]++
		}
	}
	var values []string
	for value, n := range count {
		if n >= leastFurther {
			values = append(values, value)
		}
	}
	if len(values) < 2 || len(values) > mostFurther {
		return nil
	}
	slices.Sort(values)
	class := make([]int, len(w.row))
	for i, row := range w.row {
		value, _ := w.plan.data.Collections[w.collection[i]].Label(row, label)
		class[i] = slices.Index(values, value)
	}
	return class
}

// furtherLabels are the labels of the rows' collections that neither the split nor units are made of.
func (w *work) furtherLabels() []string {
	var names []string
	for _, each := range w.plan.cells {
		col := w.plan.data.Collections[each.collection]
		for _, name := range col.LabelNames() {
			_, split := condition(col.Where, name)
			if !split && collection.IsContent(name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
