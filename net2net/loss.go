package net2net

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Losses weighs the reference's loss of stage one.
//
//	L1 and perceptual distance r    r = |x - x'| + Perceptual·LPIPS(x, x')
//	reconstruction                  nll = sum(r / exp(logVariance) + logVariance) / batch
//	autoencoder                     nll + KL·kl + weight·g,   g = -mean(D(x'))
//
// where kl is the divergence of the posterior from N(0, I) summed over dimensions, the weight is
// [AdaptiveWeight], zero before the step DiscriminatorStart, and logVariance is learned.
type Losses struct {
	KL                  float64 `yaml:"kl" json:"kl"`
	Perceptual          float64 `yaml:"perceptual" json:"perceptual"`
	DiscriminatorWeight float64 `yaml:"discriminator_weight" json:"discriminator_weight"`
	DiscriminatorStart  int     `yaml:"discriminator_start" json:"discriminator_start"`
}

// NegativeLogLikelihood is the reconstruction term, a scalar. perceptual is LPIPS [batch], or nil, and
// logVariance a scalar.
func (l Losses) NegativeLogLikelihood(x, reconstructed, perceptual, logVariance *Node) *Node {
	r := Abs(Sub(x, reconstructed))
	if perceptual != nil {
		r = Add(r, Reshape(MulScalar(perceptual, l.Perceptual), -1, 1, 1, 1))
	}
	batch := float64(x.Shape().Dimensions[0])
	return DivScalar(ReduceAllSum(Add(Mul(r, Exp(Neg(logVariance))), logVariance)), batch)
}

// AdaptiveWeight balances the two losses at the decoder's last layer, a weight of the graph:
//
//	|d nll / d last| / (|d g / d last| + 1e-4), at most 1e4, times DiscriminatorWeight
//
// No gradient flows through it. The norms of the two gradients are returned, too.
func (l Losses) AdaptiveWeight(nll, g, last *Node) (weight, nllNorm, gNorm *Node) {
	nllNorm = L2Norm(Gradient(nll, last)[0])
	gNorm = L2Norm(Gradient(g, last)[0])
	weight = ClipScalar(Div(nllNorm, AddScalar(gNorm, 1e-4)), 0, 1e4)
	return StopGradient(MulScalar(weight, l.DiscriminatorWeight)), nllNorm, gNorm
}
