package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
	"golang.org/x/sync/errgroup"
)

// attribute is a label that a judge can learn: it has a few values, each with enough images.
type attribute struct {
	name   string
	values []string // sorted
}

const (
	maxValues     = 8                        // more are a quantity or a name, not an attribute
	leastOfValue  = 2 * probe.MinimumOfValue // training images of a value, so that some of them can be held out
	maxJudgeTrain = 2000                     // training images of a collection that a judge learns from
	maxJudges     = 4                        // that learn side by side, each with copies of its training rows
)

// numbers are the indices of labels' values, -1 where one is missing or too rare to be judged.
func (a attribute) numbers(labels []string) []int {
	numbers := make([]int, len(labels))
	for i, label := range labels {
		numbers[i] = slices.Index(a.values, label)
	}
	return numbers
}

// named are the values as they are spoken of: "glasses=yes".
func (a attribute) named() []string {
	named := make([]string, len(a.values))
	for v, value := range a.values {
		named[v] = a.name + "=" + value
	}
	return named
}

// labelNames lists the labels of the data set that may say what images show, in the order in which they appear.
func labelNames(d *collection.Dataset) []string {
	var names []string
	for _, col := range d.Collections {
		for _, name := range col.LabelNames() {
			if collection.IsContent(name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// attributeOf finds the values of a label that can be judged among the labels of training images, and says why one or
// all of them cannot.
func attributeOf(name string, labels []string) (a attribute, whyNot string) {
	counts := map[string]int{}
	for _, value := range labels {
		if value != "" {
			counts[value]++
		}
	}
	var rare []string
	for value, n := range counts {
		if n >= leastOfValue {
			a.values = append(a.values, value)
		} else {
			rare = append(rare, fmt.Sprintf("%s (%d)", value, n))
		}
	}
	slices.Sort(a.values)
	slices.Sort(rare)
	switch {
	case len(counts) > mostCounted || len(a.values) > maxValues:
		return attribute{}, fmt.Sprintf("it has %d values: more than %d are a quantity or a name, not an attribute that a judge can learn", len(counts), maxValues)
	case len(a.values) < 2:
		return attribute{}, fmt.Sprintf("fewer than two values have the %d training images that a judge needs; too rare are %s", leastOfValue, listed(rare))
	case len(rare) > 0:
		whyNot = fmt.Sprintf("values with fewer than %d training images are left out: %s", leastOfValue, listed(rare))
	}
	a.name = name
	return a, whyNot
}

// and joins the names, and the values, of two labels that are taken together.
const and = " & "

// pairNames are the names of at most most pairs of attributes of two values each, which the labels' order ranks.
func pairNames(list []attribute, most int) []string {
	var names []string
	for i, a := range list {
		for _, b := range list[:i] {
			if len(a.values) == 2 && len(b.values) == 2 && len(names) < most {
				names = append(names, b.name+and+a.name)
			}
		}
	}
	return names
}

// labelOf is the label called name of a row; that of a pair has a value where both of its labels have one.
func labelOf(col *collection.Collection, row int, name string) (string, bool) {
	first, second, pair := strings.Cut(name, and)
	value, ok := col.Label(row, first)
	if !pair || !ok {
		return value, ok
	}
	other, ok := col.Label(row, second)
	return value + and + other, ok
}

// listed joins at most five of names.
func listed(names []string) string { return listing.Some(names, 5) }

// measureAttributes counts the values of each attribute in the data, in samples and in projections. The judges learn
// from reconstructions of training images, since what they judge was made by the same decoder.
func measureAttributes(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	names := labelNames(h.dataset)
	if len(names) == 0 {
		return fmt.Errorf("the images have no labels")
	}
	var list []attribute
	for _, name := range names {
		list = e.consider(list, name, trainLabels(h.dataset, name))
	}
	for _, name := range pairNames(list, s.Pairs) {
		if a, whyNot := attributeOf(name, trainLabels(h.dataset, name)); whyNot == "" {
			list = append(list, a)
		}
	}
	for _, c := range s.Classifiers {
		if !slices.ContainsFunc(list, func(a attribute) bool { return a.name == c.Attribute }) {
			e.Skipped = append(e.Skipped, Skipped{"attributes." + c.Attribute, "no label of that name can be judged, so that the classifier's errors are not known"})
		}
	}
	lesson := h.lesson(s, list, maxJudgeTrain)
	drawn := list[:0:0]
	for _, a := range list {
		drawn = e.consider(drawn, a.name, lesson.labels(h.dataset, a))
	}
	list = drawn
	if len(list) == 0 {
		return nil
	}
	if err := h.study(ctx, s, &lesson); err != nil {
		return err
	}
	var heldOut measure.Matrix
	err := h.chunks(ctx, s, "describing reconstructions", len(h.Row), func(from, to int) error {
		features, err := s.describe(h.imagesOf(to-from, h.Reconstructions.Data[from*h.width():to*h.width()]))
		heldOut = appended(heldOut, features)
		return err
	})
	if err != nil {
		return err
	}
	made, err := h.makeImages(ctx, s, e)
	if err != nil {
		return err
	}
	if err := h.measureUnlike(ctx, s, e, heldOut, made); err != nil {
		return err
	}
	return h.judge(ctx, s, e, list, lesson, heldOut, made)
}

// consider appends the attribute that a label is to a list, and records why it or some of its values are none.
func (e *Evaluation) consider(list []attribute, name string, labels []string) []attribute {
	a, whyNot := attributeOf(name, labels)
	if whyNot != "" {
		e.Skipped = append(e.Skipped, Skipped{"attributes." + name, whyNot})
	}
	if a.name != "" {
		list = append(list, a)
	}
	return list
}

// judgement is what the judge of one attribute finds.
type judgement struct {
	shares  map[string]AttributeShares // by collection
	flips   map[string]map[string]Flip // by direction, then by the value before
	skipped []Skipped
}

// judge trains a judge of each attribute and adds what it finds to e.
func (h *HeldOut) judge(ctx context.Context, s Settings, e *Evaluation, list []attribute, lesson lesson, heldOut measure.Matrix, made []makes) error {
	found := make([]judgement, len(list))
	m := s.begin("judging attributes", len(list))
	var work errgroup.Group
	work.SetLimit(min(s.workers(), maxJudges))
	for i, a := range list {
		work.Go(func() error {
			found[i] = h.judgeAttribute(ctx, a, lesson, heldOut, made, s)
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	m.add(len(list))
	e.Attributes, e.Flips = map[string]map[string]AttributeShares{}, map[string]map[string]map[string]Flip{}
	for i, a := range list {
		e.Skipped = append(e.Skipped, found[i].skipped...)
		if len(found[i].shares) > 0 {
			e.Attributes[a.name] = found[i].shares
		}
		if len(found[i].flips) > 0 {
			e.Flips[a.name] = found[i].flips
		}
	}
	return ctx.Err()
}

// judgeAttribute trains a judge of a and returns what it finds in each collection, and what it cannot find.
func (h *HeldOut) judgeAttribute(ctx context.Context, a attribute, l lesson, heldOut measure.Matrix, made []makes, s Settings) judgement {
	where := "attributes." + a.name
	judge, err := h.judgeOf(ctx, a, l, s)
	if err != nil {
		return judgement{skipped: []Skipped{{where, plain(err, a.named(), "training images").Error()}}}
	}
	truth := a.numbers(h.Labels(a.name))
	out := judgement{shares: map[string]AttributeShares{}, flips: map[string]map[string]Flip{}}
	skip := func(where string, list ...Skipped) {
		for _, w := range list {
			out.skipped = append(out.skipped, Skipped{where + w.What, w.Why})
		}
	}
	for c := range h.dataset.Collections {
		rows := h.of(c)
		own, err := measure.CountConfusion(measure.Pick(truth, rows), judge(heldOut.Select(rows)), measure.Pick(h.Units, rows), len(a.values))
		if err != nil {
			skip(where+"."+h.name(c), Skipped{"", err.Error()})
			continue
		}
		shares, whyNot := h.shares(a, judge, own, made[c], rows, measure.Pick(truth, rows), s)
		skip(where+"."+h.name(c), whyNot...)
		if shares.Data != nil || shares.Samples != nil || shares.Projected != nil {
			out.shares[h.name(c)] = shares
		}
		for from := range h.dataset.Collections {
			if from == c {
				continue
			}
			direction := Direction(h.name(from), h.name(c))
			if unlabelled := h.unlabelled(truth, from, c); unlabelled >= 0 {
				skip("flips."+a.name+"."+direction, Skipped{"", fmt.Sprintf("no held-out image of %s has the label %s", h.name(unlabelled), a.name)})
				continue
			}
			if shares.Data == nil {
				continue // why is said of the shares
			}
			flips, whyNot := h.flips(a, judge, own, made[c], heldOut, truth, from, shares.Samples, s)
			skip("flips."+a.name+"."+direction, whyNot...)
			if len(flips) > 0 {
				out.flips[direction] = flips
			}
		}
	}
	return out
}

// unlabelled is the first of the given collections of which no row has a value; -1 where there is none.
func (h *HeldOut) unlabelled(truth []int, collections ...int) int {
	for _, c := range collections {
		if !slices.ContainsFunc(h.of(c), func(row int) bool { return truth[row] >= 0 }) {
			return c
		}
	}
	return -1
}

// shares counts the values of a in one collection: among its labels, and, by the judge, in what was made. The judge's
// errors are those on labelled held-out images of this collection: where there are none, nothing is claimed.
func (h *HeldOut) shares(a attribute, judge judge, confusion measure.Confusion, made makes, rows, truth []int, s Settings) (out AttributeShares, skipped []Skipped) {
	skip := func(what string, err error) {
		skipped = append(skipped, Skipped{what, plain(err, a.named(), "held-out images").Error()})
	}
	if !slices.ContainsFunc(truth, func(t int) bool { return t >= 0 }) {
		return out, []Skipped{{"", fmt.Sprintf("no held-out image of the collection has the label %s, so that neither the share in the data nor the judge's errors on what is made are known", a.name)}}
	}
	if data, err := measure.LabelShares(truth, measure.Pick(h.Units, rows), len(a.values)); err != nil {
		skip(".data", err)
	} else {
		out.Data = a.byValue(data)
	}
	judged := func(what string, features measure.Matrix, units []int, number int) map[string]measure.Estimate {
		if features.Rows == 0 {
			skip(what, fmt.Errorf("there are no images to judge"))
			return nil
		}
		shares, err := measure.Shares(judge(features), units, confusion, stream.New(s.Seed, stream.AuditShares, number))
		if err != nil {
			skip(what, err)
			return nil
		}
		return a.byValue(shares)
	}
	if accuracy, err := confusion.Accuracy(); err == nil {
		out.Judge = &accuracy
	}
	out.Samples = judged(".samples", made.samples, nil, 0)
	out.Projected = judged(".projected", made.projected, made.units, 1)
	out.Shown = judged(".shown", made.shown, nil, 2)
	return out, skipped
}
