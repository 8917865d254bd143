package flow

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// randomMoments are those of a Gaussian of random mean and a covariance with eigenvalues from 0.25 up.
func randomMoments(rng *rand.Rand, dim int) Moments {
	a := mat.NewDense(dim, dim, nil)
	mean := make([]float64, dim)
	for i := range dim {
		mean[i] = rng.NormFloat64()
		for j := range dim {
			a.Set(i, j, rng.NormFloat64())
		}
	}
	s := symmetric(product(a.T(), a))
	for i := range dim {
		s.SetSym(i, i, s.At(i, i)+0.25)
	}
	return Moments{Mean: mean, Covariance: s}
}

func TestTransportWhitensEveryCollection(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	const dim = 5
	all := []Moments{randomMoments(rng, dim), randomMoments(rng, dim), randomMoments(rng, dim)}
	centre := meanCovariance(all)
	_, whiten, err := roots(centre)
	if err != nil {
		t.Fatal(err)
	}
	for c, m := range all {
		w, inverse, logDet, err := transportTo(centre, whiten, m.Covariance)
		if err != nil {
			t.Fatal(err)
		}
		white := product(w.T(), m.Covariance, w)
		both := product(w, inverse)
		for i := range dim {
			for j := range dim {
				want := 0.0
				if i == j {
					want = 1
				}
				if math.Abs(white.At(i, j)-want) > 1e-8 || math.Abs(both.At(i, j)-want) > 1e-8 {
					t.Fatalf("collection %d at (%d, %d): covariance %g, W times its inverse %g", c, i, j, white.At(i, j), both.At(i, j))
				}
			}
		}
		if want := -0.5 * logDetOf(m.Covariance); math.Abs(logDet-want) > 1e-8 {
			t.Errorf("collection %d: log|det W| %g, want %g", c, logDet, want)
		}
	}
}

func logDetOf(s mat.Matrix) float64 { d, _ := mat.LogDet(s); return d }

func TestTransportOfOneDistributionIsTheSameMapForBoth(t *testing.T) {
	m := randomMoments(rand.New(rand.NewPCG(6, 6)), 4)
	centre := meanCovariance([]Moments{m, m})
	_, whiten, err := roots(centre)
	if err != nil {
		t.Fatal(err)
	}
	w, _, _, err := transportTo(centre, whiten, m.Covariance)
	if err != nil {
		t.Fatal(err)
	}
	var difference mat.Dense
	difference.Sub(w, whiten)
	if worst := mat.Max(&difference); worst > 1e-8 {
		t.Errorf("the transport is not the symmetric whitening of the common covariance: off by %g", worst)
	}
}
