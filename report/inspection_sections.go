package report

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/quality"
	"github.com/dataprism/dataprism/report/page"
)

func (i Inspection) counts() page.Section {
	t := page.Table{Columns: []string{"collection", "found", "usable", "skipped", "training", "held out", "formats", "sizes", "grey", "with borders", "blank"}}
	s := page.Section{Title: "What is there", Note: "Found is usable and skipped together, and usable is training and held out, by the split that training would make."}
	var samples []page.Block
	for c, d := range i.Report.Collections {
		q := d.Quality
		cells := []page.Cell{}
		skipped := fmt.Sprint(len(d.Skipped))
		if d.LeftOut > 0 {
			skipped += fmt.Sprintf(" (%d left out by the limit)", d.LeftOut)
		}
		for _, text := range []string{fmt.Sprint(d.Found), fmt.Sprint(d.Usable), skipped, fmt.Sprint(d.Train), fmt.Sprint(d.Validation),
			counted(q.Formats), sizesOf(q), fmt.Sprint(q.Grey), fmt.Sprint(q.Bordered), fmt.Sprint(q.Blank)} {
			cells = append(cells, page.Cell{Text: text})
		}
		t.Rows = append(t.Rows, page.Row{Name: d.Name, Cells: cells})
		if strip := i.strip(i.samples(c), path.Base); len(strip.Pictures) > 0 {
			samples = append(samples, page.Heading(d.Name), strip)
		}
	}
	s.Blocks = append([]page.Block{t}, samples...)
	for _, d := range i.Report.Collections {
		for _, sentence := range d.TieSentences() {
			s.Blocks = append(s.Blocks, page.Prose(sentence))
		}
	}
	return s
}

// counted lists counts by name, the largest first.
func counted(counts map[string]int) string {
	names := slices.Sorted(maps.Keys(counts))
	slices.SortStableFunc(names, func(a, b string) int { return counts[b] - counts[a] })
	var parts []string
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(parts, ", ")
}

func sizesOf(q quality.Quality) string {
	var parts []string
	for _, s := range first(q.Sizes, 3) {
		parts = append(parts, fmt.Sprintf("%d×%d: %d", s.Width, s.Height, s.N))
	}
	if len(q.Sizes) > 3 {
		parts = append(parts, "others")
	}
	return strings.Join(parts, ", ")
}

func (i Inspection) attributes() page.Section {
	h := page.Histograms{}
	for _, c := range i.Report.Collections {
		h.Series = append(h.Series, c.Name)
	}
	for _, a := range quality.Attributes() {
		chart := page.Histogram{Title: spoken(a.Name), Unit: a.Unit}
		some := false
		for _, c := range i.Report.Collections {
			s, ok := c.Quality.Attributes[a.Name]
			if ok {
				chart.From, chart.To, some = s.From, s.To, true
			}
			chart.Counts = append(chart.Counts, s.Counts)
		}
		if some && chart.To > chart.From {
			h.Charts = append(h.Charts, chart)
		}
	}
	return page.Section{
		Title: "Quality of the images",
		Note: "How each number is distributed; a curve's height is a share of its collection, and what lies outside of the axis is counted at its ends. " +
			"Numbers that are the same for all images are left out. docs/inspect.md has the formulas.",
		Blocks: []page.Block{h},
	}
}

func (i Inspection) differences() page.Section {
	s := page.Section{
		Title: "How they differ",
		Note: "Cliff's delta is the chance that an image of the first collection has more than one of the second, less the chance that it has less: 0 is no difference, 1 and -1 are complete. " +
			"For formats, grey images and labels it is the difference of the shares. Intervals are 95%; copies, pairs and groups count as one observation. " +
			"Those marked make findings: they stand among all comparisons at a false discovery rate of 5% and are at least 0.1, or 5 points.",
	}
	if a := i.Report.Apart; a != nil {
		s.Blocks = append(s.Blocks, page.Prose(fmt.Sprintf("A linear probe that sees these numbers alone names the right collection in %s of images (95%% interval %s to %s, chance %s, n = %d).",
			percent(a.Value), percent(a.Low), percent(a.High), percent(a.Chance), a.N)))
	}
	var pair [2]string
	var t *page.Table
	for _, d := range i.Report.Differences {
		if t == nil || d.Collections != pair {
			pair = d.Collections
			t = &page.Table{Columns: []string{pair[0] + " against " + pair[1], "difference", pair[0], pair[1], "finding"}}
			s.Blocks = append(s.Blocks, t)
		}
		t.Rows = append(t.Rows, differenceRow(d))
	}
	return s
}

