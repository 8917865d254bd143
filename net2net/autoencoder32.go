package net2net

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Autoencoder32Config sizes the reference's small autoencoder. The zero value of a field is no default.
type Autoencoder32Config struct {
	Size        int `yaml:"size" json:"size"`               // side of the square image, a multiple of 2^Downsamplings
	Channels    int `yaml:"channels" json:"channels"`       // of the image
	Latent      int `yaml:"latent" json:"latent"`           // d, the size of z
	Downsamples int `yaml:"downsamples" json:"downsamples"` // how often the encoder halves the sides
}

// DefaultAutoencoder32 is the published configuration for images of 32 pixels.
func DefaultAutoencoder32() Autoencoder32Config {
	return Autoencoder32Config{Size: 32, Channels: 3, Latent: 128, Downsamples: 4}
}

// Validate names the first field that cannot be built.
func (c Autoencoder32Config) Validate() error {
	switch {
	case c.Downsamples < 1 || c.Downsamples > 8:
		return fmt.Errorf("autoencoder: downsamples is %d, but must be from 1 to 8", c.Downsamples)
	case c.Size < 1 || c.Size%(1<<c.Downsamples) != 0:
		return fmt.Errorf("autoencoder: size %d cannot be halved %d times", c.Size, c.Downsamples)
	case c.Channels < 1:
		return fmt.Errorf("autoencoder: %d channels", c.Channels)
	case c.Latent < 1:
		return fmt.Errorf("autoencoder: latent is %d, but must be at least 1", c.Latent)
	}
	return nil
}

// Autoencoder32 is the convolutional autoencoder of the reference with its weights in scope, under the
// reference's names. Convolutions of stride 2, each followed by an activation normalisation and a leaky
// ReLU, lead to a Gaussian over latents; transposed ones lead back.
type Autoencoder32 struct {
	config  Autoencoder32Config
	scope   *model.Scope
	mode    Mode
	down    []level32[Conv]
	moments Cover
	unfold  Unfold
	up      []level32[Double]
	image   Double
}

// level32 is a change of resolution and the normalisation after it.
type level32[L layer] struct {
	resize L
	norm   ActNorm
}

// slope32 is the leaky ReLU's slope for negative values.
const slope32 = 0.2

func (l level32[L]) apply(n Network, x *Node) *Node {
	return LeakyReLU(l.norm.Apply(n, l.resize.Apply(n, x)), slope32)
}

// NewAutoencoder32 describes the autoencoder whose weights are (or will be made) in scope. It builds no graph.
func NewAutoencoder32(scope *model.Scope, config Autoencoder32Config) (*Autoencoder32, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	width := func(level int) int { return 64 * min(1<<level, 16) }
	last := config.Downsamples - 1
	side := config.Size >> config.Downsamples
	a := &Autoencoder32{
		config: config, scope: scope,
		moments: Cover{Name: "dense_encode.sub_layers.0", In: width(last), Out: 2 * config.Latent, Side: side},
		unfold:  Unfold{Name: "dense_decode.sub_layers.0", In: config.Latent, Out: width(last), Side: side},
		image:   Double{Name: "image_layer.sub_layers.0", In: width(0), Out: config.Channels},
	}
	in := config.Channels
	for level := range config.Downsamples {
		name := fmt.Sprintf("feature_layers.%d.sub_layers.", level)
		a.down = append(a.down, level32[Conv]{
			Conv{Name: name + "0", In: in, Out: width(level), Kernel: 4, Stride: 2, Padding: 1, NoBias: true},
			ActNorm{Name: name + "1", Channels: width(level)},
		})
		in = width(level)
	}
	for level := range last {
		name := fmt.Sprintf("decoder_layers.%d.sub_layers.", level)
		a.up = append(a.up, level32[Double]{
			Double{Name: name + "0", In: width(level + 1), Out: width(level)},
			ActNorm{Name: name + "1", Channels: width(level)},
		})
	}
	return a, nil
}

// In returns the same autoencoder for another purpose than Evaluate.
func (a *Autoencoder32) In(mode Mode) *Autoencoder32 {
	other := *a
	other.mode = mode
	return &other
}

// Config returns the sizes that a was made with.
func (a *Autoencoder32) Config() Autoencoder32Config { return a.config }

// Params lists the parameters in the reference's order.
func (a *Autoencoder32) Params() []Param {
	var list []Param
	for _, level := range a.down {
		list = append(append(list, level.resize.Params()...), level.norm.Params()...)
	}
	for _, level := range a.up {
		list = append(append(list, level.resize.Params()...), level.norm.Params()...)
	}
	return append(append(append(list, a.moments.Params()...), a.unfold.Params()...), a.image.Params()...)
}

// Encode maps images x [batch, size, size, channels] to the mean and the logarithm of the variance of
// q(z | x), each [batch, latent]. The log-variance lies in [-30, 10].
func (a *Autoencoder32) Encode(x *Node) (mean, logVar *Node) {
	n := Network{Scope: a.scope, Mode: a.mode}
	for _, level := range a.down {
		x = level.apply(n, x)
	}
	return splitMoments(a.moments.Apply(n, x))
}

// splitMoments halves what an encoder of the reference gives, [batch, 2·latent].
func splitMoments(moments *Node) (mean, logVar *Node) {
	latent := moments.Shape().Dimensions[1] / 2
	mean = Slice(moments, AxisRange(), AxisRange(0, latent))
	logVar = ClipScalar(Slice(moments, AxisRange(), AxisRange(latent)), -30, 10)
	return mean, logVar
}

// Decode maps latents z [batch, latent] to images in (-1, 1).
func (a *Autoencoder32) Decode(z *Node) *Node {
	n := Network{Scope: a.scope, Mode: a.mode}
	x := a.unfold.Apply(n, z)
	for level := len(a.up) - 1; level >= 0; level-- {
		x = a.up[level].apply(n, x)
	}
	return Tanh(a.image.Apply(n, x))
}

// LastLayer is the weight whose gradients [AdaptiveWeight] compares.
func (a *Autoencoder32) LastLayer(g *Graph) *Node {
	return a.scope.GetVariable(a.image.Name + ".weight").NodeValue(g)
}
