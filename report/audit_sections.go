package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/report/page"
)

// pictures shows the same images, and the same codes, under every collection.
func (a Audit) pictures() (page.Section, error) {
	s := page.Section{Title: "The same content under every collection", Note: "Each column is one image held out of training, or one random code. What changes along a column is what the collections differ in."}
	var rows []int
	each := max(2, shownOfGrid/len(a.names()))
	for c := range a.names() {
		var own []int
		for row, of := range a.HeldOut.Collection {
			if of == c {
				own = append(own, row)
			}
		}
		rows = append(rows, spread(own, each)...)
	}
	from := measure.Pick(a.HeldOut.Collection, rows)
	grid, err := Projections(a.Prism, a.HeldOut.Images.Matrix().Select(rows).Data, from, a.Prism.All())
	if err != nil {
		return s, err
	}
	projected, err := grid.Draw()
	if err != nil {
		return s, err
	}
	var samples Grid
	for c, name := range a.names() {
		samples.Rows = append(samples.Rows, Row{Label: name, Pictures: a.samples[c]})
	}
	drawn, err := samples.Draw()
	if err != nil {
		return s, err
	}
	s.Blocks = []page.Block{
		page.Heading("Held-out images"), page.Wide{Image: projected, Caption: "held-out images, their reconstructions, and their projections into each collection, with the detail that latents leave out"},
		page.Heading("Random codes"), page.Wide{Image: drawn, Caption: "one code a column, under every collection"},
	}
	return s, nil
}

// people shows the shares of attributes in the data, and in what is made.
func (a Audit) people() (page.Section, error) {
	s := page.Section{Title: "Who is shown", Note: "The share of each value in a collection, in samples under it, in samples at the lower temperature at which they are shown, and in projections of the other collections' images into it, with the judge's errors taken out, and how far these lie from the data. Differences whose interval holds none may be chance; a share that may be nearly anything is called unclear."}
	for _, attribute := range sortedKeys(a.Found.Attributes) {
		byCollection := a.Found.Attributes[attribute]
		values := map[string]bool{}
		for _, shares := range byCollection {
			for _, of := range []map[string]measure.Estimate{shares.Data, shares.Samples, shares.Shown, shares.Projected} {
				for value := range of {
					values[value] = true
				}
			}
		}
		t := page.Table{Columns: []string{"value and collection", "data", "samples", "samples less data", "as shown", "projections", "projections less data"}}
		for _, value := range audit.Spoken(sortedKeys(values)) {
			for _, c := range sortedKeys(byCollection) {
				shares, bias := byCollection[c], a.Found.Bias[attribute][c]
				t.Rows = append(t.Rows, page.Row{Name: value + ", " + c, Cells: []page.Cell{
					shareCell(shares.Data[value]), shareCell(shares.Samples[value]), signedCell(bias.Amplification[value]), shareCell(shares.Shown[value]),
					shareCell(shares.Projected[value]), signedCell(bias.Projection[value]),
				}})
			}
		}
		s.Blocks = append(s.Blocks, page.Heading(attribute), t)
	}
	if len(s.Blocks) == 0 {
		return page.Section{}, nil
	}
	return s, nil
}

// flips shows what projection makes of the images with each value.
func (a Audit) flips() (page.Section, error) {
	s := page.Section{Title: "What projection changes", Note: "Of the images with a value, the share that has it after projection, with the judge's errors taken out; the same as the judge sees it; as it sees their reconstructions, which is what the decoder alone changes; among random codes, which is what would be left if nothing of the image were kept; and the other value whose share rises most, as judged, from reconstructions to projections."}
	for _, attribute := range sortedKeys(a.Found.Flips) {
		t := page.Table{Columns: []string{"value before and direction", "still have it", "as judged", "reconstructed", "random codes", "what takes its place, as judged"}}
		for _, direction := range sortedKeys(a.Found.Flips[attribute]) {
			for _, before := range sortedKeys(a.Found.Flips[attribute][direction]) {
				f := a.Found.Flips[attribute][direction][before]
				t.Rows = append(t.Rows, page.Row{Name: before + ", " + arrow(direction), Cells: []page.Cell{
					shareCell(f.After[before]), shareCell(f.Judged[before]), shareCell(f.Reconstructed[before]), shareCell(f.Random[before]),
					takesPlaceCell(f, before),
				}})
			}
		}
		if len(t.Rows) > 0 {
			slices.SortStableFunc(t.Rows, func(x, y page.Row) int { return strings.Compare(x.Name, y.Name) })
			s.Blocks = append(s.Blocks, page.Heading(attribute), t)
		}
	}
	if len(s.Blocks) == 0 {
		return page.Section{}, nil
	}
	return s, nil
}

