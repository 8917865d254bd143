package audit

import (
	"context"
	"math/rand/v2"
)

// TypicalSettings say what [HeldOut.Typical] looks for.
type TypicalSettings struct {
	Against  []int // collections, or [prism.Config.Any]; none is all others
	Maps     int   // most images at either end of the ranking whose patches are mapped, see [Typicality.AtEitherEnd]; 0 is none
	Clusters int   // of patches
	Patches  Patches
	Rand     *rand.Rand
	Progress func(done, total int) // images mapped; may be nil
}

// Typical is what makes the images of a collection what they are, and what keeps some from being so: the ranking, and the
// patches that it rests on.
type Typical struct {
	Typicality
	Other   int // the collection that the images are compared with
	Patches Patches

	Maps     []PatchMap     // of the most typical images, in their order
	Clusters []PatchCluster // of their best patches, the most typical first

	// LeastMaps are of the least typical images, the least first. A score is what T gains when the patch of an image, which is
	// read as from Other, looks as its own collection would show it.
	LeastMaps     []PatchMap
	LeastClusters []PatchCluster // of their best patches, the least typical first
}

// Typical ranks the held-out images of collection c and finds the patches that make the first of them typical, and the
// last of them not.
func (h *HeldOut) Typical(ctx context.Context, c int, s TypicalSettings) (Typical, error) {
	ranking, err := h.Typicality(c, s.Against)
	if err != nil {
		return Typical{}, err
	}
	t := Typical{Typicality: ranking, Patches: s.Patches.complete(h.dataset.Size)}
	top, bottom := t.ends(s.Maps)
	if len(top) == 0 {
		return t, nil
	}
	if t.Other, err = h.nearest(top, h.others(c, ranking.Against)); err != nil {
		return t, err
	}
	done := 0
	mapped := func(rows []int, from, to int) (maps []PatchMap, err error) {
		for _, row := range rows {
			m, err := h.PatchMaps(ctx, []int{row}, from, to, ranking.Against, t.Patches)
			if err != nil {
				return nil, err
			}
			maps = append(maps, m...)
			if done++; s.Progress != nil {
				s.Progress(done, len(top)+len(bottom))
			}
		}
		return maps, nil
	}
	if t.Maps, err = mapped(top, c, t.Other); err != nil {
		return t, err
	}
	if t.LeastMaps, err = mapped(bottom, t.Other, c); err != nil {
		return t, err
	}
	for _, m := range t.LeastMaps {
		for i := range m.Score {
			m.Score[i] = -m.Score[i]
		}
	}
	if t.Clusters, err = h.ClusterPatches(ctx, t.Maps, t.Patches, s.Clusters, s.Rand); err != nil {
		return t, err
	}
	t.LeastClusters, err = h.ClusterPatches(ctx, t.LeastMaps, t.Patches, s.Clusters, s.Rand)
	return t, err
}

// others are the collections among against that an image of c can be projected into: all but c where none of against
// is a collection.
func (h *HeldOut) others(c int, against []int) []int {
	var into []int
	for _, k := range against {
		if k != c && k != h.prism.Any() {
			into = append(into, k)
		}
	}
	if len(into) > 0 {
		return into
	}
	for _, k := range h.prism.All() {
		if k != c {
			into = append(into, k)
		}
	}
	return into
}
