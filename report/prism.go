package report

import (
	"math/rand/v2"

	"github.com/dataprism/dataprism/prism"
)

// RowOf makes a labelled row of images [n, size, size, channels].
func RowOf(p *prism.Prism, label string, images []float32) (Row, error) {
	side, channels := p.Size()
	pictures, err := FromFloats(images, len(images)/p.Pixels(), side, side, channels)
	return Row{Label: label, Pictures: pictures}, err
}

// Rows makes a grid of labelled batches of images.
func Rows(p *prism.Prism, labels []string, batches [][]float32) (Grid, error) {
	var grid Grid
	for i, images := range batches {
		r, err := RowOf(p, labels[i], images)
		if err != nil {
			return grid, err
		}
		grid.Rows = append(grid.Rows, r)
	}
	return grid, nil
}

// Projections shows images, their reconstructions, and their projections into the collections to, with the detail of the
// images.
func Projections(p *prism.Prism, images []float32, from, to []int, strength float64) (Grid, error) {
	z, _, err := p.Encode(images)
	if err != nil {
		return Grid{}, err
	}
	detail, err := p.Detail(images)
	if err != nil {
		return Grid{}, err
	}
	decoded, err := p.DecodeWith(z, detail)
	if err != nil {
		return Grid{}, err
	}
	labels, batches := []string{"input", "reconstruction"}, [][]float32{images, decoded}
	for _, c := range to {
		projected, err := p.Project(z, from, c, strength)
		if err != nil {
			return Grid{}, err
		}
		if decoded, err = p.DecodeWith(projected, detail); err != nil {
			return Grid{}, err
		}
		labels, batches = append(labels, "as "+p.Collections[c]), append(batches, decoded)
	}
	return Rows(p, labels, batches)
}

// Samples shows n codes under every collection.
func Samples(p *prism.Prism, rng *rand.Rand, n int, temperature float64) (Grid, error) {
	latents, err := p.Sample(rng, n, temperature)
	if err != nil {
		return Grid{}, err
	}
	var batches [][]float32
	for _, z := range latents {
		decoded, err := p.Decode(z)
		if err != nil {
			return Grid{}, err
		}
		batches = append(batches, decoded)
	}
	return Rows(p, p.Collections, batches)
}
