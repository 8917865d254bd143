package audit

import (
	"context"
	"math/rand/v2"
)

// TypicalSettings say what [HeldOut.Typical] looks for.
type TypicalSettings struct {
	Against  []int // collections, or [prism.Config.Any]; none is all others
	Maps     int   // images at the top and at the bottom of the ranking whose patches are mapped; 0 is none
	Clusters int   // of patches
	Patches  Patches
	Rand     *rand.Rand
	Progress func(done, total int) // images mapped; may be nil
}

// Typical is what makes the images of a collection what they are: the ranking, and the patches that it rests on.
type Typical struct {
	Typicality
	Into     int // the collection whose projections the patches are compared with
	Patches  Patches
	Maps     []PatchMap     // of the most typical images, in their order
	Clusters []PatchCluster // of their best patches, the most typical first
}

// Typical ranks the held-out images of collection c and finds the patches that make the first of them typical.
func (h *HeldOut) Typical(ctx context.Context, c int, s TypicalSettings) (Typical, error) {
	ranking, err := h.Typicality(c, s.Against)
	if err != nil {
		return Typical{}, err
	}
	t := Typical{Typicality: ranking, Patches: s.Patches.complete(h.dataset.Size)}
	top := t.Rows[:min(s.Maps, len(t.Rows))]
	if len(top) == 0 {
		return t, nil
	}
	if t.Into, err = h.nearest(top, h.others(c, ranking.Against)); err != nil {
		return t, err
	}
	for i, row := range top {
		m, err := h.PatchMaps(ctx, []int{row}, t.Into, ranking.Against, t.Patches)
		if err != nil {
			return t, err
		}
		t.Maps = append(t.Maps, m...)
		if s.Progress != nil {
			s.Progress(i+1, len(top))
		}
	}
	t.Clusters, err = h.ClusterPatches(ctx, t.Maps, t.Patches, s.Clusters, s.Rand)
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
