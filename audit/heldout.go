package audit

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// HeldOut is what a prism makes of images that it was not trained on. Rows are images, the collections one after the
// other.
type HeldOut struct {
	Collection      []int // of each row
	Row             []int // in its collection
	Units           []int // rows of one pair or group share a unit
	Images          measure.Images
	Reconstructions measure.Images
	Z, V            measure.Matrix
	LogProb         []float64 // log p(z | own collection), nats

	dataset *collection.Dataset
	prism   *prism.Prism
}

// maxHeldOut bounds the images of a collection that are looked at: more would not narrow an interval that matters,
// and they are all in memory.
const maxHeldOut = 5000

// See encodes the validation images of d with p, decodes them, and maps them to codes. Of a collection with more than
// 5,000 of them it takes a random choice.
func See(ctx context.Context, p *prism.Prism, d *collection.Dataset, seed uint64) (*HeldOut, error) {
	h := &HeldOut{dataset: d, prism: p}
	var labels []int
	for c, col := range d.Collections {
		rows := slices.Clone(col.Validation)
		if len(rows) > maxHeldOut {
			rng := rand.New(rand.NewPCG(seed, uint64(c)))
			rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			rows = rows[:maxHeldOut]
			slices.Sort(rows)
		}
		for _, row := range rows {
			h.Row = append(h.Row, row)
			labels = append(labels, c)
		}
	}
	h.Collection = labels
	h.Images = h.imagesOf(len(labels), d.ImagesOf(labels, h.Row))
	z, _, err := p.Encode(h.Images.Data)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	decoded, err := p.Decode(z)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	v, logProb, err := p.Codes(z, labels)
	if err != nil {
		return nil, err
	}
	h.Reconstructions = h.imagesOf(len(labels), decoded)
	h.Z = measure.Matrix{Rows: len(labels), Cols: p.Dim(), Data: z}
	h.V = measure.Matrix{Rows: len(labels), Cols: p.Dim(), Data: v}
	for _, l := range logProb {
		h.LogProb = append(h.LogProb, float64(l))
	}
	h.Units = d.UnitsOf(h.Collection, h.Row)
	return h, nil
}

func (h *HeldOut) imagesOf(n int, data []float32) measure.Images {
	d := h.dataset
	return measure.Images{N: n, H: d.Size, W: d.Size, C: d.Channels, Data: data}
}

// labels returns the label called name of each row, "" where it has none.
func (h *HeldOut) labels(name string) []string {
	return labelsOf(h.dataset, h.Collection, h.Row, name)
}

// labelsOf returns the label called name of each of the given rows, each of the collection with the number at the
// same place; "" where it has none.
func labelsOf(d *collection.Dataset, collections, rows []int, name string) []string {
	values := make([]string, len(rows))
	for i, row := range rows {
		values[i], _ = d.Collections[collections[i]].Label(row, name)
	}
	return values
}

// of lists the rows of collection c.
func (h *HeldOut) of(c int) []int {
	var rows []int
	for i, own := range h.Collection {
		if own == c {
			rows = append(rows, i)
		}
	}
	return rows
}

// projected decodes the projections of the given rows into the collection to.
func (h *HeldOut) projected(rows []int, to int) (measure.Images, error) {
	z, err := h.prism.Latents(h.V.Select(rows).Data, prism.Repeat(to, len(rows)))
	if err != nil {
		return measure.Images{}, err
	}
	decoded, err := h.prism.Decode(z)
	return h.imagesOf(len(rows), decoded), err
}
