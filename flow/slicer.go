package flow

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// How slices are fitted.
const (
	mostSteps      = 8    // that are taken
	sliceWidth     = 32   // directions of a step, at most half of all
	stride         = 0.3  // of the way to the middle of the collections, in a step
	sliceRows      = 1500 // of a collection, that directions are searched with
	sliceSearch    = 25   // moves of a search
	leastNearer    = 0.2  // by how much of their squared distance rows set apart must come nearer for a direction to be used
	leastSliceRows = 100  // of a collection, for anything to be fitted
	leastKnotStep  = 1e-3 // between two knots
)

// slicer holds the codes of each condition, which move as steps are fitted. Those of the last are of any collection.
type slicer struct {
	dim         int
	codes       []*mat.Dense
	fit, apart  [][]int // rows of each
	rng         *rand.Rand
	collections int
}

func (s *slicer) add(codes []float32) {
	n := len(codes) / s.dim
	m := mat.NewDense(max(1, n), s.dim, nil)
	var fit, apart []int
	for i := range n {
		for j, x := range codes[i*s.dim : (i+1)*s.dim] {
			m.Set(i, j, float64(x))
		}
		if i%5 == 4 {
			apart = append(apart, i)
		} else {
			fit = append(fit, i)
		}
	}
	s.codes, s.fit, s.apart = append(s.codes, m), append(s.fit, fit), append(s.apart, apart)
}

func (s *slicer) fewest() int {
	fewest := math.MaxInt
	for _, rows := range s.fit {
		fewest = min(fewest, len(rows))
	}
	return fewest
}

// step finds a step and takes it.
func (s *slicer) step() sliceStep {
	u := s.search()
	along := make([]*mat.Dense, len(s.codes)) // of each condition, [n, k]
	for c, codes := range s.codes {
		along[c] = product(codes, u)
	}
	_, k := u.Dims()
	rows := len(s.codes)
	all := sliceStep{from: make([][][]float64, rows), to: make([][][]float64, rows)}
	for c := range rows {
		all.from[c], all.to[c] = make([][]float64, k), make([][]float64, k)
	}
	moved, helps := make([]*mat.Dense, rows), make([]bool, k)
	for c := range moved {
		moved[c] = mat.DenseCopyOf(along[c])
	}
	each(k, func(j int) {
		helps[j] = s.fitDirection(j, along, moved, all)
	})
	var kept []int
	for j, ok := range helps {
		if ok {
			kept = append(kept, j)
		}
	}
	step := sliceStep{from: make([][][]float64, rows), to: make([][][]float64, rows)}
	if len(kept) == 0 {
		return step
	}
	step.directions = mat.NewDense(s.dim, len(kept), nil)
	for at, j := range kept {
		step.directions.SetCol(at, mat.Col(nil, j, u))
		for c := range rows {
			step.from[c], step.to[c] = append(step.from[c], all.from[c][j]), append(step.to[c], all.to[c][j])
		}
	}
	for c := range rows {
		n, _ := along[c].Dims()
		by := mat.NewDense(n, len(kept), nil)
		for at, j := range kept {
			for i := range n {
				by.Set(i, at, moved[c].At(i, j)-along[c].At(i, j))
			}
		}
		s.codes[c].Add(s.codes[c], product(by, step.directions.T()))
	}
	return step
}

// fitDirection fits the functions along direction j, moves what lies along it, and says whether rows set apart come nearer.
func (s *slicer) fitDirection(j int, along, moved []*mat.Dense, step sliceStep) bool {
	column := func(m *mat.Dense, rows []int) []float64 {
		values := make([]float64, len(rows))
		for i, row := range rows {
			values[i] = m.At(row, j)
		}
		slices.Sort(values)
		return values
	}
	middle := make([]float64, len(knotShares))
	for c := range s.codes {
		step.from[c][j] = knotsOf(column(along[c], s.fit[c]))
		if c < s.collections {
			floats.AddScaled(middle, 1/float64(s.collections), step.from[c][j])
		}
	}
	for c := range s.codes {
		to := slices.Clone(step.from[c][j])
		for i, x := range to {
			to[i] = x + stride*(middle[i]-x)
		}
		step.to[c][j] = to
		f := newFunction(step.from[c][j], to)
		n, _ := along[c].Dims()
		for i := range n {
			moved[c].Set(i, j, f.at(along[c].At(i, j)))
		}
	}
	distance := func(m []*mat.Dense) float64 {
		var sorted [][]float64
		for c := range s.collections {
			sorted = append(sorted, column(m[c], s.apart[c]))
		}
		return apartness(sorted)
	}
	return distance(moved) < (1-leastNearer)*distance(along)
}

