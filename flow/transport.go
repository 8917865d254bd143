package flow

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
)

// transport is an affine map a condition, fixed before training: y = (x - mean_c) · W_c. It takes the first two
// moments of every collection to 0 and I while directions stay aligned between collections, so that what the
// flow has left to do, and with it what it can confuse, is small; see [Flow.SetTransport]. Until it is set it is
// the identity.
type transport struct {
	scope *model.Scope
	dim   int
	rows  int // conditions
}

// weights are the means [rows, dim], the matrices and their inverses [rows, dim, dim], and log|det W| [rows, 1].
func (t transport) weights(g *Graph) (mean, matrix, inverse, logDet *Node) {
	at := func(name string, init nn.Init, dims ...int) *Node {
		return nn.Buffer(t.scope, name, init, dims...).NodeValue(g)
	}
	return at("mean", nn.Zero, t.rows, t.dim), at("matrix", nn.Eye, t.rows, t.dim, t.dim),
		at("inverse", nn.Eye, t.rows, t.dim, t.dim), at("log_det", nn.Zero, t.rows, 1)
}

func (t transport) forward(x *Node, c Condition) (y, logDet *Node) {
	mean, matrix, _, logDets := t.weights(x.Graph())
	y = t.apply(Sub(x, Dot(c.OneHot, mean).Product()), matrix, c)
	return y, Squeeze(Dot(c.OneHot, logDets).Product(), 1)
}

func (t transport) inverse(y *Node, c Condition) *Node {
	mean, _, inverse, _ := t.weights(y.Graph())
	return Add(t.apply(y, inverse, c), Dot(c.OneHot, mean).Product())
}

// apply multiplies each row by the matrix of its condition. Every condition is computed for all rows, as one
// product, and the rows of the others are left out: there are few conditions.
func (t transport) apply(x, matrices *Node, c Condition) *Node {
	batch := x.Shape().Dimensions[0]
	wide := Reshape(TransposeAllAxes(matrices, 1, 0, 2), t.dim, t.rows*t.dim)
	all := Reshape(Dot(x, wide).Product(), batch, t.rows, t.dim)
	return ReduceSum(Mul(all, ExpandAxes(c.OneHot, 2)), 1)
}

// Moments are the mean [dim] and the covariance [dim, dim] of N latents of one collection.
type Moments struct {
	N          float64
	Mean       []float64
	Covariance *mat.SymDense
}

// SetTransport fixes the affine maps with which the flow begins, from the moments of each collection's latents:
// the optimal transport of each collection, taken as a Gaussian, to the Gaussian of the mean covariance of all, followed
// by one whitening that all share. The condition "any" gets that of the mixture. (The Wasserstein barycentre as the common
// end takes thirty times as long, and neither what leaks nor what is kept differs.)
//
// scale [dim], above 0, is how far a unit of each latent moves an image; nil counts all alike. It is the metric of the
// transport: what moves an image far is moved the least, so that an image stays like itself where latents alone would
// trade a large part of it for many small ones.
func (f *Flow) SetTransport(collections []Moments, scale []float64) error {
	if !f.config.Transport {
		return fmt.Errorf("flow: this flow has no transport to set")
	}
	if len(collections) != f.config.Collections {
		return fmt.Errorf("flow: moments of %d collections are given, the flow has %d", len(collections), f.config.Collections)
	}
	dim := f.config.Dim
	scale, err := f.scaleOf(scale)
	if err != nil {
		return err
	}
	centre := scaled(meanCovariance(collections), scale)
	_, whiten, err := roots(centre)
	if err != nil {
		return err
	}
	all := append(append([]Moments(nil), collections...), mixture(collections))
	rows := len(all)
	mean, logDet := make([]float32, 0, rows*dim), make([]float32, 0, rows)
	matrix, inverse := make([]float32, 0, rows*dim*dim), make([]float32, 0, rows*dim*dim)
	for _, m := range all {
		w, back, log, err := transportTo(centre, whiten, m.Covariance, scale)
		if err != nil {
			return err
		}
		for _, x := range m.Mean {
			mean = append(mean, float32(x))
		}
		matrix, inverse = appendDense(matrix, w), appendDense(inverse, back)
		logDet = append(logDet, float32(log))
	}
	return errors.Join(
		f.set("mean", mean, rows, dim), f.set("log_det", logDet, rows, 1),
		f.set("matrix", matrix, rows, dim, dim), f.set("inverse", inverse, rows, dim, dim))
}

// scaleOf is how far a unit of each latent moves an image: scale, or 1 for all where it is nil.
func (f *Flow) scaleOf(scale []float64) ([]float64, error) {
	if scale == nil {
		return slices.Repeat([]float64{1}, f.config.Dim), nil
	}
	if len(scale) != f.config.Dim || slices.Min(scale) <= 0 {
		return nil, fmt.Errorf("flow: scales of %d latents are given, the flow has %d, and all must be above 0", len(scale), f.config.Dim)
	}
	return scale, nil
}

