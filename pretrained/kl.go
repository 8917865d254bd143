package pretrained

import (
	"fmt"
	"math"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/net2net"
	. "github.com/gomlx/gomlx/core/graph"
)

// kl is Stable Diffusion's autoencoder: residual blocks with group normalisation, and attention at the lowest
// resolution.
type kl struct {
	config  KLConfig
	first   [2]net2net.Conv // of encoder and decoder, as all that follows
	levels  [2][]klLevel    // in the order in which an image passes them
	middle  [2]klMiddle
	norm    [2]groupNorm
	last    [2]net2net.Conv
	moments net2net.Conv // quant_conv, behind the encoder
	unquant net2net.Conv // post_quant_conv, before the decoder
}

// The two networks of a kl.
const (
	encoding = iota
	decoding
)

// klLevel is the blocks of one resolution, and the convolution that changes it behind them; nil behind the last.
type klLevel struct {
	blocks []klBlock
	resize *net2net.Conv
}

func newKL(c KLConfig) kl {
	k := kl{config: c}
	conv := func(name string, in, out, kernel int) net2net.Conv {
		return net2net.Conv{Name: name, In: in, Out: out, Kernel: kernel, Stride: 1, Padding: kernel / 2}
	}
	top, bottom := c.Widths[0], c.Widths[len(c.Widths)-1]
	k.first = [2]net2net.Conv{conv("encoder.conv_in", 3, top, 3), conv("decoder.conv_in", c.Channels, bottom, 3)}
	level := func(name, resize string, in, out, blocks int, last bool) klLevel {
		var l klLevel
		for i := range blocks {
			l.blocks = append(l.blocks, newKLBlock(fmt.Sprintf("%s.resnets.%d", name, i), in, out))
			in = out
		}
		if !last {
			r := conv(fmt.Sprintf("%s.%s.0.conv", name, resize), out, out, 3)
			l.resize = &r
		}
		return l
	}
	in := top
	for i, width := range c.Widths {
		name := fmt.Sprintf("encoder.down_blocks.%d", i)
		k.levels[encoding] = append(k.levels[encoding], level(name, "downsamplers", in, width, c.Blocks, i == len(c.Widths)-1))
		in = width
	}
	for i := range c.Widths {
		width := c.Widths[len(c.Widths)-1-i]
		name := fmt.Sprintf("decoder.up_blocks.%d", i)
		k.levels[decoding] = append(k.levels[decoding], level(name, "upsamplers", in, width, c.Blocks+1, i == len(c.Widths)-1))
		in = width
	}
	k.middle = [2]klMiddle{newKLMiddle("encoder.mid_block", bottom), newKLMiddle("decoder.mid_block", bottom)}
	k.norm = [2]groupNorm{klNorm("encoder.conv_norm_out", bottom), klNorm("decoder.conv_norm_out", top)}
	k.last = [2]net2net.Conv{conv("encoder.conv_out", bottom, 2*c.Channels, 3), conv("decoder.conv_out", top, 3, 3)}
	k.moments = conv("quant_conv", 2*c.Channels, 2*c.Channels, 1)
	k.unquant = conv("post_quant_conv", c.Channels, c.Channels, 1)
	return k
}

func (k kl) params() []net2net.Param {
	var list []net2net.Param
	for side := range k.first {
		list = append(list, k.first[side].Params()...)
		for _, l := range k.levels[side] {
			for _, b := range l.blocks {
				list = append(list, b.params()...)
			}
			if l.resize != nil {
				list = append(list, l.resize.Params()...)
			}
		}
		list = append(append(list, k.middle[side].params()...), k.norm[side].params()...)
		list = append(list, k.last[side].Params()...)
	}
	if k.config.Quantise {
		list = append(append(list, k.moments.Params()...), k.unquant.Params()...)
	}
	return list
}

func (k kl) encode(n net2net.Network, x *Node) *Node {
	h := k.first[encoding].Apply(n, x)
	for _, l := range k.levels[encoding] {
		for _, b := range l.blocks {
			h = b.apply(n, h)
		}
		if l.resize != nil {
			h = halve(n, *l.resize, h)
		}
	}
	h = k.middle[encoding].apply(n, h)
	h = k.last[encoding].Apply(n, nn.SiLU(k.norm[encoding].apply(n, h)))
	if k.config.Quantise {
		h = k.moments.Apply(n, h)
	}
	return Slice(h, AxisRange(), AxisRange(), AxisRange(), AxisRange(0, k.config.Channels)) // the means; log-variances follow
}

