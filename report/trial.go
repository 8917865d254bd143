package report

import (
	"fmt"
	"strings"

	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/report/page"
	"github.com/dataprism/dataprism/trial"
)

// Trial is a trial on its way to a page, with images of what experts were fitted to.
type Trial struct {
	Found *trial.Result
	Shown []trial.Shown
}

// Page returns the page: what was found, a matrix of experts and tests for each metric, what each set looks like, and
// the limits.
func (t Trial) Page() (page.Page, error) {
	r := t.Found
	p := page.Page{
		Title: "Does it help? " + r.Label + ", by " + listing.All(t.experts()),
		Subtitle: fmt.Sprintf("Experts × tests on %q; %s is the control. Intervals are of 95%%; differences smaller than %.3g points were not asked about.",
			r.About.Run, r.Control, 100*r.Effect),
		Foot: foot(r.About.Program, r.About.Command, r.About.Seed, r.About.Inputs),
	}
	var lead page.Statements
	for _, f := range r.Findings {
		lead = append(lead, page.Statement{Sentence: f.Sentence, Small: fmt.Sprintf("difference in %s: %s, interval %s to %s, n = %d",
			f.Metric, number(f.Estimate.Value), number(f.Estimate.Low), number(f.Estimate.High), f.Estimate.N)})
	}
	if len(lead) == 0 {
		lead = page.Statements{{Sentence: "There is nothing to compare: one expert was tried."}}
	}
	const most = 8
	p.Lead = leadOf(lead, most)
	p.Sections = append(p.Sections, t.matrix())
	if s := t.dilution(); s.Title != "" {
		p.Sections = append(p.Sections, s)
	}
	sets, err := t.sets()
	if err != nil {
		return p, err
	}
	p.Sections = append(p.Sections, t.fitted(), sets, t.limits())
	return p, nil
}

func (t Trial) experts() []string {
	var names []string
	for _, e := range t.Found.Experts {
		names = append(names, e.Name)
	}
	return names
}

// matrix is a table a metric that was measured: an expert a row, a test a column, each with the difference below.
func (t Trial) matrix() page.Section {
	s := page.Section{Title: "Experts × tests",
		Note: "Each cell: the value with its interval; then its difference to " + t.Found.Control + ", paired image by image, and what can be said of it."}
	for _, m := range trial.AllMetrics() {
		table := page.Table{Columns: []string{m.Title}}
		any := false
		for _, test := range t.Found.Tests {
			table.Columns = append(table.Columns, fmt.Sprintf("%s (%d)", test.Name, test.Images), "difference")
		}
		for _, e := range t.Found.Experts {
			row := page.Row{Name: e.Name}
			for _, test := range t.Found.Tests {
				c := t.Found.Cells[e.Name][test.Name]
				own := *m.Of(&c.Metrics)
				any = any || own.Measured()
				row.Cells = append(row.Cells, t.value(m, own), t.difference(m, c))
			}
			table.Rows = append(table.Rows, row)
		}
		if any {
			s.Blocks = append(s.Blocks, table)
		}
	}
	return s
}

func (t Trial) value(m trial.Metric, e measure.Estimate) page.Cell {
	if m.Share {
		return shareCell(e)
	}
	return plainCell(e)
}

// difference is a cell's difference to the control with its verdict.
func (t Trial) difference(m trial.Metric, c trial.Cell) page.Cell {
	if c.Difference == nil {
		return page.Cell{Text: "control"}
	}
	d := *m.Of(&c.Difference.Metrics)
	if !d.Measured() {
		return page.Cell{Text: "not measured"}
	}
	cell := page.Cell{Text: fmt.Sprintf("%+.3g", d.Value), Interval: fmt.Sprintf("%+.3g to %+.3g", d.Low, d.High)}
	if m.Share {
		cell = signedCell(d)
	}
	cell.Text += " · " + c.Difference.Verdicts[m.Name]
	return cell
}

// dilution is the gaps beside those that a control made as inaccurate would have.
func (t Trial) dilution() page.Section {
	table := page.Table{Columns: []string{"expert, test and gap", "expert", "control", "diluted control", "excess over it", "relative drop"}}
	for _, e := range t.Found.Experts {
		for _, test := range t.Found.Tests {
			c := t.Found.Cells[e.Name][test.Name]
			if c.Difference == nil {
				continue
			}
			control := t.Found.Cells[t.Found.Control][test.Name].Metrics
			for _, m := range trial.AllMetrics() {
				d, diluted := c.Difference.Diluted[m.Name]
				drop, dropped := c.Difference.Drop[m.Name]
				if !diluted && !dropped {
					continue
				}
				row := page.Row{Name: fmt.Sprintf("%s, %s, %s", e.Name, test.Name, m.Title),
					Cells: []page.Cell{shareCell(*m.Of(&c.Metrics)), shareCell(*m.Of(&control)), {Text: "no worse"}, {Text: "no worse"}, {Text: "undefined"}}}
				if diluted {
					row.Cells[2], row.Cells[3] = shareCell(d.Gap), signedCell(d.Excess)
				}
				if dropped {
					row.Cells[4] = signedCell(drop)
				}
				table.Rows = append(table.Rows, row)
			}
		}
	}
	if len(table.Rows) == 0 {
		return page.Section{}
	}
	return tableSection("Fairer, or merely worse?",
		"A worse classifier has smaller gaps. The diluted control is the control with decisions flipped at random until it is as inaccurate as the expert: only the excess over it is owed to something else.", table)
}

// fitted says what each expert was fitted to.
func (t Trial) fitted() page.Section {
	table := page.Table{Columns: []string{"expert", "as asked for", "images", "effective", "by value of " + t.Found.Label}}
	for _, e := range t.Found.Experts {
		var classes []string
		for _, value := range sortedKeys(e.Classes) {
			classes = append(classes, fmt.Sprintf("%s %d", value, e.Classes[value]))
		}
		table.Rows = append(table.Rows, page.Row{Name: e.Name, Cells: []page.Cell{{Text: e.Expert}, {Text: fmt.Sprint(e.Images)},
			{Text: fmt.Sprintf("%.0f", e.Effective)}, {Text: strings.Join(classes, ", ")}}})
	}
	return tableSection("What experts were fitted to", "Effective is how many images of equal weight would leave as little uncertain.", table)
}

// sets shows images of each set, by value of the label.
func (t Trial) sets() (page.Section, error) {
	s := page.Section{Title: "What the sets look like", Note: "The first images of each, with their value of " + t.Found.Label + "."}
	for _, shown := range t.Shown {
		i := shown.Images
		pictures, err := FromFloats(i.Data, i.N, i.H, i.W, i.C)
		if err != nil {
			return s, err
		}
		s.Blocks = append(s.Blocks, page.Heading(shown.Set), strip(pictures, func(i int) string { return t.Found.Values[shown.Class[i]] }))
	}
	return s, nil
}

func (t Trial) limits() page.Section {
	s := page.Section{Title: "Limits", Blocks: []page.Block{page.List(t.Found.Limits)}}
	if len(t.Found.Notes) > 0 {
		s.Blocks = append(s.Blocks, page.Folded{Summary: "What was noted on the way", Blocks: []page.Block{page.List(t.Found.Notes)}})
	}
	return s
}
