package net2net

import (
	"fmt"

	"github.com/dataprism/dataprism/autoencoder"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Size256 is the side of the images of [Autoencoder256].
const Size256 = 256

// Autoencoder256Config sizes the reference's large autoencoder. The zero value of a field is no default.
type Autoencoder256Config struct {
	Latent int `yaml:"latent" json:"latent"` // d, the size of z; more than 120
	Width  int `yaml:"width" json:"width"`   // channels of the decoder at the full resolution
}

// DefaultAutoencoder256 is the published configuration.
func DefaultAutoencoder256() Autoencoder256Config {
	return Autoencoder256Config{Latent: 128, Width: 96}
}

// Validate names the first field that cannot be built.
func (c Autoencoder256Config) Validate() error {
	switch {
	case bigGANFirst(c.Latent) < 1:
		return fmt.Errorf("autoencoder: latent is %d, but must be at least %d", c.Latent, 1-bigGANFirst(0))
	case c.Width < 4 || c.Width%4 != 0:
		return fmt.Errorf("autoencoder: width is %d, but must be a multiple of 4", c.Width)
	}
	return nil
}

// Autoencoder256 is the reference's autoencoder for images of 256 pixels with its weights below scope, under the
// reference's names: a ResNet-101 with activation normalisation as the encoder and the generator of
// BigGAN-256 as the decoder.
type Autoencoder256 struct {
	config  Autoencoder256Config
	encoder *resNet
	decoder *bigGAN
	folded  bool
	mode    Mode
}

// NewAutoencoder256 describes the autoencoder whose weights are (or will be made) below scope. It builds no graph.
func NewAutoencoder256(scope *model.Scope, config Autoencoder256Config) (*Autoencoder256, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return &Autoencoder256{
		config:  config,
		encoder: newResNet(scope.At(autoencoder.EncoderScope), config.Latent),
		decoder: newBigGAN(scope.At(autoencoder.DecoderScope), config.Latent, config.Width),
	}, nil
}

// In returns the same autoencoder for another purpose than Evaluate.
func (a *Autoencoder256) In(mode Mode) *Autoencoder256 {
	other := *a
	other.mode = mode
	return &other
}

// Config returns the sizes that a was made with.
func (a *Autoencoder256) Config() Autoencoder256Config { return a.config }

// EncoderParams lists the parameters of the encoder, in its scope.
func (a *Autoencoder256) EncoderParams() []Param { return a.encoder.params() }

// DecoderParams lists the parameters of the decoder, in its scope.
func (a *Autoencoder256) DecoderParams() []Param { return a.decoder.params() }

// Fold computes the spectral norms of the decoder's weights once, so that graphs built afterwards need not.
// Call it when all weights are there and none will be trained.
func (a *Autoencoder256) Fold() error {
	for _, l := range a.decoder.spectral() {
		if err := l.Fold(a.decoder.scope); err != nil {
			return fmt.Errorf("autoencoder: %w", err)
		}
	}
	a.folded = true
	return nil
}

// Encode maps images x [batch, 256, 256, 3] to the mean and the logarithm of the variance of q(z | x), each
// [batch, latent]. The log-variance lies in [-30, 10].
func (a *Autoencoder256) Encode(x *Node) (mean, logVar *Node) {
	return splitMoments(a.encoder.encode(x, a.mode))
}

// Decode maps latents z [batch, latent] to images [batch, 256, 256, 3] in (-1, 1).
func (a *Autoencoder256) Decode(z *Node) *Node {
	return a.decoder.decode(z, a.mode, a.folded && a.mode == Evaluate)
}

// LastLayer is the weight whose gradients [Losses.AdaptiveWeight] compares.
func (a *Autoencoder256) LastLayer(g *Graph) *Node {
	return a.decoder.scope.GetVariable(a.decoder.colorize.Name + ".weight_bar").NodeValue(g)
}
