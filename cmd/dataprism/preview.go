package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/report"
	"github.com/dataprism/dataprism/internal/train"
	"github.com/dataprism/dataprism/prism"
)

// previewImages is how many images of each collection a preview shows, and how many codes are sampled.
const previewImages = 10

// preview writes grids of what the model can do at a step of a phase: reconstructions, and once there is a flow,
// projections and samples.
func preview(p *prism.Prism, d *collection.Dataset, dir, phase string, step int) error {
	grids := map[string]func(*prism.Prism, *collection.Dataset) (report.Grid, error){"reconstructions": reconstructionGrid}
	if phase == train.FlowPhase {
		grids = map[string]func(*prism.Prism, *collection.Dataset) (report.Grid, error){"projections": projectionGrid, "samples": sampleGrid}
	}
	for name, draw := range grids {
		grid, err := draw(p, d)
		if err != nil {
			return err
		}
		if err := writeGrid(filepath.Join(dir, fmt.Sprintf("%s-%06d-%s.png", phase, step, name)), grid); err != nil {
			return err
		}
	}
	return nil
}

func writeGrid(path string, grid report.Grid) error {
	picture, err := grid.Draw()
	if err != nil {
		return err
	}
	return report.WritePNG(path, picture)
}

// heldOutPicks are the first validation rows of each collection.
func heldOutPicks(d *collection.Dataset, each int) (collections, rows []int) {
	for c, col := range d.Collections {
		n := min(each, len(col.Validation))
		for i := range n {
			// Spread over the rows, which are ordered by name.
			rows = append(rows, col.Validation[i*len(col.Validation)/n])
			collections = append(collections, c)
		}
	}
	return collections, rows
}

// row makes a labelled row of images [n, size, size, channels].
func row(p *prism.Prism, label string, images []float32) (report.Row, error) {
	side, channels := p.Size()
	pictures, err := report.FromFloats(images, len(images)/p.Pixels(), side, side, channels)
	return report.Row{Label: label, Pictures: pictures}, err
}

// rows makes a grid of labelled batches of images.
func rows(p *prism.Prism, labels []string, batches [][]float32) (report.Grid, error) {
	var grid report.Grid
	for i, images := range batches {
		r, err := row(p, labels[i], images)
		if err != nil {
			return grid, err
		}
		grid.Rows = append(grid.Rows, r)
	}
	return grid, nil
}

func reconstructionGrid(p *prism.Prism, d *collection.Dataset) (report.Grid, error) {
	collections, picks := heldOutPicks(d, previewImages)
	images := d.ImagesOf(collections, picks)
	z, _, err := p.Encode(images)
	if err != nil {
		return report.Grid{}, err
	}
	decoded, err := p.Decode(z)
	if err != nil {
		return report.Grid{}, err
	}
	var labels []string
	var batches [][]float32
	for c, col := range d.Collections {
		var from, to int
		for i, own := range collections {
			if own == c {
				if to == 0 {
					from = i
				}
				to = i + 1
			}
		}
		w := p.Pixels()
		labels = append(labels, col.Name, "reconstruction")
		batches = append(batches, images[from*w:to*w], decoded[from*w:to*w])
	}
	return rows(p, labels, batches)
}

func projectionGrid(p *prism.Prism, d *collection.Dataset) (report.Grid, error) {
	collections, picks := heldOutPicks(d, max(3, previewImages/len(d.Collections)))
	return projections(p, d.ImagesOf(collections, picks), collections, allCollections(p), 1)
}

func sampleGrid(p *prism.Prism, _ *collection.Dataset) (report.Grid, error) {
	return samples(p, rand.New(rand.NewPCG(1, 0)), previewImages, 1)
}

// projections shows images, their reconstructions, and their projections into the collections to.
func projections(p *prism.Prism, images []float32, from, to []int, strength float64) (report.Grid, error) {
	z, _, err := p.Encode(images)
	if err != nil {
		return report.Grid{}, err
	}
	decoded, err := p.Decode(z)
	if err != nil {
		return report.Grid{}, err
	}
	labels, batches := []string{"input", "reconstruction"}, [][]float32{images, decoded}
	for _, c := range to {
		projected, err := p.Project(z, from, c, strength)
		if err != nil {
			return report.Grid{}, err
		}
		if decoded, err = p.Decode(projected); err != nil {
			return report.Grid{}, err
		}
		labels, batches = append(labels, "as "+p.Collections[c]), append(batches, decoded)
	}
	return rows(p, labels, batches)
}

// samples shows n codes under every collection.
func samples(p *prism.Prism, rng *rand.Rand, n int, temperature float64) (report.Grid, error) {
	latents, err := p.Sample(rng, n, temperature)
	if err != nil {
		return report.Grid{}, err
	}
	var batches [][]float32
	for _, z := range latents {
		decoded, err := p.Decode(z)
		if err != nil {
			return report.Grid{}, err
		}
		batches = append(batches, decoded)
	}
	return rows(p, p.Collections, batches)
}

func allCollections(p *prism.Prism) []int {
	all := make([]int, len(p.Collections))
	for c := range all {
		all[c] = c
	}
	return all
}
