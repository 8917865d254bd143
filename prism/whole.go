package prism

import (
	"errors"

	"github.com/dataprism/dataprism/pretrained"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// The networks of a stage one that others have trained keep more of an image than the latents z, its leading components.
// Their own latents are the whole ones, [n, h·w·c]; only a prism with [Config.Pretrained] has them.

// ofPretrained are the maps of whole latents.
func (s *graphs) ofPretrained(a *pretrained.Autoencoder) []compiled {
	return []compiled{
		{&s.whole, func(_ *model.Scope, in []*Node) []*Node { return []*Node{a.Latents(in[0])} }},
		{&s.compress, func(_ *model.Scope, in []*Node) []*Node {
			mean, logVar := a.Coordinates.Encode(in[0])
			return []*Node{mean, logVar}
		}},
		{&s.restore, func(_ *model.Scope, in []*Node) []*Node { return []*Node{ClipScalar(a.Images(in[0]), -1, 1)} }},
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
	s := p.Config.Pretrained.LatentShape()
	return s[0] * s[1] * s[2]
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
