package flow

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
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
	scale := []float64{3, 1, 0.2, 1, 10}
	centre := scaled(meanCovariance(all), scale)
	_, whiten, err := roots(centre)
	if err != nil {
		t.Fatal(err)
	}
	for c, m := range all {
		w, inverse, logDet, err := transportTo(centre, whiten, m.Covariance, scale)
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
	w, _, _, err := transportTo(centre, whiten, m.Covariance, []float64{1, 1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	var difference mat.Dense
	difference.Sub(w, whiten)
	if worst := mat.Max(&difference); worst > 1e-8 {
		t.Errorf("the transport is not the symmetric whitening of the common covariance: off by %g", worst)
	}
}

func TestTransportMovesLeastWhatMovesAnImageMost(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	const dim = 4
	scale := []float64{100, 1, 1, 1}
	all := []Moments{randomMoments(rng, dim), randomMoments(rng, dim)}
	// moved is the mean squared change of an image, in a metric, on the way from the first collection to the second.
	moved := func(by, in []float64) float64 {
		centre := scaled(meanCovariance(all), by)
		_, whiten, err := roots(centre)
		if err != nil {
			t.Fatal(err)
		}
		there, _, _, err := transportTo(centre, whiten, all[0].Covariance, by)
		if err != nil {
			t.Fatal(err)
		}
		_, back, _, err := transportTo(centre, whiten, all[1].Covariance, by)
		if err != nil {
			t.Fatal(err)
		}
		change := product(there, back)
		for i := range dim {
			change.Set(i, i, change.At(i, i)-1)
		}
		weighed := product(change, mat.NewDiagDense(dim, in))
		return mat.Trace(product(weighed.T(), all[0].Covariance, weighed))
	}
	if far, near := moved(slices.Repeat([]float64{1}, dim), scale), moved(scale, scale); near >= far {
		t.Errorf("images move by %g with their own metric, by %g without it", near, far)
	}
}

func TestScalesThatAreNoMetricAreRefused(t *testing.T) {
	f, err := New(model.NewStore().RootScope(), DefaultConfig(4, 2))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(9, 9))
	all := []Moments{randomMoments(rng, 4), randomMoments(rng, 4)}
	for _, scale := range [][]float64{{1, 1}, {1, 1, 1, 0}} {
		if err := f.SetTransport(all, scale); err == nil {
			t.Errorf("scales %v pass", scale)
		}
	}
}
