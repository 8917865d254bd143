package report

import (
	"fmt"
	"strconv"

	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/report/page"
	"github.com/dataprism/dataprism/trial"
)

// LoopPage shows a loop: what its slopes say, the metrics and shares along the generations, what was drawn, and the
// limits.
func LoopPage(r *trial.LoopResult) page.Page {
	p := page.Page{
		Title: "What " + listing.Count(len(r.Generations)-1, "generation") + " of training on generated images do",
		Subtitle: fmt.Sprintf("%s of %s, by %s; generated images %s those before. Intervals are of 95%%, over test images and %s.",
			r.Label, r.Set, r.Group, map[string]string{"accumulate": "join", "replace": "replace"}[r.Mix], listing.Count(r.Seeds, "seed")),
		Foot: foot(r.About.Program, r.About.Command, r.About.Seed, r.About.Inputs),
	}
	var lead page.Statements
	for _, f := range r.Findings {
		lead = append(lead, page.Statement{Sentence: f.Sentence, Small: fmt.Sprintf("%s: %s, interval %s to %s", f.Metric, number(f.Estimate.Value), number(f.Estimate.Low), number(f.Estimate.High))})
	}
	p.Lead = []page.Block{lead}
	var places []string
	for _, g := range r.Generations {
		places = append(places, strconv.Itoa(g.Number))
	}
	shares := page.Curve{Title: "Shares among what is drawn", Unit: r.Group, Places: places[1:]}
	for _, group := range r.Groups {
		series := page.CurveSeries{Name: group}
		for _, g := range r.Generations[1:] {
			series.Points = append(series.Points, point(g.Shares[group]))
		}
		shares.Series = append(shares.Series, series)
	}
	curves := page.Curves{shares}
	for _, m := range trial.AllMetrics() {
		c := page.Curve{Title: m.Title, Unit: "on real held-out images", Places: places, Series: []page.CurveSeries{{Name: "loop"}, {Name: "control"}}}
		for _, g := range r.Generations {
			c.Series[0].Points = append(c.Series[0].Points, point(*m.Of(&g.Loop)))
			c.Series[1].Points = append(c.Series[1].Points, point(*m.Of(&g.Control)))
		}
		if r.Slopes[m.Name].Measured() {
			curves = append(curves, c)
		}
	}
	table := page.Table{Columns: []string{"slope a generation", "loop less control"}}
	for _, m := range trial.AllMetrics() {
		if e := r.Slopes[m.Name]; e.Measured() {
			table.Rows = append(table.Rows, page.Row{Name: m.Title, Cells: []page.Cell{slopeCell(m.Share, e)}})
		}
	}
	for _, group := range r.Groups {
		table.Rows = append(table.Rows, page.Row{Name: "share of " + r.Group + "=" + group, Cells: []page.Cell{slopeCell(true, r.ShareSlopes[group])}})
	}
	p.Sections = append(p.Sections,
		page.Section{Title: "Along the generations", Note: "Generation 0 is real images alone. The control is fitted to them by as many steps.", Blocks: []page.Block{curves}},
		tableSection("Slopes", "Paired by test image and by seed; a slope whose interval excludes 0 is a change.", table))
	limits := page.Section{Title: "Limits", Blocks: []page.Block{page.List(r.Limits)}}
	if len(r.Notes) > 0 {
		limits.Blocks = append(limits.Blocks, page.Folded{Summary: "What was noted on the way", Blocks: []page.Block{page.List(r.Notes)}})
	}
	p.Sections = append(p.Sections, limits)
	return p
}

// slopeCell is a slope, in points where it is of a share.
func slopeCell(share bool, e measure.Estimate) page.Cell {
	if !share {
		return page.Cell{Text: fmt.Sprintf("%+.3g", e.Value), Interval: fmt.Sprintf("%+.3g to %+.3g", e.Low, e.High)}
	}
	return page.Cell{Text: fmt.Sprintf("%+.2f points", 100*e.Value), Interval: fmt.Sprintf("%+.2f to %+.2f", 100*e.Low, 100*e.High)}
}
