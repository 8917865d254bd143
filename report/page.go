package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/png"
	"maps"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/measure"
)

// Page is the report of a run as one self-contained HTML file: the numbers as
// tables with their intervals, and pictures. It needs no network and no
// script, follows the reader's light or dark mode, and prints.
type Page struct {
	Title      string
	Subtitle   string
	Evaluation *audit.Evaluation // nil leaves the numbers out
	Figures    []Figure
}

// Figure is a picture with a caption; Note says how to read it.
type Figure struct {
	Caption string
	Note    string
	Picture image.Image
}

//go:embed page.html
var pageTemplate string

// HTML returns the page.
func (p Page) HTML() ([]byte, error) {
	page, err := template.New("page").Funcs(template.FuncMap{"data": dataURI}).Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("report: page template: %w", err)
	}
	var out bytes.Buffer
	view := struct {
		Page
		Tables []table
	}{Page: p}
	if p.Evaluation != nil {
		view.Tables = tables(p.Evaluation)
	}
	if err := page.Execute(&out, view); err != nil {
		return nil, fmt.Errorf("report: page: %w", err)
	}
	return out.Bytes(), nil
}

// Write writes the page to a file.
func (p Page) Write(path string) error {
	data, err := p.HTML()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return writeFile(path, data)
}

// table is a heading, a sentence on how to read it, and rows of cells of which
// the first is the row's name.
type table struct {
	Name, Note string
	Columns    []string
	Rows       []tableRow
}

type tableRow struct {
	Name  string
	Cells []cell
}

// cell is a value as text with its interval, and where the interval lies on a
// scale from 0 to 100, for the bar under shares.
type cell struct {
	Text, Interval string
	Bar            bool
	Low, At, Width float64
}

func tables(e *audit.Evaluation) []table {
	reconstruction, nll := cmp.Or(e.Reconstruction, &audit.Reconstruction{}), cmp.Or(e.NLL, &measure.Likelihood{})
	inversion := cmp.Or(e.Inversion, &measure.Inversion{})
	out := []table{
		{
			Name:    "Reconstruction and likelihood",
			Note:    "L1 is the mean difference of pixels in [-1, 1]. Sharpness is the gradient energy of reconstructions over that of the originals; 1 is as sharp.",
			Columns: []string{"", "value"},
			Rows: []tableRow{
				{"L1", []cell{plainCell(reconstruction.L1)}},
				{"Sharpness", []cell{plainCell(reconstruction.Sharpness)}},
				{"Negative log-likelihood, nats an image", []cell{plainCell(nll.Nats)}},
				{"Negative log-likelihood, bits a dimension", []cell{plainCell(nll.BitsPerDim)}},
				{"Inversion error, largest", []cell{{Text: number(inversion.MaxAbs)}}},
				{"Inversion error, 99.9th percentile", []cell{{Text: number(inversion.P999)}}},
			},
		},
		leakageTable(e),
	}
	if len(e.Retrieval) > 0 {
		out = append(out, retrievalTable(e))
	}
	for _, name := range sortedKeys(e.Attributes) {
		out = append(out, attributeTable(name, e.Attributes[name]))
	}
	if len(e.Transfer) > 0 {
		out = append(out, transferTable(e))
	}
	return out
}

func leakageTable(e *audit.Evaluation) table {
	leakage := cmp.Or(e.Leakage, &audit.LeakageTable{})
	t := table{
		Name:    "Leakage",
		Note:    fmt.Sprintf("How often a probe tells the collection (balanced accuracy, cross-validated on held-out images). Chance is %s. From the code v it should be near chance.", percent(leakage.Chance)),
		Columns: []string{"probe", "from the latent z", "from the code v"},
	}
	add := func(name string, r audit.ProbeResult) {
		t.Rows = append(t.Rows, tableRow{name, []cell{shareCell(r.Z), shareCell(r.V)}})
	}
	add("linear", leakage.Linear)
	add("two-layer", leakage.MLP)
	if leakage.Moments != nil {
		add("linear, with squares and norm", *leakage.Moments)
	}
	if c := leakage.Controls; c != nil {
		t.Rows = append(t.Rows,
			tableRow{"two-layer, collections permuted", []cell{{}, shareCell(c.Permuted)}},
			tableRow{"two-layer, normal draws", []cell{{}, shareCell(c.Normal)}})
	}
	return t
}

func retrievalTable(e *audit.Evaluation) table {
	t := table{
		Name:    "Retrieval",
		Note:    "How often the true counterpart of an image is the nearest, or among the five nearest, of all validation images of the target.",
		Columns: []string{"direction", "projected, 1", "projected, 5", "reconstructed, 1", "reconstructed, 5", "random, 1", "random, 5"},
	}
	for _, direction := range sortedKeys(e.Retrieval) {
		r := e.Retrieval[direction]
		row := tableRow{Name: arrow(direction)}
		for _, h := range []measure.Hits{r.Projected, r.Reconstructed, r.Random} {
			row.Cells = append(row.Cells, shareCell(h.At1), shareCell(h.At5))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func attributeTable(name string, byCollection map[string]audit.AttributeShares) table {
	t := table{
		Name:    "Attribute: " + name,
		Note:    "The share of each value in the collection, in samples under it, and in projections of the other collections into it, corrected for the errors of the classifier that judges them.",
		Columns: []string{"collection and value", "data", "samples", "projected"},
	}
	for _, collection := range sortedKeys(byCollection) {
		s := byCollection[collection]
		for _, value := range sortedKeys(s.Samples) {
			data := cell{}
			if share, known := s.Data[value]; known {
				data = shareCell(share)
			}
			t.Rows = append(t.Rows, tableRow{collection + ": " + value, []cell{data, shareCell(s.Samples[value]), shareCell(s.Projected[value])}})
		}
	}
	return t
}

func transferTable(e *audit.Evaluation) table {
	t := table{
		Name:    "Transfer",
		Note:    "Area under the curve of a linear classifier of a label, fitted on the codes of one collection and tested on those of another. 50% is nothing kept.",
		Columns: []string{"label and direction", "area"},
	}
	for _, name := range sortedKeys(e.Transfer) {
		for _, direction := range sortedKeys(e.Transfer[name]) {
			t.Rows = append(t.Rows, tableRow{name + ": " + arrow(direction), []cell{shareCell(e.Transfer[name][direction])}})
		}
	}
	return t
}

func plainCell(e measure.Estimate) cell {
	if !e.Measured() {
		return cell{Text: "not measured"}
	}
	return cell{Text: number(e.Value), Interval: number(e.Low) + " to " + number(e.High)}
}

func shareCell(e measure.Estimate) cell {
	if !e.Measured() {
		return cell{Text: "not measured"}
	}
	c := cell{Text: percent(e.Value), Bar: true, At: 100 * e.Value, Low: 100 * e.Low, Width: 100 * (e.High - e.Low)}
	if e.Low != e.High {
		c.Interval = percent(e.Low) + " to " + percent(e.High)
	}
	return c
}

func number(x float64) string { return fmt.Sprintf("%.4g", x) }

func percent(x float64) string { return fmt.Sprintf("%.1f%%", 100*x) }

func arrow(direction string) string { return strings.ReplaceAll(direction, "->", " → ") }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// dataURI is a picture as an address that holds it.
func dataURI(picture image.Image) (template.URL, error) {
	var data bytes.Buffer
	if err := png.Encode(&data, picture); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(data.Bytes())), nil
}
