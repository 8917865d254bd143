package trial

import (
	"math"
	"math/rand/v2"

	"github.com/dataprism/dataprism/measure"
	"gonum.org/v1/gonum/mat"
)

// normal is a normal distribution of codes.
type normal struct {
	mean   []float64
	spread *mat.TriDense // L with L·Lᵀ the covariance; nil where there is none
}

// fitNormal takes the moments of codes. shape is one of [Shapes]: what is kept of the covariance, which is shrunk
// towards its diagonal by as much as its sampling error asks for.
func fitNormal(codes measure.Matrix, shape string) normal {
	mean, covariance := shrunk(codes)
	out := normal{mean: mean}
	if shape == "mean" {
		return out
	}
	d := codes.Cols
	var cholesky mat.Cholesky
	if shape == "full" && cholesky.Factorize(covariance) {
		out.spread = mat.NewTriDense(d, mat.Lower, nil)
		cholesky.LTo(out.spread)
		return out
	}
	out.spread = mat.NewTriDense(d, mat.Lower, nil)
	for i := range d {
		out.spread.SetTri(i, i, math.Sqrt(covariance.At(i, i)))
	}
	return out
}

// draw draws n codes, their deviations from the mean times scale.
func (d normal) draw(n int, scale float64, rng *rand.Rand) []float32 {
	dim := len(d.mean)
	out := make([]float32, 0, n*dim)
	noise := make([]float64, dim)
	for range n {
		for j := range noise {
			noise[j] = scale * rng.NormFloat64()
		}
		for i := range dim {
			x := d.mean[i]
			if d.spread != nil {
				for j := range i + 1 {
					x += d.spread.At(i, j) * noise[j]
				}
			}
			out = append(out, float32(x))
		}
	}
	return out
}

// shrunk is the mean and the covariance of rows, its off-diagonal values shrunk by λ = Σ var(s_ij) / Σ s_ij² (Schäfer
// and Strimmer, "A shrinkage approach to large-scale covariance matrix estimation", 2005, target D).
func shrunk(x measure.Matrix) (mean []float64, covariance *mat.SymDense) {
	d, n := x.Cols, float64(x.Rows)
	mean = make([]float64, d)
	for r := range x.Rows {
		for j, v := range x.Row(r) {
			mean[j] += float64(v) / n
		}
	}
	sum, square := make([]float64, d*d), make([]float64, d*d)
	centred := make([]float64, d)
	for r := range x.Rows {
		for j, v := range x.Row(r) {
			centred[j] = float64(v) - mean[j]
		}
		for i, a := range centred {
			to, toSquare := sum[i*d:(i+1)*d], square[i*d:(i+1)*d]
			for j := i; j < d; j++ {
				w := a * centred[j]
				to[j] += w
				toSquare[j] += w * w
			}
		}
	}
	covariance = mat.NewSymDense(d, nil)
	var noise, signal float64
	for i := range d {
		for j := i; j < d; j++ {
			m := sum[i*d+j] / n
			s := m * n / (n - 1)
			covariance.SetSym(i, j, s)
			if i != j {
				noise += (square[i*d+j] - n*m*m) * n / ((n - 1) * (n - 1) * (n - 1))
				signal += s * s
			}
		}
	}
	keep := 0.0
	if signal > 0 {
		keep = max(0, 1-noise/signal)
	}
	for i := range d {
		for j := i + 1; j < d; j++ {
			covariance.SetSym(i, j, keep*covariance.At(i, j))
		}
	}
	return mean, covariance
}
