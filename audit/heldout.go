package audit

import (
	"context"
	"fmt"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/internal/stream"
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
	Skipped         []Skipped // images that were left out, and why

	dataset *collection.Dataset
	prism   *prism.Prism
	under   [][]float32 // what logProbs returns of all rows; nil until [Examine] has asked for it
}

const (
	maxHeldOut    = 5000    // images of a collection that are looked at: more would not narrow an interval that matters
	maxImageBytes = 1 << 30 // of all images and reconstructions that are kept
	chunkBytes    = 2 << 20 // of the images that the prism is given at once: what ends a context is heard between two
	chunkRows     = 64      // of which a chunk that has as many is a multiple: the prism takes images by so many
)

// See encodes the validation images of d with p, decodes them, and maps them to codes. Of a collection with more than
// 5,000 of them it takes a random choice, and of fewer where images are so large that all would not fit into 1 GiB.
// Images that have no finite latent, code or likelihood are left out and listed.
func See(ctx context.Context, p *prism.Prism, d *collection.Dataset, s Settings) (*HeldOut, error) {
	h := &HeldOut{dataset: d, prism: p}
	for c, col := range d.Collections {
		rows := choose(col.Validation, h.limit(maxHeldOut), s.Seed, stream.AuditSee, c)
		slices.Sort(rows)
		for _, row := range rows {
			h.Collection, h.Row = append(h.Collection, c), append(h.Row, row)
		}
	}
	if err := h.encode(ctx, s); err != nil {
		return nil, err
	}
	h.complete()
	return h, nil
}

// limit is how many images of a collection can be kept, with a reconstruction each: at most most.
func (h *HeldOut) limit(most int) int {
	return max(1, min(most, maxImageBytes/(2*4*h.width()*len(h.dataset.Collections))))
}

// width is the number of values of an image.
func (h *HeldOut) width() int { return h.dataset.Size * h.dataset.Size * h.dataset.Channels }

// choose returns at most n of rows, in a random order.
func choose(rows []int, n int, seed uint64, name stream.Name, c int) []int {
	rows = slices.Clone(rows)
	stream.New(seed, name, c).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows[:min(n, len(rows))]
}

// encode fills in what the prism makes of the rows.
func (h *HeldOut) encode(ctx context.Context, s Settings) error {
	n, dim := len(h.Row), h.prism.Dim()
	h.Images, h.Reconstructions = h.imagesOf(n, make([]float32, n*h.width())), h.imagesOf(n, make([]float32, n*h.width()))
	h.Z, h.V, h.LogProb = measure.NewMatrix(n, dim), measure.NewMatrix(n, dim), make([]float64, n)
	return h.chunks(ctx, s, "encoding held-out images", n, func(from, to int) error {
		images := h.dataset.ImagesOf(h.Collection[from:to], h.Row[from:to])
		z, _, err := h.prism.Encode(images)
		if err != nil {
			return err
		}
		decoded, err := h.prism.Decode(z)
		if err != nil {
			return err
		}
		copy(h.Images.Data[from*h.width():], images)
		copy(h.Reconstructions.Data[from*h.width():], decoded)
		return h.place(from, z)
	})
}

// chunks calls do for n images, a few at a time, until the context ends.
func (h *HeldOut) chunks(ctx context.Context, s Settings, what string, n int, do func(from, to int) error) error {
	m := s.begin(what, n)
	rows := max(1, chunkBytes/(4*h.width()))
	if rows > chunkRows {
		rows -= rows % chunkRows
	}
	for from := 0; from < n; from += rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := min(n, from+rows)
		if err := do(from, to); err != nil {
			return err
		}
		m.add(to - from)
	}
	return ctx.Err()
}

// leaveOut drops the rows that hold values which are not finite: one of them would spoil every number.
func (h *HeldOut) leaveOut() {
	var kept []int
	lost, total := make([]int, len(h.dataset.Collections)), make([]int, len(h.dataset.Collections))
	for i, c := range h.Collection {
		total[c]++
		decoded := h.Reconstructions.N == 0 || finite(h.Reconstructions.Image(i))
		if finite(h.Z.Row(i)) && finite(h.V.Row(i)) && decoded && h.LogProb[i]-h.LogProb[i] == 0 {
			kept = append(kept, i)
		} else {
			lost[c]++
		}
	}
	if len(kept) == len(h.Row) {
		return
	}
	for c, n := range lost {
		if n > 0 {
			h.Skipped = append(h.Skipped, Skipped{"images of " + h.name(c),
				fmt.Sprintf("%d of %s have no finite latent, code, likelihood or reconstruction, and are left out of everything", n, listing.Count(total[c], "held-out image"))})
		}
	}
	h.reorder(kept)
	if h.Reconstructions.N == 0 {
		return
	}
	h.Images = h.imagesOf(len(kept), h.Images.Matrix().Select(kept).Data)
	h.Reconstructions = h.imagesOf(len(kept), h.Reconstructions.Matrix().Select(kept).Data)
}

func finite(values []float32) bool {
	for _, v := range values {
		if v-v != 0 {
			return false
		}
	}
	return true
}

func (h *HeldOut) imagesOf(n int, data []float32) measure.Images {
	d := h.dataset
	return measure.Images{N: n, H: d.Size, W: d.Size, C: d.Channels, Data: data}
}

// Labels returns the label called name of each row, "" where it has none.
func (h *HeldOut) Labels(name string) []string {
	return labelsOf(h.dataset, h.Collection, h.Row, name)
}

// labelsOf returns the label called name of each of the given rows, each of the collection with the number at the
// same place; "" where it has none.
func labelsOf(d *collection.Dataset, collections, rows []int, name string) []string {
	values := make([]string, len(rows))
	for i, row := range rows {
		values[i], _ = labelOf(d.Collections[collections[i]], row, name)
	}
	return values
}

func (h *HeldOut) name(c int) string { return h.dataset.Collections[c].Name }

// File names the image of a held-out row: COLLECTION/PATH.
func (h *HeldOut) File(row int) string {
	c := h.Collection[row]
	return h.name(c) + "/" + h.dataset.Collections[c].Items[h.Row[row]].File
}

// names are the collections' names, in their order.
func (h *HeldOut) names() []string {
	names := make([]string, len(h.dataset.Collections))
	for c := range names {
		names[c] = h.name(c)
	}
	return names
}

// of lists the rows of collection c.
func (h *HeldOut) of(c int) []int {
	return h.where(func(own int) bool { return own == c })
}

// all lists all rows.
func (h *HeldOut) all() []int {
	return h.where(func(int) bool { return true })
}

// outside lists the rows of all collections but c.
func (h *HeldOut) outside(c int) []int {
	return h.where(func(own int) bool { return own != c })
}

func (h *HeldOut) where(wanted func(c int) bool) []int { return rowsWhere(h.Collection, wanted) }

// rowsWhere lists the rows whose collection is wanted.
func rowsWhere(collection []int, wanted func(c int) bool) []int {
	var rows []int
	for i, own := range collection {
		if wanted(own) {
			rows = append(rows, i)
		}
	}
	return rows
}
