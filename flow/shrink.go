package flow

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// shares are the amounts of shrinkage that [Shrink] tries.
var shares = []float64{0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}

// Shrink draws the covariance of every collection towards the mean of all of them,
//
//	S_c ← (1 - share)·S_c + share·S,        S = mean_c S_c,
//
// by the share under which parts that were left out are most likely as Gaussians of the moments of the rest: a
// covariance of d(d+1)/2 numbers cannot be told from few latents, and what a transport makes of its errors is no
// property of the collection. parts[c] are the moments of parts of collection c, at least two, drawn alike.
func Shrink(parts [][]Moments) (moments []Moments, share float64, err error) {
	rest, left := make([][]Moments, len(parts[0])), make([][]Moments, len(parts[0])) // of each part, every collection
	for f := range parts[0] {
		rest[f], left[f] = make([]Moments, len(parts)), make([]Moments, len(parts))
		for c, p := range parts {
			if len(p) < 2 || len(p) != len(parts[0]) {
				return nil, 0, fmt.Errorf("flow: collection %d has %d parts, the first %d: both must be equal, and at least 2", c, len(p), len(parts[0]))
			}
			rest[f][c], left[f][c] = join(append(append([]Moments(nil), p[:f]...), p[f+1:]...)), p[f]
		}
	}
	least := math.Inf(1)
	for _, s := range shares {
		cost := 0.0
		for f := range rest {
			cost += gaussianCost(shrunk(rest[f], s), left[f])
		}
		if cost > least { // it falls to one minimum and rises from there
			break
		}
		if cost < least {
			least, share = cost, s
		}
	}
	if math.IsInf(least, 1) {
		return nil, 0, fmt.Errorf("flow: the latents' covariance is singular, however much collections share")
	}
	for _, p := range parts {
		moments = append(moments, join(p))
	}
	return shrunk(moments, share), share, nil
}

// shrunk applies a share.
func shrunk(collections []Moments, share float64) []Moments {
	dim := len(collections[0].Mean)
	pooled := meanCovariance(collections)
	pooled.ScaleSym(share, pooled)
	out := make([]Moments, len(collections))
	for c, m := range collections {
		s := mat.NewSymDense(dim, nil)
		s.ScaleSym(1-share, m.Covariance)
		s.AddSym(s, pooled)
		out[c] = Moments{m.N, m.Mean, s}
	}
	return out
}

// gaussianCost is -2·log-likelihood of the parts under Gaussians of the moments, up to a constant, each collection
// counting the same; +Inf where a covariance is singular.
func gaussianCost(moments, parts []Moments) float64 {
	total := 0.0
	for c, m := range moments {
		var factor mat.Cholesky
		if !factor.Factorize(m.Covariance) {
			return math.Inf(1)
		}
		dim := len(m.Mean)
		about := mat.NewDense(dim, dim, nil) // of the part, about the mean of the rest
		for i := range dim {
			for j := range dim {
				about.Set(i, j, parts[c].Covariance.At(i, j)+(parts[c].Mean[i]-m.Mean[i])*(parts[c].Mean[j]-m.Mean[j]))
			}
		}
		var solved mat.Dense
		if err := factor.SolveTo(&solved, about); err != nil && math.IsInf(factor.Cond(), 1) {
			return math.Inf(1)
		}
		total += factor.LogDet() + mat.Trace(&solved)
	}
	return total
}

// join are the moments of parts put together. Covariances are those of samples, divided by N - 1.
func join(parts []Moments) Moments {
	dim := len(parts[0].Mean)
	all := Moments{Mean: make([]float64, dim), Covariance: mat.NewSymDense(dim, nil)}
	for _, p := range parts {
		all.N += p.N
		for i, x := range p.Mean {
			all.Mean[i] += p.N * x
		}
	}
	for i := range dim {
		all.Mean[i] /= all.N
	}
	for _, p := range parts {
		for i := range dim {
			for j := i; j < dim; j++ {
				between := (p.Mean[i] - all.Mean[i]) * (p.Mean[j] - all.Mean[j])
				all.Covariance.SetSym(i, j, all.Covariance.At(i, j)+(p.N-1)*p.Covariance.At(i, j)+p.N*between)
			}
		}
	}
	all.Covariance.ScaleSym(1/(all.N-1), all.Covariance)
	return all
}
