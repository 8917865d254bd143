// Package pretrained is a stage one that others have trained: the encoder and the decoder of TAESD and its kin, the tiny
// autoencoders of Bohan (github.com/madebyollin/taesd), and those of Stable Diffusion (AutoencoderKL: Rombach, Blattmann,
// Lorenz, Esser, Ommer 2022, "High-Resolution Image Synthesis with Latent Diffusion Models", section 3.1), read from files
// with the published names.
//
// Their latents y are images themselves, [h/8, w/8, c]. The latents of the prism are coordinates of whole latents u, which
// hold y and, where [Config.Thumbnail] is set, the image shrunk to the sides of y,
//
//	u = (ωy, thumbnail)        z = W(u - m)        x' = decode(the y of m + W⁺z)
//
// their leading principal components; see [autoencoder.Coordinates]. The weight ω, see [Config.Weigh], is so small that
// the thumbnail decides what the components are: what varies most in y is not what counts in an image. Without a
// thumbnail u is y. Of an image is lost what neither the networks nor the components keep.
//
// Images are float32 [batch, size, size, channels] in [-1, 1]. Functions that build graphs panic on wrong shapes, as
// GoMLX's own.
package pretrained

import (
	"errors"
	"fmt"
	"math"
)

// Config is the architecture of the networks, one of TAESD and KL, and what they are used for.
type Config struct {
	TAESD    *TAESDConfig `yaml:"taesd,omitempty" json:"taesd,omitempty"`
	KL       *KLConfig    `yaml:"kl,omitempty" json:"kl,omitempty"`
	Size     int          `yaml:"size" json:"size"`         // side of the square image, which the encoder can halve
	Channels int          `yaml:"channels" json:"channels"` // 3, or 1 for grey, which the networks see as colour
	Latent   int          `yaml:"latent" json:"latent"`     // the most values of z, even

	// Thumbnail is whether the components are of a thumbnail too, or of the networks' latents alone.
	Thumbnail bool `yaml:"thumbnail,omitempty" json:"thumbnail,omitempty"`
}

// TAESDConfig sizes the tiny autoencoder. It halves the sides three times.
type TAESDConfig struct {
	Width    int `yaml:"width" json:"width"`       // channels of every layer: 64 as published
	Channels int `yaml:"channels" json:"channels"` // of its latents: 4, 16 of TAESD3 and TAEF1, 32 of TAEF2

	// Pools is whether the blocks of the lowest resolution see the whole image, as those of TAEF2 do.
	Pools bool `yaml:"pools,omitempty" json:"pools,omitempty"`
}

// KLConfig sizes Stable Diffusion's autoencoder.
type KLConfig struct {
	Widths   []int `yaml:"widths" json:"widths"`         // channels of each resolution, the highest first: 128, 256, 512, 512 as published
	Blocks   int   `yaml:"blocks" json:"blocks"`         // residual blocks of each: 2 as published; the decoder has one more
	Channels int   `yaml:"channels" json:"channels"`     // of its latents: 4 as published
	Quantise bool  `yaml:"quant_conv" json:"quant_conv"` // whether a convolution of one pixel stands behind the encoder and before the decoder
}

// klGroups are the groups of its normalisations.
const klGroups = 32

// The largest sizes that are taken from a configuration.
const (
	mostWidth  = 1 << 12
	mostLevels = 8
	mostBlocks = 64
)

// Validate names the first field that cannot be built.
func (c Config) Validate() error {
	switch {
	case (c.TAESD == nil) == (c.KL == nil):
		return errors.New("pretrained: name the architecture: either taesd or kl")
	case c.Channels != 1 && c.Channels != 3:
		return fmt.Errorf("pretrained: %d channels are not supported: images have 1 or 3", c.Channels)
	case c.Latent < 2 || c.Latent%2 != 0:
		return fmt.Errorf("pretrained: latent is %d, but must be even and at least 2", c.Latent)
	}
	if err := c.validateNetworks(); err != nil {
		return err
	}
	if f := c.factor(); c.Size < 4*f || c.Size%f != 0 {
		return fmt.Errorf("pretrained: size is %d, but must be a multiple of %d and at least %d", c.Size, f, 4*f)
	}
	if n := c.Values(); c.Latent > n {
		return fmt.Errorf("pretrained: latent is %d, but an image of %d pixels has %d values to take them from", c.Latent, c.Size, n)
	}
	return nil
}

func (c Config) validateNetworks() error {
	within := func(name string, value, least, most int) error {
		if value < least || value > most {
			return fmt.Errorf("pretrained: %s is %d, but must be from %d to %d", name, value, least, most)
		}
		return nil
	}
	if t := c.TAESD; t != nil {
		return errors.Join(within("taesd.width", t.Width, 1, mostWidth), within("taesd.channels", t.Channels, 1, mostWidth))
	}
	k := c.KL
	if k == nil {
		return nil
	}
	err := errors.Join(within("the number of kl.widths", len(k.Widths), 1, mostLevels),
		within("kl.blocks", k.Blocks, 1, mostBlocks), within("kl.channels", k.Channels, 1, mostWidth))
	for _, w := range k.Widths {
		if w%klGroups != 0 {
			err = errors.Join(err, fmt.Errorf("pretrained: %d of kl.widths is no multiple of %d", w, klGroups))
		}
		err = errors.Join(err, within("each of kl.widths", w, klGroups, mostWidth))
	}
	return err
}

// Name is what the architecture is called.
func (c Config) Name() string {
	if c.TAESD != nil {
		return "TAESD"
	}
	return "AutoencoderKL"
}

// factor is how many pixels one of the networks' latents stands for along a side.
func (c Config) factor() int {
	if c.TAESD != nil {
		return 1 << taesdLevels
	}
	return 1 << (len(c.KL.Widths) - 1)
}

// LatentShape is the shape [h, w, c] of the networks' own latents of an image.
func (c Config) LatentShape() [3]int {
	side := c.Size / c.factor()
	if c.TAESD != nil {
		return [3]int{side, side, c.TAESD.Channels}
	}
	return [3]int{side, side, c.KL.Channels}
}

// Values is the number of values of the whole latents of an image: those of the networks', then those of the thumbnail.
func (c Config) Values() int {
	n := c.networkValues()
	if c.Thumbnail {
		s := c.LatentShape()
		n += s[0] * s[1] * c.Channels
	}
	return n
}

func (c Config) networkValues() int {
	s := c.LatentShape()
	return s[0] * s[1] * s[2]
}

// Weigh multiplies the y of whole latents [n, values], with those of [Config.Values], by ω, which it returns. At it the
// variance of y over the n images, summed over values, is a tenth of that of the thumbnail.
func (c Config) Weigh(whole []float32) (weight float64) {
	const share = 0.1
	width, split := c.Values(), c.networkValues()
	n := float64(len(whole) / width)
	mean := make([]float64, width)
	for i, v := range whole {
		mean[i%width] += float64(v) / n
	}
	var y, thumbnail float64
	for i, v := range whole {
		d := float64(v) - mean[i%width]
		if i%width < split {
			y += d * d
		} else {
			thumbnail += d * d
		}
	}
	weight = math.Sqrt(share * thumbnail / y)
	for i := range whole {
		if i%width < split {
			whole[i] *= float32(weight)
		}
	}
	return weight
}

// Batch is how many images are encoded and decoded at once: more where they are small.
func (c Config) Batch() int {
	pixels := 1 << 16
	if c.KL != nil {
		pixels = 1 << 14
	}
	return max(1, min(16, pixels/(c.Size*c.Size)))
}
