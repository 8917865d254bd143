package autoencoder

import (
	"fmt"
	"math"

	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// linear is the part of an autoencoder that is fixed before training: a principal component analysis of the images
// with mean m [pixels], orthonormal components U [pixels, latent] and standard deviations s [latent], and the
// log-variance at which the noise of each latent starts.
//
//	encode(x) = (x - m)·U / s        decode(z) = m + (z·s)·Uᵀ
//
// Networks that add to it and start at 0 begin with the least squared error that any linear map of as many latents
// can have, and with latents that are white.
type linear struct {
	scope  *model.Scope
	values int
	latent int
}

func (l linear) weights(g *Graph) (mean, basis, scale *Node) {
	return nn.Buffer(l.scope, "mean", nn.Zero, l.values).NodeValue(g),
		nn.Buffer(l.scope, "basis", nn.Zero, l.values, l.latent).NodeValue(g),
		nn.Buffer(l.scope, "scale", nn.One, l.latent).NodeValue(g)
}

// encode maps images [batch, size, size, channels] to latents [batch, latent].
func (l linear) encode(x *Node) *Node {
	mean, basis, scale := l.weights(x.Graph())
	flat := Reshape(x, x.Shape().Dimensions[0], l.values)
	return Div(Dot(Sub(flat, ExpandAxes(mean, 0)), basis).Product(), ExpandAxes(scale, 0))
}

// decode maps latents [batch, latent] to images [batch, pixels].
func (l linear) decode(z *Node) *Node {
	mean, basis, scale := l.weights(z.Graph())
	return Add(Einsum("bl,pl->bp", Mul(z, ExpandAxes(scale, 0)), basis), ExpandAxes(mean, 0))
}

// noise is the log-variance of the noise on the start.
func (l linear) noise(g *Graph) *Node {
	return nn.Buffer(l.scope, "log_var", nn.Zero, l.latent).NodeValue(g)
}

// SetLinear gives the autoencoder its linear part, of an even number of components that are the encoder's latents from
// then on, and the noise with which they start when losses train it. Graphs built before go on without it.
//
// The noise is that of a Gaussian at a distortion D: as much in every component of the images, D/(s² + D) in a latent of
// unit variance. Where the residual of p pixels has the standard deviation e, another D adds D/(2pe) to an error of e, the
// mean absolute of it times sqrt(2/π), which the reconstruction loss counts about 2.5 times, and saves KL/(2D) of the
// divergence: both are equal at D = KL·p·e/2.
func (a *Small) SetLinear(c Components, losses Losses) error {
	if !a.config.Linear {
		return fmt.Errorf("autoencoder: this autoencoder has no linear part to set")
	}
	return a.setLinear(c, losses.KL/2*math.Sqrt(float64(a.values)*c.Residual))
}

type weight struct {
	values []float32
	dims   []int
}

func setAll(scope *model.Scope, weights map[string]weight) error {
	for name, w := range weights {
		if err := nn.Set(scope.Store(), model.JoinPath(scope.Scope(), name), w.values, w.dims...); err != nil {
			return err
		}
	}
	return nil
}
