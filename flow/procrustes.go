package flow

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

const (
	mostTurned = 128  // directions that are turned: those in which codes move images most
	alignFolds = 4    // of the pairs, to choose by
	alignSteps = 4    // in which neighbours are found anew
	mostNear   = 3000 // codes of a collection among which neighbours are looked for
	pairWeight = 5    // what a pair that is known counts beside two neighbours
)

// aligner holds codes in the directions that are turned, the one in which they move images most first.
type aligner struct {
	ctx        context.Context
	directions *mat.Dense   // [dim, k], orthonormal
	reach      []float64    // [k], D: how far each moves images; the first is 1
	codes      []*mat.Dense // of each collection [n_c, k]
	near       [][]int      // the codes among which neighbours are looked for
}

func newAligner(ctx context.Context, codes []*mat.Dense, metric *mat.SymDense) (*aligner, error) {
	var eigen mat.EigenSym
	if !eigen.Factorize(metric, true) {
		return nil, fmt.Errorf("flow: the transport holds values that are not finite")
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	dim := len(values)
	k := min(dim, mostTurned)
	a := &aligner{ctx: ctx, directions: mat.NewDense(dim, k, nil)}
	for j := range k {
		a.reach = append(a.reach, math.Sqrt(max(0, values[dim-1-j])/values[dim-1]))
		for i := range dim {
			a.directions.Set(i, j, vectors.At(i, dim-1-j))
		}
	}
	for _, v := range codes {
		a.codes = append(a.codes, product(v, a.directions))
		n, _ := v.Dims()
		var near []int
		for i := range min(n, mostNear) {
			near = append(near, i*n/min(n, mostNear))
		}
		a.near = append(a.near, near)
	}
	return a, nil
}

// align chooses how, and returns the turns [dim, dim].
func (a *aligner) align(pairs []Pair) (Alignment, []*mat.Dense, error) {
	still := a.still()
	without := a.heldBack(pairs, func([]Pair) []*mat.Dense { return still })
	best := Alignment{Prior: math.Inf(1), Left: 1}
	try := func(prior float64, neighbours bool) {
		with := a.heldBack(pairs, func(known []Pair) []*mat.Dense { return a.turns(known, prior, neighbours) })
		if left := stat.Mean(with, nil) / stat.Mean(without, nil); left < best.Left && clearlyLess(with, without) {
			best = Alignment{prior, neighbours, left}
		}
	}
	const weakest, strongest = 1.0, 300.0
	for prior := strongest; prior >= weakest; prior /= 3 {
		try(prior, false)
	}
	try(min(best.Prior, strongest/3), true)
	turns := still
	if !math.IsInf(best.Prior, 1) {
		turns = a.turns(pairs, best.Prior, best.Neighbours)
	}
	return best, a.whole(turns), a.ctx.Err()
}

// clearlyLess says whether a is less than b by more than two standard errors of their mean difference.
func clearlyLess(a, b []float64) bool {
	differences := make([]float64, len(a))
	floats.SubTo(differences, b, a)
	mean, deviation := stat.MeanStdDev(differences, nil)
	return mean > 2*deviation/math.Sqrt(float64(len(a)))
}

// identity is a turn of k directions that turns nothing.
func identity(k int) *mat.Dense {
	ones := slices.Repeat([]float64{1}, k)
	return mat.DenseCopyOf(mat.NewDiagDense(k, ones))
}

func (a *aligner) still() []*mat.Dense {
	turns := make([]*mat.Dense, len(a.codes))
	for c := range turns {
		turns[c] = identity(len(a.reach))
	}
	return turns
}

// whole are turns of the directions as those of codes.
func (a *aligner) whole(turns []*mat.Dense) []*mat.Dense {
	dim, k := a.directions.Dims()
	whole := make([]*mat.Dense, len(turns))
	for c, turn := range turns {
		var change mat.Dense
		change.Sub(turn, identity(k))
		whole[c] = identity(dim)
		whole[c].Add(whole[c], product(a.directions, &change, a.directions.T()))
	}
	return whole
}

// heldBack are the squared distances, in images, of pairs under turns that were found from others.
func (a *aligner) heldBack(pairs []Pair, find func(known []Pair) []*mat.Dense) []float64 {
	var distances []float64
	for fold := range alignFolds {
		var known, back []Pair
		for i, p := range pairs {
			if i%alignFolds == fold {
				back = append(back, p)
			} else {
				known = append(known, p)
			}
		}
		turns := find(known)
		for _, p := range back {
			distances = append(distances, a.distance(turns, p)+a.distance(turns, Pair{p.B, p.J, p.A, p.I}))
		}
	}
	return distances
}

// distance is that of a pair in images of its second collection, squared.
func (a *aligner) distance(turns []*mat.Dense, p Pair) float64 {
	var v, there mat.VecDense
	v.MulVec(turns[p.A].T(), a.codes[p.A].RowView(p.I))
	there.MulVec(turns[p.B], &v)
	sum := 0.0
	for j, r := range a.reach {
		d := r * (there.AtVec(j) - a.codes[p.B].At(p.J, j))
		sum += d * d
	}
	return sum
}

// turns are those that pairs ask for, with neighbours or without.
func (a *aligner) turns(known []Pair, prior float64, neighbours bool) []*mat.Dense {
	turns := a.procrustes(a.still(), known, prior)
	if !neighbours {
		return turns
	}
	var weighed []Pair
	for range pairWeight {
		weighed = append(weighed, known...)
	}
	for range alignSteps {
		turns = a.procrustes(turns, append(a.neighbours(turns), weighed...), prior)
	}
	return turns
}

// procrustes improves the turn of one collection after the other.
func (a *aligner) procrustes(turns []*mat.Dense, pairs []Pair, prior float64) []*mat.Dense {
	const sweeps = 4
	k := len(a.reach)
	cross := make([][]*mat.Dense, len(turns)) // Σ (y_a D)ᵀ (y_b D) over pairs of two collections
	for c := range cross {
		cross[c] = make([]*mat.Dense, len(turns))
		for other := range c {
			if first, second := a.weighed(pairs, other, c); len(first) > 0 {
				m := product(mat.NewDense(len(first)/k, k, first).T(), mat.NewDense(len(second)/k, k, second))
				cross[other][c], cross[c][other] = m, mat.DenseCopyOf(m.T())
			}
		}
	}
	turns = slices.Clone(turns)
	for range sweeps {
		for c := range turns {
			wanted := identity(k)
			wanted.Scale(prior, wanted)
			for other, m := range cross[c] {
				if m != nil {
					wanted.Add(wanted, product(m, turns[other]))
				}
			}
			var svd mat.SVD
			if a.ctx.Err() != nil || !svd.Factorize(wanted, mat.SVDFull) {
				return turns
			}
			var u, v mat.Dense
			svd.UTo(&u)
			svd.VTo(&v)
			turns[c] = product(&u, v.T())
		}
	}
	return turns
}

// weighed are the codes of the pairs of two collections as they move images, a row a pair.
func (a *aligner) weighed(pairs []Pair, first, second int) (of, with []float64) {
	row := func(dst []float64, c, i int) []float64 {
		for j, r := range a.reach {
			dst = append(dst, r*a.codes[c].At(i, j))
		}
		return dst
	}
	for _, p := range pairs {
		switch {
		case p.A == first && p.B == second:
			of, with = row(of, first, p.I), row(with, second, p.J)
		case p.A == second && p.B == first:
			of, with = row(of, first, p.J), row(with, second, p.I)
		}
	}
	return of, with
}

// neighbours are the codes of every two collections that are each other's nearest.
func (a *aligner) neighbours(turns []*mat.Dense) []Pair {
	var pairs []Pair
	turned := make([]*mat.Dense, len(turns))
	for c, rows := range a.near {
		turned[c] = mat.NewDense(len(rows), len(a.reach), nil)
		for i, row := range rows {
			turned[c].SetRow(i, a.codes[c].RawRowView(row))
		}
		turned[c] = product(turned[c], turns[c])
	}
	for c := range turned {
		for other := range c {
			if a.ctx.Err() != nil {
				return pairs
			}
			for _, ij := range mutual(turned[other], turned[c]) {
				pairs = append(pairs, Pair{other, a.near[other][ij[0]], c, a.near[c][ij[1]]})
			}
		}
	}
	return pairs
}
