package trial

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/measure"
)

// tests are the rows of one set of held-out images that each test is of.
type tests struct {
	set   *Set
	names []string
	rows  map[string][]int
}

// openTests finds the held-out images of a trial's tests, and reads folders of others.
func (s *maker) openTests(ctx context.Context, names []string) (tests, error) {
	if len(names) == 0 {
		names = s.Prism.Collections
	}
	t := tests{rows: map[string][]int{}}
	var all []place
	folders := map[string]*Set{}
	at := map[place]int{} // among all
	for _, name := range names {
		if _, twice := t.rows[name]; twice {
			return t, &FieldError{"test", name + " is named twice"}
		}
		var places []place
		if collections, err := s.sum(name); err == nil {
			for _, c := range collections {
				for _, row := range s.Data.Collections[c].Validation {
					places = append(places, place{c, row})
				}
			}
		} else if info, missing := os.Stat(name); missing == nil && info.IsDir() {
			if folders[name], err = s.folder(ctx, name); err != nil {
				return t, fmt.Errorf("test %s: %w", name, err)
			}
			t.names, t.rows[name] = append(t.names, name), nil
			continue
		} else if !isFile(name) {
			return t, &FieldError{"test", err.Error() + "; a list of paths ends in .txt or .csv"}
		} else if places, err = s.find(name, true); err != nil {
			return t, err
		}
		var rows []int
		for _, p := range places {
			if s.labels.class(s.Data.Collections[p.collection], p.row) < 0 {
				continue
			}
			if _, known := at[p]; !known {
				at[p] = len(all)
				all = append(all, p)
			}
			rows = append(rows, at[p])
		}
		if len(rows) == 0 {
			return t, &FieldError{"test", fmt.Sprintf("%s has no held-out image with the label %s", name, s.labels.Label)}
		}
		t.names, t.rows[name] = append(t.names, name), rows
	}
	parts := []*Set{s.real(all)}
	rows := len(all)
	for _, name := range t.names {
		set := folders[name]
		if set == nil {
			continue
		}
		if set.Rows() == 0 {
			return t, &FieldError{"test", fmt.Sprintf("%s has no image with the label %s", name, s.labels.Label)}
		}
		for range set.Rows() {
			t.rows[name] = append(t.rows[name], rows)
			rows++
		}
		parts = append(parts, set)
	}
	t.set = join(parts)
	return t, nil
}

// sum are the collections of a test such as lfw+aaf.
func (s *maker) sum(name string) ([]int, error) {
	var out []int
	for part := range strings.SplitSeq(name, "+") {
		c, err := s.Prism.Collection(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// splitByContext adds, for each test, those of the images whose pair of label and context is rare where the control was
// fitted, and the others: rare is where log p(y, s) / (p(y) p(s)) < -log 2.
func (s *maker) splitByContext(t *tests, control *Set, w Weights) {
	joint, ofClass, ofContext, total := map[[2]int]float64{}, map[int]float64{}, map[int]float64{}, 0.0
	for i, c := range control.Class {
		if x := control.Context[i]; x >= 0 {
			joint[[2]int{c, x}] += w[i]
			ofClass[c] += w[i]
			ofContext[x] += w[i]
			total += w[i]
		}
	}
	if total == 0 {
		s.note("no training image of the control has the label %s: tests are not split by it", s.labels.Context)
		return
	}
	for _, name := range slices.Clone(t.names) {
		parts := map[string][]int{}
		for _, r := range t.rows[name] {
			c, x := t.set.Class[r], t.set.Context[r]
			if x < 0 || ofClass[c] == 0 || ofContext[x] == 0 {
				continue
			}
			part := "common"
			if math.Log(joint[[2]int{c, x}]*total/(ofClass[c]*ofContext[x])) < -math.Ln2 {
				part = "rare"
			}
			parts[part] = append(parts[part], r)
		}
		if n := min(len(parts["common"]), len(parts["rare"])); n < leastOfGroup {
			s.note("%s is not split into common and rare pairs of %s and %s: there are %d held-out images of the one and %d of the other", name, s.labels.Label, s.labels.Context, len(parts["common"]), len(parts["rare"]))
			continue
		}
		for _, part := range []string{"common", "rare"} {
			t.names = append(t.names, name+"/"+part)
			t.rows[name+"/"+part] = parts[part]
		}
	}
}

// outcomeOf is what log-probabilities of all test rows say of one test.
func (s *maker) outcomeOf(t tests, name string, f fit) outcome {
	rows := t.rows[name]
	o := outcome{logProbs: f.logProbs.Select(rows), pair: measure.Pick(t.set.Pair, rows), role: measure.Pick(t.set.Role, rows)}
	counts := map[int]int{}
	for _, r := range rows {
		o.class, o.units = append(o.class, t.set.Class[r]), append(o.units, t.set.Units[r])
		counts[t.set.Group[r]]++
	}
	// Groups are numbered anew: those that the test has enough of.
	number := map[int]int{}
	for g := range s.labels.Groups {
		if counts[g] >= leastOfGroup {
			number[g] = len(number)
		}
	}
	o.groups = len(number)
	for _, r := range rows {
		g, ok := number[t.set.Group[r]]
		if !ok {
			g = -1
		}
		o.group = append(o.group, g)
		if s.labels.Group == "" {
			g = t.set.Context[r]
		}
		o.cell = append(o.cell, g)
	}
	o.cells = o.groups
	if s.labels.Group == "" {
		o.cells = len(s.labels.Contexts)
	}
	return o
}