func differenceRow(d quality.Difference) page.Row {
	name := spoken(d.Attribute)
	if d.Value != "" {
		name += ": " + d.Value
	}
	text := fmt.Sprintf
	write := func(x float64) string { return text("%.3g", x) }
	if a, known := quality.AttributeOf(d.Attribute); known {
		write = a.Write
	}
	if d.Statistic == "share" {
		write = percent
	}
	mark := ""
	if d.Found {
		mark = "●"
	}
	half := func(x float64) float64 { return 50 * (x + 1) }
	return page.Row{Name: name, Cells: []page.Cell{
		{Text: text("%.2f", d.Size), Interval: text("%.2f to %.2f", d.Low, d.High), Bar: true, Zero: 50, At: half(d.Size), Low: half(d.Low), Width: half(d.High) - half(d.Low)},
		{Text: write(d.Of[0])}, {Text: write(d.Of[1])}, {Text: mark},
	}}
}

func (i Inspection) copies() page.Section {
	d := i.Report.Duplicates
	s := page.Section{
		Title: "Copies",
		Note: "Images with the same pixels, and images that show the same after scaling, recompression or a change of light. Of each set the largest and least compressed image is to be kept. " +
			"Images of one pair in different collections do not count.",
	}
	show := func(heading string, sets [][]string, caption func(file string) string) {
		if len(sets) == 0 {
			return
		}
		var strips page.Sets
		for _, set := range first(sets, mostSets) {
			strip := i.strip(first(set, mostOfSet), caption)
			strip.Set = true
			if len(strip.Pictures) > 0 {
				strips = append(strips, strip)
			}
		}
		if more := len(sets) - mostSets; more > 0 {
			heading += fmt.Sprintf(" (%d of %d sets)", mostSets, len(sets))
		}
		s.Blocks = append(s.Blocks, page.Heading(heading), strips)
	}
	side := map[string]string{}
	var leaks [][]string
	for _, l := range d.Leaks {
		for _, f := range l.Validation {
			side[f] = "held out: "
		}
		for _, f := range l.Train {
			side[f] = "training: "
		}
		leaks = append(leaks, slices.Concat(l.Train, l.Validation))
	}
	show("On both sides of the split", leaks, func(f string) string { return side[f] + f })
	show("Nearly the same", d.Near, func(f string) string { return f })
	show("The same pixels", d.Exact, func(f string) string { return f })
	if len(d.Drop) > 0 {
		s.Blocks = append(s.Blocks, folded(listing.Count(len(d.Drop), "file")+" to drop", d.Drop, len(d.Drop), len(d.Drop)))
	}
	return s
}

// folded lists the first lines of n, of which the JSON lists some or all, to be opened by a click.
func folded(summary string, lines []string, n, listed int) page.Block {
	list := page.List(first(lines, mostLines))
	if more := n - mostLines; more > 0 {
		list = append(list, quality.More(more, listed-mostLines, "the JSON"))
	}
	return page.Folded{Summary: summary, Blocks: []page.Block{list}}
}