// weight is the path of one of the transport's weights.
func (f *Flow) weight(name string) string {
	return model.JoinPath(f.scope.At("transport").Scope(), name)
}

// set gives one of the transport's weights its values.
func (f *Flow) set(name string, values []float32, dims ...int) error {
	return set(f.scope.At("transport"), name, values, dims...)
}

// set gives a weight of the scope its values.
func set(scope *model.Scope, name string, values []float32, dims ...int) error {
	return nn.Set(scope.Store(), model.JoinPath(scope.Scope(), name), values, dims...)
}

func appendDense(dst []float32, m *mat.Dense) []float32 {
	rows, cols := m.Dims()
	for i := range rows {
		for j := range cols {
			dst = append(dst, float32(m.At(i, j)))
		}
	}
	return dst
}

// mixture are the moments of the equal mixture of collections.
func mixture(collections []Moments) Moments {
	dim := len(collections[0].Mean)
	k := float64(len(collections))
	mean, covariance := make([]float64, dim), mat.NewSymDense(dim, nil)
	for _, m := range collections {
		for i, x := range m.Mean {
			mean[i] += x / k
		}
	}
	for _, m := range collections {
		for i := range dim {
			for j := i; j < dim; j++ {
				between := (m.Mean[i] - mean[i]) * (m.Mean[j] - mean[j])
				covariance.SetSym(i, j, covariance.At(i, j)+(m.Covariance.At(i, j)+between)/k)
			}
		}
	}
	return Moments{Mean: mean, Covariance: covariance}
}

// meanCovariance is that of all collections, each counting the same.
func meanCovariance(collections []Moments) *mat.SymDense {
	centre := mat.NewSymDense(len(collections[0].Mean), nil)
	for _, m := range collections {
		centre.AddSym(centre, m.Covariance)
	}
	centre.ScaleSym(1/float64(len(collections)), centre)
	return centre
}

// scaled is the covariance of x·scale where s is that of x.
func scaled(s *mat.SymDense, scale []float64) *mat.SymDense {
	out := mat.NewSymDense(len(scale), nil)
	for i, a := range scale {
		for j := i; j < len(scale); j++ {
			out.SetSym(i, j, a*s.At(i, j)*scale[j])
		}
	}
	return out
}

// transportTo returns the matrix W that takes a row vector x of covariance s to one of covariance I by way of the
// optimal transport of x·scale to covariance centre, which whiten takes to I; its inverse, and log|det W|.
func transportTo(centre *mat.SymDense, whiten *mat.Dense, s *mat.SymDense, scale []float64) (w, inverse *mat.Dense, logDet float64, err error) {
	root, inverseRoot, err := roots(scaled(s, scale))
	if err != nil {
		return nil, nil, 0, err
	}
	middle, _, err := roots(symmetric(product(root, centre, root)))
	if err != nil {
		return nil, nil, 0, err
	}
	w = product(mat.NewDiagDense(len(scale), scale), inverseRoot, middle, inverseRoot, whiten)
	inverse = mat.NewDense(len(w.RawRowView(0)), len(w.RawRowView(0)), nil)
	if err := inverse.Inverse(w); err != nil {
		return nil, nil, 0, fmt.Errorf("flow: the latents' covariance is singular: %w", err)
	}
	logDet, _ = mat.LogDet(w)
	return w, inverse, logDet, nil
}

// roots are the symmetric square root of s and its inverse.
func roots(s *mat.SymDense) (root, inverseRoot *mat.Dense, err error) {
	var eigen mat.EigenSym
	if !eigen.Factorize(s, true) {
		return nil, nil, fmt.Errorf("flow: the latents' covariance has no eigendecomposition: it holds values that are not finite")
	}
	values := eigen.Values(nil)
	largest := values[len(values)-1]
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	up, down := make([]float64, len(values)), make([]float64, len(values))
	for i, v := range values {
		// A direction in which nothing varies would be blown up to unit variance.
		up[i] = math.Sqrt(max(v, 1e-8*largest))
		down[i] = 1 / up[i]
	}
	spread := func(d []float64) *mat.Dense { return product(&vectors, mat.NewDiagDense(len(d), d), vectors.T()) }
	return spread(up), spread(down), nil
}

func product(first mat.Matrix, rest ...mat.Matrix) *mat.Dense {
	out := mat.DenseCopyOf(first)
	for _, m := range rest {
		var next mat.Dense
		next.Mul(out, m)
		out = &next
	}
	return out
}

// symmetric is the symmetric part of m, which rounding has disturbed.
func symmetric(m *mat.Dense) *mat.SymDense {
	n, _ := m.Dims()
	out := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			out.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	return out
}
