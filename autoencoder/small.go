// Package autoencoder is stage one: an encoder from images to a Gaussian over latents, a decoder back, the
// losses that train them without any downloaded weights, and the discriminator of the decoder's second phase.
//
//	q(z | x) = N(mean(x), exp(logVar(x)))      x' = decode(z)
//
// Images are float32 [batch, size, size, channels] in [-1, 1], latents [batch, dim]. Functions build GoMLX
// graphs and, as GoMLX's own, panic on wrong shapes.
package autoencoder

import (
	"fmt"
	"slices"

	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Config sizes the architecture `small`.
type Config struct {
	Size     int `yaml:"size" json:"size"`         // side of the square image: one of [Sizes]
	Channels int `yaml:"channels" json:"channels"` // 3, or 1 for grey
	Latent   int `yaml:"latent" json:"latent"`     // latents of the encoder, even: the most that z can have
	Width    int `yaml:"width" json:"width"`       // channels at the lowest resolution; a multiple of 16
	// Linear begins both networks at the principal components of the images; see [Small.SetLinear].
	Linear bool `yaml:"linear,omitempty" json:"linear,omitempty"`
	// Refine shows the decoder's network the image that the linear part decodes, on each of its levels, so that it need not
	// find out from latents what is where.
	Refine bool `yaml:"refine,omitempty" json:"refine,omitempty"`
}

// Sizes are the image sizes that `small` is built for.
var Sizes = []int{32, 48, 64, 96, 128}

// DefaultConfig is the autoencoder that `train` builds: as many latents as hold what is seen of a face in images of the
// size: from 48 pixels on sixteen for each pixel by which a side exceeds sixteen, but no more than 1,024.
func DefaultConfig(size, channels int) Config {
	latent := 128
	if size >= 48 {
		latent = min(16*(size-16), 1024)
	}
	return Config{Size: size, Channels: channels, Latent: latent, Width: 128, Linear: true, Refine: true}
}

// Validate names the first field that cannot be built.
func (c Config) Validate() error {
	switch {
	case !slices.Contains(Sizes, c.Size):
		return fmt.Errorf("autoencoder: size %d is not supported: choose one of %v", c.Size, Sizes)
	case c.Channels != 1 && c.Channels != 3:
		return fmt.Errorf("autoencoder: %d channels are not supported: images have 1 or 3", c.Channels)
	case c.Latent < 2 || c.Latent%2 != 0:
		return fmt.Errorf("autoencoder: latent is %d, but must be even and at least 2", c.Latent)
	case c.Refine && !c.Linear:
		return fmt.Errorf("autoencoder: refine is set, but linear is not: there is no image to refine")
	case c.Width < 16 || c.Width%16 != 0:
		return fmt.Errorf("autoencoder: width is %d, but must be a multiple of 16", c.Width)
	}
	return nil
}

// widths are the channels of each resolution of the encoder, the highest (size/2) first. They double as the
// sides halve, down to a side of 4 or 6.
func (c Config) widths() []int {
	var widths []int
	for side, width := c.bottom(), c.Width; side < c.Size; side, width = 2*side, max(24, width/2) {
		widths = append(widths, width)
	}
	slices.Reverse(widths)
	return widths
}

// bottom is the side of the lowest resolution.
func (c Config) bottom() int {
	side := c.Size
	for side > 6 {
		side /= 2
	}
	return side
}

// Small is the encoder and decoder with their weights below scope. Residual blocks with group
// normalisation do the work; space-to-depth and depth-to-space change resolution, which costs a third of
// strided and transposed convolutions and leaves no checkered pattern.
type Small struct {
	Coordinates // of the images
	config      Config
}

// New describes the autoencoder whose weights are (or will be made) below scope. It builds no graph.
func New(scope *model.Scope, config Config) (*Small, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return &Small{NewCoordinates(scope, config.Size*config.Size*config.Channels, config.Latent), config}, nil
}

// Config returns the sizes that a was made with.
func (a *Small) Config() Config { return a.config }

// Names of the scopes below that of the autoencoder.
const (
	EncoderScope = "encoder"
	DecoderScope = "decoder"
)

// start is how the last layer of a network starts: at 0 where the linear part does its work at first.
func (a *Small) start(alone nn.Init) nn.Init {
	if a.config.Linear {
		return nn.Zero
	}
	return alone
}

// gentle is the input h of a layer that starts at 0 with so many values that Adam's first steps, of one size whatever the
// gradient, would throw the sum of them far off.
func (a *Small) gentle(h *Node) *Node {
	if !a.config.Refine {
		return h
	}
	return MulScalar(h, 0.1)
}

// leastLogVar bounds the log-variance of a latent.
const leastLogVar = -12

// Encode maps images x to the mean and the logarithm of the variance of q(z | x), each [batch, d].
func (a *Small) Encode(x *Node) (mean, logVar *Node) {
	scope := a.scope.At(EncoderScope)
	h := x
	for i, width := range a.config.widths() {
		level := scope.At("level_%d", i)
		h = nn.SpaceToDepth(h)
		kernel := 1
		if i == 0 {
			kernel = 3
		}
		h = nn.Conv(level.At("in"), h, width, kernel, 1, nn.Small)
		h = residual(level.At("residual"), h)
	}
	h = nn.SiLU(norm(scope.At("norm"), h))
	h = Reshape(h, h.Shape().Dimensions[0], -1)
	latent := a.latent()
	moments := nn.Dense(scope.At("moments"), a.gentle(h), 2*latent, a.start(nn.Uniform(0.5))) // small, so that the KL term does not begin with a jump
	mean = Slice(moments, AxisRange(), AxisRange(0, latent))
	logVar = Slice(moments, AxisRange(), AxisRange(latent))
	if a.config.Linear {
		mean = Add(mean, a.linear().encode(x))
		logVar = Add(logVar, ExpandAxes(a.linear().noise(x.Graph()), 0))
	} else {
		logVar = SubScalar(logVar, 2)
	}
	logVar = ClipScalar(logVar, leastLogVar, 4)
	return a.basis().encode(mean, logVar)
}

// Sample draws z from q(z | x) with the given standard normal noise [batch, latent].
func Sample(mean, logVar, noise *Node) *Node {
	return Add(mean, Mul(Exp(MulScalar(logVar, 0.5)), noise))
}

// Decode maps latents z [batch, d] to images: in (-1, 1), or with a linear part, which knows no bounds, in
// [-1.2, 1.2], so that a pixel just beyond white can still be drawn back.
func (a *Small) Decode(z *Node) *Node {
	z = a.basis().decode(z, a.latent())
	scope := a.scope.At(DecoderScope)
	widths := a.config.widths()
	slices.Reverse(widths)
	side := a.config.bottom()
	h := nn.Dense(scope.At("in"), z, side*side*widths[0], nn.Small)
	h = Reshape(h, -1, side, side, widths[0])
	var linear *Node
	if a.config.Linear {
		linear = Reshape(a.linear().decode(z), -1, a.config.Size, a.config.Size, a.config.Channels)
	}
	for i, width := range widths {
		level := scope.At("level_%d", i)
		if a.config.Refine {
			h = seeing(level.At("linear"), h, linear)
		}
		h = residual(level.At("residual"), h)
		next := max(24, width/2)
		if i+1 < len(widths) {
			next = widths[i+1]
		}
		h = nn.DepthToSpace(nn.Conv(level.At("out"), h, 4*next, 1, 1, nn.Small))
	}
	h = nn.SiLU(h)
	h = nn.SiLU(nn.Conv(scope.At("last"), h, h.Shape().Dimensions[3], 3, 1, nn.Small))
	image := nn.Conv(scope.At("image"), a.gentle(h), a.config.Channels, 3, 1, a.start(nn.Small))
	if !a.config.Linear {
		return Tanh(image)
	}
	return ClipScalar(Add(image, linear), -1.2, 1.2)
}

// seeing adds to h what a linear map makes of the block of an image below each of its positions, where blocks are small
// enough for that to be a matter of place.
func seeing(scope *model.Scope, h, image *Node) *Node {
	const largest = 8
	side, width := h.Shape().Dimensions[1], h.Shape().Dimensions[3]
	if image.Shape().Dimensions[1] > largest*side {
		return h
	}
	for image.Shape().Dimensions[1] > side {
		image = nn.SpaceToDepth(image)
	}
	return Add(h, nn.Conv(scope, image, width, 1, 1, nn.Small))
}

// residual is x + f(x) with f two convolutions, each after a group normalisation and SiLU (the
// pre-activation block of He et al. 2016); f starts at 0.
func residual(scope *model.Scope, x *Node) *Node {
	c := x.Shape().Dimensions[3]
	h := nn.Conv(scope.At("conv_0"), nn.SiLU(norm(scope.At("norm_0"), x)), c, 3, 1, nn.Small)
	h = nn.Conv(scope.At("conv_1"), nn.SiLU(norm(scope.At("norm_1"), h)), c, 3, 1, nn.Zero)
	return Add(x, h)
}

// norm is a group normalisation with about 16 channels a group.
func norm(scope *model.Scope, x *Node) *Node {
	c := x.Shape().Dimensions[3]
	groups := max(1, c/16)
	for c%groups != 0 {
		groups--
	}
	return nn.GroupNorm(scope, x, groups)
}
