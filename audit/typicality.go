package audit

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// Typicality is how much better held-out images of one collection fit it than others:
//
//	T(x) = log p(z|c) - log p(z|against), nats
//
// the exact form of the difference of losses in Siglidis et al. ("Diffusion Models as Data Mining Tools", ECCV 2024,
// eq. 2). The collections compared with form a mixture that does not contain c, since against a mixture with c most
// images of collections that are apart would stand on the bound log K.
type Typicality struct {
	Collection int
	Against    []int     // collections, or [prism.Config.Any] alone for the density under the label "any"
	Rows       []int     // of the held-out images of the collection, the most typical first
	Odds       []float64 // T of each, in the same order
}

// AtEitherEnd is how many images are at either end of the ranking: at most most, and no more than a third of them, so that
// no image is at both ends.
func (t Typicality) AtEitherEnd(most int) int { return min(most, (len(t.Rows)+1)/3) }

// ends are the rows at either end of the ranking, the farthest first.
func (t Typicality) ends(most int) (first, last []int) {
	n := t.AtEitherEnd(most)
	last = slices.Clone(t.Rows[len(t.Rows)-n:])
	slices.Reverse(last)
	return t.Rows[:n], last
}

// Typicality ranks the held-out images of collection c. Against none is against all others.
func (h *HeldOut) Typicality(c int, against []int) (Typicality, error) {
	if len(against) == 0 {
		against = h.others(c, nil)
	}
	t := Typicality{Collection: c, Against: against, Rows: h.of(c)}
	if len(t.Rows) == 0 {
		return t, errors.New("the collection has no held-out images")
	}
	each, err := h.logProbs(t.Rows)
	if err != nil {
		return t, err
	}
	odds, err := h.oddsOf(each, h.Z.Select(t.Rows).Data, c, against)
	if err != nil {
		return t, err
	}
	order := make([]int, len(odds))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(odds[b], odds[a]) })
	t.Rows, t.Odds = measure.Pick(t.Rows, order), measure.Pick(odds, order)
	return t, nil
}

