package audit

import (
	"context"
	"errors"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// measureRetrieval looks, where pairs are known, for the true counterpart of each projected image among all
// validation images of the target, by the distance of decoded images.
func measureRetrieval(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	pairs := h.Labels(collection.LabelPair)
	found := map[string]RetrievalResult{}
	tried := false
	for from := range h.dataset.Collections {
		for to := range h.dataset.Collections {
			queries := h.paired(from, to, pairs)
			if from == to || len(queries) == 0 {
				continue
			}
			tried = true
			direction := Direction(h.name(from), h.name(to))
			result, err := h.retrieve(ctx, s, queries, to, pairs)
			if err == nil {
				found[direction] = result
			} else if err = e.skip(ctx, "retrieval."+direction, err); err != nil {
				return err
			}
		}
	}
	if !tried {
		return errors.New("no held-out image is labelled as the pair of a held-out image of another collection")
	}
	if len(found) > 0 {
		e.Retrieval = found
	}
	return nil
}

// retrieve looks for the counterparts of queries among the images of collection to.
func (h *HeldOut) retrieve(ctx context.Context, s Settings, queries []int, to int, pairs []string) (r RetrievalResult, err error) {
	gallery := h.of(to)
	projected, kept, err := h.projections(ctx, s, queries, to)
	if err != nil {
		return r, err
	}
	queries = measure.Pick(queries, kept)
	key, galleryKey := measure.Pick(pairs, queries), measure.Pick(pairs, gallery)
	images, units := h.Reconstructions.Matrix(), measure.Pick(h.Units, queries)
	items := images.Select(gallery)
	if r.Projected, err = measure.Retrieve(ctx, projected.Matrix(), items, key, galleryKey, units, probe.Compute(s.Workers)); err != nil {
		return r, err
	}
	if r.Reconstructed, err = measure.Retrieve(ctx, images.Select(queries), items, key, galleryKey, units, probe.Compute(s.Workers)); err != nil {
		return r, err
	}
	r.Random, err = measure.RandomHits(key, galleryKey)
	return r, err
}

// paired lists the rows of collection from whose counterpart in collection to is held out too.
func (h *HeldOut) paired(from, to int, pairs []string) []int {
	known := map[string]bool{}
	for _, i := range h.of(to) {
		known[pairs[i]] = pairs[i] != ""
	}
	var rows []int
	for _, i := range h.of(from) {
		if known[pairs[i]] {
			rows = append(rows, i)
		}
	}
	return rows
}
