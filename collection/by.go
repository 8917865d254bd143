package collection

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// What makes cells.
const (
	mostCellValues = 16 // of one label
	mostCells      = 64 // of all collections together
	leastOfCell    = 20 // images
)

// By says by which label collections are split into cells: by its values or, where there are cuts, by the ranges of
// numbers that these divide.
type By struct {
	Label string
	Cuts  []float64 // ascending
}

// ParseBy reads labels that are separated by commas, each with its cuts behind a colon: "gender" or
// "gender,age:25,45".
func ParseBy(text string) ([]By, error) {
	wrong := func(format string, args ...any) error {
		return &SpecError{fmt.Sprintf("%q", text), fmt.Sprintf(format, args...)}
	}
	var all []By
	for part := range strings.SplitSeq(text, ",") {
		label, cut, hasCut := strings.Cut(part, ":")
		if x, ok := number(part); ok && len(all) > 0 && len(all[len(all)-1].Cuts) > 0 { // one more of the label before
			all[len(all)-1].Cuts = append(all[len(all)-1].Cuts, x)
			continue
		}
		b := By{Label: strings.TrimSpace(label)}
		if b.Label == "" {
			return nil, wrong("a label is missing: labels are given as gender or gender,age:25,45")
		}
		if hasCut {
			x, ok := number(cut)
			if !ok {
				return nil, wrong("%q is no number to cut %s at", cut, b.Label)
			}
			b.Cuts = []float64{x}
		}
		all = append(all, b)
	}
	for i, b := range all {
		if slices.ContainsFunc(all[:i], func(o By) bool { return o.Label == b.Label }) {
			return nil, wrong("the label %s is given twice", b.Label)
		}
		for k := 1; k < len(b.Cuts); k++ {
			if b.Cuts[k] <= b.Cuts[k-1] {
				return nil, wrong("the cuts of %s do not ascend", b.Label)
			}
		}
	}
	return all, nil
}

// cellPart is a value or a range of a label, and what it is called in the name of a cell.
type cellPart struct {
	where Where
	name  string
}

// Cells splits collections by their labels into collections of their own: lfw by gender into lfw.female and lfw.male,
// and by age:25,45 into lfw.age_under_25, lfw.age_25_to_44 and lfw.age_45_and_over. Images without one of the labels
// are in no cell. A cell of fewer than 20 images is left out; the notes say which, and how many images there were.
//
// A value that does not speak for itself (a number, yes, no, one letter, or a value of two of the labels) is called
// LABEL_VALUE. Signs that no name may have become "_". It is an error where a collection has no image with the
// labels, or a label has more than 16 values.
func Cells(ctx context.Context, specs []Spec, by []By, o Options) (cells []Spec, notes []Skipped, err error) {
	if _, o, err = begin(specs, o); err != nil {
		return nil, nil, err
	}
	for _, s := range specs {
		split, told, err := cellsOf(ctx, s, by, o)
		if err != nil {
			return nil, nil, err
		}
		cells, notes = append(cells, split...), append(notes, told...)
	}
	if len(cells) > mostCells {
		return nil, nil, tooManyCells(len(cells))
	}
	return cells, notes, checkNames(cells)
}

func tooManyCells(n int) error {
	return fmt.Errorf("the labels split the collections into %d cells, but at most %d are made: take fewer labels or cuts", n, mostCells)
}

// cellsOf splits one collection.
func cellsOf(ctx context.Context, s Spec, by []By, o Options) (cells []Spec, notes []Skipped, err error) {
	src, err := openSource(ctx, s, o)
	if err != nil {
		return nil, nil, err
	}
	defer src.Close()
	c, err := openCatalog(ctx, src, s, o, stampsOf(src))
	if err != nil {
		return nil, nil, err
	}
	all := make([][]cellPart, len(by))
	for i, b := range by {
		if all[i], err = c.parts(b); err != nil {
			return nil, nil, fmt.Errorf("collection %s cannot be split by %s: %w", s.Name, b.Label, err)
		}
	}
	disambiguate(all)
	possible := 1
	for _, parts := range all {
		if possible *= len(parts); possible > mostCells*mostCells {
			return nil, nil, tooManyCells(possible)
		}
	}
	for _, parts := range product(all) {
		cell := s
		cell.Of, cell.Where = s.Name, nil
		for _, p := range parts {
			cell.Name += "." + p.name
			cell.Where = append(cell.Where, p.where)
		}
		rows, _, err := c.cell(cell.Where)
		if err != nil {
			return nil, nil, err
		}
		if len(rows) < leastOfCell {
			if len(rows) > 0 {
				notes = append(notes, Skipped{"", fmt.Sprintf("%s is left out: it has %s, fewer than %d", cell.Name, plural(len(rows), "image"), leastOfCell)})
			}
			continue
		}
		if err := checkName(cell.Name); err != nil {
			return nil, nil, &SpecError{cell.Name, err.Error()}
		}
		cells = append(cells, cell)
	}
	if len(cells) == 0 {
		return nil, nil, fmt.Errorf("collection %s has no %d images that have the labels it is to be split by in common", s.Name, leastOfCell)
	}
	return cells, notes, nil
}