func (k kl) decode(n net2net.Network, y *Node) *Node {
	if k.config.Quantise {
		y = k.unquant.Apply(n, y)
	}
	h := k.middle[decoding].apply(n, k.first[decoding].Apply(n, y))
	for _, l := range k.levels[decoding] {
		for _, b := range l.blocks {
			h = b.apply(n, h)
		}
		if l.resize != nil {
			h = l.resize.ApplyEnlarged(n, h)
		}
	}
	return k.last[decoding].Apply(n, nn.SiLU(k.norm[decoding].apply(n, h)))
}

// halve convolves with stride 2 and a row of zeros behind each side.
func halve(n net2net.Network, c net2net.Conv, x *Node) *Node {
	list := c.Params()
	y := nn.Convolution(x, list[0].Node(n, x.Graph()), 2, 0, 1)
	return Add(y, ExpandLeftToRank(list[1].Node(n, x.Graph()), 4))
}

func klNorm(name string, channels int) groupNorm { return groupNorm{name, channels, klGroups, 1e-6} }

// klBlock is x + f(x) with f two convolutions, each after a normalisation and SiLU.
type klBlock struct {
	norms    [2]groupNorm
	convs    [2]net2net.Conv
	shortcut *net2net.Conv // of x, where the channels change
}

func newKLBlock(name string, in, out int) klBlock {
	conv := func(which string, in int) net2net.Conv {
		return net2net.Conv{Name: name + which, In: in, Out: out, Kernel: 3, Stride: 1, Padding: 1}
	}
	b := klBlock{
		norms: [2]groupNorm{klNorm(name+".norm1", in), klNorm(name+".norm2", out)},
		convs: [2]net2net.Conv{conv(".conv1", in), conv(".conv2", out)},
	}
	if in != out {
		b.shortcut = &net2net.Conv{Name: name + ".conv_shortcut", In: in, Out: out, Kernel: 1, Stride: 1}
	}
	return b
}

func (b klBlock) params() []net2net.Param {
	var list []net2net.Param
	for i := range b.convs {
		list = append(append(list, b.norms[i].params()...), b.convs[i].Params()...)
	}
	if b.shortcut != nil {
		list = append(list, b.shortcut.Params()...)
	}
	return list
}

func (b klBlock) apply(n net2net.Network, x *Node) *Node {
	h := x
	for i := range b.convs {
		h = b.convs[i].Apply(n, nn.SiLU(b.norms[i].apply(n, h)))
	}
	if b.shortcut != nil {
		x = b.shortcut.Apply(n, x)
	}
	return Add(x, h)
}

// klMiddle is two blocks with attention of one head between them.
type klMiddle struct {
	blocks            [2]klBlock
	norm              groupNorm
	query, key, value net2net.Linear
	output            net2net.Linear
}

func newKLMiddle(name string, width int) klMiddle {
	attention := name + ".attentions.0."
	linear := func(which string) net2net.Linear {
		return net2net.Linear{Name: attention + which, In: width, Out: width}
	}
	return klMiddle{
		blocks: [2]klBlock{newKLBlock(name+".resnets.0", width, width), newKLBlock(name+".resnets.1", width, width)},
		norm:   klNorm(attention+"group_norm", width),
		query:  linear("to_q"), key: linear("to_k"), value: linear("to_v"), output: linear("to_out.0"),
	}
}

func (m klMiddle) params() []net2net.Param {
	list := append(m.blocks[0].params(), m.norm.params()...)
	for _, l := range []net2net.Linear{m.query, m.key, m.value, m.output} {
		list = append(list, l.Params()...)
	}
	return append(list, m.blocks[1].params()...)
}

func (m klMiddle) apply(n net2net.Network, x *Node) *Node {
	x = m.blocks[0].apply(n, x)
	d := x.Shape().Dimensions
	rows := Reshape(m.norm.apply(n, x), -1, d[3])
	project := func(l net2net.Linear) *Node { return Reshape(l.Apply(n, rows), d[0], -1, d[3]) }
	seen := net2net.Attend(MulScalar(project(m.query), 1/math.Sqrt(float64(d[3]))), project(m.key), project(m.value))
	x = Add(x, Reshape(m.output.Apply(n, Reshape(seen, -1, d[3])), d...))
	return m.blocks[1].apply(n, x)
}
