package audit

import (
	"context"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// measureRetrieval looks, where pairs are known, for the true counterpart of each projected image among all
// validation images of the target, by the distance of decoded images.
func measureRetrieval(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	pairs := h.labels(collection.LabelPair)
	for from := range h.dataset.Collections {
		for to := range h.dataset.Collections {
			if from == to {
				continue
			}
			gallery, queries := h.of(to), h.paired(from, to, pairs)
			if len(queries) == 0 {
				continue
			}
			key, galleryKey := measure.Pick(pairs, queries), measure.Pick(pairs, gallery)
			projected, err := h.projected(queries, to)
			if err != nil {
				return err
			}
			items := h.Reconstructions.Matrix().Select(gallery)
			var r RetrievalResult
			units := measure.Pick(h.Units, queries)
			if r.Projected, err = measure.Retrieve(ctx, projected.Matrix(), items, key, galleryKey, units, probe.Compute(s.Workers)); err != nil {
				return err
			}
			if r.Reconstructed, err = measure.Retrieve(ctx, h.Reconstructions.Matrix().Select(queries), items, key, galleryKey, units, probe.Compute(s.Workers)); err != nil {
				return err
			}
			if r.Random, err = measure.RandomHits(key, galleryKey); err != nil {
				return err
			}
			if e.Retrieval == nil {
				e.Retrieval = map[string]RetrievalResult{}
			}
			e.Retrieval[Direction(h.name(from), h.name(to))] = r
		}
	}
	return nil
}

func (h *HeldOut) name(c int) string { return h.dataset.Collections[c].Name }

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
