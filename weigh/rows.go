package weigh

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// Rows are training images of a data set, which rules weigh. What is held out has no part in them.
type Rows struct {
	Data       *collection.Dataset
	Collection []int // of each row
	Row        []int // in its collection
	Units      []int // rows of one pair, group or copy share a unit
	Settings   Settings

	prism *prism.Prism // nil where no rule asks for it
}

// Settings say how rules are worked out.
type Settings struct {
	Seed     uint64
	Progress func(what string, done, total int) // may be nil
}

func (s Settings) progress(what string, done, total int) {
	if s.Progress != nil {
		s.Progress(what, done, total)
	}
}

// TrainingRows are the training rows of the given collections of d, of all where none is given. p may be nil for
// rules that look at labels alone.
func TrainingRows(d *collection.Dataset, p *prism.Prism, collections []int, s Settings) *Rows {
	r := &Rows{Data: d, Settings: s, prism: p}
	for c, col := range d.Collections {
		if len(collections) > 0 && !slices.Contains(collections, c) {
			continue
		}
		for _, row := range col.Train {
			r.Collection, r.Row = append(r.Collection, c), append(r.Row, row)
		}
	}
	r.Units = d.UnitsOf(r.Collection, r.Row)
	return r
}

// at are the given rows alone.
func (r *Rows) at(rows []int) *Rows {
	return &Rows{r.Data, measure.Pick(r.Collection, rows), measure.Pick(r.Row, rows), measure.Pick(r.Units, rows), r.Settings, r.prism}
}

// File is a row as images.csv and weights.csv name it: COLLECTION/FILE.
func (r *Rows) File(i int) string {
	c := r.Data.Collections[r.Collection[i]]
	return c.Name + "/" + c.Items[r.Row[i]].File
}

// Names are the collections that there are rows of.
func (r *Rows) Names() []string {
	var names []string
	for _, c := range r.Collection {
		if name := r.Data.Collections[c].Name; len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	return names
}

// CollectionLabel stands for the collection in the place of a label.
const CollectionLabel = "collection"

// Label is the value of each row, numbered from 0 in the order of their names, -1 where a row has none.
type Label struct {
	Name   string
	Values []string
	Class  []int
}

// LabelError says that a label cannot serve.
type LabelError struct{ Label, Reason string }

func (e *LabelError) Error() string { return fmt.Sprintf("label %q %s", e.Label, e.Reason) }

// Label reads a label of the rows, or the collection itself; LABEL=VALUE is that value against all others. It is a
// [*LabelError] where no row has it, or rows have fewer than two values or more than most.
func (r *Rows) Label(name string, most int) (Label, error) {
	l := Label{Name: name, Class: make([]int, len(r.Row))}
	texts := make([]string, len(r.Row))
	known := map[string]int{}
	of, only, one := strings.Cut(name, "=")
	for i, row := range r.Row {
		col := r.Data.Collections[r.Collection[i]]
		text, ok := col.Label(row, of)
		if !ok && of == CollectionLabel {
			text, ok = col.Name, true
		}
		if ok && one && text != only {
			text = "not " + only
		}
		if ok {
			texts[i] = text
			known[text] = 0
		}
	}
	for v := range known {
		l.Values = append(l.Values, v)
	}
	slices.Sort(l.Values)
	if one && len(l.Values) == 2 {
		l.Values = []string{"not " + only, only}
	}
	for v, text := range l.Values {
		known[text] = v
	}
	for i, text := range texts {
		l.Class[i] = -1
		if text != "" {
			l.Class[i] = known[text]
		}
	}
	switch n := len(l.Values); {
	case n == 0:
		return l, &LabelError{name, fmt.Sprintf("is on no training image of %s: there are %s", strings.Join(r.Names(), ", "), strings.Join(r.labelNames(), ", "))}
	case n == 1:
		return l, &LabelError{name, fmt.Sprintf("has the one value %q among the training images of %s", l.Values[0], strings.Join(r.Names(), ", "))}
	case n > most:
		return l, &LabelError{name, fmt.Sprintf("has %d values, but at most %d can be weighed by", n, most)}
	}
	return l, nil
}

// Rare is a value of a label and how many rows have it: too few to be weighed.
type Rare struct {
	Value string
	N     int
}

// target reads a label that is to be learnt: rows of values that fewer than 20 have count as without it.
func (r *Rows) target(name string) (l Label, rare []Rare, err error) {
	if l, err = r.Label(name, mostValues); err != nil {
		return l, nil, err
	}
	count := make([]int, len(l.Values))
	for _, c := range l.Class {
		if c >= 0 {
			count[c]++
		}
	}
	place, kept := make([]int, len(count)), []string{}
	for v, n := range count {
		place[v] = -1
		if n < fewRows {
			rare = append(rare, Rare{l.Values[v], n})
			continue
		}
		place[v] = len(kept)
		kept = append(kept, l.Values[v])
	}
	l.Values = kept
	for i, c := range l.Class {
		if c >= 0 {
			l.Class[i] = place[c]
		}
	}
	if len(kept) < 2 {
		return l, nil, &LabelError{name, fmt.Sprintf("has fewer than two values that %d training images of %s have", fewRows, strings.Join(r.Names(), ", "))}
	}
	return l, rare, nil
}

// at is the label of the given rows alone, with the values that they have.
func (l Label) at(rows []int) Label {
	out := Label{Name: l.Name, Class: make([]int, len(rows))}
	seen := make([]bool, len(l.Values))
	for _, r := range rows {
		seen[l.Class[r]] = true
	}
	place := make([]int, len(l.Values))
	for v, s := range seen {
		if s {
			place[v] = len(out.Values)
			out.Values = append(out.Values, l.Values[v])
		}
	}
	for i, r := range rows {
		out.Class[i] = place[l.Class[r]]
	}
	return out
}

// labelled are the rows that have all of the labels.
func labelled(n int, labels ...Label) (rows []int) {
	for i := range n {
		if !slices.ContainsFunc(labels, func(l Label) bool { return l.Class[i] < 0 }) {
			rows = append(rows, i)
		}
	}
	return rows
}

const (
	mostValues       = 16      // of a label or a context
	mostContributors = 100_000 // as many as there may be
	fewRows          = 20      // below which nothing is said of a cell or a contributor
	chunk            = 256     // rows that are encoded at once
)
