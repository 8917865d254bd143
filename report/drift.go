package report

import (
	"fmt"
	"strings"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report/page"
)

// Drift is a comparison with a new folder on its way to a page and to a sheet, with what its pictures are drawn from.
type Drift struct {
	Found    *audit.Drift
	Prism    *prism.Prism
	Incoming *audit.Incoming
}

// sheetColumns is how many images are in a row of the sheet.
const sheetColumns = 8

// Sheet shows the images that no context accounts for, with a blank for a name.
func (d Drift) Sheet() (Sheet, error) {
	sheet := Sheet{
		Title: "What do these images of " + d.Found.About.New + " have in common?",
		Subtitle: "No named context says why they are unlike " + listing.All(d.Found.About.Against) +
			". List those that share something in a file, give it a name, and look again with --context NAME=FILE.",
	}
	rows := d.rows(d.Found.Unnamed)
	var grid Grid
	for at := 0; at < len(rows); at += sheetColumns {
		row, err := RowOf(d.Prism, fmt.Sprintf("%d to %d", at+1, min(at+sheetColumns, len(rows))), d.Incoming.Images.Matrix().Select(rows[at:min(at+sheetColumns, len(rows))]).Data)
		if err != nil {
			return sheet, err
		}
		grid.Rows = append(grid.Rows, row)
	}
	sheet.Sections = []Section{{Caption: "Name: ____________________", Note: "In the order of unnamed.txt.", Grid: grid}}
	return sheet, nil
}

// rows are those of new images, by file.
func (d Drift) rows(files []string) []int {
	of := map[string]int{}
	for i := range d.Incoming.Row {
		of[d.Incoming.File(i)] = i
	}
	var rows []int
	for _, f := range files {
		if row, ok := of[f]; ok {
			rows = append(rows, row)
		}
	}
	return rows
}

// pictures shows new images by file.
func (d Drift) pictures(files []string, caption func(i int) string) (page.Strip, error) {
	rows := d.rows(files)
	if len(rows) == 0 {
		return page.Strip{}, nil
	}
	row, err := RowOf(d.Prism, "", d.Incoming.Images.Matrix().Select(rows).Data)
	return strip(row.Pictures, caption), err
}

