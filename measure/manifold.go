package measure

import (
	"context"
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
// generative models", NeurIPS 2019) and density and coverage (Naeem et al., "Reliable fidelity and diversity metrics for
// generative models", ICML 2020) of made rows against real ones with k neighbours, as their code prdc does. Intervals
// count rows of one unit as dependent and take the other sample as given.
func Manifolds(ctx context.Context, real, made Matrix, unitsReal, unitsMade []int, k int, run Compute) (Manifold, error) {
	if err := checkSamples("precision and recall", real, made, unitsReal, unitsMade); err != nil {
		return Manifold{}, err
	}
	if n := min(real.Rows, made.Rows); n <= k {
		return Manifold{}, &InsufficientError{"precision and recall", n, k + 1, "rows of each sample"}
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
	near := neighbourhoods{
		inReal: make([]float64, made.Rows), inMade: make([]bool, real.Rows), covered: make([]bool, real.Rows),
	}
	if err := near.count(ctx, real, made, reachReal, reachMade, run); err != nil {
		return Manifold{}, err
	}
	return near.estimates(k, unitsReal, unitsMade)
}

// neighbourhoods is who lies in whose reach.
type neighbourhoods struct {
	inReal  []float64 // of each made row: how many real rows have it in their reach
	inMade  []bool    // of each real row: whether a made one has it in its reach
	covered []bool    // of each real row: whether it has a made one in its reach
}

func (n neighbourhoods) count(ctx context.Context, real, made Matrix, reachReal, reachMade []float32, run Compute) error {
	squaredReal, squaredMade := squaredNorms(real), squaredNorms(made)
	var lock sync.Mutex
	return run.blocks(ctx, real, made, func(from int, inner Matrix) {
		hits := make([]float64, made.Rows)
		for i := range inner.Rows {
			r := from + i
			for j, v := range inner.Row(i) {
				d := max(0, squaredReal[r]+squaredMade[j]-2*v)
				if d < reachReal[r] {
					hits[j]++
					n.covered[r] = true
				}
				if d < reachMade[j] {
					n.inMade[r] = true
				}
			}
		}
		lock.Lock()
		defer lock.Unlock()
		for j, h := range hits {
			n.inReal[j] += h
		}
	})
}

func (n neighbourhoods) estimates(k int, unitsReal, unitsMade []int) (m Manifold, err error) {
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
	if m.Recall, err = Proportion(n.inMade, unitsReal); err != nil {
		return m, err
	}
	m.Coverage, err = Proportion(n.covered, unitsReal)
	return m, err
}

// reaches is the squared distance of each row to its k-th nearest other row.
func reaches(ctx context.Context, x Matrix, k int, run Compute) ([]float32, error) {
	squared := squaredNorms(x)
	out := make([]float32, x.Rows)
	err := run.blocks(ctx, x, x, func(from int, inner Matrix) {
		nearest := make([]float32, 0, k+1)
		for i := range inner.Rows {
			nearest = nearest[:0]
			for j, v := range inner.Row(i) {
				if j == from+i {
					continue
				}
				d := max(0, squared[from+i]+squared[j]-2*v)
				if len(nearest) == k && d >= nearest[k-1] {
					continue
				}
				at, _ := slices.BinarySearch(nearest, d)
				nearest = slices.Insert(nearest, at, d)[:min(len(nearest)+1, k)]
			}
			out[from+i] = nearest[len(nearest)-1]
		}
	})
	return out, err
}
