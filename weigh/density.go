package weigh

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
)

// The scores by which rows are like a collection C.
const (
	Nearest    = "nearest"    // minus the distance to the k-th nearest training latent of C, whitened
	Likelihood = "likelihood" // log p(z|C), nats
	Odds       = "odds"       // log p(z|C) - log p(z|own collection), nats
)

// DefaultNeighbour is the k of [Nearest] where none is given.
const DefaultNeighbour = 5

// Density is what was found about rows that are like a collection.
type Density struct {
	Like  string `json:"like"`  // the collection
	Score string `json:"score"` // by which rows were ranked
	Kept  int    `json:"kept"`
	// Tied are rows that share a unit with a training image of the collection: a person, a pair, a copy.
	Tied int `json:"tied"`
	// Composition compares what was kept with what was not.
	Composition []Composition `json:"composition"`
}

// Composition is the share of rows with a value of a label.
type Composition struct {
	Label      string           `json:"label"`
	Value      string           `json:"value"`
	Kept       measure.Estimate `json:"kept"`
	Others     measure.Estimate `json:"others"`
	Difference measure.Estimate `json:"difference"`
}

// Density keeps the rows that are most like collection number like, within each value of a label or, where label is
// "", of all together. The rows must be of other collections.
func (r *Rows) Density(ctx context.Context, like int, label, score string, neighbour int, keep Amount) (*Result, error) {
	y := Label{Values: []string{""}, Class: make([]int, len(r.Row))}
	if label != "" {
		var err error
		if y, err = r.Label(label, mostValues); err != nil {
			return nil, err
		}
	}
	rows := labelled(len(r.Row), y)
	part := r.at(rows)
	y = y.at(rows)
	found := &Density{Like: r.Data.Collections[like].Name, Score: score}
	real := TrainingRows(r.Data, r.prism, []int{like}, r.Settings)
	scores, err := part.likeness(ctx, real, like, score, neighbour)
	if err != nil {
		return nil, err
	}
	kept := Best(scores, y.Class, len(y.Values), keep)
	out := r.result("density", label, part, label)
	out.Weight = make([]float64, len(kept))
	for i, k := range kept {
		if k {
			out.Weight[i] = 1
			found.Kept++
		}
	}
	found.Tied = part.tied(real)
	if found.Tied > 0 {
		out.warn("%d images belong together with training images of %s (pair, group or copies)", found.Tied, found.Like)
	}
	if found.Composition, err = part.composition(kept); err != nil {
		return nil, err
	}
	out.Column = []Column{{"score", scores}}
	out.Density = found
	return out.finish(), nil
}

// likeness scores rows by how like they are to the training rows real of a collection.
func (r *Rows) likeness(ctx context.Context, real *Rows, like int, score string, neighbour int) ([]float64, error) {
	z, err := r.latents(ctx)
	if err != nil {
		return nil, err
	}
	switch score {
	case Nearest:
		set, err := real.latents(ctx)
		if err != nil {
			return nil, err
		}
		return Nearness(ctx, set, z, neighbour)
	case Likelihood, Odds:
		each, err := r.prism.LogProb(z.Data)
		if err != nil {
			return nil, err
		}
		out := make([]float64, z.Rows)
		for i := range out {
			out[i] = float64(each[like][i])
			if score == Odds {
				out[i] -= float64(each[r.Collection[i]][i])
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("there is no score %q: take %s, %s or %s", score, Nearest, Likelihood, Odds)
}

// latents encodes the rows.
func (r *Rows) latents(ctx context.Context) (measure.Matrix, error) {
	z := measure.NewMatrix(len(r.Row), r.prism.Dim())
	err := r.images(ctx, "encoding training images", func(from, to int, images []float32) error {
		part, _, err := r.prism.Encode(images)
		copy(z.Data[from*z.Cols:], part)
		return err
	})
	if err == nil {
		err = z.Check("latents")
	}
	return z, err
}

// images shows the rows' images to do, some at a time: those from from to to-1, as [to-from, size, size, channels].
func (r *Rows) images(ctx context.Context, what string, do func(from, to int, images []float32) error) error {
	for from := 0; from < len(r.Row); from += chunk {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.Settings.progress(what, from, len(r.Row))
		to := min(from+chunk, len(r.Row))
		if err := do(from, to, r.Data.ImagesOf(r.Collection[from:to], r.Row[from:to])); err != nil {
			return err
		}
	}
	return nil
}

// tied counts the rows that share a unit with one of other rows.
func (r *Rows) tied(others *Rows) (n int) {
	together := r.Data.UnitsOf(slices.Concat(others.Collection, r.Collection), slices.Concat(others.Row, r.Row))
	of := distinct(together[:len(others.Row)])
	for _, u := range together[len(others.Row):] {
		if of[u] {
			n++
		}
	}
	return n
}

// composition compares rows that are kept with the others by collection and by each label of a few values.
func (r *Rows) composition(kept []bool) ([]Composition, error) {
	var in, out []int
	for i, k := range kept {
		if k {
			in = append(in, i)
		} else {
			out = append(out, i)
		}
	}
	all := []Composition{}
	if len(in) == 0 || len(out) == 0 {
		return all, nil
	}
	for _, name := range r.labelNames() {
		l, err := r.Label(name, mostValues)
		if err != nil {
			continue // nothing can be compared by it
		}
		for v, value := range l.Values {
			var share [2]measure.Estimate
			for side, rows := range [2][]int{in, out} {
				var hits []bool
				var known []int
				for _, i := range rows {
					if l.Class[i] >= 0 {
						hits, known = append(hits, l.Class[i] == v), append(known, i)
					}
				}
				if len(hits) == 0 {
					break
				}
				if share[side], err = measure.Proportion(hits, measure.Pick(r.Units, known)); err != nil {
					return nil, err
				}
			}
			if share[0].Measured() && share[1].Measured() {
				all = append(all, Composition{name, value, share[0], share[1], measure.Contrast(share[0], share[1])})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Composition) int {
		return cmp.Compare(math.Abs(b.Difference.Value), math.Abs(a.Difference.Value))
	})
	return all, nil
}

// labelNames are the labels that describe what rows show, and the collection.
func (r *Rows) labelNames() []string {
	names := []string{CollectionLabel}
	for c := range distinct(r.Collection) {
		for _, name := range r.Data.Collections[c].LabelNames() {
			if collection.IsContent(name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}
