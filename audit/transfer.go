package audit

import (
	"context"
	"fmt"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// measureTransfer asks, for every attribute of two values, how well a linear classifier of it carries from the codes
// of one collection to those of another.
func measureTransfer(ctx context.Context, h *HeldOut, s Settings, e *Evaluation) error {
	var list []attribute
	for _, name := range labelNames(h.dataset) {
		if a, _ := attributeOf(name, trainLabels(h.dataset, name)); len(a.values) == 2 {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return fmt.Errorf("no label has two values of %d training images or more", leastOfValue)
	}
	m := s.begin("measuring transfer", len(list))
	for _, a := range list {
		table, err := h.transfer(ctx, s, e, a)
		if err != nil {
			return err
		}
		if len(table) > 0 {
			if e.Transfer == nil {
				e.Transfer = map[string]map[string]measure.Estimate{}
			}
			e.Transfer[a.name] = table
		}
		m.add(1)
	}
	return nil
}

// transfer carries a between all collections whose images are labelled, and within each.
func (h *HeldOut) transfer(ctx context.Context, s Settings, e *Evaluation, a attribute) (map[string]measure.Estimate, error) {
	truth := a.numbers(h.labels(a.name))
	table := map[string]measure.Estimate{}
	var able []int
	for c := range h.dataset.Collections {
		counts := countValues(measure.Pick(truth, h.of(c)))
		if min(counts[0], counts[1]) >= probe.MinimumOfValue {
			able = append(able, c)
			continue
		}
		err := e.skip(ctx, "transfer."+a.name+"."+h.name(c), fmt.Errorf("%s and %s have %d and %d held-out images there, %d of each are needed",
			a.named()[0], a.named()[1], counts[0], counts[1], probe.MinimumOfValue))
		if err != nil {
			return nil, err
		}
	}
	for _, from := range able {
		for _, to := range able {
			var auc measure.Estimate
			var err error
			if from == to {
				auc, err = probe.WithinAUC(ctx, h.labelled(h.of(from), truth), s.crossValidation())
			} else {
				auc, err = probe.TransferAUC(ctx, h.labelled(h.of(from), truth), h.labelled(h.of(to), truth), s.Seed)
			}
			direction := Direction(h.name(from), h.name(to))
			if err == nil {
				table[direction] = auc
			} else if err = e.skip(ctx, "transfer."+a.name+"."+direction, plain(err, a.named(), "held-out images")); err != nil {
				return nil, err
			}
		}
	}
	return table, nil
}

// labelled is the codes of the given rows with their labels.
func (h *HeldOut) labelled(rows, truth []int) probe.Labelled {
	return probe.Labelled{Codes: h.V.Select(rows), Label: measure.Pick(truth, rows), Units: measure.Pick(h.Units, rows)}
}

// countValues counts the labels 0 and 1.
func countValues(truth []int) (count [2]int) {
	for _, t := range truth {
		if t >= 0 {
			count[t]++
		}
	}
	return count
}
