package prism

import (
	"errors"
	"fmt"

	"github.com/dataprism/dataprism/pretrained"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// The networks of a stage one that others have trained keep more of an image than the latents z, which are its leading
// components. Whole latents, [n, values], hold those of the networks; see [pretrained.Autoencoder.Latents]. Only a prism with
// [Config.Pretrained] has them.
//
// What z leaves out of them is an image's detail. Carried over unchanged from an image to its projections, it keeps them as
// sharp as the networks are. It keeps what it tells of the image's collection, too: what is measured is measured without.

// ofPretrained are the maps of whole latents.
func (s *graphs) ofPretrained(a *pretrained.Autoencoder) []compiled {
	return []compiled{
		{&s.whole, func(_ *model.Scope, in []*Node) []*Node { return []*Node{a.Latents(in[0])} }},
		{&s.compress, func(_ *model.Scope, in []*Node) []*Node {
			mean, logVar := a.Compress(in[0])
			return []*Node{mean, logVar, Sub(in[0], a.Expand(mean))}
		}},
		{&s.restore, func(_ *model.Scope, in []*Node) []*Node { return []*Node{ClipScalar(a.Images(in[0]), -1, 1)} }},
		{&s.detailed, func(_ *model.Scope, in []*Node) []*Node {
			return []*Node{ClipScalar(a.Images(Add(a.Expand(in[0]), in[1])), -1, 1)}
		}},
	}
}

// errNoWhole says that a prism has none.
var errNoWhole = errors.New("prism: only a pretrained autoencoder has whole latents")

// EncodeWhole maps images [n, size, size, channels] to their whole latents.
func (p *Prism) EncodeWhole(images []float32) ([]float32, error) {
	side, channels := p.Size()
	out, err := p.callWhole(p.graphs.whole, images, side, side, channels)
	if err != nil || out == nil {
		return nil, err
	}
	return out[0], nil
}

// Compress maps whole latents to the mean and the log-variance of z, each [n, dim], as [Prism.Encode] maps their images.
func (p *Prism) Compress(whole []float32) (mean, logVar []float32, err error) {
	out, err := p.callWhole(p.graphs.compress, whole, p.wholeDim())
	if err != nil || out == nil {
		return nil, nil, err
	}
	return out[0], out[1], nil
}

// DecodeWhole maps whole latents to images.
func (p *Prism) DecodeWhole(whole []float32) ([]float32, error) {
	out, err := p.callWhole(p.graphs.restore, whole, p.wholeDim())
	if err != nil || out == nil {
		return nil, err
	}
	return out[0], nil
}

// wholeDim is the number of values of whole latents.
func (p *Prism) wholeDim() int {
	if p.Config.Pretrained == nil {
		return 1
	}
	return p.Config.Pretrained.Values()
}

// callWhole runs a map of rows of these axes.
func (p *Prism) callWhole(exec *model.Exec, values []float32, dims ...int) ([][]float32, error) {
	if p.Config.Pretrained == nil {
		return nil, errNoWhole
	}
	width := 1
	for _, d := range dims {
		width *= d
	}
	n, err := rows("rows", values, width)
	if err != nil || n == 0 {
		return nil, err
	}
	return p.graphs.call(exec, n, input{values: values, dims: dims})
}

// Detail is what z leaves out of the whole latents of n images, [n, values], for [Prism.DecodeWith]: nil for a prism without
// them.
func (p *Prism) Detail(images []float32) ([]float32, error) {
	if p.Config.Pretrained == nil {
		return nil, nil
	}
	whole, err := p.EncodeWhole(images)
	if err != nil {
		return nil, err
	}
	out, err := p.callWhole(p.graphs.compress, whole, p.wholeDim())
	if err != nil || out == nil {
		return nil, err
	}
	return out[2], nil
}

// DecodeWith maps latents z [n, dim] with as many rows of detail to images. Without any detail it is [Prism.Decode].
func (p *Prism) DecodeWith(z, detail []float32) ([]float32, error) {
	if len(detail) == 0 {
		return p.Decode(z)
	}
	if p.Config.Pretrained == nil {
		return nil, errNoWhole
	}
	n, err := rows("latents", z, p.Dim())
	if err != nil || n == 0 {
		return nil, err
	}
	if len(detail) != n*p.wholeDim() {
		return nil, fmt.Errorf("prism: %d latents come with %d values of detail, want %d each", n, len(detail), p.wholeDim())
	}
	out, err := p.graphs.call(p.graphs.detailed, n, input{values: z, dims: []int{p.Dim()}}, input{values: detail, dims: []int{p.wholeDim()}})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}
