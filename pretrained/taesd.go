package pretrained

import (
	"fmt"

	"github.com/dataprism/dataprism/net2net"
	. "github.com/gomlx/gomlx/core/graph"
)

// taesdLevels is how often the encoder of TAESD halves the sides, and taesdBlocks the blocks of each resolution but the
// highest, which has one.
const (
	taesdLevels = 3
	taesdBlocks = 3
)

// taesd is the tiny autoencoder: convolutions of 3 pixels and residual blocks of them, without normalisation but that of
// pools.
type taesd struct{ encoder, decoder sequence }

func newTAESD(c TAESDConfig) taesd {
	encoder := sequence{prefix: "encoder.layers."}
	encoder.conv(3, c.Width, 1, true)
	encoder.blocks(c.Width, 1, false)
	for level := range taesdLevels {
		encoder.conv(c.Width, c.Width, 2, false)
		encoder.blocks(c.Width, taesdBlocks, c.Pools && level == taesdLevels-1)
	}
	encoder.conv(c.Width, c.Channels, 1, true)

	decoder := sequence{prefix: "decoder.layers."}
	decoder.conv(c.Channels, c.Width, 1, true)
	decoder.relu()
	for level := range taesdLevels {
		decoder.blocks(c.Width, taesdBlocks, c.Pools && level == 0)
		decoder.enlarge(c.Width)
	}
	decoder.blocks(c.Width, 1, false)
	decoder.conv(c.Width, 3, 1, true)
	return taesd{encoder, decoder}
}

func (t taesd) params() []net2net.Param { return append(t.encoder.params(), t.decoder.params()...) }

// encode takes images in [-1, 1], which the networks know in [0, 1].
func (t taesd) encode(n net2net.Network, x *Node) *Node {
	return t.encoder.apply(n, MulScalar(OnePlus(x), 0.5))
}

// decode bounds latents softly by ±3 before it begins.
func (t taesd) decode(n net2net.Network, y *Node) *Node {
	const bound = 3
	x := t.decoder.apply(n, MulScalar(Tanh(DivScalar(y, bound)), bound))
	return AddScalar(MulScalar(x, 2), -1)
}

// sequence is a list of layers that are numbered in the names of their weights. Layers without weights count.
type sequence struct {
	prefix string
	layers []numbered
}

// numbered is a layer and its weights.
type numbered struct {
	weights []net2net.Param
	apply   func(n net2net.Network, x *Node) *Node
}

func (s *sequence) name() string { return fmt.Sprint(s.prefix, len(s.layers)) }

func (s *sequence) conv(in, out, stride int, bias bool) {
	c := net2net.Conv{Name: s.name(), In: in, Out: out, Kernel: 3, Stride: stride, Padding: 1, NoBias: !bias}
	s.layers = append(s.layers, numbered{c.Params(), c.Apply})
}

func (s *sequence) relu() {
	s.layers = append(s.layers, numbered{apply: func(_ net2net.Network, x *Node) *Node { return net2net.ReLU(x) }})
}

// blocks are residual blocks: relu(x + f(x)), with f three convolutions with a ReLU between each two. Where they pool,
// x + pool(x) takes the place of x.
func (s *sequence) blocks(width, count int, pools bool) {
	for range count {
		var convs [3]net2net.Conv
		var weights []net2net.Param
		for i := range convs {
			convs[i] = net2net.Conv{Name: fmt.Sprintf("%s.conv.%d", s.name(), 2*i), In: width, Out: width, Kernel: 3, Stride: 1, Padding: 1}
			weights = append(weights, convs[i].Params()...)
		}
		p := newPool(s.name()+".pool", width)
		if pools {
			weights = append(weights, p.params()...)
		}
		s.layers = append(s.layers, numbered{weights, func(n net2net.Network, x *Node) *Node {
			if pools {
				x = Add(x, p.apply(n, x))
			}
			h := net2net.ReLU(convs[0].Apply(n, x))
			h = net2net.ReLU(convs[1].Apply(n, h))
			return net2net.ReLU(Add(convs[2].Apply(n, h), x))
		}})
	}
}

// pool is what a pixel gets of the whole image: its values by a matrix, normalised over the image in groups of channels,
// then ReLU and another matrix.
type pool struct {
	widen, narrow net2net.Conv
	norm          groupNorm
}

func newPool(name string, width int) pool {
	const groups, factor = 4, 4
	conv := func(number, in, out int) net2net.Conv {
		return net2net.Conv{Name: fmt.Sprintf("%s.%d", name, number), In: in, Out: out, Kernel: 1, Stride: 1, NoBias: true}
	}
	inner := factor * width
	return pool{conv(0, width, inner), conv(3, inner, width), groupNorm{name + ".1", inner, groups, 1e-5}}
}

func (p pool) params() []net2net.Param {
	return append(append(p.widen.Params(), p.norm.params()...), p.narrow.Params()...)
}

func (p pool) apply(n net2net.Network, x *Node) *Node {
	return p.narrow.Apply(n, net2net.ReLU(p.norm.apply(n, p.widen.Apply(n, x))))
}

// enlarge repeats each pixel to a block of 2×2, which is a layer of its own in the numbering, and convolves.
func (s *sequence) enlarge(width int) {
	s.layers = append(s.layers, numbered{apply: func(_ net2net.Network, x *Node) *Node { return x }})
	c := net2net.Conv{Name: s.name(), In: width, Out: width, Kernel: 3, Stride: 1, Padding: 1, NoBias: true}
	s.layers = append(s.layers, numbered{c.Params(), c.ApplyEnlarged})
}

func (s *sequence) params() []net2net.Param {
	var list []net2net.Param
	for _, l := range s.layers {
		list = append(list, l.weights...)
	}
	return list
}

func (s *sequence) apply(n net2net.Network, x *Node) *Node {
	for _, l := range s.layers {
		x = l.apply(n, x)
	}
	return x
}
