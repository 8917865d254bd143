package audit

import (
	"context"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// Posterior is how well the collection of a held-out image is found from its latent by Bayes' rule, with equal
// priors.
type Posterior struct {
	// Accuracy is the share of each collection's images that are given to it, averaged over collections.
	Accuracy measure.Estimate `json:"accuracy"`
	// Assigned is keyed by the true collection, then by the one found.
	Assigned map[string]map[string]measure.Estimate `json:"assigned"`
}

// posterior is p(c | z) of all rows: one probability a collection.
func (h *HeldOut) posterior() ([][]float64, error) {
	each, err := h.logProbs(h.all())
	if err != nil {
		return nil, err
	}
	return prism.Bayes(each), nil
}

func measurePosterior(_ context.Context, h *HeldOut, _ Settings, a *Audit) error {
	posterior, err := h.posterior()
	if err != nil {
		return err
	}
	k := len(h.dataset.Collections)
	found := make([]int, len(posterior))
	for i, row := range posterior {
		for c, p := range row {
			if p > row[found[i]] {
				found[i] = c
			}
		}
	}
	p := Posterior{Assigned: map[string]map[string]measure.Estimate{}}
	if p.Accuracy, err = measure.BalancedAccuracy(h.Collection, found, k, h.Units); err != nil {
		return err
	}
	for c := range k {
		rows := h.of(c)
		p.Assigned[h.name(c)] = map[string]measure.Estimate{}
		for to := range k {
			hits := make([]bool, len(rows))
			for i, row := range rows {
				hits[i] = found[row] == to
			}
			share, err := measure.Proportion(hits, measure.Pick(h.Units, rows))
			if err != nil {
				return err
			}
			p.Assigned[h.name(c)][h.name(to)] = share
		}
	}
	a.Posterior = &p
	return nil
}
