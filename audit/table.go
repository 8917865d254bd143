package audit

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/dataprism/dataprism/internal/parquet"
	"github.com/dataprism/dataprism/measure"
)

// WriteCSV writes a row for each held-out image that was looked at: its file, its collection, the L1 error of its
// reconstruction, log p(z|c) in nats, the log-odds of its own collection against the others ([Typicality]), the
// posterior of each collection, and its labels.
func (h *HeldOut) WriteCSV(w io.Writer) error {
	columns, err := h.columns()
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	record := make([]string, len(columns))
	for j, c := range columns {
		record[j] = c.Name
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for i := range h.Collection {
		for j, c := range columns {
			if c.Numbers != nil {
				record[j] = strconv.FormatFloat(c.Numbers[i], 'g', 6, 64)
			} else {
				record[j] = c.Texts[i]
			}
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteParquet writes the table of [HeldOut.WriteCSV] as Parquet: numbers in full, and null for a label that is
// missing.
func (h *HeldOut) WriteParquet(w io.Writer) error {
	columns, err := h.columns()
	if err != nil {
		return err
	}
	return parquet.Write(w, columns)
}

// columns are those of the table of held-out images.
func (h *HeldOut) columns() ([]parquet.Series, error) {
	errors, err := measure.AbsoluteErrors(h.Images, h.Reconstructions)
	if err != nil {
		return nil, err
	}
	posterior, err := h.posterior()
	if err != nil {
		return nil, err
	}
	odds := make([]float64, len(h.Row))
	for c := range h.dataset.Collections {
		if len(h.of(c)) == 0 {
			continue
		}
		ranking, err := h.Typicality(c, nil)
		if err != nil {
			return nil, err
		}
		for i, row := range ranking.Rows {
			odds[row] = ranking.Odds[i]
		}
	}
	files, collections := make([]string, len(h.Row)), make([]string, len(h.Row))
	for i, c := range h.Collection {
		files[i], collections[i] = h.File(i), h.name(c)
	}
	columns := []parquet.Series{
		{Name: "file", Texts: files}, {Name: "collection", Texts: collections}, {Name: "l1", Numbers: errors},
		{Name: "log_prob", Numbers: h.LogProb}, {Name: "log_odds", Numbers: odds},
	}
	for c := range h.dataset.Collections {
		p := make([]float64, len(posterior))
		for i, row := range posterior {
			p[i] = row[c]
		}
		columns = append(columns, parquet.Series{Name: "p(" + h.name(c) + ")", Numbers: p})
	}
	for _, name := range labelNames(h.dataset) {
		columns = append(columns, parquet.Series{Name: name, Texts: h.Labels(name)})
	}
	return columns, nil
}
