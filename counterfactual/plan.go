package counterfactual

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
)

// LeastOfCell is how many training images each cell needs: from fewer, neither what a flow shows of the cell nor what
// a judge says of it can be relied on.
const LeastOfCell = 100

// Plan says what the images of each collection are turned into.
type Plan struct {
	Label, Apart  string   // the label, and the one that may be a shortcut to it
	Values, Aside []string // of the label and of the other, in the order in which collections have them

	data  *collection.Dataset
	cells []cell
}

// cell is a collection of the plan.
type cell struct {
	collection     int
	value, aside   int   // of the label and of the other
	factual        []int // collections that differ in the other alone
	counterfactual []int // collections that differ in the label alone
}

// SplitError says that a run's collections are not split by what a plan needs.
type SplitError struct{ Label, Apart string }

func (e *SplitError) Error() string {
	return fmt.Sprintf("no collection of the run is split by %s and %s with two values of each: train one with --by %s,%s", e.Label, e.Apart, e.Label, e.Apart)
}

// FewError says that cells have too few training images.
type FewError struct {
	Cells  []string
	Images []int
}

func (e *FewError) Error() string {
	var each []string
	for i, name := range e.Cells {
		each = append(each, fmt.Sprintf("%s has %d", name, e.Images[i]))
	}
	return fmt.Sprintf("each cell needs %d training images, but %s: what a flow shows of so few cannot be checked", LeastOfCell, strings.Join(each, ", "))
}

// NewPlan finds the cells among the collections of d: those that are split by both labels, of a collection that has
// two values of each. It returns a [*SplitError] or a [*FewError] where there are none that can be used.
func NewPlan(d *collection.Dataset, label, apart string) (*Plan, error) {
	p := &Plan{Label: label, Apart: apart, data: d}
	for c, col := range d.Collections {
		value, ok := condition(col.Where, label)
		aside, both := condition(col.Where, apart)
		if !ok || !both {
			continue
		}
		each := cell{collection: c, value: number(&p.Values, value), aside: number(&p.Aside, aside)}
		for other, to := range d.Collections {
			switch differ := differences(col, to); {
			case len(differ) != 1:
			case differ[0] == label:
				each.counterfactual = append(each.counterfactual, other)
			case differ[0] == apart:
				each.factual = append(each.factual, other)
			}
		}
		if len(each.factual) > 0 && len(each.counterfactual) > 0 {
			p.cells = append(p.cells, each)
		}
	}
	if len(p.cells) == 0 {
		return nil, &SplitError{label, apart}
	}
	few := &FewError{}
	for _, each := range p.cells {
		if col := d.Collections[each.collection]; len(col.Train) < LeastOfCell {
			few.Cells, few.Images = append(few.Cells, col.Name), append(few.Images, len(col.Train))
		}
	}
	if len(few.Cells) > 0 {
		return nil, few
	}
	return p, nil
}

// condition is what a collection's images have in common of a label.
func condition(where []collection.Where, label string) (string, bool) {
	for _, w := range where {
		if w.Label == label {
			return valueOf(w), true
		}
	}
	return "", false
}

// valueOf is a condition as the value of a label.
func valueOf(w collection.Where) string {
	if w.Value != "" {
		return w.Value
	}
	return w.String()
}

// number is the place of a value in a list, to which it is added where it is not there.
func number(values *[]string, value string) int {
	if at := slices.Index(*values, value); at >= 0 {
		return at
	}
	*values = append(*values, value)
	return len(*values) - 1
}

// differences are the labels in which two cells of one collection differ, nil where they are of different ones or
// split by other labels.
func differences(a, b *collection.Collection) []string {
	if a.Of == "" || a.Of != b.Of || len(a.Where) != len(b.Where) {
		return nil
	}
	var labels []string
	for i, w := range a.Where {
		v := b.Where[i]
		if w.Label != v.Label {
			return nil
		}
		if valueOf(w) != valueOf(v) {
			labels = append(labels, w.Label)
		}
	}
	return labels
}
