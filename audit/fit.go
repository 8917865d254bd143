package audit

import (
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// Fit is the yardstick for images from outside that the held-out images give.
func (h *HeldOut) Fit() (prism.Fit, error) {
	const tail = 1.0 / 200
	errors, err := measure.AbsoluteErrors(h.Images, h.Reconstructions)
	if err != nil {
		return prism.Fit{}, err
	}
	worst, err := measure.Quantile(errors, 1-tail)
	if err != nil {
		return prism.Fit{}, err
	}
	fit := prism.Fit{Reconstruction: float32(worst)}
	for c := range h.dataset.Collections {
		least, err := measure.Quantile(measure.Pick(h.LogProb, h.of(c)), tail)
		if err != nil {
			return prism.Fit{}, err
		}
		fit.LogProb = append(fit.LogProb, float32(least))
	}
	return fit, nil
}
