package trial

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
)

// leastOfValue is how many training images a value of the label needs to be learnt, and how many test images a value of
// the group needs for its rates to be shown.
const (
	leastOfValue = 10
	leastOfGroup = 20
)

// Labels are the values that a trial's labels have.
type Labels struct {
	Label    string   `json:"label"`
	Values   []string `json:"values"`   // of the label, in order; with a positive value, "not it" and it
	Positive string   `json:"positive"` // the value that rates and areas are of; empty with more than two values
	Group    string   `json:"group,omitempty"`
	Groups   []string `json:"groups,omitempty"`
	Context  string   `json:"context,omitempty"`
	Contexts []string `json:"contexts,omitempty"`

	only bool // whether the values are a positive one and the rest
}

// LabelError says what is wrong with a label that a trial names.
type LabelError struct{ Label, Reason string }

func (e *LabelError) Error() string { return fmt.Sprintf("label %q %s", e.Label, e.Reason) }

// readLabels finds the values of the labels that s names among the images of d.
func readLabels(d *collection.Dataset, s Spec) (Labels, error) {
	l := Labels{Group: s.Group, Context: s.Context}
	var positive string
	l.Label, positive, l.only = strings.Cut(s.Label, "=")
	counts, err := valuesOf(d, l.Label)
	if err != nil {
		return l, err
	}
	for _, value := range slices.Sorted(maps.Keys(counts)) {
		if counts[value] >= leastOfValue {
			l.Values = append(l.Values, value)
		}
	}
	if l.only {
		if !slices.Contains(l.Values, positive) {
			return l, &LabelError{l.Label, fmt.Sprintf("has no value %q with %d training images or more: it has %s", positive, leastOfValue, strings.Join(l.Values, ", "))}
		}
		if len(l.Values) < 2 {
			return l, &LabelError{l.Label, "has one value alone: there is nothing to tell apart"}
		}
		l.Values = []string{"not " + positive, positive}
	}
	if len(l.Values) < 2 || len(l.Values) > 100 {
		return l, &LabelError{l.Label, fmt.Sprintf("has %d values with %d training images or more: from 2 to 100 can be told apart", len(l.Values), leastOfValue)}
	}
	if len(l.Values) == 2 {
		l.Positive = l.Values[1]
	}
	for _, other := range []struct {
		name   string
		values *[]string
	}{{l.Group, &l.Groups}, {l.Context, &l.Contexts}} {
		if other.name == "" {
			continue
		}
		counts, err := valuesOf(d, other.name)
		if err != nil {
			return l, err
		}
		*other.values = slices.Sorted(maps.Keys(counts))
	}
	return l, nil
}

// valuesOf counts the training images of each value of a label.
func valuesOf(d *collection.Dataset, name string) (map[string]int, error) {
	counts := map[string]int{}
	var known []string
	for _, c := range d.Collections {
		for _, row := range c.Train {
			if value, ok := c.Label(row, name); ok {
				counts[value]++
			}
		}
		for _, other := range c.LabelNames() {
			if !slices.Contains(known, other) {
				known = append(known, other)
			}
		}
	}
	if len(counts) == 0 {
		return nil, &LabelError{name, "is one that no training image has: there are " + strings.Join(known, ", ")}
	}
	return counts, nil
}

// class numbers a row's value of the label; -1 where it has none that is learnt.
func (l Labels) class(c *collection.Collection, row int) int {
	value, ok := c.Label(row, l.Label)
	switch {
	case !ok:
		return -1
	case !l.only:
		return slices.Index(l.Values, value)
	case value == l.Positive:
		return 1
	}
	return 0
}

// number is the place of a row's value of a label among values; -1 where it has none.
func number(c *collection.Collection, row int, label string, values []string) int {
	if label == "" {
		return -1
	}
	value, ok := c.Label(row, label)
	if !ok {
		return -1
	}
	return slices.Index(values, value)
}
