package autoencoder

import (
	"fmt"
	"math"

	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
)

// basis is the change of coordinates from the latents of the encoder to those in use, fitted after the encoder is
// trained: z = (y - centre)·W and y = centre + z·W⁺, with W [latent, used] and W⁺·W = I. Where it is not set, z is y.
type basis struct{ scope *model.Scope }

// used is the number of latents in use, or 0 where the basis is not set.
func (b basis) used() int {
	v := b.scope.GetVariable("in")
	if v == nil {
		return 0
	}
	return v.Shape().Dimensions[1]
}

// weights are centre [latent], W [latent, used] and W⁺ [used, latent].
func (b basis) weights(g *Graph, latent int) (centre, in, out *Node) {
	used := b.used()
	return nn.Buffer(b.scope, "centre", nn.Zero, latent).NodeValue(g),
		nn.Buffer(b.scope, "in", nn.Zero, latent, used).NodeValue(g),
		nn.Buffer(b.scope, "out", nn.Zero, used, latent).NodeValue(g)
}

// encode changes the coordinates of a Gaussian of independent latents. Of its covariance the diagonal is kept.
func (b basis) encode(mean, logVar *Node) (*Node, *Node) {
	if b.used() == 0 {
		return mean, logVar
	}
	centre, in, _ := b.weights(mean.Graph(), mean.Shape().Dimensions[1])
	mean = Dot(Sub(mean, ExpandAxes(centre, 0)), in).Product()
	return mean, Log(Dot(Exp(logVar), Square(in)).Product())
}

func (b basis) decode(z *Node, latent int) *Node {
	if b.used() == 0 {
		return z
	}
	centre, _, out := b.weights(z.Graph(), latent)
	return Add(Dot(z, out).Product(), ExpandAxes(centre, 0))
}

// LatentMoments are the first two moments of the encoder's posteriors q(z | x) = N(mean(x), diag(variance(x))) over
// the images of one collection.
type LatentMoments struct {
	Mean       []float64     // [latent], of mean(x)
	Covariance *mat.SymDense // [latent, latent], of mean(x)
	Noise      []float64     // [latent], the mean of variance(x)
}

// Basis is a change of coordinates of latents; see [InUse].
type Basis struct {
	Centre  []float64
	In, Out *mat.Dense // [latent, used] and its left inverse [used, latent]
	Signal  []float64  // [used]: the variance of means over that of the noise, the largest first
}

// InUse finds the coordinates in which latents tell images of one collection apart: directions in which the means of
// posteriors vary, within collections, at least least times as much as the noise about them. In the others an image is
// lost in its own noise, and what is left is a trace of the collection that a flow fitted to noisy latents cannot see,
// and a probe of means can. In the new coordinates, of which there is an even number, the means have the covariance I
// within collections, and noise the variances 1/Signal. They are the generalised eigenvectors of both covariances.
func InUse(collections []LatentMoments, least float64) (Basis, error) {
	dim, k := len(collections[0].Mean), float64(len(collections))
	b := Basis{Centre: make([]float64, dim)}
	within, noise := mat.NewSymDense(dim, nil), make([]float64, dim)
	for _, m := range collections {
		within.AddSym(within, m.Covariance)
		for i := range dim {
			b.Centre[i] += m.Mean[i] / k
			noise[i] += m.Noise[i] / k
		}
	}
	for i := range dim {
		for j := i; j < dim; j++ {
			within.SetSym(i, j, within.At(i, j)/k/math.Sqrt(noise[i]*noise[j]))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(within, true) {
		return b, fmt.Errorf("autoencoder: the latents hold values that are not finite")
	}
	values := eigen.Values(nil)
	used := 0
	for used < dim && values[dim-1-used] >= least {
		used++
	}
	if used = used / 2 * 2; used < 2 {
		return b, fmt.Errorf("autoencoder: the encoder tells no images apart: %d of %d latents vary more than their noise; "+
			"train it longer, or on images that differ", used, dim)
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	b.In, b.Out = mat.NewDense(dim, used, nil), mat.NewDense(used, dim, nil)
	for j := range used {
		signal := values[dim-1-j]
		b.Signal = append(b.Signal, signal)
		for i := range dim {
			v := vectors.At(i, dim-1-j)
			b.In.Set(i, j, v/math.Sqrt(noise[i]*signal))
			b.Out.Set(j, i, v*math.Sqrt(noise[i]*signal))
		}
	}
	return b, nil
}

func float32s(m *mat.Dense) []float32 {
	rows, cols := m.Dims()
	values := make([]float32, 0, rows*cols)
	for i := range rows {
		for _, v := range m.RawRowView(i) {
			values = append(values, float32(v))
		}
	}
	return values
}
