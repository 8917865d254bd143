package weigh

import (
	"math"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// rung is a cue of images: what it is called and how it is read off one.
type rung struct {
	name string
	read func(images measure.Images) (measure.Matrix, error) // [n, columns]
}

// The names of the rungs, from the simplest on. [PosteriorCue] stands before the last thumbnail where there are
// collections to be told apart.
const (
	ColourCue    = "colour"    // mean of each channel
	QualityCue   = "quality"   // contrast, sharpness, saturation and clipping
	CoarseCue    = "4x4"       // means of 4x4 areas
	FrameCue     = "frame"     // the outermost of 16x16 areas, where a subject seldom is
	PosteriorCue = "posterior" // log p(z|c) of each collection
	ThumbnailCue = "16x16"     // means of 16x16 areas
	FullCue      = "features"  // those and a histogram of oriented gradients: see probe.Features
)

// ladder are the cues of images alone.
func ladder() []rung {
	return []rung{
		{ColourCue, func(m measure.Images) (measure.Matrix, error) { return grid(m, 1), nil }},
		{QualityCue, func(m measure.Images) (measure.Matrix, error) { return qualities(m), nil }},
		{CoarseCue, func(m measure.Images) (measure.Matrix, error) { return grid(m, 4), nil }},
		{FrameCue, func(m measure.Images) (measure.Matrix, error) { return border(m, 16), nil }},
		{ThumbnailCue, func(m measure.Images) (measure.Matrix, error) { return grid(m, 16), nil }},
		{FullCue, probe.Features},
	}
}

// grid are the means of side x side areas of images, whose sides side must divide or exceed; pixels belong to the
// area that their middle lies in.
func grid(m measure.Images, side int) measure.Matrix {
	side = min(side, m.H, m.W)
	out := measure.NewMatrix(m.N, side*side*m.C)
	count := make([]float32, side*side)
	for y := range m.H {
		for x := range m.W {
			count[y*side/m.H*side+x*side/m.W]++
		}
	}
	for i := range m.N {
		row, image := out.Row(i), m.Image(i)
		for y := range m.H {
			for x := range m.W {
				area := y*side/m.H*side + x*side/m.W
				for k := range m.C {
					row[area*m.C+k] += image[(y*m.W+x)*m.C+k] / count[area]
				}
			}
		}
	}
	return out
}

// border are the outermost areas of [grid].
func border(m measure.Images, side int) measure.Matrix {
	all := grid(m, side)
	side = min(side, m.H, m.W)
	var areas []int
	for a := range side * side {
		if y, x := a/side, a%side; y == 0 || x == 0 || y == side-1 || x == side-1 {
			areas = append(areas, a)
		}
	}
	out := measure.NewMatrix(m.N, len(areas)*m.C)
	for i := range m.N {
		for at, a := range areas {
			copy(out.Row(i)[at*m.C:], all.Row(i)[a*m.C:(a+1)*m.C])
		}
	}
	return out
}

// qualities are six numbers of each image: mean and deviation of its luminance, mean absolute difference of
// neighbours, mean deviation of a pixel's channels from their mean, and the shares of pixels at either end.
func qualities(m measure.Images) measure.Matrix {
	out := measure.NewMatrix(m.N, 6)
	pixels := float64(m.H * m.W)
	for i := range m.N {
		image := m.Image(i)
		var sum, square, step, chroma, dark, bright float64
		luma := make([]float64, m.H*m.W)
		for p := range luma {
			values := image[p*m.C : (p+1)*m.C]
			for _, v := range values {
				luma[p] += float64(v) / float64(m.C)
			}
			for _, v := range values {
				chroma += math.Abs(float64(v)-luma[p]) / float64(m.C)
			}
			sum, square = sum+luma[p], square+luma[p]*luma[p]
			if luma[p] < -0.95 {
				dark++
			}
			if luma[p] > 0.95 {
				bright++
			}
		}
		for y := range m.H {
			for x := range m.W {
				if x > 0 {
					step += math.Abs(luma[y*m.W+x] - luma[y*m.W+x-1])
				}
				if y > 0 {
					step += math.Abs(luma[y*m.W+x] - luma[(y-1)*m.W+x])
				}
			}
		}
		mean := sum / pixels
		for j, v := range []float64{mean, math.Sqrt(max(0, square/pixels-mean*mean)), step / pixels, chroma / pixels, dark / pixels, bright / pixels} {
			out.Row(i)[j] = float32(v)
		}
	}
	return out
}
