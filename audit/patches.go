package audit

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/dataprism/dataprism/measure"
)

// ClusterPatches puts the best patches of the maps, at most five of an image and none that overlap, into k clusters
// of like appearance, and returns them with the highest median score first (Siglidis et al. 2024, section 3.3). p are
// the patches that the maps were made with.
func (h *HeldOut) ClusterPatches(ctx context.Context, maps []PatchMap, p Patches, k int, rng *rand.Rand) ([]PatchCluster, error) {
	const each = 5
	p = p.complete(h.dataset.Size)
	patches := bestPatches(maps, p, each)
	k = min(k, len(patches))
	if k == 0 {
		return nil, nil
	}
	found, err := measure.KMeans(ctx, h.appearance(patches, p), k, rng)
	if err != nil {
		return nil, err
	}
	clusters := make([]PatchCluster, k)
	members := make([][]int, k)
	for i, c := range found.Of {
		members[c] = append(members[c], i)
	}
	for c, rows := range members {
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(found.Spread[a], found.Spread[b]) })
		var scores []float64
		for _, i := range rows {
			clusters[c].Patches = append(clusters[c].Patches, patches[i])
			scores = append(scores, patches[i].Score)
		}
		if clusters[c].Median, err = measure.Quantile(scores, 0.5); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(clusters, func(a, b PatchCluster) int { return cmp.Compare(b.Median, a.Median) })
	for c := range clusters {
		for i := range clusters[c].Patches {
			clusters[c].Patches[i].Cluster = c
		}
	}
	return clusters, nil
}

// appearance describes patches by their pixels, freed of mean and contrast, and by where they are in the image: two
// values of the weight of a few pixels, so that a left and a right eye are one thing and an eye and a mouth are not.
func (h *HeldOut) appearance(patches []Patch, p Patches) measure.Matrix {
	d := h.dataset
	width := p.Size * p.Size * d.Channels
	out := measure.NewMatrix(len(patches), width+2)
	rows := make([]int, len(patches))
	for i, patch := range patches {
		rows[i] = patch.Row
	}
	images := d.ImagesOf(measure.Pick(h.Collection, rows), measure.Pick(h.Row, rows))
	whole := d.Size * d.Size * d.Channels
	for i, patch := range patches {
		to := out.Row(i)
		for line := range p.Size {
			from := i*whole + ((patch.Y+line)*d.Size+patch.X)*d.Channels
			copy(to[line*p.Size*d.Channels:], images[from:from+p.Size*d.Channels])
		}
		standardise(to[:width])
		scale := 2 * math.Sqrt(float64(width)) / float64(d.Size)
		to[width] = float32(float64(patch.X) * scale)
		to[width+1] = float32(float64(patch.Y) * scale)
	}
	return out
}

// standardise frees values of their mean and, where they vary at all, of their spread.
func standardise(values []float32) {
	var mean, square float64
	for _, v := range values {
		mean += float64(v) / float64(len(values))
	}
	for _, v := range values {
		square += (float64(v) - mean) * (float64(v) - mean) / float64(len(values))
	}
	const flat = 0.02 // of values in [-1, 1]: less is noise
	deviation := math.Sqrt(square) + flat
	for i, v := range values {
		values[i] = float32((float64(v) - mean) / deviation)
	}
}
