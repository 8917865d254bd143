package audit

import (
	"context"
	"fmt"
	"slices"

	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// makes are the features of images that the prism made under one collection.
type makes struct {
	samples, shown, projected measure.Matrix
	rows, units               []int // of the projections: the held-out images that they are of, and their units
}

// makeImages decodes samples under each collection, at temperature 1 and as they are shown, and projections of the other
// collections' images into it: of at most as many, chosen at random, as are looked at of a collection.
func (h *HeldOut) makeImages(ctx context.Context, s Settings, e *Evaluation) ([]makes, error) {
	samples, err := h.describeSamples(ctx, s, e, 1, "")
	if err != nil {
		return nil, err
	}
	shown, err := h.describeSamples(ctx, s, e, prism.Temperature, ", as they are shown,")
	if err != nil {
		return nil, err
	}
	all := make([]makes, len(samples))
	for c := range all {
		all[c].samples, all[c].shown = samples[c], shown[c]
		others := choose(h.outside(c), maxHeldOut, s.Seed, stream.AuditCompared, 3*len(all)+c)
		slices.Sort(others)
		features, kept, err := h.features(ctx, s, "decoding projections into "+h.name(c), len(others), func(from, to int) ([]float32, error) {
			return h.prism.Latents(h.V.Select(others[from:to]).Data, prism.Repeat(c, to-from))
		})
		if err != nil {
			return nil, err
		}
		h.note(e, "projections into "+h.name(c), len(others)-len(kept), len(others))
		all[c].projected, all[c].rows = features, measure.Pick(others, kept)
		all[c].units = measure.Pick(h.Units, all[c].rows)
	}
	return all, nil
}

// describeSamples decodes the same codes under each collection at a temperature, and describes their images. how says
// which samples they are where others are made, too.
func (h *HeldOut) describeSamples(ctx context.Context, s Settings, e *Evaluation, temperature float64, how string) ([]measure.Matrix, error) {
	n, dim := h.limit(s.samples()), h.prism.Dim()
	latents, err := h.prism.Sample(stream.New(s.Seed, stream.AuditSamples), n, temperature)
	if err != nil {
		return nil, err
	}
	all := make([]measure.Matrix, len(latents))
	for c, z := range latents {
		what := "samples" + how + " under " + h.name(c)
		var kept []int
		if all[c], kept, err = h.features(ctx, s, "decoding "+what, n, func(from, to int) ([]float32, error) {
			return z[from*dim : to*dim], nil
		}); err != nil {
			return nil, err
		}
		h.note(e, what, n-len(kept), n)
	}
	return all, nil
}

// note records how many of the images that were made are not finite and were left out.
func (h *HeldOut) note(e *Evaluation, what string, lost, total int) {
	if lost > 0 {
		e.Skipped = append(e.Skipped, Skipped{what, fmt.Sprintf("%d of %s are not finite and are not judged", lost, listing.Count(total, "image"))})
	}
}

// features decodes n latents, a few at a time, and describes the images. It leaves out those that are not finite and
// returns which it kept.
func (h *HeldOut) features(ctx context.Context, s Settings, what string, n int, latents func(from, to int) ([]float32, error)) (out measure.Matrix, kept []int, err error) {
	err = h.chunks(ctx, s, what, n, func(from, to int) error {
		z, err := latents(from, to)
		if err != nil {
			return err
		}
		decoded, err := h.prism.Decode(z)
		if err != nil {
			return err
		}
		images := h.imagesOf(to-from, decoded)
		whole := finiteRows(images.Matrix())
		if len(whole) == 0 {
			return nil
		}
		features, err := s.describe(h.imagesOf(len(whole), images.Matrix().Select(whole).Data))
		if err != nil {
			return err
		}
		for _, i := range whole {
			kept = append(kept, from+i)
		}
		out = appended(out, features)
		return nil
	})
	return out, kept, err
}

func finiteRows(m measure.Matrix) []int {
	var rows []int
	for r := range m.Rows {
		if finite(m.Row(r)) {
			rows = append(rows, r)
		}
	}
	return rows
}

// projections decodes the projections of the given rows into the collection to. It leaves out those that are not
// finite and returns the places in rows of those that it kept.
func (h *HeldOut) projections(ctx context.Context, s Settings, rows []int, to int) (images measure.Images, kept []int, err error) {
	all := make([]float32, 0, len(rows)*h.width())
	err = h.chunks(ctx, s, "decoding projections into "+h.name(to), len(rows), func(from, until int) error {
		images, err := h.projected(rows[from:until], to)
		if err != nil {
			return err
		}
		made := images.Matrix()
		for _, i := range finiteRows(made) {
			all, kept = append(all, made.Row(i)...), append(kept, from+i)
		}
		return nil
	})
	return h.imagesOf(len(kept), all), kept, err
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
