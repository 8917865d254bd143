package audit

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/dataprism/dataprism/measure"
)

// WriteCSV writes a row for each held-out image that was looked at: its file, its collection, the L1 error of its
// reconstruction, log p(z|c) in nats, the log-odds of its own collection against the others ([Typicality]), the
// posterior of each collection, and its labels.
func (h *HeldOut) WriteCSV(w io.Writer) error {
	errors, err := measure.AbsoluteErrors(h.Images, h.Reconstructions)
	if err != nil {
		return err
	}
	posterior, err := h.prism.Posterior(h.Z.Data)
	if err != nil {
		return err
	}
	odds := make([]float64, len(h.Row))
	for c := range h.dataset.Collections {
		if len(h.of(c)) == 0 {
			continue
		}
		ranking, err := h.Typicality(c, nil)
		if err != nil {
			return err
		}
		for i, row := range ranking.Rows {
			odds[row] = ranking.Odds[i]
		}
	}
	labels := labelNames(h.dataset)
	header := []string{"file", "collection", "l1", "log_prob", "log_odds"}
	for c := range h.dataset.Collections {
		header = append(header, "p("+h.name(c)+")")
	}
	out := csv.NewWriter(w)
	if err := out.Write(append(header, labels...)); err != nil {
		return err
	}
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
	for i, c := range h.Collection {
		record := []string{h.File(i), h.name(c), number(errors[i]), number(h.LogProb[i]), number(odds[i])}
		for _, p := range posterior[i] {
			record = append(record, number(p))
		}
		for _, name := range labels {
			value, _ := labelOf(h.dataset.Collections[c], h.Row[i], name)
			record = append(record, value)
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