// takesPlaceCell is the other value that the judge sees more often after projection than in mere reconstructions, by
// the most.
func takesPlaceCell(f audit.Flip, before string) page.Cell {
	var rises string
	most := 0.0
	for _, value := range sortedKeys(f.Judged) {
		if rise := f.Judged[value].Value - f.Reconstructed[value].Value; value != before && rise > most {
			rises, most = value, rise
		}
	}
	if rises == "" {
		return page.Cell{Text: "-"}
	}
	cell := shareCell(f.Judged[rises])
	cell.Text = rises + ": " + cell.Text
	return cell
}

// generation shows how near what is made comes to each collection.
func (a Audit) generation() (page.Section, error) {
	s := page.Section{Title: "How well each collection is generated", Note: fmt.Sprintf("Made images against held-out ones, in the features of %s. KID and FID are distances, lower is nearer; FID is too large by about the bias stated. Precision: made images that look real. Coverage: real images that have a made one near. One half of the real images against the other is the best that can be.", a.Found.Features)}
	t := page.Table{Columns: []string{"collection", "KID", "FID", "precision", "recall", "density", "coverage"}}
	for _, c := range sortedKeys(a.Found.Generation) {
		g := a.Found.Generation[c]
		for _, each := range []struct {
			name string
			q    *audit.Quality
		}{{"samples", g.Samples}, {"projections into it", g.Projections}, {"reconstructions", g.Reconstructions}, {"its other half", g.Halves}} {
			if each.q == nil {
				continue
			}
			m := each.q.Manifold
			row := page.Row{Name: fmt.Sprintf("%s: %s, %d against %d", c, each.name, each.q.Made, each.q.Real), Cells: []page.Cell{plainCell(each.q.KID), {Text: "-"}, shareCell(m.Precision), shareCell(m.Recall), plainCell(m.Density), shareCell(m.Coverage)}}
			if fid := each.q.FID; fid != nil {
				row.Cells[1] = plainCell(fid.Distance)
				row.Cells[1].Interval += fmt.Sprintf(", bias %s", number(fid.Bias))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	if len(t.Rows) == 0 {
		return page.Section{}, nil
	}
	s.Blocks = []page.Block{t, page.Heading("What the images are like, whatever they show"), a.properties(),
		page.Prose("Means of what is measured of each image at the model's size: brightness, contrast and noise in levels of 255, sharpness as the logarithm of the variance of the Laplacian. What a collection lacks, its samples lack; what only samples lack, the model has lost.")}
	return s, nil
}

// properties sets what the images of each collection are like beside what is made under it.
func (a Audit) properties() page.Table {
	var t page.Table
	for _, c := range sortedKeys(a.Found.Generation) {
		g := a.Found.Generation[c]
		if t.Columns == nil {
			t.Columns = append([]string{"collection"}, sortedKeys(g.Properties)...)
		}
		add := func(name string, properties map[string]measure.Estimate) {
			row := page.Row{Name: c + ": " + name}
			for _, property := range t.Columns[1:] {
				row.Cells = append(row.Cells, plainCell(properties[property]))
			}
			t.Rows = append(t.Rows, row)
		}
		add("its images", g.Properties)
		for _, made := range []struct {
			name string
			q    *audit.Quality
		}{{"samples", g.Samples}, {"projections into it", g.Projections}, {"reconstructions", g.Reconstructions}} {
			if made.q != nil {
				add(made.name, made.q.Properties)
			}
		}
	}
	return t
}

// differences shows whether collections differ at all.
func (a Audit) differences() (page.Section, error) {
	if len(a.Found.Differences) == 0 {
		return page.Section{}, nil
	}
	s := page.Section{Title: "Do the collections differ at all", Note: "A two-sample test on latents (unbiased MMD, units permuted), and how often a two-layer probe tells two collections apart; half is chance. q is the false-discovery rate among all pairs. The pictures are the images of each that its flow most prefers to the other's."}
	t := page.Table{Columns: []string{"collections", "MMD²", "p", "q", "told apart"}}
	for _, d := range a.Found.Differences {
		t.Rows = append(t.Rows, page.Row{Name: d.Collections[0] + " and " + d.Collections[1], Cells: []page.Cell{
			{Text: number(d.MMD.Statistic)}, {Text: number(d.MMD.P)}, {Text: number(d.Q)}, shareCell(d.C2ST),
		}})
	}
	s.Blocks = append(s.Blocks, t)
	for _, d := range a.Found.Differences {
		for i, files := range d.Apart {
			pictures, err := a.files(files, shownOfFinding)
			if err != nil {
				return s, err
			}
			s.Blocks = append(s.Blocks, page.Heading(fmt.Sprintf("%s rather than %s", d.Collections[i], d.Collections[1-i])), pictures)
		}
	}
	return s, nil
}

// typical shows the images at either end of each collection's ranking.
func (a Audit) typical() (page.Section, error) {
	s := page.Section{Title: "What is typical of each collection", Note: "Held-out images by the log-odds of their own collection against the others: those that fit it so much better than the others, and those that do so least, or fit the others better."}
	for _, c := range a.names() {
		t, ok := a.Found.Typicality[c]
		if !ok {
			continue
		}
		most, err := a.files(t.Most, shownOfRanking)
		if err != nil {
			return s, err
		}
		least, err := a.files(t.Least, shownOfRanking)
		if err != nil {
			return s, err
		}
		s.Blocks = append(s.Blocks, page.Heading("Most typical of "+c), most, page.Heading("Least typical of "+c), least)
		if e := t.Explained; e != nil {
			s.Blocks = append(s.Blocks, page.Prose(fmt.Sprintf("Tone, contrast and sharpness alone explain %s of the variance of these log-odds (%s to %s).", percent(max(0, e.Value)), percent(max(0, e.Low)), percent(max(0, e.High)))))
		}
		table := page.Table{Columns: []string{"label", "among the first", "among all", "difference"}}
		for _, e := range first(t.Spoken(), 10) {
			table.Rows = append(table.Rows, page.Row{Name: e.Attribute + "=" + e.Value, Cells: []page.Cell{shareCell(e.Top), shareCell(e.All), signedCell(e.Difference)}})
		}
		if len(table.Rows) > 0 {
			s.Blocks = append(s.Blocks, table)
		}
	}
	if len(s.Blocks) == 0 {
		return page.Section{}, nil
	}
	return s, nil
}

// posterior shows which collection images are given to.
func (a Audit) posterior() (page.Section, error) {
	if a.Found.Posterior == nil {
		return page.Section{}, nil
	}
	s := page.Section{Title: "Which collection an image fits", Note: "Held-out images by Bayes' rule with equal priors: of each collection's images the share that is given to each."}
	t := page.Table{Columns: append([]string{"images of"}, a.names()...)}
	for _, c := range a.names() {
		row := page.Row{Name: c}
		for _, to := range a.names() {
			row.Cells = append(row.Cells, shareCell(a.Found.Posterior.Assigned[c][to]))
		}
		t.Rows = append(t.Rows, row)
	}
	s.Blocks = []page.Block{t}
	return s, nil
}

// datasheets says what is known of each collection.
func (a Audit) datasheets() page.Section {
	s := page.Section{Title: "The collections", Note: "A datasheet each. Counts of labels are those of the held-out images that were looked at; who made the images, of whom and to what end must be known from elsewhere."}
	for _, c := range a.Found.About.Collections {
		facts := page.Table{Columns: []string{"", ""}}
		add := func(name, text string) {
			facts.Rows = append(facts.Rows, page.Row{Name: name, Cells: []page.Cell{{Text: text}}})
		}
		files := listing.Count(c.Found, "file")
		for _, less := range []struct {
			n    int
			what string
		}{{c.Unusable, "not usable"}, {c.LeftOut, "left out"}} {
			if less.n > 0 {
				files += fmt.Sprintf(", %d %s", less.n, less.what)
			}
		}
		add("files", files)
		add("images", fmt.Sprintf("%d to train on, %d held out", c.Train, c.Validation))
		add("looked at", fmt.Sprintf("%s, of which %d are independent", listing.Count(c.Seen, "held-out image"), c.Units))
		for _, label := range sortedKeys(c.Labels) {
			add(label, counts(c.Labels[label], c.Seen))
		}
		if g := a.Found.Generation[c.Name]; g.Samples != nil && g.Reconstructions != nil {
			add("KID of samples", fmt.Sprintf("%s, where its reconstructions have %s", number(g.Samples.KID.Value), number(g.Reconstructions.KID.Value)))
		}
		s.Blocks = append(s.Blocks, page.Heading(c.Name), facts)
	}
	return s
}

// counts are the values of a label with the images that have them, the most frequent first, and those without one.
func counts(values map[string]int, of int) string {
	names := slices.DeleteFunc(sortedKeys(values), func(name string) bool { return name == "" })
	slices.SortStableFunc(names, func(a, b string) int { return values[b] - values[a] })
	var parts []string
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%s %d", name, values[name]))
	}
	if n := values[""]; n > 0 {
		parts = append(parts, fmt.Sprintf("without a label %d of %d", n, of))
	}
	return strings.Join(parts, ", ")
}

// limitsOf lists what the numbers cannot say and what is missing, a line a reason.
func limitsOf(limits []string, skipped []audit.Skipped) page.Section {
	s := page.Section{Title: "Limits", Blocks: []page.Block{page.List(limits)}}
	if len(skipped) > 0 {
		s.Blocks = append(s.Blocks, page.Folded{
			Summary: fmt.Sprintf("What was not measured, and why: %s, each listed in the JSON", listing.Count(len(skipped), "part")),
			Blocks:  []page.Block{reasons(skipped)},
		})
	}
	return s
}

// reasons are why parts were not measured, a line a reason.
func reasons(skipped []audit.Skipped) page.List {
	var lines page.List
	for _, reason := range audit.Reasons(skipped) {
		lines = append(lines, reason.String())
	}
	return lines
}
