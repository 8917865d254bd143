package audit

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// makes are the features of images that the prism made under one collection.
type makes struct{ samples, projected measure.Matrix }

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
		if all[c].samples, err = probe.Features(h.imagesOf(s.Samples, decoded)); err != nil {
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
		if all[c].projected, err = probe.Features(projected); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// judged are the reconstructions of training images that judges learn from.
type judged struct {
	features        measure.Matrix
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
	t.units = h.dataset.UnitsOf(t.collection, t.row)
	t.features, err = probe.Features(h.imagesOf(len(t.row), decoded))
	return t, err
}
