package autoencoder

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"

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
//
// With A [n, pixels], the images less their mean, it iterates on A·Aᵀ, since images that are large are fewer than their values:
// what is made orthonormal has a row for each image. Neither A nor a product of it with itself is ever held. Where the images
// span fewer than k dimensions, there are as many components.
func PrincipalComponents(backend compute.Backend, batches iter.Seq[[]float32], pixels, k int, rng *rand.Rand) (Components, error) {
	const iterations = 2
	var c Components
	mean, spread, n := momentsOf(batches, pixels)
	if n < 2 {
		return c, fmt.Errorf("autoencoder: %d images have no principal components: at least two are needed", n)
	}
	width := min(k+k/8+16, pixels, n-1)
	q := mat.NewDense(n, width, nil)
	for i := range n {
		for j := range width {
			q.Set(i, j, rng.NormFloat64())
		}
	}
	images, err := newCentred(backend, batches, mean)
	if err != nil {
		return c, err
	}
	defer images.finalize()
	for range iterations {
		if q, err = images.outer(q); err != nil {
			return c, err
		}
		q = orthonormal(q)
	}
	q = straightened(q)
	if c, err = images.components(q, k); err != nil {
		return c, err
	}
	if len(c.Variance) < 2 {
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
	out.Basis = make([]float32, 0, len(c.Mean)*k)
	for i := range len(c.Mean) {
		out.Basis = append(out.Basis, c.Basis[i*all:i*all+k]...)
	}
	return out
}

// Variances are those of other images along the components, about the mean of the ones that they were found from.
func (c Components) Variances(backend compute.Backend, batches iter.Seq[[]float32]) ([]float64, error) {
	k := len(c.Variance)
	exec, err := NewExec(backend, func(x, mean, basis *Node) *Node {
		return ReduceSum(Square(Dot(Sub(x, mean), basis).Product()), 0)
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	mean, basis := matrix(c.Mean, 1), matrix(c.Basis, len(c.Mean))
	variances, n := make([]float64, k), 0
	for batch := range batches {
		x := matrix(batch, len(batch)/len(c.Mean))
		squares, err := call(exec, x, mean, basis)
		if err != nil {
			return nil, err
		}
		x.MustFinalizeAll()
		for j, v := range tensors.MustCopyFlatData[float32](squares) {
			variances[j] += float64(v)
		}
		n += len(batch) / len(c.Mean)
	}
	for j := range variances {
		variances[j] /= float64(n)
	}
	return variances, nil
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

// centred multiplies by images less their mean, A [n, pixels], a batch of rows at a time.
type centred struct {
	batches             iter.Seq[[]float32]
	mean                *tensors.Tensor
	transposed, product *Exec // sum + xᵀq, xp
	squared, rotated    *Exec // pᵀp, pv
}

func newCentred(backend compute.Backend, batches iter.Seq[[]float32], mean []float32) (*centred, error) {
	c := &centred{batches: batches, mean: matrix(mean, 1)}
	var errs [4]error
	c.transposed, errs[0] = NewExec(backend, func(x, mean, q, sum *Node) *Node {
		return Add(sum, Einsum("np,nk->pk", Sub(x, mean), q))
	})
	c.product, errs[1] = NewExec(backend, func(x, mean, p *Node) *Node { return Dot(Sub(x, mean), p).Product() })
	c.squared, errs[2] = NewExec(backend, func(p *Node) *Node { return Einsum("pj,pk->jk", p, p) })
	c.rotated, errs[3] = NewExec(backend, func(p, v *Node) *Node { return Dot(p, v).Product() })
	return c, errors.Join(errs[:]...)
}

func (c *centred) finalize() {
	for _, exec := range []*Exec{c.transposed, c.product, c.squared, c.rotated} {
		exec.Finalize()
	}
}

// inner returns Aᵀ·q, [pixels, k], for q [n, k].
func (c *centred) inner(q *mat.Dense) (*tensors.Tensor, error) {
	pixels := c.mean.Shape().Dimensions[1]
	_, k := q.Dims()
	sum := matrix(make([]float32, pixels*k), pixels)
	from := 0
	for batch := range c.batches {
		n := len(batch) / pixels
		x := matrix(batch, n)
		next, err := call(c.transposed, x, c.mean, rowsOf(q, from, n), sum)
		if err != nil {
			return nil, err
		}
		x.MustFinalizeAll()
		sum.MustFinalizeAll()
		sum, from = next, from+n
	}
	return sum, nil
}

// outer returns A·Aᵀ·q, [n, k], for q [n, k].
func (c *centred) outer(q *mat.Dense) (*mat.Dense, error) {
	pixels := c.mean.Shape().Dimensions[1]
	p, err := c.inner(q)
	if err != nil {
		return nil, err
	}
	defer p.MustFinalizeAll()
	n, k := q.Dims()
	out := mat.NewDense(n, k, nil)
	from := 0
	for batch := range c.batches {
		n := len(batch) / pixels
		x := matrix(batch, n)
		part, err := call(c.product, x, c.mean, p)
		if err != nil {
			return nil, err
		}
		x.MustFinalizeAll()
		out.Slice(from, from+n, 0, k).(*mat.Dense).Copy(dense(part))
		from += n
	}
	return out, nil
}

// components are the k largest within the span of Aᵀ·q, for q [n, ·] with orthonormal columns.
func (c *centred) components(q *mat.Dense, k int) (Components, error) {
	const least = 1e-7 // of the largest variance: what float32 resolves
	n, _ := q.Dims()
	p, err := c.inner(q)
	if err != nil {
		return Components{}, err
	}
	defer p.MustFinalizeAll()
	products, err := c.gramOf(p)
	if err != nil {
		return Components{}, err
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(products, true) {
		return Components{}, fmt.Errorf("autoencoder: the images hold values that are not finite")
	}
	out := Components{Mean: tensors.MustCopyFlatData[float32](c.mean)}
	values := eigen.Values(nil)
	last := len(values) - 1
	for j := 0; j < min(k, len(values)) && values[last-j] > least*values[last] && values[last-j] > 0; j++ {
		out.Variance = append(out.Variance, values[last-j]/float64(n-1))
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	turn := mat.NewDense(len(values), max(1, len(out.Variance)), nil)
	for j := range out.Variance {
		for i := range values {
			turn.Set(i, j, vectors.At(i, last-j)/math.Sqrt(values[last-j]))
		}
	}
	basis, err := call(c.rotated, p, rowsOf(turn, 0, len(values)))
	if err != nil {
		return Components{}, err
	}
	defer basis.MustFinalizeAll()
	out.Basis = tensors.MustCopyFlatData[float32](basis)[:len(out.Mean)*len(out.Variance)]
	return out, nil
}

// gramOf returns pᵀp of p [pixels, k], summed in float64 over pieces that float32 can sum.
func (c *centred) gramOf(p *tensors.Tensor) (*mat.SymDense, error) {
	const piece = 4096
	k := p.Shape().Dimensions[1]
	total := mat.NewSymDense(k, nil)
	for some := range slices.Chunk(tensors.MustCopyFlatData[float32](p), piece*k) {
		part, err := call(c.squared, matrix(some, len(some)/k))
		if err != nil {
			return nil, err
		}
		m := dense(part)
		for i := range k {
			for j := i; j < k; j++ {
				total.SetSym(i, j, total.At(i, j)+m.At(i, j))
			}
		}
	}
	return total, nil
}

// matrix is a tensor of these rows.
func matrix(values []float32, rows int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(values, rows, len(values)/rows)
}

// rowsOf are n rows of m.
func rowsOf(m *mat.Dense, from, n int) *tensors.Tensor {
	_, k := m.Dims()
	flat := make([]float32, 0, n*k)
	for i := range n {
		for _, v := range m.RawRowView(from + i) {
			flat = append(flat, float32(v))
		}
	}
	return matrix(flat, n)
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

func dense(t *tensors.Tensor) *mat.Dense {
	d := t.Shape().Dimensions
	m := mat.NewDense(d[0], d[1], nil)
	for i, v := range tensors.MustCopyFlatData[float32](t) {
		m.Set(i/d[1], i%d[1], float64(v))
	}
	return m
}

// orthonormal returns an orthonormal basis of the columns of y, those along which it is longest first, without the
// directions that are too small to be told from rounding: Y·V·Λ^(-1/2), of the eigenvectors V and eigenvalues Λ of YᵀY.
func orthonormal(y *mat.Dense) *mat.Dense {
	const least = 1e-12
	_, k := y.Dims()
	var eigen mat.EigenSym
	if !eigen.Factorize(gram(y), true) {
		return y
	}
	values := eigen.Values(nil)
	first := 0
	for first < k-1 && values[first] <= least*values[k-1] {
		first++
	}
	var vectors, out mat.Dense
	eigen.VectorsTo(&vectors)
	kept := mat.NewDense(k, k-first, nil)
	for j := range k - first {
		scale := 1 / math.Sqrt(values[k-1-j])
		for i := range k {
			kept.Set(i, j, vectors.At(i, k-1-j)*scale)
		}
	}
	out.Mul(y, kept)
	return &out
}

// straightened makes columns orthonormal that nearly are, as those of [orthonormal] along which y is short: one step of the
// Newton-Schulz iteration, Y·(3 - YᵀY)/2.
func straightened(y *mat.Dense) *mat.Dense {
	g := gram(y)
	k := g.SymmetricDim()
	turn := mat.NewDense(k, k, nil)
	for i := range k {
		for j := range k {
			turn.Set(i, j, -g.At(i, j)/2)
		}
		turn.Set(i, i, turn.At(i, i)+1.5)
	}
	var out mat.Dense
	out.Mul(y, turn)
	return &out
}

// gram is YᵀY.
func gram(y *mat.Dense) *mat.SymDense {
	_, k := y.Dims()
	var product mat.Dense
	product.Mul(y.T(), y)
	return mat.NewSymDense(k, product.RawMatrix().Data)
}
