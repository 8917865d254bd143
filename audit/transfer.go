package audit

import (
	"context"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// measureTransfer asks, for every attribute of two values, how well a linear classifier of it carries from the codes
// of one collection to those of another.
func measureTransfer(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	for _, a := range attributes(h.dataset) {
		if len(a.values) != 2 {
			continue
		}
		truth := a.numbers(h.labels(a.name))
		table := map[string]measure.Estimate{}
		for from := range h.dataset.Collections {
			rows := h.of(from)
			if !bothValues(measure.Pick(truth, rows)) {
				continue
			}
			for to := range h.dataset.Collections {
				others := h.of(to)
				if !bothValues(measure.Pick(truth, others)) {
					continue
				}
				var auc measure.Estimate
				var err error
				if from == to {
					auc, err = probe.WithinAUC(ctx, h.labelled(rows, truth), s.crossValidation())
				} else {
					auc, err = probe.TransferAUC(ctx, h.labelled(rows, truth), h.labelled(others, truth), s.Seed)
				}
				if err != nil {
					return err
				}
				table[Direction(h.name(from), h.name(to))] = auc
			}
		}
		if len(table) > 0 {
			if e.Transfer == nil {
				e.Transfer = map[string]map[string]measure.Estimate{}
			}
			e.Transfer[a.name] = table
		}
	}
	return nil
}

// labelled is the codes of the given rows with their labels.
func (h *HeldOut) labelled(rows, truth []int) probe.Labelled {
	return probe.Labelled{Codes: h.V.Select(rows), Label: measure.Pick(truth, rows), Units: measure.Pick(h.Units, rows)}
}

// bothValues says whether each of two values has enough rows to fit and to test a classifier on.
func bothValues(truth []int) bool {
	var count [2]int
	for _, t := range truth {
		if t >= 0 {
			count[t]++
		}
	}
	return min(count[0], count[1]) >= probe.MinimumOfValue
}