// knotsOf are the quantiles of sorted values, which rise.
func knotsOf(sorted []float64) []float64 {
	knots := make([]float64, len(knotShares))
	for i, share := range knotShares {
		knots[i] = middleQuantile(sorted, share)
		if i > 0 {
			knots[i] = max(knots[i], knots[i-1]+leastKnotStep)
		}
	}
	return knots
}

// middleQuantile is that of n sorted values each of which stands in the middle of its share, the i-th at (i+1/2)/n. Unlike
// measure.SortedQuantile it puts none at the shares 0 and 1, so that samples of different sizes are compared alike.
func middleQuantile(sorted []float64, share float64) float64 {
	at := min(max(share*float64(len(sorted))-0.5, 0), float64(len(sorted)-1))
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

// apartness is the squared Wasserstein distance of sorted samples from the mean of them, in the mean.
func apartness(sorted [][]float64) float64 {
	const points = 200
	total := 0.0
	at := make([]float64, len(sorted))
	for p := range points {
		for c, values := range sorted {
			at[c] = middleQuantile(values, (float64(p)+0.5)/points)
		}
		middle := floats.Sum(at) / float64(len(at))
		for _, x := range at {
			total += (x - middle) * (x - middle)
		}
	}
	return total / points / float64(len(sorted))
}

// search finds orthonormal directions [dim, k] along which collections are far apart, by ascents of their distances.
func (s *slicer) search() *mat.Dense {
	k := max(1, min(sliceWidth, s.dim/2))
	n := min(sliceRows, s.fewest())
	some := make([]*mat.Dense, s.collections)
	for c := range some {
		some[c] = mat.NewDense(n, s.dim, nil)
		for i, at := range s.rng.Perm(len(s.fit[c]))[:n] {
			some[c].SetRow(i, s.codes[c].RawRowView(s.fit[c][at]))
		}
	}
	u := mat.NewDense(s.dim, k, nil)
	for i := range s.dim {
		for j := range k {
			u.Set(i, j, s.rng.NormFloat64())
		}
	}
	u = orthonormal(u)
	for move := range sliceSearch {
		gradient := apartGradient(some, u)
		length := 0.5 * math.Pow(0.97, float64(move))
		for j := range k {
			column := mat.Col(nil, j, gradient)
			floats.Scale(length/max(floats.Norm(column, 2), tiny), column)
			floats.Add(column, mat.Col(nil, j, u))
			u.SetCol(j, column)
		}
		u = orthonormal(u)
	}
	return u
}

// apartGradient is the direction [dim, k] in which the distances of rows along u from the mean of collections grow.
func apartGradient(rows []*mat.Dense, u *mat.Dense) *mat.Dense {
	n, _ := rows[0].Dims()
	_, k := u.Dims()
	along := make([]*mat.Dense, len(rows))
	for c, m := range rows {
		along[c] = product(m, u)
	}
	type place struct {
		at  float64
		row int
	}
	each(k, func(j int) {
		ranked := make([][]place, len(rows))
		for c := range rows {
			ranked[c] = make([]place, n)
			for i := range n {
				ranked[c][i] = place{along[c].At(i, j), i}
			}
			slices.SortFunc(ranked[c], func(a, b place) int { return cmp.Compare(a.at, b.at) })
		}
		for i := range n {
			middle := 0.0
			for c := range rows {
				middle += ranked[c][i].at
			}
			middle /= float64(len(rows))
			for c := range rows {
				along[c].Set(ranked[c][i].row, j, (ranked[c][i].at-middle)/float64(n))
			}
		}
	})
	var total mat.Dense
	for c, m := range rows {
		if c == 0 {
			total.Mul(m.T(), along[c])
			continue
		}
		var own mat.Dense
		own.Mul(m.T(), along[c])
		total.Add(&total, &own)
	}
	return &total
}

// orthonormal are columns that span what those of m do.
func orthonormal(m *mat.Dense) *mat.Dense {
	n, k := m.Dims()
	var qr mat.QR
	qr.Factorize(m)
	var q mat.Dense
	qr.QTo(&q)
	return mat.DenseCopyOf(q.Slice(0, n, 0, k))
}

// each runs f for the numbers from 0 to below n, side by side.
func each(n int, f func(i int)) {
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { f(i) })
	}
	wait.Wait()
}
