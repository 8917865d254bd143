package autoencoder

import (
	"fmt"

	"github.com/dataprism/dataprism/internal/net2net"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Net2Net256Size is the side of the images of [Net2Net256].
const Net2Net256Size = 256

// Net2Net256Config sizes the reference's large autoencoder. The zero value of a field is no default.
type Net2Net256Config struct {
	Latent int `yaml:"latent" json:"latent"` // d, the size of z; more than 120
	Width  int `yaml:"width" json:"width"`   // channels of the decoder at the full resolution
}

// DefaultNet2Net256 is the published configuration.
func DefaultNet2Net256() Net2Net256Config { return Net2Net256Config{Latent: 128, Width: 96} }

// Validate names the first field that cannot be built.
func (c Net2Net256Config) Validate() error {
	switch {
	case bigGANFirst(c.Latent) < 1:
		return fmt.Errorf("autoencoder: latent is %d, but must be at least %d", c.Latent, 1-bigGANFirst(0))
	case c.Width < 4 || c.Width%4 != 0:
		return fmt.Errorf("autoencoder: width is %d, but must be a multiple of 4", c.Width)
	}
	return nil
}

// Net2Net256 is the reference's autoencoder for images of 256 pixels with its weights below scope, under the
// reference's names: a ResNet-101 with activation normalisation as the encoder and the generator of
// BigGAN-256 as the decoder.
type Net2Net256 struct {
	config  Net2Net256Config
	encoder *resNet
	decoder *bigGAN
	folded  bool
	mode    Mode
}

// NewNet2Net256 describes the autoencoder whose weights are (or will be made) below scope. It builds no graph.
func NewNet2Net256(scope *model.Scope, config Net2Net256Config) (*Net2Net256, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return &Net2Net256{
		config:  config,
		encoder: newResNet(scope.At(EncoderScope), config.Latent),
		decoder: newBigGAN(scope.At(DecoderScope), config.Latent, config.Width),
	}, nil
}

// In returns the same autoencoder for another purpose than Evaluate.
func (a *Net2Net256) In(mode Mode) *Net2Net256 {
	other := *a
	other.mode = mode
	return &other
}

// Config returns the sizes that a was made with.
func (a *Net2Net256) Config() Net2Net256Config { return a.config }

// EncoderParams lists the parameters of the encoder, in its scope.
func (a *Net2Net256) EncoderParams() []net2net.Param { return a.encoder.params() }

// DecoderParams lists the parameters of the decoder, in its scope.
func (a *Net2Net256) DecoderParams() []net2net.Param { return a.decoder.params() }

// Fold computes the spectral norms of the decoder's weights once, so that graphs built afterwards need not.
// Call it when all weights are there and none will be trained.
func (a *Net2Net256) Fold() error {
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
func (a *Net2Net256) Encode(x *Node) (mean, logVar *Node) {
	return splitMoments(a.encoder.encode(x, a.mode))
}

// Decode maps latents z [batch, latent] to images [batch, 256, 256, 3] in (-1, 1).
func (a *Net2Net256) Decode(z *Node) *Node {
	return a.decoder.decode(z, a.mode, a.folded && a.mode == Evaluate)
}

// LastLayer is the weight whose gradients [Net2NetLosses.AdaptiveWeight] compares.
func (a *Net2Net256) LastLayer(g *Graph) *Node {
	return a.decoder.scope.GetVariable(a.decoder.colorize.Name + ".weight_bar").NodeValue(g)
}
