package quality

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Most lines of a kind that the text shows; the other forms of the report have more.
const (
	mostFindings = 12
	mostFiles    = 5
	mostShares   = 12
)

// WriteText writes the report to be read on a terminal: the findings first, then tables.
func (r *Report) WriteText(w io.Writer) error {
	out := &lines{w: w}
	r.writeFindings(out)
	r.writeCounts(out)
	r.writeQuality(out)
	r.writeLabels(out)
	r.writeFiles(out)
	return out.err
}

// lines writes until the first error.
type lines struct {
	w   io.Writer
	err error
}

func (l *lines) printf(format string, args ...any) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.w, format, args...)
	}
}

// table writes rows in columns.
func (l *lines) table(write func(row func(cells ...string))) {
	if l.err != nil {
		return
	}
	t := tabwriter.NewWriter(l.w, 0, 0, 2, ' ', 0)
	write(func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) })
	l.err = t.Flush()
}

func (r *Report) writeFindings(out *lines) {
	if len(r.Findings) == 0 {
		out.printf("Nothing was found to be wrong.\n")
	}
	for i, f := range r.Findings {
		if i == mostFindings {
			out.printf("- and %s, see --json or --html\n", plural(len(r.Findings)-i, "more finding"))
			break
		}
		out.printf("- %s\n", clean(f.Sentence))
	}
}

func (r *Report) writeCounts(out *lines) {
	out.printf("\n")
	out.table(func(row func(...string)) {
		row("collection", "found", "usable", "skipped", "train", "held out", "copies", "odd", "formats", "sizes")
		for i, c := range r.Collections {
			copies := 0
			for k := range r.Images {
				if m := &r.Images[k]; m.Collection == i && m.Drop {
					copies++
				}
			}
			row(c.Name, fmt.Sprint(c.Found), fmt.Sprint(c.Usable), fmt.Sprint(len(c.Skipped)), fmt.Sprint(c.Train), fmt.Sprint(c.Validation),
				fmt.Sprint(copies), fmt.Sprint(c.OddCount), formats(c.Quality), sizes(c.Quality))
		}
	})
	for _, c := range r.Collections {
		if c.LeftOut > 0 {
			out.printf("%s: %d files were left out by the limit on images\n", c.Name, c.LeftOut)
		}
	}
}

func formats(q Quality) string {
	var parts []string
	names := sortedKeys(q.Formats)
	slices.SortStableFunc(names, func(a, b string) int { return q.Formats[b] - q.Formats[a] })
	for _, name := range names {
		part := name
		if len(names) > 1 {
			part = fmt.Sprintf("%s %d", name, q.Formats[name])
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func sizes(q Quality) string {
	if len(q.Sizes) == 0 {
		return ""
	}
	s := q.Sizes[0]
	size := fmt.Sprintf("%dx%d", s.Width, s.Height)
	if len(q.Sizes) > 1 {
		size = fmt.Sprintf("%s (%d) and others", size, s.N)
	}
	return size
}

// writeQuality shows the median of each attribute and what most images have.
func (r *Report) writeQuality(out *lines) {
	out.printf("\nmedian (5%% to 95%%)\n")
	out.table(func(row func(...string)) {
		head := []string{"attribute"}
		for _, c := range r.Collections {
			head = append(head, c.Name)
		}
		row(append(head, "unit")...)
		for _, a := range Attributes() {
			cells := []string{spoken(a.Name)}
			any := false
			for _, c := range r.Collections {
				s, ok := c.Quality.Attributes[a.Name]
				text := "-"
				if ok {
					any = true
					text = fmt.Sprintf("%s (%s to %s)", number(s.Median), number(s.P5), number(s.P95))
				}
				cells = append(cells, text)
			}
			if any {
				row(append(cells, a.Unit)...)
			}
		}
		cells := []string{"grey images"}
		for _, c := range r.Collections {
			cells = append(cells, percent(float64(c.Quality.Grey)/float64(max(c.Usable, 1))))
		}
		row(append(cells, "share")...)
	})
}

// writeLabels shows the shares of values, and how images belong together.
func (r *Report) writeLabels(out *lines) {
	names := map[string]bool{}
	for _, c := range r.Collections {
		for name := range c.Labels {
			names[name] = true
		}
	}
	for _, name := range sortedKeys(names) {
		values := map[string]int{}
		for _, c := range r.Collections {
			for v, n := range c.Labels[name] {
				values[v] += n
			}
		}
		order := sortedKeys(values)
		slices.SortStableFunc(order, func(a, b string) int { return values[b] - values[a] })
		out.printf("\n%s\n", clean(name))
		out.table(func(row func(...string)) {
			head := []string{"value"}
			for _, c := range r.Collections {
				head = append(head, c.Name)
			}
			row(head...)
			for i, v := range order {
				if i == mostShares {
					row(fmt.Sprintf("%d more values", len(order)-i))
					break
				}
				cells := []string{clean(v)}
				for _, c := range r.Collections {
					labelled := c.Usable - c.Unlabelled[name]
					if c.Labels[name] == nil {
						cells = append(cells, "-")
						continue
					}
					n := c.Labels[name][v]
					cells = append(cells, fmt.Sprintf("%d (%s)", n, percent(float64(n)/float64(max(labelled, 1)))))
				}
				row(cells...)
			}
		})
	}
	for _, c := range r.Collections {
		for _, sentence := range c.TieSentences() {
			out.printf("%s\n", clean(sentence))
		}
	}
}

// writeFiles names the files that something is wrong with, a few of each kind.
func (r *Report) writeFiles(out *lines) {
	of := func(heading string, n, listed int, line func(i int) string) {
		if n == 0 {
			return
		}
		out.printf("\n%s\n", heading)
		for i := range min(n, mostFiles) {
			out.printf("  %s\n", clean(line(i)))
		}
		if n > mostFiles {
			out.printf("  %s\n", More(n-mostFiles, listed-mostFiles, "--json"))
		}
	}
	some := func(heading string, n int, line func(i int) string) { of(heading, n, n, line) }
	leaks := r.Duplicates.Leaks
	some("copies on both sides of the split", len(leaks), func(i int) string {
		return fmt.Sprintf("%s | %s: drop %s", strings.Join(leaks[i].Train, ", "), strings.Join(leaks[i].Validation, ", "), strings.Join(leaks[i].Drop, ", "))
	})
	some("the same pixels", len(r.Duplicates.Exact), func(i int) string { return strings.Join(r.Duplicates.Exact[i], ", ") })
	some("nearly the same", len(r.Duplicates.Near), func(i int) string { return strings.Join(r.Duplicates.Near[i], ", ") })
	for _, c := range r.Collections {
		some("skipped in "+c.Name, len(c.Skipped), func(i int) string { return c.Skipped[i].File + ": " + c.Skipped[i].Reason })
		of("notes on "+c.Name, c.NoteCount, c.NotesListed, func(i int) string { return c.Notes[i].File + ": " + c.Notes[i].Reason })
		of("odd in "+c.Name, c.OddCount, len(c.Odd), func(i int) string { return c.Odd[i].File + ": " + c.Odd[i].Sentence })
	}
	some("not measured", len(r.Skipped), func(i int) string { return r.Skipped[i].What + ": " + r.Skipped[i].Why })
}

// More says that there are n more of a list, and how many of them are to be found in another form of the report.
func More(n, listed int, form string) string {
	if listed < n {
		return fmt.Sprintf("and %d more, of which %s lists %d", n, form, listed)
	}
	return fmt.Sprintf("and %d more, see %s", n, form)
}

// clean takes from a text what a terminal would act on.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '\ufffd'
		}
		return r
	}, text)
}
