package audit

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/dataprism/dataprism/collection"
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
			if n >= 2*minimumOfValue {
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

// measureAttributes counts the values of each attribute in the data, in samples and in projections. The judges
// learn from reconstructions of training images, since what they judge was made by the same decoder.
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
	heldOut, err := Features(h.Reconstructions)
	if err != nil {
		return err
	}
	made, err := h.makeImages(s)
	if err != nil {
		return err
	}
	results := make([]map[string]AttributeShares, len(list))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(min(s.crossValidation().workers(), maxJudges))
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
func (h *HeldOut) judgeAttribute(ctx context.Context, a attribute, train judged, heldOut Matrix, made []makes, s Settings) (map[string]AttributeShares, error) {
	judge, err := TrainJudge(ctx, train.features, train.labels(h.dataset, a), train.units, len(a.values), s.Seed)
	if err != nil {
		return nil, err
	}
	truth := a.numbers(h.labels(a.name))
	pooled, err := judge.Confusion(heldOut, truth)
	if err != nil {
		return nil, err
	}
	found := map[string]AttributeShares{}
	for c := range h.dataset.Collections {
		rows := h.of(c)
		own, err := judge.Confusion(heldOut.Select(rows), pick(truth, rows))
		if err != nil {
			return nil, err
		}
		shares, err := h.shares(a, judge, own.Shrink(pooled, 20), made[c], pick(truth, rows), pick(h.Units, rows), s)
		if err != nil {
			return nil, err
		}
		found[h.name(c)] = shares
	}
	return found, nil
}

// shares counts the values of a in one collection: among its labels, and, by the judge, in what was made.
func (h *HeldOut) shares(a attribute, judge *Judge, confusion Confusion, made makes, truth, units []int, s Settings) (AttributeShares, error) {
	var out AttributeShares
	named := func(shares []Estimate, err error) (map[string]Estimate, error) {
		if err != nil {
			return nil, err
		}
		return SharesByValue(a.values, shares)
	}
	var err error
	if slices.ContainsFunc(truth, func(t int) bool { return t >= 0 }) {
		if out.Data, err = named(LabelShares(truth, units, len(a.values))); err != nil {
			return out, err
		}
	}
	rng := rand.New(rand.NewPCG(s.Seed, 5))
	if out.Samples, err = named(Shares(judge.Judge(made.samples), confusion, rng)); err != nil {
		return out, err
	}
	out.Projected, err = named(Shares(judge.Judge(made.projected), confusion, rng))
	return out, err
}

// makes are the features of images that the prism made under one collection.
type makes struct{ samples, projected Matrix }

// makeImages decodes samples under each collection, and projections of the other collections' images into it.
func (h *HeldOut) makeImages(s Settings) ([]makes, error) {
	latents, err := h.prism.Sample(rand.New(rand.NewPCG(s.Seed, 3)), s.Samples, 1)
	if err != nil {
		return nil, err
	}
	all := make([]makes, len(latents))
	for c, z := range latents {
		decoded, err := h.prism.Decode(z)
		if err != nil {
			return nil, err
		}
		if all[c].samples, err = Features(h.imagesOf(s.Samples, decoded)); err != nil {
			return nil, err
		}
		var others []int
		for i, own := range h.Collection {
			if own != c {
				others = append(others, i)
			}
		}
		projected, err := h.projected(others, c)
		if err != nil {
			return nil, err
		}
		if all[c].projected, err = Features(projected); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// judged are the reconstructions of training images that judges learn from.
type judged struct {
	features        Matrix
	collection, row []int
	units           []int
}

func (t judged) labels(d *collection.Dataset, a attribute) []int {
	return a.numbers(labelsOf(d, t.collection, t.row, a.name))
}

func (h *HeldOut) trainFeatures(ctx context.Context, s Settings) (judged, error) {
	var t judged
	for c, col := range h.dataset.Collections {
		rows := slices.Clone(col.Train)
		rng := rand.New(rand.NewPCG(s.Seed, uint64(100+c)))
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for _, row := range rows[:min(len(rows), maxJudgeTrain)] {
			t.collection, t.row = append(t.collection, c), append(t.row, row)
		}
	}
	z, _, err := h.prism.Encode(h.dataset.ImagesOf(t.collection, t.row))
	if err != nil {
		return t, err
	}
	if err := ctx.Err(); err != nil {
		return t, err
	}
	decoded, err := h.prism.Decode(z)
	if err != nil {
		return t, err
	}
	if t.features, err = Features(h.imagesOf(len(t.row), decoded)); err != nil {
		return t, err
	}
	column := func(name string) []string { return labelsOf(h.dataset, t.collection, t.row, name) }
	t.units, err = Units(len(t.row), column(collection.LabelPair), column(collection.LabelGroup))
	return t, err
}

// measureTransfer asks, for every attribute of two values, how well a linear classifier of it carries from the
// codes of one collection to those of another.
func measureTransfer(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	for _, a := range attributes(h.dataset) {
		if len(a.values) != 2 {
			continue
		}
		truth := a.numbers(h.labels(a.name))
		table := map[string]Estimate{}
		for from := range h.dataset.Collections {
			rows := h.of(from)
			if !bothValues(pick(truth, rows)) {
				continue
			}
			for to := range h.dataset.Collections {
				others := h.of(to)
				if !bothValues(pick(truth, others)) {
					continue
				}
				var auc Estimate
				var err error
				if from == to {
					auc, err = WithinAUC(ctx, h.V.Select(rows), pick(truth, rows), pick(h.Units, rows), s.crossValidation())
				} else {
					auc, err = TransferAUC(ctx, h.V.Select(rows), pick(truth, rows), h.V.Select(others), pick(truth, others), pick(h.Units, rows), s.Seed)
				}
				if err != nil {
					return err
				}
				table[Direction(h.name(from), h.name(to))] = auc
			}
		}
		if len(table) > 0 {
			if e.Transfer == nil {
				e.Transfer = map[string]map[string]Estimate{}
			}
			e.Transfer[a.name] = table
		}
	}
	return nil
}

// bothValues says whether each of two values has enough rows to fit and to test a classifier on.
func bothValues(truth []int) bool {
	var count [2]int
	for _, t := range truth {
		if t >= 0 {
			count[t]++
		}
	}
	return min(count[0], count[1]) >= minimumOfValue
}
