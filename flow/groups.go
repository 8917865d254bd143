package flow

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Group are the latents of one collection that share a value of a label.
type Group struct {
	N    float64   // latents
	Mean []float64 // [dim]
}

// AlignGroups turns the codes of each collection so that what tells groups of its latents apart, such as women from men,
// tells those of the others apart. Codes of the transport are white, so that the means of groups about their common one are
// the directions of Fisher's linear discriminant: these are laid on each other (generalised Procrustes: Gower 1975), and
// codes turn no further than that asks for. As with [Flow.AlignTransport] codes are as likely as before.
//
// groups[c][g] is group g in collection c, and share[g], which sum to 1, is what it counts. The mean of few latents is
// mostly noise, and is drawn towards the common one by as much (James and Stein 1961): a group of next to none turns
// nothing.
func (f *Flow) AlignGroups(ctx context.Context, groups [][]Group, share []float64) error {
	if err := f.canAlign("groups", len(groups)); err != nil {
		return err
	}
	means := make([]*mat.Dense, len(groups))
	for c, own := range groups {
		if len(own) != len(share) {
			return fmt.Errorf("flow: %d groups of collection %d are given, and shares of %d", len(own), c, len(share))
		}
		means[c] = f.groupMeans(c, own, share)
	}
	a, err := groupAligner(ctx, means)
	if err != nil || a == nil {
		return err
	}
	var same []Pair
	for c := range groups {
		for other := range c {
			for g := range share {
				same = append(same, Pair{other, g, c, g})
			}
		}
	}
	const prior = 1e-4 // beside squares of about 1: what nothing asks to turn stays
	turns := a.whole(a.procrustes(a.still(), same, prior))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return f.turn(turns)
}

// groupMeans are the codes of the means of groups about their common one, [groups, dim], each times the root of its share.
func (f *Flow) groupMeans(c int, groups []Group, share []float64) *mat.Dense {
	dim := f.config.Dim
	_, matrix, _ := f.transportOf(c)
	common := make([]float64, dim)
	for g, own := range groups {
		floats.AddScaled(common, share[g], own.Mean)
	}
	about := mat.NewDense(len(groups), dim, nil)
	for g, own := range groups {
		floats.SubTo(about.RawRowView(g), own.Mean, common)
	}
	about = product(about, matrix)
	for g, own := range groups {
		row := about.RawRowView(g)
		kept := max(0, 1-float64(dim)/max(own.N*floats.Dot(row, row), tiny))
		floats.Scale(math.Sqrt(share[g])*kept, row)
	}
	return about
}

// groupAligner holds means of groups in the directions that they span; nil where they are all the same.
func groupAligner(ctx context.Context, means []*mat.Dense) (*aligner, error) {
	groups, dim := means[0].Dims()
	all := mat.NewDense(len(means)*groups, dim, nil)
	for c, m := range means {
		all.Slice(c*groups, (c+1)*groups, 0, dim).(*mat.Dense).Copy(m)
	}
	var svd mat.SVD
	if !svd.Factorize(all, mat.SVDThin) {
		return nil, fmt.Errorf("flow: the means of groups hold values that are not finite")
	}
	if svd.Values(nil)[0] == 0 {
		return nil, nil
	}
	rank := svd.Rank(1e-6)
	var v mat.Dense
	svd.VTo(&v)
	a := &aligner{ctx: ctx, directions: mat.DenseCopyOf(v.Slice(0, dim, 0, rank)), reach: slices.Repeat([]float64{1}, rank)}
	for _, m := range means {
		a.codes = append(a.codes, product(m, a.directions))
	}
	return a, nil
}
