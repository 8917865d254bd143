package trial

import (
	"context"
	"fmt"
	"math"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"gonum.org/v1/gonum/mat"
)

// drawn is images drawn for each value y of the label, as many as c has training images of it: codes v ~ N(mu_y, Sigma_y)
// of the moments of the value's training codes, decoded under c. Sigma is shrunk towards its diagonal by as much as its
// sampling error asks for (Ledoit and Wolf's argument with the diagonal as target: Schäfer and Strimmer, "A shrinkage
// approach to large-scale covariance matrix estimation", 2005, target D). shape keeps all of it, the diagonal, or the
// mean alone.
//
// A drawn image has neither group nor context, and is a unit of its own.
func (s *studio) drawn(ctx context.Context, c int, shape string) (*Set, error) {
	real := s.real(s.training(c))
	dim := s.Prism.Dim()
	codes := measure.NewMatrix(real.Rows(), dim)
	for from := 0; from < real.Rows(); from += chunk {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(from+chunk, real.Rows())
		s.progress("encoding "+s.Prism.Collections[c], from, real.Rows())
		v, err := s.codes(real, from, to)
		if err != nil {
			return nil, err
		}
		copy(codes.Data[from*dim:], v)
	}
	var v []float32
	out := &Set{Side: real.Side, Channels: real.Channels}
	for class, n := range real.counts(len(s.labels.Values)) {
		if n == 0 {
			continue
		}
		if n < leastOfValue {
			return nil, fmt.Errorf("%d training images of %s=%s are too few to draw from", n, s.labels.Label, s.labels.Values[class])
		}
		var rows []int
		for r, own := range real.Class {
			if own == class {
				rows = append(rows, r)
			}
		}
		v = append(v, drawCodes(codes.Select(rows), n, shape, s.seed, c, class)...)
		for range n {
			out.Class, out.Under = append(out.Class, class), append(out.Under, c)
			out.Group, out.Context = append(out.Group, -1), append(out.Context, -1)
			out.Units, out.File = append(out.Units, s.next), append(out.File, "")
			s.next++
		}
	}
	return s.remake(ctx, "drawing "+s.Prism.Collections[c], out, func(from, to int) ([]float32, error) {
		return s.Prism.Latents(v[from*dim:to*dim], out.Under[from:to])
	})
}

// codes is the codes of rows of a set, each under the collection that it is of.
func (s *studio) codes(set *Set, from, to int) ([]float32, error) {
	z, err := s.encode(set, from, to)
	if err != nil {
		return nil, err
	}
	v, _, err := s.Prism.Codes(z, set.Under[from:to])
	return v, err
}

// drawCodes draws n codes of the moments of the given ones.
func drawCodes(codes measure.Matrix, n int, shape string, seed uint64, c, class int) []float32 {
	mean, covariance := shrunk(codes)
	dim := codes.Cols
	out := make([]float32, 0, n*dim)
	l, ok := factor(covariance)
	rng := stream.New(seed, stream.TrialDrawn, c, class)
	noise := make([]float64, dim)
	for range n {
		for j := range noise {
			noise[j] = rng.NormFloat64()
		}
		for i := range dim {
			x := mean[i]
			switch {
			case shape == "mean":
			case shape == "diagonal" || !ok:
				x += noise[i] * math.Sqrt(covariance.At(i, i))
			default:
				for j := range i + 1 {
					x += l.At(i, j) * noise[j]
				}
			}
			out = append(out, float32(x))
		}
	}
	return out
}

// shrunk is the mean and the covariance of rows, its off-diagonal values shrunk by λ = Σ var(s_ij) / Σ s_ij².
func shrunk(x measure.Matrix) (mean []float64, covariance *mat.SymDense) {
	d, n := x.Cols, float64(x.Rows)
	mean = make([]float64, d)
	for r := range x.Rows {
		for j, v := range x.Row(r) {
			mean[j] += float64(v) / n
		}
	}
	sum, square := mat.NewSymDense(d, nil), mat.NewSymDense(d, nil)
	for r := range x.Rows {
		row := x.Row(r)
		for i := range d {
			a := float64(row[i]) - mean[i]
			for j := i; j < d; j++ {
				w := a * (float64(row[j]) - mean[j])
				sum.SetSym(i, j, sum.At(i, j)+w)
				square.SetSym(i, j, square.At(i, j)+w*w)
			}
		}
	}
	covariance = mat.NewSymDense(d, nil)
	var noise, signal float64
	for i := range d {
		for j := i; j < d; j++ {
			m := sum.At(i, j) / n
			covariance.SetSym(i, j, m*n/(n-1))
			if i != j {
				noise += (square.At(i, j) - n*m*m) * n / ((n - 1) * (n - 1) * (n - 1))
				signal += covariance.At(i, j) * covariance.At(i, j)
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
