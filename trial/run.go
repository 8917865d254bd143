package trial

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/dataprism/dataprism/measure"
)

// FitsDir is the folder, in that of a trial, of the predictions of every fit.
const FitsDir = "fits"

// Trial is a spec whose sets were opened: what [Spec.Open] returns.
type Trial struct {
	Spec
	maker  *maker
	tests  tests
	sets   []*Set
	weight []Weights

	said    []measure.Matrix // of the first fit of each expert, once the trial has run
	digests [][]byte         // of what each expert's fits depend on, once it was asked for
}

// Open reads the labels and makes the sets, the weights and the tests of a trial.
func (s Spec) Open(ctx context.Context, source Source, progress Progress) (*Trial, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if progress == nil {
		progress = func(string, int, int) {}
	}
	labels, err := readLabels(source.Data, s)
	if err != nil {
		return nil, err
	}
	t := &Trial{Spec: s, maker: newMaker(source, labels, s.Seed, progress)}
	if t.tests, err = t.maker.openTests(ctx, s.Tests); err != nil {
		return nil, err
	}
	for i, e := range s.Experts {
		set, w, err := t.open(ctx, i, e)
		if err != nil {
			return nil, fmt.Errorf("expert %s: %w", e.Name, err)
		}
		t.sets, t.weight, t.digests = append(t.sets, set), append(t.weight, w), append(t.digests, nil)
	}
	if s.Context != "" && t.sets[0] != nil {
		t.maker.splitByContext(&t.tests, t.sets[0], t.weight[0])
	}
	return t, nil
}

// open makes the set of an expert and its weights; nil for one that is fitted to nothing.
func (t *Trial) open(ctx context.Context, number int, e Expert) (*Set, Weights, error) {
	if m, _ := methodOf(e.Method); m.certain {
		return nil, nil, nil
	}
	var parts []*Set
	for _, a := range e.Sets {
		part, err := t.maker.set(ctx, a)
		if err != nil {
			return nil, nil, err
		}
		if _, err := part.Features(); err != nil { // once for each part, before it is joined with others
			return nil, nil, err
		}
		parts = append(parts, part)
	}
	set := join(parts)
	w, err := t.maker.weigh(e.Weights, set, number)
	if err != nil {
		return nil, nil, err
	}
	present := make([]int, len(t.maker.labels.Values))
	for i, c := range set.Class {
		if w[i] > 0 {
			present[c]++
		}
	}
	for c, n := range present {
		if n < leastOfValue {
			return nil, nil, &LabelError{t.Label, fmt.Sprintf("has the value %s on %d images of the set that have any weight: %d are needed to learn it", t.maker.labels.Values[c], n, leastOfValue)}
		}
	}
	return set, w, nil
}

// Run fits the experts and tests them. What each fit predicts is kept in dir/fits, if dir is not empty, and taken from
// there where it is known: a trial that was stopped goes on where it was.
func (t *Trial) Run(ctx context.Context, dir string) (*Result, error) {
	total, done := 0, 0
	for _, e := range t.Experts {
		total += t.repeats(e)
	}
	all := map[string][]fit{}
	for i, e := range t.Experts {
		for r := range t.repeats(e) {
			t.maker.progress("fitting experts", done, total)
			f, err := t.fit(ctx, dir, i, r)
			if err != nil {
				return nil, fmt.Errorf("expert %s: %w", e.Name, err)
			}
			all[e.Name] = append(all[e.Name], f)
			done++
		}
		t.said = append(t.said, all[e.Name][0].logProbs)
	}
	t.maker.progress("fitting experts", total, total)
	return t.measure(ctx, all)
}

// repeats is how often an expert is fitted.
func (t *Trial) repeats(e Expert) int {
	if m, _ := methodOf(e.Method); m.certain {
		return 1
	}
	return 1 + t.Seeds
}

// fit is what one fit predicts of the rows of all tests.
type fit struct {
	logProbs  measure.Matrix
	abstained []bool // nil where the expert knows of no such rows
}

