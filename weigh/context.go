package weigh

import (
	"context"
	"fmt"
	"math"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
)

// Cell is the rows of one value of a label in one context.
type Cell struct {
	Label   string `json:"label"`
	Context string `json:"context"`
	N       int    `json:"n"`
	// PMI is the pointwise mutual information log p(y,s)/(p(y)p(s)), nats: how much more often the two go together
	// than if they had nothing to do with each other. An empty cell has none.
	PMI *float64 `json:"pmi"`
	// Rare says that they go together less than half as often as they would, PMI < -log 2.
	Rare bool `json:"rare"`
	// Few says that the cell has fewer than 20 rows: its weight rests on little.
	Few    bool    `json:"few"`
	Weight float64 `json:"weight"` // of each of its rows; 0 where there is none
}

// ContextWeights are p(y)p(s)/p(y,s) for the label y and the context s of each row: with them the label is
// independent of the context, and the shares of both are as they were. They are scaled to the mean 1, none above
// [MostWeight]; what is cut, cut rows says. Cells without rows cannot be restored by weights. Cells are in the order
// of labels, then contexts.
func ContextWeights(y, s Label) (weight []float64, cells []Cell, cut int) {
	n := float64(len(y.Class))
	count := make([]int, len(y.Values)*len(s.Values))
	ofY, ofS := make([]float64, len(y.Values)), make([]float64, len(s.Values))
	at := func(i int) int { return y.Class[i]*len(s.Values) + s.Class[i] }
	for i := range y.Class {
		count[at(i)]++
		ofY[y.Class[i]]++
		ofS[s.Class[i]]++
	}
	weight = make([]float64, len(y.Class))
	for i := range weight {
		weight[i] = ofY[y.Class[i]] * ofS[s.Class[i]] / (n * float64(count[at(i)]))
	}
	cut = capped(weight, MostWeight)
	of := make([]float64, len(count))
	for i, w := range weight {
		of[at(i)] = w
	}
	for a, value := range y.Values {
		for b, setting := range s.Values {
			k := a*len(s.Values) + b
			cell := Cell{Label: value, Context: setting, N: count[k], Few: count[k] < fewRows, Weight: of[k]}
			if cell.N > 0 {
				pmi := math.Log(n * float64(count[k]) / (ofY[a] * ofS[b]))
				cell.PMI = &pmi
				cell.Rare = pmi < -math.Ln2
			} else {
				cell.Rare = true
			}
			cells = append(cells, cell)
		}
	}
	return weight, cells, cut
}

// Context is what was found about a label and a context.
type Context struct {
	Name  string `json:"name"`
	Cells []Cell `json:"cells"`
	// Before is how far the context alone tells the label; Permuted is the same of labels dealt anew, which it cannot
	// tell.
	Before   Cue `json:"before"`
	Permuted Cue `json:"permuted"`
}

// Context weighs rows so that a label does not go with a context: a metadata label, or [CollectionLabel].
func (r *Rows) Context(ctx context.Context, label, setting string) (*Result, error) {
	y, rare, err := r.target(label)
	if err != nil {
		return nil, err
	}
	s, err := r.Label(setting, mostValues)
	if err != nil {
		return nil, err
	}
	rows := labelled(len(r.Row), y, s)
	if len(rows) == 0 {
		return nil, &LabelError{label, fmt.Sprintf("is on no training image that has the label %q too", setting)}
	}
	part := r.at(rows)
	if y, s = y.at(rows), s.at(rows); len(distinct(y.Class)) < 2 || len(distinct(s.Class)) < 2 {
		return nil, &LabelError{label, fmt.Sprintf("does not vary among the training images that have the label %q too", setting)}
	}
	found := &Context{Name: setting}
	out := r.result("context", label, part, label, setting)
	out.rare(rare)
	out.Weight, found.Cells, out.Cut = ContextWeights(y, s)
	permuted := y
	permuted.Class = measure.PermuteClasses(y.Class, part.Units, stream.New(r.Settings.Seed, stream.WeighPermuted))
	for _, c := range []struct {
		cue   *Cue
		label Label
	}{{&found.Before, y}, {&found.Permuted, permuted}} {
		r.Settings.progress("measuring how far "+setting+" tells "+label, 0, 0)
		x := indicators(s)
		p, err := crossed(ctx, x, c.label, part.Units, r.Settings.Seed)
		if err != nil {
			return nil, err
		}
		if *c.cue, err = cueOf(setting, x.Cols, p, c.label, part.Units); err != nil {
			return nil, err
		}
	}
	out.Context = found
	return out.finish(), nil
}

// distinct are the numbers that occur.
func distinct(class []int) map[int]bool {
	seen := map[int]bool{}
	for _, c := range class {
		seen[c] = true
	}
	return seen
}
