package flow

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// drawn are n rows of a Gaussian of standard deviations std.
func drawn(rng *rand.Rand, n int, std []float64) *mat.Dense {
	x := mat.NewDense(n, len(std), nil)
	for i := range n {
		for j, s := range std {
			x.Set(i, j, 1+s*rng.NormFloat64())
		}
	}
	return x
}

func momentsOf(x mat.Matrix) Moments {
	n, dim := x.Dims()
	m := Moments{N: float64(n), Mean: make([]float64, dim), Covariance: mat.NewSymDense(dim, nil)}
	stat.CovarianceMatrix(m.Covariance, x, nil)
	for j := range dim {
		m.Mean[j] = stat.Mean(mat.Col(nil, j, x), nil)
	}
	return m
}

func thirds(x *mat.Dense) []Moments {
	n, dim := x.Dims()
	var parts []Moments
	for f := range 3 {
		parts = append(parts, momentsOf(x.Slice(f*n/3, (f+1)*n/3, 0, dim)))
	}
	return parts
}

func TestMomentsOfPartsJoinToThoseOfTheWhole(t *testing.T) {
	x := drawn(rand.New(rand.NewPCG(1, 1)), 50, []float64{1, 2, 3})
	got, want := join(thirds(x)), momentsOf(x)
	if got.N != want.N {
		t.Errorf("%g rows, want %g", got.N, want.N)
	}
	for i := range 3 {
		if math.Abs(got.Mean[i]-want.Mean[i]) > 1e-12 {
			t.Errorf("mean %d is %g, want %g", i, got.Mean[i], want.Mean[i])
		}
		for j := range 3 {
			if math.Abs(got.Covariance.At(i, j)-want.Covariance.At(i, j)) > 1e-12 {
				t.Errorf("covariance (%d, %d) is %g, want %g", i, j, got.Covariance.At(i, j), want.Covariance.At(i, j))
			}
		}
	}
}

func TestFewLatentsShareTheirCovarianceAndManyKeepTheirOwn(t *testing.T) {
	const dim = 20
	one, other := make([]float64, dim), make([]float64, dim)
	for i := range dim {
		one[i], other[i] = 1, 1
		if i < dim/2 {
			other[i] = 2
		}
	}
	for name, test := range map[string]struct {
		n         int
		second    []float64
		low, high float64
	}{
		"few of one distribution":    {60, one, 0.9, 1},
		"fewer than there are dims":  {18, one, 0.9, 1},
		"few of two distributions":   {60, other, 0.05, 0.8},
		"many of two distributions":  {20000, other, 0, 0.02},
		"many of nearly the same do": {20000, one, 0.5, 1},
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(2, 2))
			moments, share, err := Shrink([][]Moments{thirds(drawn(rng, test.n, one)), thirds(drawn(rng, test.n, test.second))})
			if err != nil {
				t.Fatal(err)
			}
			if share < test.low || share > test.high {
				t.Errorf("the share is %g, want %g to %g", share, test.low, test.high)
			}
			for _, m := range moments {
				var factor mat.Cholesky
				if !factor.Factorize(m.Covariance) {
					t.Error("a covariance is singular")
				}
			}
		})
	}
}

func TestLatentsThatDoNotVaryAreRefused(t *testing.T) {
	x := drawn(rand.New(rand.NewPCG(3, 3)), 30, []float64{1, 0})
	if _, _, err := Shrink([][]Moments{thirds(x), thirds(x)}); err == nil {
		t.Error("a singular covariance passes")
	}
	if _, _, err := Shrink([][]Moments{{momentsOf(x)}, {momentsOf(x)}}); err == nil {
		t.Error("a single part passes")
	}
}
