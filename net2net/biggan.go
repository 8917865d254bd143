package net2net

import (
	"fmt"

	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Sizes of BigGAN that the reference keeps fixed.
const (
	bigGANClasses   = 1000 // of ImageNet, of which the decoder makes up a mixture from the latent
	bigGANEmbedding = 128  // size of the vector that stands for the mixture
	bigGANChunk     = 20   // what each block sees of the latent; the first layer sees the rest
	bigGANSide      = 4    // of the first image
	bigGANEpsilon   = 1e-4 // of batch normalisations
)

// bigGAN256 are the input channels of the blocks of the generator for 256 pixels (Brock et al. 2019, appendix B), as
// multiples of its width, and after the last block's the final channels. Attention stands before the last block.
var bigGAN256 = []int{16, 16, 8, 8, 4, 2, 1}

// bigGAN is the generator of BigGAN as a decoder: a perceptron turns the latent into a mixture of classes.
type bigGAN struct {
	scope    *model.Scope
	latent   int
	classes  []Linear // of the perceptron
	embed    Linear
	first    SpectralLinear
	blocks   []bigGANBlock
	attend   attention
	norm     ActNorm
	colorize SpectralConv
}

// bigGANFirst is the part of the latent that the first layer sees.
func bigGANFirst(latent int) int { return latent - (len(bigGAN256)-1)*bigGANChunk }

func newBigGAN(scope *model.Scope, latent, width int) *bigGAN {
	const hidden, depth = 2 * bigGANClasses, 2
	b := &bigGAN{
		scope: scope, latent: latent,
		embed: Linear{Name: "decoder.linear", In: bigGANClasses, Out: bigGANEmbedding, NoBias: true},
		first: SpectralLinear{Linear: Linear{
			Name: "decoder.G_linear.module", In: bigGANFirst(latent), Out: bigGANSide * bigGANSide * bigGAN256[0] * width}},
	}
	in := latent
	for i := range depth + 2 {
		out := hidden
		if i == depth+1 {
			out = bigGANClasses
		}
		b.classes = append(b.classes, Linear{Name: fmt.Sprintf("map_to_class_embedding.main.%d", 2*i), In: in, Out: out})
		in = out
	}
	for i := range len(bigGAN256) - 1 {
		b.blocks = append(b.blocks, newBigGANBlock(fmt.Sprintf("decoder.GBlock.%d.", i), bigGAN256[i]*width, bigGAN256[i+1]*width))
	}
	last := bigGAN256[len(bigGAN256)-1] * width
	b.attend = newAttention("decoder.attention.", b.blocks[len(b.blocks)-1].convs[0].In)
	b.norm = ActNorm{Name: "decoder.ScaledCrossReplicaBN", Channels: last}
	b.colorize = SpectralConv{Conv: Conv{Name: "decoder.colorize.module", In: last, Out: 3, Kernel: 3, Stride: 1, Padding: 1}}
	return b
}

// spectralLayer is a layer that is folded for inference.
type spectralLayer interface {
	Params() []Param
	Fold(*model.Scope) error
}

func (b *bigGAN) spectral() []spectralLayer {
	list := []spectralLayer{b.first}
	for _, block := range b.blocks {
		list = append(list, block.spectral()...)
	}
	return append(append(list, b.attend.spectral()...), b.colorize)
}

func (b *bigGAN) params() []Param {
	var list []Param
	for _, l := range append(b.classes, b.embed) {
		list = append(list, l.Params()...)
	}
	for _, l := range b.spectral() {
		list = append(list, l.Params()...)
	}
	for _, block := range b.blocks {
		for _, norm := range block.norms {
			list = append(list, norm.batch.Params()...)
		}
	}
	return append(append(list, b.attend.gamma()), b.norm.Params()...)
}

// decode maps latents [batch, latent] to images [batch, 256, 256, 3] in (-1, 1).
func (b *bigGAN) decode(z *Node, mode Mode, folded bool) *Node {
	n := Network{Scope: b.scope, Mode: mode, Folded: folded}
	class := b.embed.Apply(n, b.mixture(n, z))
	at := bigGANFirst(b.latent)
	x := b.first.Apply(n, Slice(z, AxisRange(), AxisRange(0, at)))
	x = Reshape(x, z.Shape().Dimensions[0], bigGANSide, bigGANSide, -1)
	for i, block := range b.blocks {
		if i == len(b.blocks)-1 {
			x = b.attend.apply(n, x)
		}
		chunk := Slice(z, AxisRange(), AxisRange(at, at+bigGANChunk))
		at += bigGANChunk
		x = block.apply(n, x, Concatenate([]*Node{chunk, class}, 1))
	}
	x = ReLU(b.norm.Apply(n, x))
	return Tanh(b.colorize.Apply(n, x))
}

// mixture is the distribution over classes that stands for a latent.
func (b *bigGAN) mixture(n Network, z *Node) *Node {
	const slope = 0.01
	for i, l := range b.classes {
		z = l.Apply(n, z)
		if i < len(b.classes)-1 {
			z = LeakyReLU(z, slope)
		}
	}
	return Softmax(z, 1)
}

// bigGANBlock is a residual block that doubles the sides of its image.
type bigGANBlock struct {
	norms    [2]conditionalNorm
	convs    [2]SpectralConv
	shortcut SpectralConv
}

func newBigGANBlock(name string, in, out int) bigGANBlock {
	conv := func(which string, in, kernel int) SpectralConv {
		return SpectralConv{Conv: Conv{Name: name + which + ".module", In: in, Out: out, Kernel: kernel, Stride: 1, Padding: kernel / 2}}
	}
	return bigGANBlock{
		norms:    [2]conditionalNorm{newConditionalNorm(name+"HyperBN", in), newConditionalNorm(name+"HyperBN_1", out)},
		convs:    [2]SpectralConv{conv("conv0", in, 3), conv("conv1", out, 3)},
		shortcut: conv("conv_sc", in, 1),
	}
}

func (b bigGANBlock) spectral() []spectralLayer {
	return []spectralLayer{b.convs[0], b.convs[1], b.shortcut, b.norms[0].gamma, b.norms[0].beta, b.norms[1].gamma, b.norms[1].beta}
}

func (b bigGANBlock) apply(n Network, x, condition *Node) *Node {
	h := ReLU(b.norms[0].apply(n, x, condition))
	h = ReLU(b.norms[1].apply(n, b.convs[0].ApplyEnlarged(n, h), condition))
	h = b.convs[1].Apply(n, h)
	// A kernel of one pixel gives the same before the image is enlarged as after.
	return Add(h, nn.Upsample(b.shortcut.Apply(n, x)))
}

// conditionalNorm is a batch normalisation whose scale and shift are linear in a condition (de Vries et al. 2017).
type conditionalNorm struct {
	batch       BatchNorm
	gamma, beta SpectralLinear
}

func newConditionalNorm(name string, channels int) conditionalNorm {
	linear := func(which string) SpectralLinear {
		return SpectralLinear{Linear: Linear{
			Name: name + "." + which + ".module", In: bigGANChunk + bigGANEmbedding, Out: channels, NoBias: true}}
	}
	return conditionalNorm{BatchNorm{Name: name + ".bn", Channels: channels, Epsilon: bigGANEpsilon}, linear("gamma_embed"), linear("beta_embed")}
}

func (c conditionalNorm) apply(n Network, x, condition *Node) *Node {
	perImage := func(v *Node) *Node { return Reshape(v, v.Shape().Dimensions[0], 1, 1, -1) }
	scale := perImage(OnePlus(c.gamma.Apply(n, condition)))
	return Add(Mul(c.batch.Apply(n, x), scale), perImage(c.beta.Apply(n, condition)))
}
