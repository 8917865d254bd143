package collection

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Where is a condition on one label of an image: that it has a value, or that its number lies in [From, Below). A
// bound that is nil does not limit.
type Where struct {
	Label string   `yaml:"label" json:"label"`
	Value string   `yaml:"value,omitempty" json:"value,omitempty"`
	From  *float64 `yaml:"from,omitempty" json:"from,omitempty"`
	Below *float64 `yaml:"below,omitempty" json:"below,omitempty"`
}

// Validate says what of the condition cannot be meant.
func (w Where) Validate() error {
	switch ranged := w.From != nil || w.Below != nil; {
	case w.Label == "":
		return &OptionError{"where", "the label is missing"}
	case ranged && w.Value != "":
		return &OptionError{"where " + w.Label, "has both a value and bounds"}
	case !ranged && w.Value == "":
		return &OptionError{"where " + w.Label, "has neither a value nor bounds"}
	case ranged && !(w.low() < w.high()):
		return &OptionError{"where " + w.Label, fmt.Sprintf("no number is from %g to below %g", w.low(), w.high())}
	}
	return nil
}

func (w Where) low() float64 {
	if w.From == nil {
		return math.Inf(-1)
	}
	return *w.From
}

func (w Where) high() float64 {
	if w.Below == nil {
		return math.Inf(1)
	}
	return *w.Below
}

// holds tells whether a label's value meets the condition.
func (w Where) holds(value string) bool {
	if w.Value != "" {
		return value == w.Value
	}
	x, ok := number(value)
	return ok && x >= w.low() && x < w.high()
}

// apart tells whether no image can meet both of two lists of conditions.
func apart(a, b []Where) bool {
	for _, w := range a {
		for _, v := range b {
			switch {
			case w.Label != v.Label:
			case w.Value != "" && v.Value != "":
				if w.Value != v.Value {
					return true
				}
			case w.Value == "" && v.Value == "":
				if w.high() <= v.low() || v.high() <= w.low() {
					return true
				}
			case w.Value != "" && !v.holds(w.Value), v.Value != "" && !w.holds(v.Value):
				return true
			}
		}
	}
	return false
}

// cell returns the rows of the catalog that meet all conditions, ascending, and how many rows lack one of their
// labels.
func (c *catalog) cell(conditions []Where) (rows []int, without int, err error) {
	meets, lacks := make([]bool, len(c.entries)), make([]bool, len(c.entries))
	for row := range meets {
		meets[row] = true
	}
	for _, w := range conditions {
		column := c.column(w.Label)
		if column == nil {
			return nil, 0, fmt.Errorf("no image has the label %q", w.Label)
		}
		fits := make([]bool, len(column.Values))
		for code, value := range column.Values {
			fits[code] = w.holds(value)
		}
		for row, code := range column.Codes {
			lacks[row] = lacks[row] || code < 0
			meets[row] = meets[row] && code >= 0 && fits[code]
		}
	}
	for row, ok := range meets {
		if ok {
			rows = append(rows, row)
		}
		if lacks[row] {
			without++
		}
	}
	return rows, without, nil
}

// notesOf are the notes that are about the given rows, or about no other row.
func (c *catalog) notesOf(rows []int) []Skipped {
	others := make(map[string]bool, len(c.entries))
	for _, e := range c.entries {
		others[e.file] = true
	}
	for _, row := range rows {
		delete(others, c.entries[row].file)
	}
	return slices.DeleteFunc(slices.Clone(c.notes), func(n Skipped) bool { return others[n.File] })
}

func (c *catalog) column(name string) *column {
	for _, column := range c.columns {
		if column.Name == name {
			return column
		}
	}
	return nil
}

// String is the condition as a person would write it.
func (w Where) String() string {
	switch {
	case w.From == nil && w.Below == nil:
		return fmt.Sprintf("%s=%s", w.Label, w.Value)
	case w.From == nil:
		return fmt.Sprintf("%s<%g", w.Label, *w.Below)
	case w.Below == nil:
		return fmt.Sprintf("%s>=%g", w.Label, *w.From)
	}
	return fmt.Sprintf("%g<=%s<%g", *w.From, w.Label, *w.Below)
}

// conditions lists conditions.
func conditions(all []Where) string {
	var texts []string
	for _, w := range all {
		texts = append(texts, w.String())
	}
	return strings.Join(texts, " and ")
}

// labelsOf lists the labels of conditions.
func labelsOf(all []Where) string {
	var names []string
	for _, w := range all {
		names = append(names, w.Label)
	}
	return strings.Join(names, " or ")
}