// Page returns the page: what was found, then the contexts, the images to name and to label, and the limits.
func (d Drift) Page() (page.Page, error) {
	about := d.Found.About
	p := page.Page{
		Title: "Does " + about.New + " still look like " + listing.All(about.Against) + "?",
		Subtitle: fmt.Sprintf("%s of %s against %s held out from the training of %q. Intervals are of 95%%.",
			listing.Count(about.Seen, "image"), about.New, listing.Count(about.Benchmark, "image"), about.Run),
		Foot: strings.Join([]string{about.Program, about.Command, fmt.Sprintf("seed %d", about.Seed)}, " · "),
	}
	var err error
	if p.Lead, err = d.lead(); err != nil {
		return p, err
	}
	unnamed, err := d.unnamed()
	if err != nil {
		return p, err
	}
	outside, err := d.outside()
	if err != nil {
		return p, err
	}
	proposed, err := d.proposed()
	if err != nil {
		return p, err
	}
	for _, s := range []page.Section{d.contexts(), d.shift(), d.accuracy(), unnamed, outside, proposed, limitsOf(d.Found.Limits, d.Found.Skipped)} {
		if len(s.Blocks) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	return p, nil
}

// lead is what was found, with the images that it is about where they can be shown.
func (d Drift) lead() ([]page.Block, error) {
	const most, pictures = 8, 8
	var all page.Statements
	for _, f := range d.Found.Findings {
		s := page.Statement{
			Sentence: f.Sentence, Grave: f.Kind == audit.KindOutside || f.Kind == audit.KindUnexplained,
			Small: fmt.Sprintf("%s: %s, interval %s to %s, n = %d", f.Kind, number(f.Value), number(f.Low), number(f.High), f.N),
		}
		files := map[string][]string{audit.KindOutside: d.Found.OutsideImages, audit.KindUnexplained: d.Found.Unnamed}[f.Kind]
		var err error
		if s.Pictures, err = d.pictures(first(files, pictures), func(int) string { return "" }); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return []page.Block{page.Statements{{Sentence: "Nothing was found whose interval excludes chance."}}}, nil
	}
	return leadOf(all, most), nil
}

// contexts is the table of what changed.
func (d Drift) contexts() page.Section {
	s := page.Section{Title: "What changed", Note: "The change is the share of new images less that of the benchmark, and for numbers Cliff's delta: how often a new image has more, less how often it has less. q is the false-discovery rate among all rows; in the upper part are the changes that stand and are 5 points or more."}
	t := page.Table{Columns: []string{"context", "held-out images", d.Found.About.New, "change", "q"}}
	for _, c := range d.Found.Contexts {
		name, value := c.Name, shareCell
		if c.Source == audit.FromImage {
			value = plainCell
		}
		if c.Judged != "" {
			name += " (judged)"
		}
		t.Rows = append(t.Rows, page.Row{Name: name, Cells: []page.Cell{value(c.Benchmark), value(c.New), signedCell(c.Difference), {Text: rate(c.Q)}}})
	}
	if len(t.Rows) > 0 {
		s.Blocks = []page.Block{t}
	}
	return s
}

// rate is a p-value or a false-discovery rate.
func rate(p float64) string {
	if p < 0.001 {
		return "below 0.001"
	}
	return fmt.Sprintf("%.2g", p)
}

// shift is whether there is any, and how much of it is explained.
func (d Drift) shift() page.Section {
	s := page.Section{Title: "Is there any shift, and is it explained", Note: "By latents: a permutation test of the kernel discrepancy, and how often a two-layer probe tells new images from held-out ones, beside how often it tells two halves of the held-out images apart, which should be one half. Explained is how much of the area under the curve above one half, of a linear probe that sees latents and contexts, one reaches that sees contexts alone. Properties of images may change because of what they show, so that they explain without naming it."}
	t := page.Table{Columns: []string{"measure", "value"}}
	add := func(name string, cell page.Cell) {
		t.Rows = append(t.Rows, page.Row{Name: name, Cells: []page.Cell{cell}})
	}
	if shift := d.Found.Shift; shift != nil {
		add("MMD², two-sample test", page.Cell{Text: number(shift.MMD.Statistic), Interval: "p = " + rate(shift.MMD.P)})
		add("told apart", shareCell(shift.C2ST))
		if shift.Halves != nil {
			add("two halves told apart", shareCell(*shift.Halves))
		}
	}
	for _, part := range []struct {
		name string
		e    *measure.Estimate
	}{{"outside of all collections", d.Found.Outside}, {"explained by labels, lists and collections", d.Found.Explained}, {"with the properties of images besides", d.Found.ExplainedWithProperties}} {
		if part.e != nil {
			add(part.name, shareCell(*part.e))
		}
	}
	if len(t.Rows) > 0 {
		s.Blocks = []page.Block{t}
	}
	return s
}

// accuracy is what the change may cost a classifier.
func (d Drift) accuracy() page.Section {
	a := d.Found.Accuracy
	if a == nil {
		return page.Section{}
	}
	t := page.Table{Columns: []string{"images", "right about " + a.Label}}
	add := func(name string, cell page.Cell) {
		t.Rows = append(t.Rows, page.Row{Name: name, Cells: []page.Cell{cell}})
	}
	add("held out", shareCell(a.Benchmark))
	add(fmt.Sprintf("held out, as common in the named contexts as those of %s (worth %.0f images)", d.Found.About.New, a.Effective), shareCell(a.Reweighted))
	if a.Named.Measured() {
		add("the named contexts alone change", signedCell(a.Named))
	}
	if a.New != nil {
		add(d.Found.About.New, shareCell(*a.New))
	}
	if a.Unnamed != nil {
		add("what has no name changes", signedCell(*a.Unnamed))
	}
	return tableSection("What it may cost a classifier of "+a.Label, "A classifier that learned from the run's training images. The weights of held-out images are how much more likely each is among new ones by labels, lists and collections.", t)
}

// unnamed shows the images for a person to name.
func (d Drift) unnamed() (page.Section, error) {
	s := page.Section{Title: "What has no name yet", Note: "The new images that are told most surely from the held-out ones beyond what the contexts say. What do they have in common? List those that share it in a file, one a line as below, give it a name, and run again with --context NAME=FILE: then it is measured."}
	pictures, err := d.pictures(d.Found.Unnamed, func(i int) string { return fmt.Sprint(i + 1) })
	if err != nil || len(pictures.Pictures) == 0 {
		return page.Section{}, err
	}
	s.Blocks = []page.Block{pictures, page.Folded{Summary: "Their files", Blocks: []page.Block{page.List(d.Found.Unnamed)}}}
	return s, nil
}

// outside shows images that fit no collection.
func (d Drift) outside() (page.Section, error) {
	const most = 24
	s := page.Section{Title: "Images that fit none of the collections", Note: "They are less likely, or reconstructed worse, than all but about one in 200 of a collection's own images."}
	pictures, err := d.pictures(first(d.Found.OutsideImages, most), func(i int) string { return fmt.Sprint(i + 1) })
	if err != nil || len(pictures.Pictures) == 0 {
		return page.Section{}, err
	}
	s.Blocks = []page.Block{pictures, page.Folded{Summary: "Their files", Blocks: []page.Block{page.List(d.Found.OutsideImages)}}}
	return s, nil
}

// proposed lists the images to label next.
func (d Drift) proposed() (page.Section, error) {
	const most = 24
	s := page.Section{Title: "What to label next", Note: "Half have most of the contexts that the held-out images lack, half are those that the contexts account for least; proposed.csv has all of them."}
	var files []string
	for _, p := range first(d.Found.Proposed, most) {
		files = append(files, p.File)
	}
	pictures, err := d.pictures(files, func(i int) string {
		if c := d.Found.Proposed[i].Context; c != "" {
			return c
		}
		return d.Found.Proposed[i].Why
	})
	if err != nil || len(pictures.Pictures) == 0 {
		return page.Section{}, err
	}
	s.Blocks = []page.Block{pictures}
	return s, nil
}
