package audit

import (
	"cmp"
	"context"
	"slices"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

const locatedAtOnce = 256 // images at most

// Locate is [See] for those who need no pictures: it maps all validation images of d to latents and codes, and decodes
// none, which is most of the work and of the memory. Images and Reconstructions of what it returns are empty.
//
// While it is at work, show is called with some of the images, chosen at random: at first with as many as few says, then
// each time with at least four times as many. Without show, which is nil then, few is ignored.
func Locate(ctx context.Context, p *prism.Prism, d *collection.Dataset, s Settings, few int, show func(*HeldOut) error) (*HeldOut, error) {
	h := &HeldOut{dataset: d, prism: p}
	for c, col := range d.Collections {
		for _, row := range col.Validation {
			h.Collection, h.Row = append(h.Collection, c), append(h.Row, row)
		}
	}
	h.reorder(stream.New(s.Seed, stream.AuditLocate).Perm(len(h.Row)))
	n, dim := len(h.Row), p.Dim()
	h.Z, h.V, h.LogProb = measure.NewMatrix(n, dim), measure.NewMatrix(n, dim), make([]float64, n)
	m, atOnce := s.begin("locating held-out images", n), locatedAtOnce
	if show != nil {
		atOnce = min(atOnce, max(1, few))
	}
	for from := 0; from < n; from += atOnce {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(n, from+atOnce)
		z, _, err := p.Encode(d.ImagesOf(h.Collection[from:to], h.Row[from:to]))
		if err != nil {
			return nil, err
		}
		if err := h.place(from, z); err != nil {
			return nil, err
		}
		m.add(to - from)
		if show == nil || to < few || to == n {
			continue
		}
		if err := show(h.first(to)); err != nil {
			return nil, err
		}
		few = 4 * to
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(h.Collection[a], h.Collection[b]), cmp.Compare(h.Row[a], h.Row[b]))
	})
	h.reorder(order)
	h.complete()
	return h, ctx.Err()
}

// place fills in the latents of rows, the first of which is from, and what follows from them.
func (h *HeldOut) place(from int, z []float32) error {
	dim := h.prism.Dim()
	v, logProb, err := h.prism.Codes(z, h.Collection[from:from+len(z)/dim])
	if err != nil {
		return err
	}
	copy(h.Z.Data[from*dim:], z)
	copy(h.V.Data[from*dim:], v)
	for i, l := range logProb {
		h.LogProb[from+i] = float64(l)
	}
	return nil
}

// reorder puts the rows, as far as they are filled in, into an order.
func (h *HeldOut) reorder(order []int) {
	h.Collection, h.Row = measure.Pick(h.Collection, order), measure.Pick(h.Row, order)
	if h.LogProb != nil {
		h.LogProb, h.Z, h.V = measure.Pick(h.LogProb, order), h.Z.Select(order), h.V.Select(order)
	}
	h.under = nil
}

// first is a copy of the first n rows.
func (h *HeldOut) first(n int) *HeldOut {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	some := *h
	some.reorder(rows)
	some.complete()
	return &some
}

// complete leaves out what is not finite, and says which rows share a unit.
func (h *HeldOut) complete() {
	h.leaveOut()
	h.Units = h.dataset.UnitsOf(h.Collection, h.Row)
}
