package report

import (
	"cmp"
	"fmt"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/report/page"
)

// EvaluationSections shows the numbers of a run as tables, a section each, but for those of attributes.
func EvaluationSections(e *audit.Evaluation) []page.Section {
	reconstruction, nll := cmp.Or(e.Reconstruction, &audit.Reconstruction{}), cmp.Or(e.NLL, &measure.Likelihood{})
	inversion := cmp.Or(e.Inversion, &measure.Inversion{})
	out := []page.Section{
		tableSection("Reconstruction and likelihood",
			"L1 is the mean difference of pixels in [-1, 1]. Sharpness is the gradient energy of reconstructions over that of the originals; 1 is as sharp.",
			page.Table{Columns: []string{"", "value"}, Rows: []page.Row{
				{Name: "L1", Cells: []page.Cell{plainCell(reconstruction.L1)}},
				{Name: "Sharpness", Cells: []page.Cell{plainCell(reconstruction.Sharpness)}},
				{Name: "Negative log-likelihood, nats an image", Cells: []page.Cell{plainCell(nll.Nats)}},
				{Name: "Negative log-likelihood, bits a dimension", Cells: []page.Cell{plainCell(nll.BitsPerDim)}},
				{Name: "Inversion error, largest", Cells: []page.Cell{{Text: number(inversion.MaxAbs)}}},
				{Name: "Inversion error, 99.9th percentile", Cells: []page.Cell{{Text: number(inversion.P999)}}},
			}}),
		leakageTable(e),
	}
	if len(e.Retrieval) > 0 {
		out = append(out, retrievalTable(e))
	}
	if len(e.Transfer) > 0 {
		out = append(out, transferTable(e))
	}
	return out
}

func leakageTable(e *audit.Evaluation) page.Section {
	leakage := cmp.Or(e.Leakage, &audit.LeakageTable{})
	name, note := "Leakage", fmt.Sprintf("How often a probe tells the collection (balanced accuracy, cross-validated on held-out images). Chance is %s. From the code v it should be near chance.", percent(leakage.Chance))
	t := page.Table{Columns: []string{"probe", "from the latent z", "from the code v"}}
	add := func(probe string, r audit.ProbeResult) {
		t.Rows = append(t.Rows, page.Row{Name: probe, Cells: []page.Cell{shareCell(r.Z), shareCell(r.V)}})
	}
	add("linear", leakage.Linear)
	add("two-layer", leakage.MLP)
	if leakage.Moments != nil {
		add("linear, with squares and norm", *leakage.Moments)
	}
	if c := leakage.Controls; c != nil {
		t.Rows = append(t.Rows,
			page.Row{Name: "two-layer, collections permuted", Cells: []page.Cell{{}, shareCell(c.Permuted)}},
			page.Row{Name: "two-layer, normal draws", Cells: []page.Cell{{}, shareCell(c.Normal)}})
	}
	return tableSection(name, note, t)
}

func retrievalTable(e *audit.Evaluation) page.Section {
	name, note := "Retrieval", "How often the true counterpart of an image is the nearest, or among the five nearest, of all validation images of the target."
	t := page.Table{Columns: []string{"direction", "projected, 1", "projected, 5", "reconstructed, 1", "reconstructed, 5", "random, 1", "random, 5"}}
	for _, direction := range sortedKeys(e.Retrieval) {
		r := e.Retrieval[direction]
		row := page.Row{Name: arrow(direction)}
		for _, h := range []measure.Hits{r.Projected, r.Reconstructed, r.Random} {
			row.Cells = append(row.Cells, shareCell(h.At1), shareCell(h.At5))
		}
		t.Rows = append(t.Rows, row)
	}
	return tableSection(name, note, t)
}

func transferTable(e *audit.Evaluation) page.Section {
	name, note := "Transfer", "Area under the curve of a linear classifier of a label, fitted on the codes of one collection and tested on those of another. 50% is nothing kept."
	t := page.Table{Columns: []string{"label and direction", "area"}}
	for _, label := range sortedKeys(e.Transfer) {
		for _, direction := range sortedKeys(e.Transfer[label]) {
			t.Rows = append(t.Rows, page.Row{Name: label + ": " + arrow(direction), Cells: []page.Cell{shareCell(e.Transfer[label][direction])}})
		}
	}
	return tableSection(name, note, t)
}
