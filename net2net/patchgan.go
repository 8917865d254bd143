package net2net

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// PatchGAN is the discriminator of the reference, that of pix2pix (Isola et al. 2017), with its weights in
// scope under the reference's names: three convolutions of stride 2 and two of stride 1, the inner ones
// with batch normalisation.
type PatchGAN struct {
	scope  *model.Scope
	layers []patchLayer
}

// patchLayer is a convolution, what normalises it (nil for none), and whether a leaky ReLU follows.
type patchLayer struct {
	conv       Conv
	norm       *BatchNorm
	activation bool
}

// NewPatchGAN describes the discriminator of images with this many channels. It builds no graph.
func NewPatchGAN(scope *model.Scope, channels int) *PatchGAN {
	const kernel, padding, epsilon = 4, 1, 1e-5
	d := &PatchGAN{scope: scope}
	in, index := channels, 0
	add := func(out, stride int, normalised, activation bool) {
		layer := patchLayer{activation: activation, conv: Conv{
			Name: fmt.Sprintf("main.%d", index), In: in, Out: out, Kernel: kernel, Stride: stride, Padding: padding, NoBias: normalised,
		}}
		index++ // the reference counts activations and normalisations, too
		if normalised {
			layer.norm = &BatchNorm{Name: fmt.Sprintf("main.%d", index), Channels: out, Affine: true, Epsilon: epsilon}
			index++
		}
		if activation {
			index++
		}
		d.layers = append(d.layers, layer)
		in = out
	}
	add(64, 2, false, true)
	add(128, 2, true, true)
	add(256, 2, true, true)
	add(512, 1, true, true)
	add(1, 1, false, false)
	return d
}

// Params lists the parameters.
func (d *PatchGAN) Params() []Param {
	var list []Param
	for _, layer := range d.layers {
		list = append(list, layer.conv.Params()...)
		if layer.norm != nil {
			list = append(list, layer.norm.Params()...)
		}
	}
	return list
}

// Judge returns logits [batch, h, w, 1], above 0 where a patch of x [batch, size, size, channels] seems real.
func (d *PatchGAN) Judge(x *Node, mode Mode) *Node {
	const slope = 0.2
	n := Network{Scope: d.scope, Mode: mode}
	for _, layer := range d.layers {
		x = layer.conv.Apply(n, x)
		if layer.norm != nil {
			x = layer.norm.Apply(n, x)
		}
		if layer.activation {
			x = LeakyReLU(x, slope)
		}
	}
	return x
}
