package weigh

import (
	"errors"
	"math"

	"github.com/dataprism/dataprism/measure"
	"gonum.org/v1/gonum/mat"
)

// whitening maps rows so that those it was fitted to have the mean 0 and the covariance 1.
type whitening struct {
	mean []float64
	by   *mat.Dense // [d, d]
}

// whiteningOf is fitted to the rows of x, with their covariance drawn to a multiple of the identity as far as so few
// rows leave it uncertain (Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices",
// 2004).
func whiteningOf(x measure.Matrix) (whitening, error) {
	n, d := x.Rows, x.Cols
	if n < 2 {
		return whitening{}, errors.New("a covariance needs two rows at least")
	}
	mean := make([]float64, d)
	for r := range n {
		for j, v := range x.Row(r) {
			mean[j] += float64(v) / float64(n)
		}
	}
	centred := mat.NewDense(n, d, nil)
	fourth := 0.0
	for r := range n {
		square := 0.0
		to := centred.RawRowView(r)
		for j, v := range x.Row(r) {
			to[j] = float64(v) - mean[j]
			square += to[j] * to[j]
		}
		fourth += square * square
	}
	var s mat.SymDense
	s.SymOuterK(1/float64(n), centred.T())
	scale := mat.Trace(&s) / float64(d)
	norm := 0.0
	for i := range d {
		for j := range d {
			norm += s.At(i, j) * s.At(i, j)
		}
	}
	apart := norm - float64(d)*scale*scale                             // squared distance from the identity's multiple
	sampling := (fourth - float64(n)*norm) / (float64(n) * float64(n)) // squared error of so few rows
	shrink := 1.0
	if apart > 0 {
		shrink = min(1, max(0, sampling/apart))
	}
	for i := range d {
		for j := i; j < d; j++ {
			v := (1 - shrink) * s.At(i, j)
			if i == j {
				v += shrink * scale
			}
			s.SetSym(i, j, v)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(&s, true) {
		return whitening{}, errors.New("the covariance of the latents has no eigenvalues: are they finite?")
	}
	values := eigen.Values(nil)
	floor := 1e-8 * max(values[d-1], math.SmallestNonzeroFloat32)
	var by mat.Dense
	eigen.VectorsTo(&by)
	for j, v := range values {
		factor := 1 / math.Sqrt(max(v, floor))
		for i := range d {
			by.Set(i, j, by.At(i, j)*factor)
		}
	}
	return whitening{mean, &by}, nil
}

// apply maps rows.
func (w whitening) apply(x measure.Matrix) measure.Matrix {
	out := measure.NewMatrix(x.Rows, x.Cols)
	row, to := mat.NewVecDense(x.Cols, nil), mat.NewVecDense(x.Cols, nil)
	for r := range x.Rows {
		for j, v := range x.Row(r) {
			row.SetVec(j, float64(v)-w.mean[j])
		}
		to.MulVec(w.by.T(), row)
		for j := range x.Cols {
			out.Row(r)[j] = float32(to.AtVec(j))
		}
	}
	return out
}
