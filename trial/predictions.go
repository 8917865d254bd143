package trial

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
)

// WriteCSV writes what the experts of a trial that has run say of each test image: the columns file, the label, group
// and context, and for each expert the probability of each value of the label (with two, of the positive one), as if
// every value were as frequent.
func (t *Trial) WriteCSV(w io.Writer) error {
	l, set := t.maker.labels, t.tests.set
	first := 0
	if l.Positive != "" {
		first = 1
	}
	line := []string{"file", l.Label}
	for _, name := range []string{l.Group, l.Context} {
		if name != "" {
			line = append(line, name)
		}
	}
	for _, e := range t.Experts[:len(t.said)] {
		for _, value := range l.Values[first:] {
			line = append(line, fmt.Sprintf("%s: p(%s)", e.Name, value))
		}
	}
	out := csv.NewWriter(w)
	out.Write(line)
	named := func(values []string, i int) string {
		if i < 0 {
			return ""
		}
		return values[i]
	}
	for r := range set.Rows() {
		line = append(line[:0], set.File[r], l.Values[set.Class[r]])
		if l.Group != "" {
			line = append(line, named(l.Groups, set.Group[r]))
		}
		if l.Context != "" {
			line = append(line, named(l.Contexts, set.Context[r]))
		}
		for _, said := range t.said {
			for c := first; c < len(l.Values); c++ {
				line = append(line, strconv.FormatFloat(math.Exp(float64(said.Row(r)[c])), 'g', 5, 64))
			}
		}
		out.Write(line)
	}
	out.Flush()
	return out.Error()
}
