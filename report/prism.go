package report

import (
	"math/rand/v2"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// RowOf makes a labelled row of images [n, size, size, channels].
func RowOf(p *prism.Prism, label string, images []float32) (Row, error) {
	return rowOf(label, p.Images(images))
}

func rowOf(label string, m measure.Images) (Row, error) {
	pictures, err := FromFloats(m.Data, m.N, m.H, m.W, m.C)
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
