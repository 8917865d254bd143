package report

import (
	"context"
	"fmt"
	"image"
	"image/draw"
	"slices"

	"github.com/dataprism/dataprism/detail"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// Showing says how projections are shown.
type Showing struct {
	Strength float64 // of the way to each collection, from 0 to [prism.MostStrength]
	Detail   float64 // the share of what latents leave out of an image that its projections get, from 0 to 1: see [detail.Carry]
	// Large are the images with more pixels than the prism's, of which projections then have as many; nil where there are none.
	Large *measure.Images
}

// AsItIs shows projections whole, with all of the detail, at the size of the prism.
var AsItIs = Showing{Strength: 1, Detail: 1}

// A Projector shows projections of n images.
type Projector struct {
	prism         *prism.Prism
	showing       Showing
	from          []int
	z, whole      []float32      // of the images: latents [n, dim], and the detail of whole latents, if the prism has them
	images        measure.Images // as they are shown
	reconstructed measure.Images // [n, size, size, channels]
}

// NewProjector encodes images [n, size, size, channels] that are from the collections from, of which there are n.
func NewProjector(p *prism.Prism, images []float32, from []int, s Showing) (*Projector, error) {
	j := &Projector{prism: p, showing: s, from: from, images: p.Images(images)}
	if s.Large != nil {
		if j.images = *s.Large; j.images.N != len(from) {
			return nil, fmt.Errorf("report: %d large images of %d", j.images.N, len(from))
		}
	}
	var err error
	if j.z, _, err = p.Encode(images); err != nil {
		return nil, err
	}
	if j.whole, err = p.Detail(images); err != nil {
		return nil, err
	}
	decoded, err := p.DecodeWith(j.z, j.whole)
	j.reconstructed = p.Images(decoded)
	return j, err
}

// Grid shows the images, their reconstructions, and their projections into the collections to.
func (j *Projector) Grid(to []int) (Grid, error) {
	var grid Grid
	add := func(label string, m measure.Images, err error) error {
		if err != nil {
			return err
		}
		row, err := rowOf(label, m)
		grid.Rows = append(grid.Rows, row)
		return err
	}
	if err := add("input", j.images, nil); err != nil {
		return grid, err
	}
	if err := add("reconstruction", detail.Enlarge(j.reconstructed, j.images.H, j.images.W), nil); err != nil {
		return grid, err
	}
	for _, c := range to {
		projected, err := j.project(c)
		if err != nil {
			return grid, err
		}
		decoded, err := j.prism.DecodeWith(projected, j.whole)
		if err != nil {
			return grid, err
		}
		carried, err := detail.Carry(j.images, j.reconstructed, j.prism.Images(decoded), j.showing.Detail)
		if err := add("as "+j.prism.Collections[c], carried, err); err != nil {
			return grid, err
		}
	}
	return grid, nil
}

func (j *Projector) project(c int) ([]float32, error) {
	return j.prism.Project(j.z, j.from, c, j.showing.Strength)
}

// Transition are frames pictures a stretch of all images, side by side, from their reconstructions through their projections
// into the collections to. If drawn is set, it hears how many pictures of single images have been made, and of how many. It is
// an error when ctx ends.
func (j *Projector) Transition(ctx context.Context, to []int, frames int, drawn func(done, total int)) ([]image.Image, error) {
	stops := [][]float32{j.z}
	for _, c := range to {
		next, err := j.project(c)
		if err != nil {
			return nil, err
		}
		stops = append(stops, next)
	}
	var pictures []image.Image
	for s := range len(stops) - 1 {
		strips := make([][]image.Image, len(j.from))
		for i := range strips {
			var err error
			if strips[i], err = j.strip(ctx, i, stops[s], stops[s+1], frames); err != nil {
				return nil, err
			}
			if drawn != nil {
				drawn((s*len(strips)+i+1)*frames, len(to)*len(strips)*frames)
			}
		}
		for f := range frames {
			pictures = append(pictures, sideBySide(strips, f))
		}
	}
	return pictures, nil
}

// strip are the frames of image i between two stops.
func (j *Projector) strip(ctx context.Context, i int, a, b []float32, frames int) (pictures []image.Image, err error) {
	const atOnce = 1 << 21 // pixels of frames
	dim, width := j.prism.Dim(), len(j.whole)/len(j.from)
	latents := prism.Animate(a[i*dim:(i+1)*dim], b[i*dim:(i+1)*dim], frames)
	one := func(m measure.Images) measure.Images {
		m.N, m.Data = 1, m.Image(i)
		return m
	}
	for part := range slices.Chunk(latents, dim*max(1, atOnce/(j.images.H*j.images.W))) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		decoded, err := j.prism.DecodeWith(part, slices.Repeat(j.whole[i*width:(i+1)*width], len(part)/dim))
		if err != nil {
			return nil, err
		}
		carried, err := detail.Carry(one(j.images), one(j.reconstructed), j.prism.Images(decoded), j.showing.Detail)
		if err != nil {
			return nil, err
		}
		row, err := rowOf("", carried)
		if err != nil {
			return nil, err
		}
		pictures = append(pictures, row.Pictures...)
	}
	return pictures, nil
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

// Projections is the grid of a [Projector] that shows images [AsItIs].
func Projections(p *prism.Prism, images []float32, from, to []int) (Grid, error) {
	j, err := NewProjector(p, images, from, AsItIs)
	if err != nil {
		return Grid{}, err
	}
	return j.Grid(to)
}
