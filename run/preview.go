package run

import (
	"fmt"
	"path/filepath"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report"
	"github.com/dataprism/dataprism/train"
)

// previewImages is how many images of each collection a preview shows, and how many codes are sampled.
const previewImages = 10

// preview writes grids of what the model can do at a step of a phase: reconstructions, and once there is a flow,
// projections and samples.
func preview(p *prism.Prism, d *collection.Dataset, dir, phase string, step int) error {
	grids := map[string]func(*prism.Prism, *collection.Dataset) (report.Grid, error){"reconstructions": reconstructionGrid}
	if phase == train.FlowPhase {
		grids = map[string]func(*prism.Prism, *collection.Dataset) (report.Grid, error){"projections": ProjectionGrid, "samples": SampleGrid}
	}
	for name, draw := range grids {
		grid, err := draw(p, d)
		if err != nil {
			return err
		}
		if err := grid.WritePNG(filepath.Join(dir, fmt.Sprintf("%s-%06d-%s.png", phase, step, name))); err != nil {
			return err
		}
	}
	return nil
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
	return report.Rows(p, labels, batches)
}

// ProjectionGrid shows held-out images of every collection under every collection.
func ProjectionGrid(p *prism.Prism, d *collection.Dataset) (report.Grid, error) {
	collections, picks := heldOutPicks(d, max(3, previewImages/len(d.Collections)))
	return report.Projections(p, d.ImagesOf(collections, picks), collections, p.All())
}

// SampleGrid shows a few codes under every collection.
func SampleGrid(p *prism.Prism, _ *collection.Dataset) (report.Grid, error) {
	return report.Samples(p, stream.New(1, stream.Preview), previewImages, prism.Temperature)
}