func (i Inspection) odd() (page.Section, bool) {
	s := page.Section{Title: "Odd images out", Note: "Those that are farthest from the others of their collection in one of the numbers, the farthest first."}
	for _, c := range i.Report.Collections {
		if len(c.Odd) == 0 {
			continue
		}
		why := map[string]string{}
		var files []string
		for _, o := range first(c.Odd, mostOdd) {
			why[o.File] = path.Base(o.File) + ": " + o.Sentence
			files = append(files, o.File)
		}
		s.Blocks = append(s.Blocks, page.Heading(fmt.Sprintf("%s: %s", c.Name, listing.Count(c.OddCount, "odd image"))), i.strip(files, func(f string) string { return why[f] }))
	}
	return s, len(s.Blocks) > 0
}

func (i Inspection) labels() (page.Section, bool) {
	s := page.Section{Title: "Labels", Note: "How many usable images have each value, and the share among those that have the label."}
	names := map[string]bool{}
	for _, c := range i.Report.Collections {
		for name := range c.Labels {
			names[name] = true
		}
	}
	for _, name := range sortedKeys(names) {
		t := page.Table{Columns: []string{name}}
		values := map[string]int{}
		missing := page.Row{Name: "no " + name}
		for _, c := range i.Report.Collections {
			t.Columns = append(t.Columns, c.Name)
			for v, n := range c.Labels[name] {
				values[v] += n
			}
			cell := page.Cell{Text: "not labelled"}
			if c.Labels[name] != nil {
				cell.Text = fmt.Sprint(c.Unlabelled[name])
			}
			missing.Cells = append(missing.Cells, cell)
		}
		order := sortedKeys(values)
		slices.SortStableFunc(order, func(a, b string) int { return values[b] - values[a] })
		for _, v := range first(order, mostValues) {
			row := page.Row{Name: v}
			for _, c := range i.Report.Collections {
				cell := page.Cell{}
				if c.Labels[name] != nil {
					n := c.Labels[name][v]
					cell.Text = fmt.Sprintf("%d (%s)", n, percent(float64(n)/float64(max(1, c.Usable-c.Unlabelled[name]))))
				}
				row.Cells = append(row.Cells, cell)
			}
			t.Rows = append(t.Rows, row)
		}
		if more := len(order) - mostValues; more > 0 {
			t.Rows = append(t.Rows, page.Row{Name: listing.Count(more, "more value")})
		}
		t.Rows = append(t.Rows, missing)
		s.Blocks = append(s.Blocks, t)
	}
	return s, len(s.Blocks) > 0
}

func (i Inspection) files() (page.Section, bool) {
	s := page.Section{Title: "Files and notes"}
	add := func(summary string, files []collection.Skipped, n, listed int) {
		if len(files) == 0 {
			return
		}
		var lines []string
		for _, f := range files {
			lines = append(lines, f.File+": "+f.Reason)
		}
		s.Blocks = append(s.Blocks, folded(summary, lines, n, listed))
	}
	for _, c := range i.Report.Collections {
		add(listing.Count(len(c.Skipped), "file")+" of "+c.Name+" skipped", c.Skipped, len(c.Skipped), len(c.Skipped))
		add(listing.Count(c.NoteCount, "note")+" on "+c.Name, c.Notes, c.NoteCount, c.NotesListed)
	}
	return s, len(s.Blocks) > 0
}

// limits says what the page cannot know.
func (i Inspection) limits() page.Section {
	s := page.Section{Title: "Limits", Blocks: []page.Block{page.List{
		"Copies are found by what images show at 32 by 32 pixels: crops, mirrored and turned copies are not found, and pictures that differ in what is smaller than that may be taken for copies.",
		"Fine texture over most of an image is measured as noise, and noise makes an image sharper. Sharpness also rises with contrast.",
		"JPEG quality is what the file was last saved with; earlier savings show in the blocking alone.",
		"Differences are between these images; that a difference is there does not say that it matters for what the collections are used for.",
	}}}
	var skipped []string
	for _, p := range i.Report.Skipped {
		skipped = append(skipped, p.What+": "+p.Why)
	}
	if len(skipped) > 0 {
		s.Blocks = append(s.Blocks, folded(listing.Count(len(skipped), "measurement")+" not made", skipped, len(skipped), len(skipped)))
	}
	return s
}
