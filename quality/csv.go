package quality

import (
	"encoding/csv"
	"io"
	"math"
	"strconv"
)

// WriteCSV writes a row for each file, skipped ones included: what it is, what was measured, the labels, and what is
// wrong with it. A cell of what a file does not have is empty.
func (r *Report) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	attributes := Attributes()
	header := []string{"collection", "file_name", "split", "skipped", "copies", "drop", "odd", "format", "bytes", "width", "height", "grey"}
	for _, a := range attributes {
		header = append(header, a.Name)
	}
	if err := out.Write(header); err != nil {
		return err
	}
	for i := range r.Images {
		m := &r.Images[i]
		row := []string{r.Collections[m.Collection].Name, m.File, m.Side, m.Reason}
		if m.Measured == nil {
			row = append(row, make([]string, len(header)-len(row))...)
		} else {
			set := ""
			if m.Set > 0 {
				set = strconv.Itoa(m.Set)
			}
			row = append(row, set, yes(m.Drop), cell(m.Odd), m.Format, strconv.Itoa(m.Bytes),
				strconv.Itoa(m.Width), strconv.Itoa(m.Height), yes(m.Grey()))
			for _, a := range attributes {
				row = append(row, cell(a.Of(&m.Measurements)))
			}
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func cell(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}