// CoTypicality is how typical the content of held-out rows is whichever collection shows it: the median over all
// collections c of T of the row's projection into c, against the others (Siglidis et al. 2024, section 5, where
// translations take the place of projections). It is exact: latents are projected, and not decoded.
func (h *HeldOut) CoTypicality(rows []int) ([]float64, error) {
	each := make([][]float64, len(rows)) // [row][collection]
	codes := h.V.Select(rows).Data
	for _, c := range h.prism.All() {
		z, err := h.prism.Latents(codes, prism.Repeat(c, len(rows)))
		if err != nil {
			return nil, err
		}
		odds, err := h.odds(z, c, h.others(c, nil))
		if err != nil {
			return nil, err
		}
		for i, t := range odds {
			each[i] = append(each[i], t)
		}
	}
	out := make([]float64, len(rows))
	for i := range out {
		var err error
		if out[i], err = measure.Quantile(each[i], 0.5); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// odds is T of latents [n, dim].
func (h *HeldOut) odds(z []float32, c int, against []int) ([]float64, error) {
	each, err := h.prism.LogProb(z)
	if err != nil {
		return nil, err
	}
	return h.oddsOf(each, z, c, against)
}

// oddsOf is T of latents [n, dim] of which log p(z | k) is known under each collection k.
func (h *HeldOut) oddsOf(each [][]float32, z []float32, c int, against []int) ([]float64, error) {
	if slices.Contains(against, h.prism.Any()) {
		_, marginal, err := h.prism.Codes(z, prism.Repeat(h.prism.Any(), len(each[c])))
		if err != nil {
			return nil, err
		}
		each = append(each, marginal)
	}
	logProb := make([][]float64, len(each))
	for k := range each {
		logProb[k] = make([]float64, len(each[k]))
		for i, v := range each[k] {
			logProb[k][i] = float64(v)
		}
	}
	return measure.LogOdds(logProb, c, against)
}

// PatchMap says which parts of an image make it typical of its collection.
type PatchMap struct {
	Row   int       // of the held-out images
	Side  int       // patches a side
	Score []float64 // [side, side], nats; see [HeldOut.PatchMaps]
}

// Patches say how an image is cut.
type Patches struct {
	Size   int // side of a patch in pixels; 0 is a quarter of the image's
	Stride int // between patches; 0 is half of Size
}

// complete fills in defaults for images of the given side.
func (p Patches) complete(side int) Patches {
	if p.Size <= 0 || p.Size > side {
		p.Size = max(1, side/4)
	}
	if p.Stride <= 0 {
		p.Stride = max(1, p.Size/2)
	}
	return p
}

// count is how many patches a side are cut of an image.
func (p Patches) count(side int) int { return (side-p.Size)/p.Stride + 1 }

// PatchMaps finds the parts of held-out images that make them typical of their collection, by occlusion that stays
// among images: the score of a patch is what T loses when the patch looks as the collection to would show it,
//
//	T(r) - T(r with the patch of r'), r the image's reconstruction and r' that of its projection from from into to.
//
// Both are the decoder's, so that its blur does not count, and both have the detail of the image that latents leave out, where a
// first stage knows it. All rows must be of one collection. For an image that is
// typical of it, from is that collection; one that rather looks like another's is read as from there and shown by its own
// collection, and T gains.
func (h *HeldOut) PatchMaps(ctx context.Context, rows []int, from, to int, against []int, p Patches) ([]PatchMap, error) {
	var maps []PatchMap
	side := h.dataset.Size
	p = p.complete(side)
	for _, row := range rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m, err := h.patchMap(row, from, to, against, p)
		if err != nil {
			return nil, err
		}
		maps = append(maps, m)
	}
	return maps, nil
}

func (h *HeldOut) patchMap(row, from, to int, against []int, p Patches) (PatchMap, error) {
	c, side := h.Collection[row], h.dataset.Size
	z := h.Z.Row(row)
	projected, err := h.prism.Project(z, []int{from}, to, 1)
	if err != nil {
		return PatchMap{}, err
	}
	detail, err := h.prism.Detail(h.original([]int{row}).Data)
	if err != nil {
		return PatchMap{}, err
	}
	own, err := h.prism.DecodeWith(z, detail)
	if err != nil {
		return PatchMap{}, err
	}
	other, err := h.prism.DecodeWith(projected, detail)
	if err != nil {
		return PatchMap{}, err
	}
	count := p.count(side)
	pixels := h.prism.Pixels()
	batch := make([]float32, (count*count+1)*pixels)
	copy(batch, own)
	for i := range count * count {
		image := batch[(i+1)*pixels : (i+2)*pixels]
		copy(image, own)
		exchange(image, other, side, h.dataset.Channels, i%count*p.Stride, i/count*p.Stride, p.Size)
	}
	encoded, _, err := h.prism.Encode(batch)
	if err != nil {
		return PatchMap{}, err
	}
	odds, err := h.odds(encoded, c, against)
	if err != nil {
		return PatchMap{}, err
	}
	m := PatchMap{Row: row, Side: count, Score: make([]float64, count*count)}
	for i := range m.Score {
		m.Score[i] = odds[0] - odds[i+1]
	}
	return m, nil
}

// exchange copies the square at (x, y) of one image into another of the same size.
func exchange(into, from []float32, side, channels, x, y, size int) {
	for line := y; line < y+size; line++ {
		start := (line*side + x) * channels
		copy(into[start:start+size*channels], from[start:start+size*channels])
	}
}

// nearest is the collection in against that most of the rows' latents fit best: the one that their projections go to.
func (h *HeldOut) nearest(rows, against []int) (int, error) {
	each, err := h.logProbs(rows)
	if err != nil {
		return 0, err
	}
	votes := make(map[int]int)
	for i := range rows {
		votes[slices.MaxFunc(against, func(a, b int) int { return cmp.Compare(each[a][i], each[b][i]) })]++
	}
	return slices.MaxFunc(against, func(a, b int) int { return cmp.Compare(votes[a], votes[b]) }), nil
}

// Patch is one part of an image, and what it is worth.
type Patch struct {
	Row, X, Y int     // of the held-out images; of the patch's corner, in pixels
	Score     float64 // nats
	Cluster   int     // number of the cluster that it is in
}

// PatchCluster are patches that look alike.
type PatchCluster struct {
	Median  float64 // of the scores of its patches, nats
	Patches []Patch // the nearest to the cluster's centre first
}

// bestPatches are the highest scoring patches of each map that do not overlap, at most most of each.
func bestPatches(maps []PatchMap, p Patches, most int) []Patch {
	var best []Patch
	for _, m := range maps {
		order := make([]int, len(m.Score))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(m.Score[b], m.Score[a]) })
		var taken []Patch
		for _, i := range order {
			at := Patch{Row: m.Row, X: i % m.Side * p.Stride, Y: i / m.Side * p.Stride, Score: m.Score[i]}
			if len(taken) == most || slices.ContainsFunc(taken, func(o Patch) bool {
				return max(o.X-at.X, at.X-o.X) < p.Size && max(o.Y-at.Y, at.Y-o.Y) < p.Size
			}) {
				continue
			}
			taken = append(taken, at)
		}
		best = append(best, taken...)
	}
	return best
}
