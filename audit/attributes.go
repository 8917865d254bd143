package audit

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/dataprism/dataprism/collection"
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
	maxValues     = 8    // more are a quantity or a name, not an attribute
	maxJudgeTrain = 2000 // training images of a collection that a judge learns from
	maxJudges     = 4    // that learn side by side, each with copies of its training rows
)

// numbers are the indices of labels' values, -1 where one is missing or too rare to be judged.
func (a attribute) numbers(labels []string) []int {
	numbers := make([]int, len(labels))
	for i, label := range labels {
		numbers[i] = slices.Index(a.values, label)
	}
	return numbers
}

// attributes lists the labels of the data set that can be judged, in the order in which they appear.
func attributes(d *collection.Dataset) []attribute {
	var found []attribute
	counts := map[string]map[string]int{}
	var names []string
	for _, col := range d.Collections {
		for _, name := range col.LabelNames() {
			if name == collection.LabelPair || name == collection.LabelGroup {
				continue
			}
			if counts[name] == nil {
				counts[name] = map[string]int{}
				names = append(names, name)
			}
			for _, row := range col.Train {
				if value, ok := col.Label(row, name); ok {
					counts[name][value]++
				}
			}
		}
	}
	for _, name := range names {
		if len(counts[name]) > 4*maxValues {
			continue
		}
		a := attribute{name: name}
		for value, n := range counts[name] {
			if n >= 2*probe.MinimumOfValue {
				a.values = append(a.values, value)
			}
		}
		slices.Sort(a.values)
		if len(a.values) >= 2 && len(a.values) <= maxValues {
			found = append(found, a)
		}
	}
	return found
}

// measureAttributes counts the values of each attribute in the data, in samples and in projections. The judges learn
// from reconstructions of training images, since what they judge was made by the same decoder.
func measureAttributes(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	list := attributes(h.dataset)
	if len(list) == 0 {
		return nil
	}
	e.Attributes = map[string]map[string]AttributeShares{}
	train, err := h.trainFeatures(ctx, s)
	if err != nil {
		return err
	}
	heldOut, err := probe.Features(h.Reconstructions)
	if err != nil {
		return err
	}
	made, err := h.makeImages(s)
	if err != nil {
		return err
	}
	results := make([]map[string]AttributeShares, len(list))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(min(s.workers(), maxJudges))
	for i, a := range list {
		work.Go(func() error {
			var err error
			results[i], err = h.judgeAttribute(ctx, a, train, heldOut, made, s)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for i, a := range list {
		e.Attributes[a.name] = results[i]
	}
	return nil
}

// judgeAttribute trains a judge of a and returns what it finds in each collection.
func (h *HeldOut) judgeAttribute(ctx context.Context, a attribute, train judged, heldOut measure.Matrix, made []makes, s Settings) (map[string]AttributeShares, error) {
	judge, err := probe.TrainJudge(ctx, train.features, train.labels(h.dataset, a), train.units, len(a.values), s.Seed)
	if err != nil {
		return nil, err
	}
	truth := a.numbers(h.labels(a.name))
	found := map[string]AttributeShares{}
	for c := range h.dataset.Collections {
		rows := h.of(c)
		own, err := judge.Confusion(heldOut.Select(rows), measure.Pick(truth, rows), measure.Pick(h.Units, rows))
		if err != nil {
			return nil, err
		}
		shares, err := h.shares(a, judge, own, made[c], measure.Pick(truth, rows), measure.Pick(h.Units, rows), s)
		if err != nil {
			return nil, err
		}
		found[h.name(c)] = shares
	}
	return found, nil
}

// shares counts the values of a in one collection: among its labels, and, by the judge, in what was made.
func (h *HeldOut) shares(a attribute, judge *probe.Judge, confusion measure.Confusion, made makes, truth, units []int, s Settings) (AttributeShares, error) {
	var out AttributeShares
	named := func(shares []measure.Estimate, err error) (map[string]measure.Estimate, error) {
		if err != nil {
			return nil, err
		}
		return SharesByValue(a.values, shares)
	}
	var err error
	if slices.ContainsFunc(truth, func(t int) bool { return t >= 0 }) {
		if out.Data, err = named(measure.LabelShares(truth, units, len(a.values))); err != nil {
			return out, err
		}
	}
	rng := rand.New(rand.NewPCG(s.Seed, 5))
	if out.Samples, err = named(measure.Shares(judge.Judge(made.samples), nil, confusion, rng)); err != nil {
		return out, err
	}
	out.Projected, err = named(measure.Shares(judge.Judge(made.projected), nil, confusion, rng))
	return out, err
}