// parts are the values of a label, numbers in their order and others in that of their letters, or the ranges of its
// cuts.
func (c *catalog) parts(b By) ([]cellPart, error) {
	column := c.column(b.Label)
	if column == nil {
		return nil, fmt.Errorf("no image has this label; there are %s", c.labelNames())
	}
	numbers := true
	for _, v := range column.Values {
		_, ok := number(v)
		numbers = numbers && ok
	}
	if len(b.Cuts) > 0 {
		if !numbers {
			return nil, errors.New("it has values that are no numbers, but cuts are given")
		}
		return ranges(b), nil
	}
	if n := len(column.Values); n > mostCellValues && numbers {
		return nil, fmt.Errorf("it has %d different numbers: give cuts, such as %s:25,45", n, b.Label)
	} else if n > mostCellValues {
		return nil, fmt.Errorf("it has %d values, more than %d", n, mostCellValues)
	}
	values := slices.Clone(column.Values)
	slices.SortFunc(values, func(a, b string) int {
		if x, _ := number(a); numbers {
			if y, _ := number(b); x != y {
				return int(math.Copysign(1, x-y))
			}
		}
		return strings.Compare(a, b)
	})
	var parts []cellPart
	for _, v := range values {
		p := cellPart{Where{Label: b.Label, Value: v}, nameOf(v)}
		if !speaks(v) {
			p.name = nameOf(b.Label) + "_" + p.name
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func (c *catalog) labelNames() string {
	var names []string
	for _, column := range c.columns {
		names = append(names, column.Name)
	}
	if len(names) == 0 {
		return "no labels"
	}
	return examples(names, mostNames)
}

// ranges are what the cuts of a label divide. Between whole cuts a range is named by its whole numbers, as bins are.
func ranges(b By) []cellPart {
	text := func(x float64) string { return nameOf(strconv.FormatFloat(x, 'f', -1, 64)) }
	whole := !slices.ContainsFunc(b.Cuts, func(x float64) bool { return x != math.Trunc(x) })
	parts := make([]cellPart, len(b.Cuts)+1)
	for i := range parts {
		w := Where{Label: b.Label}
		if i > 0 {
			w.From = &b.Cuts[i-1]
		}
		if i < len(b.Cuts) {
			w.Below = &b.Cuts[i]
		}
		name := "under_" + text(b.Cuts[0])
		switch {
		case i == len(b.Cuts):
			name = text(*w.From) + "_and_over"
		case i > 0 && whole && *w.Below-1 == *w.From:
			name = text(*w.From)
		case i > 0 && whole:
			name = text(*w.From) + "_to_" + text(*w.Below-1)
		case i > 0:
			name = text(*w.From) + "_to_" + text(*w.Below)
		}
		parts[i] = cellPart{w, nameOf(b.Label) + "_" + name}
	}
	return parts
}

// nameOf is a text with the signs that the names of collections may have.
func nameOf(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || r == '-' {
			return r
		}
		return '_'
	}, text)
}

// speaks tells whether a value says what it means without its label.
func speaks(value string) bool {
	if _, isNumber := number(value); isNumber || len([]rune(value)) < 2 {
		return false
	}
	switch strings.ToLower(value) {
	case "yes", "no", "true", "false", "none", "unknown", "other":
		return false
	}
	return true
}

// disambiguate puts labels before the names of parts that two labels share.
func disambiguate(all [][]cellPart) {
	count := map[string]int{}
	for _, parts := range all {
		for _, p := range parts {
			count[strings.ToLower(p.name)]++
		}
	}
	for _, parts := range all {
		for i, p := range parts {
			if count[strings.ToLower(p.name)] > 1 {
				parts[i].name = nameOf(p.where.Label) + "_" + p.name
			}
		}
	}
}

// product are all choices of one part of each label, the last label's varying fastest.
func product(all [][]cellPart) [][]cellPart {
	choices := [][]cellPart{nil}
	for _, parts := range all {
		var longer [][]cellPart
		for _, c := range choices {
			for _, p := range parts {
				longer = append(longer, append(slices.Clone(c), p))
			}
		}
		choices = longer
	}
	return choices
}
