package audit

import (
	"context"
	"math"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// Views reads images of collection c again and prepares them as every collection prepares its own: views[k] holds
// those of the given rows, [n, size, size, channels], as collection k frames them.
type Views func(ctx context.Context, c int, rows []int) (views [][]float32, err error)

// maxViewed is how many held-out images of a collection are read again to calibrate posteriors.
const maxViewed = 400

// Fit is the yardstick for images from outside that the held-out images give. A collection with fewer than two of
// them bounds nothing. Posteriors are calibrated on held-out images as [prism.Prism.Infer] sees images: in the view
// of every collection. views is nil where all collections frame their images alike, so that there is but one view.
// Where no calibration can be made it is left out, and h.Skipped says why.
func (h *HeldOut) Fit(ctx context.Context, s Settings, views Views) (prism.Fit, error) {
	missed, err := measure.MissedEdges(h.Images, h.Reconstructions)
	if err != nil {
		return prism.Fit{}, err
	}
	k := len(h.dataset.Collections)
	fit := prism.Fit{LogProb: make([]float64, k), MissedEdges: make([]float64, k), N: make([]int, k)}
	for c := range k {
		rows := h.of(c)
		fit.N[c] = len(rows)
		if fit.LogProb[c], err = lowerBound(measure.Pick(h.LogProb, rows)); err != nil {
			return prism.Fit{}, err
		}
		negative := make([]float64, len(rows))
		for i, r := range rows {
			negative[i] = -missed[r]
		}
		bound, err := lowerBound(negative)
		if err != nil {
			return prism.Fit{}, err
		}
		fit.MissedEdges[c] = -bound
	}
	if fit.Posterior, err = h.calibration(ctx, s, views); err != nil {
		if ctx.Err() != nil {
			return prism.Fit{}, ctx.Err()
		}
		h.Skipped = append(h.Skipped, Skipped{"calibration of posteriors", err.Error()})
		fit.Posterior = measure.PosteriorCalibration{Scale: 1, Shift: make([]float64, k)}
	}
	return fit, nil
}

func lowerBound(scores []float64) (float64, error) {
	if len(scores) < 2 {
		return -math.MaxFloat32, nil
	}
	return measure.LowerBound(scores, prism.Tail)
}

// calibration corrects posteriors of collections so that they are right on the held-out images.
func (h *HeldOut) calibration(ctx context.Context, s Settings, views Views) (measure.PosteriorCalibration, error) {
	var scores [][]float64
	var class []int
	keep := func(c int, logProb [][]float32) {
		for i := range logProb[0] {
			row, total := make([]float64, len(logProb)), 0.0
			for k := range logProb {
				row[k] = float64(logProb[k][i])
				total += row[k]
			}
			if total-total == 0 {
				scores, class = append(scores, row), append(class, c)
			}
		}
	}
	for c := range h.dataset.Collections {
		rows := h.of(c)
		if len(rows) == 0 {
			continue // which [measure.CalibratePosterior] refuses
		}
		var logProb [][]float32
		var err error
		if views == nil {
			logProb, err = h.logProbsStepwise(ctx, s, "calibrating posteriors", rows)
		} else {
			logProb, err = h.viewed(ctx, s, c, choose(rows, h.limit(maxViewed), s.Seed, stream.AuditViews, c), views)
		}
		if err != nil {
			return measure.PosteriorCalibration{}, err
		}
		keep(c, logProb)
	}
	return measure.CalibratePosterior(scores, class, len(h.dataset.Collections))
}

// logProbs is log p(z | k), in nats, of the given rows under each collection k.
func (h *HeldOut) logProbs(rows []int) ([][]float32, error) {
	if h.under == nil {
		return h.prism.LogProb(h.Z.Select(rows).Data)
	}
	of := make([][]float32, len(h.under))
	for k, all := range h.under {
		of[k] = measure.Pick(all, rows)
	}
	return of, nil
}

// logProbsStepwise is logProbs, a few rows at a time, until the context ends.
func (h *HeldOut) logProbsStepwise(ctx context.Context, s Settings, what string, rows []int) ([][]float32, error) {
	all := make([][]float32, len(h.dataset.Collections))
	err := h.chunks(ctx, s, what, len(rows), func(from, to int) error {
		logProb, err := h.prism.LogProb(h.Z.Select(rows[from:to]).Data)
		for k, own := range logProb {
			all[k] = append(all[k], own...)
		}
		return err
	})
	return all, err
}

// viewed is log p(z_k | k) of the given rows of collection c, each seen as collection k would.
func (h *HeldOut) viewed(ctx context.Context, s Settings, c int, rows []int, views Views) ([][]float32, error) {
	seen, err := views(ctx, c, measure.Pick(h.Row, rows))
	if err != nil {
		return nil, err
	}
	logProb := make([][]float32, len(seen))
	for k, images := range seen {
		err := h.chunks(ctx, s, "calibrating posteriors", len(rows), func(from, to int) error {
			z, _, err := h.prism.Encode(images[from*h.width() : to*h.width()])
			if err != nil {
				return err
			}
			_, own, err := h.prism.Codes(z, prism.Repeat(k, to-from))
			logProb[k] = append(logProb[k], own...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return logProb, nil
}
