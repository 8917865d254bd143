package measure

import (
	"context"
	"math"
	"slices"
	"sync"
)

// Manifold compares made rows with real ones by whether they lie near each other: within the distance of a row to its
// k-th nearest neighbour of its own kind.
type Manifold struct {
	Precision Estimate `json:"precision"` // share of made rows within reach of a real one: how many look real
	Recall    Estimate `json:"recall"`    // share of real rows within reach of a made one: how much of the real is made
	Density   Estimate `json:"density"`   // mean number of real rows in whose reach a made one is, over k: 1 for like samples
	Coverage  Estimate `json:"coverage"`  // share of real rows that have a made one in their reach
}

// Manifolds measures precision and recall (Kynkäänniemi et al., "Improved precision and recall metric for assessing
// generative models", NeurIPS 2019) and density and coverage (Naeem et al., "Reliable fidelity and diversity metrics
// for generative models", ICML 2020) of made rows against real ones with k neighbours, as their code prdc does.
// Intervals count rows of one unit as dependent and take the other sample as given. That of the coverage counts too
// that a real row stands in the way of its neighbours: without it they would reach further (the infinitesimal
// jackknife).
func Manifolds(ctx context.Context, real, made Matrix, unitsReal, unitsMade []int, k int, run Compute) (Manifold, error) {
	if err := checkSamples("precision and recall", real, made, unitsReal, unitsMade); err != nil {
		return Manifold{}, err
	}
	if n := min(real.Rows, made.Rows); n < k+2 {
		return Manifold{}, &InsufficientError{"precision and recall", n, k + 2, "rows of each sample"}
	}
	centre := columnMeans(real)
	real, made = minus(real, centre), minus(made, centre)
	reachReal, err := reaches(ctx, real, k, run)
	if err != nil {
		return Manifold{}, err
	}
	reachMade, err := reaches(ctx, made, k, run)
	if err != nil {
		return Manifold{}, err
	}
	near := neighbourhoods{inReal: make([]float64, made.Rows), inMade: make([]bool, real.Rows), nearest: make([]float32, real.Rows)}
	if err := near.count(ctx, real, made, reachReal, reachMade, run); err != nil {
		return Manifold{}, err
	}
	return near.estimates(k, reachReal, unitsReal, unitsMade)
}

// neighbourhoods is who lies in whose reach.
type neighbourhoods struct {
	inReal  []float64 // of each made row: how many real rows have it in their reach
	inMade  []bool    // of each real row: whether a made one has it in its reach
	nearest []float32 // of each real row: its squared distance from the nearest made one
}

func (n neighbourhoods) count(ctx context.Context, real, made Matrix, reachReal, reachMade []reach, run Compute) error {
	squaredReal, squaredMade := squaredNorms(real), squaredNorms(made)
	var lock sync.Mutex
	return run.blocks(ctx, real, made, func(from int, inner Matrix) {
		hits := make([]float64, made.Rows)
		for i := range inner.Rows {
			r := from + i
			n.nearest[r] = float32(math.Inf(1))
			for j, v := range inner.Row(i) {
				d := max(0, squaredReal[r]+squaredMade[j]-2*v)
				if d < reachReal[r].kth {
					hits[j]++
				}
				if d < reachMade[j].kth {
					n.inMade[r] = true
				}
				n.nearest[r] = min(n.nearest[r], d)
			}
		}
		lock.Lock()
		defer lock.Unlock()
		for j, h := range hits {
			n.inReal[j] += h
		}
	})
}

func (n neighbourhoods) estimates(k int, reachReal []reach, unitsReal, unitsMade []int) (m Manifold, err error) {
	precise, density := make([]bool, len(n.inReal)), make([]float64, len(n.inReal))
	for j, hits := range n.inReal {
		precise[j], density[j] = hits > 0, hits/float64(k)
	}
	if m.Precision, err = Proportion(precise, unitsMade); err != nil {
		return m, err
	}
	if m.Density, err = Mean(density, unitsMade); err != nil {
		return m, err
	}
	m.Density.Low = max(0, m.Density.Low) // it is no less
	if m.Recall, err = Proportion(n.inMade, unitsReal); err != nil {
		return m, err
	}
	m.Coverage, err = n.coverage(reachReal, unitsReal)
	return m, err
}

// coverage is the share of real rows with a made one in their reach.
func (n neighbourhoods) coverage(reachReal []reach, units []int) (Estimate, error) {
	rows := float64(len(reachReal))
	covered := make([]bool, len(reachReal))
	influence := make([]float64, len(reachReal))
	for r, of := range reachReal {
		covered[r] = n.nearest[r] < of.kth
	}
	plain, err := Proportion(covered, units)
	if err != nil {
		return Estimate{}, err
	}
	// The step to the next neighbour counts half: a jackknife of distances to neighbours exaggerates, since the mean
	// square of such a step is about twice the square of its mean, and with half the intervals hold the truth as
	// often as they should.
	for r, of := range reachReal {
		influence[r] += (outcome(covered[r]) - plain.Value) / rows
		if further := n.nearest[r] < of.next; further != covered[r] {
			for _, neighbour := range of.rows { // without any of which r would be covered
				influence[neighbour] -= 0.5 / rows
			}
		}
	}
	var mean float64
	for _, x := range influence {
		mean += x / rows
	}
	var variance float64
	sums := sumByUnit(influence, units)
	members := RowsOfUnits(units, len(reachReal))
	for u, s := range sums {
		d := s - mean*float64(len(members[u]))
		variance += d * d
	}
	u := float64(len(sums))
	variance *= u / (u - 1)
	p := plain.Value
	if binomial := p * (1 - p) / rows; binomial > 0 && variance > binomial {
		t := student(len(sums)-1) / normal97
		low, high := wilson(p, rows/(variance/binomial*t*t))
		return Estimate{p, min(low, plain.Low), max(high, plain.High), plain.N}, nil
	}
	return plain, nil
}

// reach is how far a row reaches among those of its own kind, in squared distances.
type reach struct {
	kth, next float32 // to the k-th nearest other row, and to the one after
	rows      []int   // the k nearest
}

// reaches finds the reach of each row.
func reaches(ctx context.Context, x Matrix, k int, run Compute) ([]reach, error) {
	squared := squaredNorms(x)
	out := make([]reach, x.Rows)
	err := run.blocks(ctx, x, x, func(from int, inner Matrix) {
		distances, rows := make([]float32, 0, k+2), make([]int, 0, k+2)
		for i := range inner.Rows {
			distances, rows = distances[:0], rows[:0]
			for j, v := range inner.Row(i) {
				if j == from+i {
					continue
				}
				d := max(0, squared[from+i]+squared[j]-2*v)
				if len(distances) == k+1 && d >= distances[k] {
					continue
				}
				at, _ := slices.BinarySearch(distances, d)
				distances, rows = slices.Insert(distances, at, d), slices.Insert(rows, at, j)
				if len(distances) > k+1 {
					distances, rows = distances[:k+1], rows[:k+1]
				}
			}
			out[from+i] = reach{distances[k-1], distances[k], slices.Clone(rows[:k])}
		}
	})
	return out, err
}
