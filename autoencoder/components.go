package autoencoder

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/mat"
)

// Components are the first k principal components of images: x ≈ Mean + Σ_j a_j·Basis[:, j], where a_j has mean 0
// and variance Variance[j].
type Components struct {
	Mean     []float32 // [pixels]
	Basis    []float32 // [pixels, k] with orthonormal columns
	Variance []float64 // [k], the largest first
	Residual float64   // variance of the images that is in none of the components
}

// PrincipalComponents finds the first k components of the images that each pass over batches yields, [n, pixels] each,
// by randomised subspace iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4) on k/8 + 16 directions more.
// The covariance, pixels × pixels, is never formed and the images are never held together. Where the images span fewer
// than k dimensions, there are as many components.
func PrincipalComponents(backend compute.Backend, batches iter.Seq[[]float32], pixels, k int, rng *rand.Rand) (Components, error) {
	const iterations = 2
	var c Components
	mean, spread, n := momentsOf(batches, pixels)
	if n < 2 {
		return c, fmt.Errorf("autoencoder: %d images have no principal components: at least two are needed", n)
	}
	width := min(k+k/8+16, pixels, n-1)
	q := mat.NewDense(pixels, width, nil)
	for i := range pixels {
		for j := range width {
			q.Set(i, j, rng.NormFloat64())
		}
	}
	s, err := newScatter(backend, mean)
	if err != nil {
		return c, err
	}
	defer s.finalize()
	for range iterations {
		if q, err = s.times(batches, orthonormal(q)); err != nil {
			return c, err
		}
	}
	// Twice, since directions that hardly vary are not quite orthogonal after once.
	q = orthonormal(orthonormal(q))
	inner, err := s.within(batches, q)
	if err != nil {
		return c, err
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(inner, true) {
		return c, fmt.Errorf("autoencoder: the images hold values that are not finite")
	}
	if c = components(mean, q, &eigen, n, k); len(c.Variance) < 2 {
		return c, fmt.Errorf("autoencoder: all images are nearly the same: there is nothing to learn from them")
	}
	c.Residual = spread
	for _, v := range c.Variance {
		c.Residual -= v
	}
	c.Residual = max(0, c.Residual)
	return c, nil
}

// First are the k components of the largest variance.
func (c Components) First(k int) Components {
	all := len(c.Variance)
	out := Components{Mean: c.Mean, Variance: c.Variance[:k], Residual: c.Residual}
	for _, v := range c.Variance[k:] {
		out.Residual += v
	}
	for i := range len(c.Mean) {
		out.Basis = append(out.Basis, c.Basis[i*all:i*all+k]...)
	}
	return out
}

// Variances are those of other images along the components, about the mean of the ones that they were found from.
func (c Components) Variances(backend compute.Backend, batches iter.Seq[[]float32]) ([]float64, error) {
	s, err := newScatter(backend, c.Mean)
	if err != nil {
		return nil, err
	}
	defer s.finalize()
	pixels, k := len(c.Mean), len(c.Variance)
	q := mat.NewDense(pixels, k, nil)
	for i, v := range c.Basis {
		q.Set(i/k, i%k, float64(v))
	}
	n := 0
	scatter, err := s.within(func(yield func([]float32) bool) {
		for batch := range batches {
			n += len(batch) / pixels
			if !yield(batch) {
				return
			}
		}
	}, q)
	if err != nil {
		return nil, err
	}
	variances := make([]float64, k)
	for j := range variances {
		variances[j] = scatter.At(j, j) / float64(n)
	}
	return variances, nil
}

// components are the k largest of an eigendecomposition within the span of q.
func components(mean []float32, q *mat.Dense, eigen *mat.EigenSym, n, k int) Components {
	const least = 1e-7 // of the largest variance: what float32 resolves
	c := Components{Mean: mean}
	values := eigen.Values(nil)
	last := len(values) - 1
	for j := 0; j < min(k, len(values)) && values[last-j] > least*values[last] && values[last-j] > 0; j++ {
		c.Variance = append(c.Variance, values[last-j]/float64(n-1))
	}
	var vectors, basis mat.Dense
	eigen.VectorsTo(&vectors)
	basis.Mul(q, &vectors)
	for i := range len(mean) {
		for j := range c.Variance {
			c.Basis = append(c.Basis, float32(basis.At(i, last-j)))
		}
	}
	return c
}

// momentsOf are the mean [pixels] of n images, and their variance summed over pixels.
func momentsOf(batches iter.Seq[[]float32], pixels int) (mean []float32, spread float64, n int) {
	sum, squares := make([]float64, pixels), 0.0
	for batch := range batches {
		for i, v := range batch {
			sum[i%pixels] += float64(v)
			squares += float64(v) * float64(v)
		}
		n += len(batch) / pixels
	}
	mean = make([]float32, pixels)
	for i, s := range sum {
		m := s / float64(n)
		mean[i] = float32(m)
		squares -= m * s
	}
	return mean, squares / float64(n-1), n
}

// scatter multiplies by the scatter matrix Σ (x - mean)(x - mean)ᵀ of images, a batch at a time.
type scatter struct {
	mean         []float32
	outer, inner *Exec
}

func newScatter(backend compute.Backend, mean []float32) (*scatter, error) {
	s := &scatter{mean: mean}
	var err error
	if s.outer, err = NewExec(backend, func(x, mean, q, sum *Node) *Node {
		x = Sub(x, mean)
		return Add(sum, Einsum("np,nk->pk", x, Dot(x, q).Product()))
	}); err != nil {
		return nil, err
	}
	s.inner, err = NewExec(backend, func(x, mean, q *Node) *Node {
		a := Dot(Sub(x, mean), q).Product()
		return Einsum("nj,nk->jk", a, a)
	})
	return s, err
}

func (s *scatter) finalize() {
	s.outer.Finalize()
	s.inner.Finalize()
}

// times returns the product of the scatter matrix with q [pixels, k].
func (s *scatter) times(batches iter.Seq[[]float32], q *mat.Dense) (*mat.Dense, error) {
	pixels, k := q.Dims()
	mean, factor := s.tensors(q)
	sum := tensors.FromFlatDataAndDimensions(make([]float32, pixels*k), pixels, k)
	for batch := range batches {
		x := tensors.FromFlatDataAndDimensions(batch, len(batch)/pixels, pixels)
		next, err := call(s.outer, x, mean, factor, sum)
		if err != nil {
			return nil, err
		}
		x.MustFinalizeAll()
		sum.MustFinalizeAll()
		sum = next
	}
	return dense(sum, pixels, k), nil
}

// within returns qᵀ·scatter·q.
func (s *scatter) within(batches iter.Seq[[]float32], q *mat.Dense) (*mat.SymDense, error) {
	pixels, k := q.Dims()
	mean, factor := s.tensors(q)
	total := mat.NewSymDense(k, nil)
	for batch := range batches {
		x := tensors.FromFlatDataAndDimensions(batch, len(batch)/pixels, pixels)
		part, err := call(s.inner, x, mean, factor)
		if err != nil {
			return nil, err
		}
		x.MustFinalizeAll()
		m := dense(part, k, k)
		for i := range k {
			for j := i; j < k; j++ {
				total.SetSym(i, j, total.At(i, j)+(m.At(i, j)+m.At(j, i))/2)
			}
		}
	}
	return total, nil
}

func (s *scatter) tensors(q *mat.Dense) (mean, factor *tensors.Tensor) {
	pixels, k := q.Dims()
	flat := make([]float32, 0, pixels*k)
	for i := range pixels {
		for _, v := range q.RawRowView(i) {
			flat = append(flat, float32(v))
		}
	}
	return tensors.FromFlatDataAndDimensions(s.mean, 1, pixels), tensors.FromFlatDataAndDimensions(flat, pixels, k)
}

func call(exec *Exec, args ...any) (out *tensors.Tensor, err error) {
	var all []*tensors.Tensor
	if caught := nn.Catch(func() { all, err = exec.Call(args...) }); caught != nil {
		err = caught
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

func dense(t *tensors.Tensor, rows, cols int) *mat.Dense {
	m := mat.NewDense(rows, cols, nil)
	for i, v := range tensors.MustCopyFlatData[float32](t) {
		m.Set(i/cols, i%cols, float64(v))
	}
	return m
}

// orthonormal returns an orthonormal basis of the columns of y, without the directions that are too small to be told
// from rounding: Y·V·Λ^(-1/2), of the eigenvectors V and eigenvalues Λ of YᵀY.
func orthonormal(y *mat.Dense) *mat.Dense {
	const least = 1e-12
	_, k := y.Dims()
	gram := mat.NewDense(k, k, nil)
	gram.Mul(y.T(), y)
	symmetric := mat.NewSymDense(k, nil)
	for i := range k {
		for j := i; j < k; j++ {
			symmetric.SetSym(i, j, gram.At(i, j))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(symmetric, true) {
		return y
	}
	values := eigen.Values(nil)
	first := 0
	for first < k-1 && values[first] <= least*values[k-1] {
		first++
	}
	var vectors, out mat.Dense
	eigen.VectorsTo(&vectors)
	kept := mat.DenseCopyOf(vectors.Slice(0, k, first, k))
	for j := range k - first {
		scale := 1 / math.Sqrt(values[first+j])
		for i := range k {
			kept.Set(i, j, kept.At(i, j)*scale)
		}
	}
	out.Mul(y, kept)
	return &out
}
