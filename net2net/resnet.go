package net2net

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// resNet is the ResNet-101 of He et al. (2016) as torchvision builds it, with activation normalisations in
// place of batch normalisations and a linear layer to 2·latent outputs.
type resNet struct {
	scope  *model.Scope
	stem   Conv
	norm   ActNorm
	blocks []bottleneck
	head   Cover
}

// resNet101Depths are the numbers of blocks of its four stages.
var resNet101Depths = []int{3, 4, 23, 3}

func newResNet(scope *model.Scope, latent int) *resNet {
	const expansion = 4
	r := &resNet{
		scope: scope,
		stem:  Conv{Name: "model.conv1", In: 3, Out: 64, Kernel: 7, Stride: 2, Padding: 3, NoBias: true},
		norm:  ActNorm{Name: "model.bn1", Channels: 64},
	}
	in := 64
	for stage, depth := range resNet101Depths {
		width := 64 << stage
		for i := range depth {
			stride := 1
			if i == 0 && stage > 0 {
				stride = 2
			}
			r.blocks = append(r.blocks, newBottleneck(fmt.Sprintf("model.layer%d.%d.", stage+1, i), in, width, width*expansion, stride))
			in = width * expansion
		}
	}
	r.head = Cover{Name: "model.fc.sub_layers.0", In: in, Out: 2 * latent, Side: 1}
	return r
}

func (r *resNet) params() []Param {
	list := append(r.stem.Params(), r.norm.Params()...)
	for _, b := range r.blocks {
		list = append(list, b.params()...)
	}
	return append(list, r.head.Params()...)
}

// encode maps images [batch, size, size, 3] in [-1, 1] to moments [batch, 2·latent].
func (r *resNet) encode(x *Node, mode Mode) *Node {
	n := Network{Scope: r.scope, Mode: mode}
	// The reference normalises images twice, and its weights are used to that.
	h := normaliseImage(normaliseImage(x))
	h = ReLU(r.norm.Apply(n, r.stem.Apply(n, h)))
	h = MaxPool3(h)
	for _, b := range r.blocks {
		h = b.apply(n, h)
	}
	return r.head.Apply(n, ReduceAndKeep(h, ReduceMean, 1, 2))
}

// normaliseImage brings images from [-1, 1] to the mean and the deviation that ImageNet's have.
func normaliseImage(x *Node) *Node {
	mean := []float32{0.485, 0.456, 0.406}
	deviation := []float32{0.229, 0.224, 0.225}
	g := x.Graph()
	x = MulScalar(OnePlus(x), 0.5)
	return Div(Sub(x, ExpandLeftToRank(Const(g, mean), 4)), ExpandLeftToRank(Const(g, deviation), 4))
}

// bottleneck is a residual block of three convolutions; the middle one has the stride.
type bottleneck struct {
	convs    [3]Conv
	norms    [3]ActNorm
	shortcut *shortcut // nil where the block's input is added as it is
}

// shortcut brings a block's input to the shape of its result.
type shortcut struct {
	conv Conv
	norm ActNorm
}

func newBottleneck(name string, in, width, out, stride int) bottleneck {
	b := bottleneck{convs: [3]Conv{
		{In: in, Out: width, Kernel: 1, Stride: 1},
		{In: width, Out: width, Kernel: 3, Stride: stride, Padding: 1},
		{In: width, Out: out, Kernel: 1, Stride: 1},
	}}
	for i := range b.convs {
		b.convs[i].Name = fmt.Sprintf("%sconv%d", name, i+1)
		b.convs[i].NoBias = true
		b.norms[i] = ActNorm{Name: fmt.Sprintf("%sbn%d", name, i+1), Channels: b.convs[i].Out}
	}
	if in != out || stride != 1 {
		b.shortcut = &shortcut{
			Conv{Name: name + "downsample.0", In: in, Out: out, Kernel: 1, Stride: stride, NoBias: true},
			ActNorm{Name: name + "downsample.1", Channels: out},
		}
	}
	return b
}

func (b bottleneck) params() []Param {
	var list []Param
	for i := range b.convs {
		list = append(append(list, b.convs[i].Params()...), b.norms[i].Params()...)
	}
	if b.shortcut != nil {
		list = append(append(list, b.shortcut.conv.Params()...), b.shortcut.norm.Params()...)
	}
	return list
}

func (b bottleneck) apply(n Network, x *Node) *Node {
	h := x
	for i := range b.convs {
		h = b.norms[i].Apply(n, b.convs[i].Apply(n, h))
		if i < len(b.convs)-1 {
			h = ReLU(h)
		}
	}
	if b.shortcut != nil {
		x = b.shortcut.norm.Apply(n, b.shortcut.conv.Apply(n, x))
	}
	return ReLU(Add(h, x))
}
