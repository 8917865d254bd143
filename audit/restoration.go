package audit

import (
	"context"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
)

// Restoration is how near projections of images come to their true counterparts, which pairs name: mean absolute
// differences of values in [-1, 1].
type Restoration struct {
	Untouched     measure.Estimate `json:"untouched"`     // of the image itself
	Reconstructed measure.Estimate `json:"reconstructed"` // of its reconstruction: what the decoder alone changes
	Projected     measure.Estimate `json:"projected"`     // of its projection
	Floor         measure.Estimate `json:"floor"`         // of the counterpart's own reconstruction: no projection can be nearer
	// Restored is the share of the way from the reconstruction to the floor that the projection goes; absent where
	// the reconstruction is no farther than the floor.
	Restored *measure.Estimate `json:"restored,omitempty"`
}

// Restoration compares the projections of the held-out images of one collection into another with their counterparts
// there. It is a [measure.InsufficientError] where there are fewer than two pairs.
func (h *HeldOut) Restoration(ctx context.Context, from, to int) (Restoration, error) {
	pair := h.Labels(collection.LabelPair)
	counterpart := map[string]int{}
	for _, row := range h.of(to) {
		if pair[row] != "" {
			counterpart[pair[row]] = row
		}
	}
	var rows, others []int
	for _, row := range h.of(from) {
		if other, ok := counterpart[pair[row]]; ok && pair[row] != "" {
			rows, others = append(rows, row), append(others, other)
		}
	}
	var untouched, reconstructed, projected, floor []float64
	const chunk = 512
	for at := 0; at < len(rows); at += chunk {
		if err := ctx.Err(); err != nil {
			return Restoration{}, err
		}
		part, truth := rows[at:min(at+chunk, len(rows))], others[at:min(at+chunk, len(rows))]
		target := h.original(truth)
		images, err := h.projected(part, to)
		if err != nil {
			return Restoration{}, err
		}
		for _, each := range []struct {
			into *[]float64
			made measure.Images
		}{
			{&untouched, h.original(part)},
			{&reconstructed, h.reconstructed(part)},
			{&projected, images},
			{&floor, h.reconstructed(truth)},
		} {
			errors, err := measure.AbsoluteErrors(target, each.made)
			if err != nil {
				return Restoration{}, err
			}
			*each.into = append(*each.into, errors...)
		}
	}
	return restoration(untouched, reconstructed, projected, floor, measure.Pick(h.Units, rows))
}

// restoration makes estimates of the errors of each row.
func restoration(untouched, reconstructed, projected, floor []float64, units []int) (r Restoration, err error) {
	for _, each := range []struct {
		into   *measure.Estimate
		values []float64
	}{{&r.Untouched, untouched}, {&r.Reconstructed, reconstructed}, {&r.Projected, projected}, {&r.Floor, floor}} {
		if *each.into, err = measure.Mean(each.values, units); err != nil {
			return r, err
		}
	}
	if r.Reconstructed.Value <= r.Floor.Value {
		return r, nil
	}
	gained, possible := make([]float64, len(projected)), make([]float64, len(projected))
	for i := range gained {
		gained[i] = reconstructed[i] - projected[i]
		possible[i] = reconstructed[i] - floor[i]
	}
	restored, err := measure.MeanRatio(gained, possible, units)
	if err != nil {
		return r, err
	}
	r.Restored = &restored
	return r, nil
}

// original are the held-out images of the given rows.
func (h *HeldOut) original(rows []int) measure.Images {
	return h.imagesOf(len(rows), h.Images.Matrix().Select(rows).Data)
}

// reconstructed are their reconstructions.
func (h *HeldOut) reconstructed(rows []int) measure.Images {
	return h.imagesOf(len(rows), h.Reconstructions.Matrix().Select(rows).Data)
}