// fit fits expert i, to units drawn again where repeat is not 0.
func (t *Trial) fit(ctx context.Context, dir string, i, repeat int) (fit, error) {
	e := t.Experts[i]
	path := ""
	if dir != "" {
		key, err := t.key(i, repeat)
		if err != nil {
			return fit{}, err
		}
		path = filepath.Join(dir, FitsDir, fmt.Sprintf("%s.%d.%.16s.safetensors", e.Name, repeat, key))
		if f, ok := readFit(path, t.tests.set.Rows(), len(t.maker.labels.Values)); ok {
			return f, nil
		}
	}
	j := &job{maker: t.maker, expert: e, train: t.sets[i], weight: t.weight[i], test: t.tests.set,
		classes: len(t.maker.labels.Values), repeat: repeat, steps: t.Steps}
	if repeat > 0 {
		j.weight = again(j.weight, j.train.Units, t.maker.next, t.Seed, repeat)
	}
	m, _ := methodOf(e.Method)
	logProbs, err := m.fit(ctx, j)
	if err != nil {
		return fit{}, err
	}
	if err := logProbs.Check("predictions of " + e.Name); err != nil {
		return fit{}, err
	}
	f := fit{logProbs, j.abstained}
	if path != "" {
		err = f.write(path)
	}
	return f, err
}

// measure makes the cells of all experts on all tests.
func (t *Trial) measure(ctx context.Context, all map[string][]fit) (*Result, error) {
	r := &Result{Schema: Schema, Labels: t.maker.labels, Effect: t.Effect, Repeats: t.Seeds, Steps: t.Steps,
		Control: t.Experts[0].Name, Cells: map[string]map[string]Cell{}, Notes: t.maker.notes}
	r.About.Seed = t.Seed
	for i, e := range t.Experts {
		count := ExpertCount{Name: e.Name, Expert: e.String(), Classes: map[string]int{}}
		if t.sets[i] != nil {
			count.Images, count.Effective = t.sets[i].Rows(), t.weight[i].Effective()
			for c, n := range t.sets[i].counts(len(r.Values)) {
				count.Classes[r.Values[c]] = n
			}
		}
		r.Experts = append(r.Experts, count)
		r.Cells[e.Name] = map[string]Cell{}
	}
	done := 0
	for _, name := range t.tests.names {
		r.Tests = append(r.Tests, t.count(name))
		var control fits
		for i, e := range t.Experts {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			t.maker.progress("measuring", done, len(t.tests.names)*len(t.Experts))
			done++
			var own fits
			for _, f := range all[e.Name] {
				own = append(own, t.maker.outcomeOf(t.tests, name, f))
			}
			if i == 0 {
				control = own
			}
			against := control
			if i == 0 {
				against = nil
			}
			c, err := cell(own, against, t.Effect, t.Seed)
			if err != nil {
				return nil, fmt.Errorf("expert %s on %s: %w", e.Name, name, err)
			}
			if abstained := all[e.Name][0].abstained; abstained != nil {
				share, err := measure.Proportion(measure.Pick(abstained, t.tests.rows[name]), own[0].units)
				if err != nil {
					return nil, err
				}
				c.Abstained = &share
			}
			r.Cells[e.Name][name] = c
		}
	}
	r.discover()
	r.Findings, r.Limits = r.sentences(), r.limits()
	return r, nil
}

// count says what a test is of.
func (t *Trial) count(name string) TestCount {
	c := TestCount{Name: name, Classes: map[string]int{}}
	units := map[int]bool{}
	for _, r := range t.tests.rows[name] {
		c.Images++
		units[t.tests.set.Units[r]] = true
		c.Classes[t.maker.labels.Values[t.tests.set.Class[r]]]++
		if g := t.tests.set.Group[r]; g >= 0 {
			if c.Groups == nil {
				c.Groups = map[string]int{}
			}
			c.Groups[t.maker.labels.Groups[g]]++
		}
	}
	c.Units = len(units)
	return c
}
