package net2net

import (
	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Training is the reference's training of stage one: for each batch one step of the autoencoder, and then, with
// what it makes of the batch afterwards, one of the discriminator, by two optimisers.
//
// The networks are passed for Mode Train. Before the first step, on the first batch, call [Training.Start].
type Training struct {
	Scope         *model.Scope // of the learned logarithm of the reconstruction's variance, "logvar"
	Autoencoder   Autoencoder
	Discriminator *PatchGAN
	Perceptual    *LPIPS // nil for none
	Losses        Losses
}

// Terms are the parts of the autoencoder's loss, scalars.
type Terms struct {
	Loss           *Node // what is minimised
	Reconstruction *Node // negative log-likelihood per image
	KL             *Node // per image, in nats
	Generator      *Node // adversarial term
	Weight         *Node // the adversarial term's weight, 0 before the discriminator starts
	LogVariance    *Node
}

// Start sets the activation normalisations of an autoencoder, passed for Mode Start, from a batch of images. It
// returns the reconstructions. noise [batch, latent] is standard normal, here and below.
func (t Training) Start(starting Autoencoder, x, noise *Node) *Node {
	mean, logVar := starting.Encode(x)
	return starting.Decode(autoencoder.Sample(mean, logVar, noise))
}

// AutoencoderLoss is the loss of the autoencoder on images x; step counts from 1.
func (t Training) AutoencoderLoss(x, noise, step *Node) Terms {
	g := x.Graph()
	mean, logVar := t.Autoencoder.Encode(x)
	reconstructed := t.Autoencoder.Decode(autoencoder.Sample(mean, logVar, noise))
	var perceptual *Node
	if t.Perceptual != nil {
		perceptual = t.Perceptual.Distance(x, reconstructed)
	}
	terms := Terms{LogVariance: nn.Weight(t.Scope, g, "logvar", nn.Zero)}
	terms.Reconstruction = t.Losses.NegativeLogLikelihood(x, reconstructed, perceptual, terms.LogVariance)
	terms.KL = autoencoder.KL(mean, logVar)
	terms.Generator = autoencoder.HingeGenerator(t.Discriminator.Judge(reconstructed, Train))
	weight, _, _ := t.Losses.AdaptiveWeight(terms.Reconstruction, terms.Generator, t.Autoencoder.LastLayer(g))
	terms.Weight = Mul(weight, t.started(step))
	terms.Loss = Add(Add(terms.Reconstruction, MulScalar(terms.KL, t.Losses.KL)), Mul(terms.Weight, terms.Generator))
	return terms
}

// DiscriminatorLoss is the loss of the discriminator on images x and their reconstructions; step counts from 1. It is
// 0 before the discriminator starts.
func (t Training) DiscriminatorLoss(x, noise, step *Node) *Node {
	mean, logVar := t.Autoencoder.Encode(x)
	reconstructed := StopGradient(t.Autoencoder.Decode(autoencoder.Sample(mean, logVar, noise)))
	real := t.Discriminator.Judge(x, Train)
	fake := t.Discriminator.Judge(reconstructed, Train)
	return Mul(autoencoder.HingeDiscriminator(real, fake), t.started(step))
}

// started is 1 from the step on that the discriminator takes part in, and 0 before.
func (t Training) started(step *Node) *Node {
	first := float64(t.Losses.DiscriminatorStart) + 0.5
	return ConvertDType(GreaterThan(step, Scalar(step.Graph(), step.DType(), first)), step.DType())
}
