package main

import (
	"image"
	"image/draw"
	"slices"
	"time"

	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report"
)

// animate writes the transition of each image, side by side, from its reconstruction through the collections.
func (m *opened) animate(path string, images []float32, from, to []int, strength float64, frames int) error {
	p := m.prism
	z, _, err := p.Encode(images)
	if err != nil {
		return err
	}
	detail, err := p.Detail(images)
	if err != nil {
		return err
	}
	n, dim := len(from), p.Dim()
	stops := [][]float32{z}
	for _, c := range to {
		next, err := p.Project(z, from, c, strength)
		if err != nil {
			return err
		}
		stops = append(stops, next)
	}
	var pictures []image.Image
	for s := range len(stops) - 1 {
		// latents of a stretch, one image after the other, and the pictures of each
		strips := make([][]image.Image, n)
		for i := range n {
			latents := prism.Animate(stops[s][i*dim:(i+1)*dim], stops[s+1][i*dim:(i+1)*dim], frames)
			decoded, err := p.DecodeWith(latents, slices.Repeat(detail[i*len(detail)/n:(i+1)*len(detail)/n], frames))
			if err != nil {
				return err
			}
			r, err := report.RowOf(p, "", decoded)
			if err != nil {
				return err
			}
			strips[i] = r.Pictures
		}
		for f := range frames {
			pictures = append(pictures, sideBySide(strips, f))
		}
	}
	return report.Animation{Frames: pictures, Delay: 60 * time.Millisecond, Hold: 600 * time.Millisecond, BackAndForth: true}.WriteGIF(path)
}

// sideBySide puts frame f of each strip next to the other.
func sideBySide(strips [][]image.Image, f int) image.Image {
	size := strips[0][f].Bounds().Size()
	joined := image.NewRGBA(image.Rect(0, 0, size.X*len(strips), size.Y))
	for i, strip := range strips {
		at := image.Rect(i*size.X, 0, (i+1)*size.X, size.Y)
		draw.Draw(joined, at, strip[f], strip[f].Bounds().Min, draw.Src)
	}
	return joined
}
