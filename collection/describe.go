package collection

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// What [Collection.Describe] names before it counts.
const (
	mostReasons = 12
	mostNames   = 5
	mostLabels  = 12
)

// Describe says in lines what was read: how many images, which labels for how many of them, how many images are
// copies of others or belong together, and what was skipped or noted, by reason, with some of the files. Names are
// quoted, so that none can move a terminal's cursor. [Dataset.WriteNotes] has all of them.
func (c *Collection) Describe() []string {
	left := ""
	if c.LeftOut > 0 {
		left = fmt.Sprintf(", %d left out by the limit of images", c.LeftOut)
	}
	lines := []string{fmt.Sprintf("%s: %d images found, %d to train on, %d held out, %d skipped%s",
		c.Name, c.Found, len(c.Train), len(c.Validation), len(c.Skipped), left)}
	lines = append(lines, c.describeLabels()...)
	if units := c.unitsOf(c.Rows()); units < len(c.Rows()) {
		lines = append(lines, fmt.Sprintf("  %d images are %d units: those of a unit belong together (pair, group or copies)", len(c.Rows()), units))
	}
	lines = append(lines, byReason("skipped", c.Skipped)...)
	return append(lines, byReason("note", c.Notes)...)
}

// describeLabels is a line for each label.
func (c *Collection) describeLabels() []string {
	if len(c.columns.list) == 0 {
		return []string{"  no labels"}
	}
	usable := len(c.Rows())
	var lines []string
	for i, column := range c.columns.list {
		if i == mostLabels {
			var rest []string
			for _, other := range c.columns.list[i:] {
				rest = append(rest, other.Name)
			}
			return append(lines, fmt.Sprintf("  and %d labels more, such as %s", len(rest), examples(rest, mostNames)))
		}
		values, rows := column.counts(c.usable)
		if c.numbers[column.Name] == nil { // bins stay in their order
			slices.SortStableFunc(values, func(a, b valueCount) int { return b.rows - a.rows })
		}
		var named []string
		for _, v := range values[:min(mostNames, len(values))] {
			if len(values) > manyValues {
				break
			}
			named = append(named, fmt.Sprintf("%s %d", quotedIfNeeded(v.text), v.rows))
		}
		if more := len(values) - len(named); len(named) == 0 {
			named = append(named, fmt.Sprintf("%d values", len(values)))
		} else if more > 0 {
			named = append(named, fmt.Sprintf("%d values more", more))
		}
		of := fmt.Sprintf("%d of %d images", rows, usable)
		if rows == usable {
			of = "all images"
		}
		lines = append(lines, fmt.Sprintf("  label %s of %s: %s", quotedIfNeeded(column.Name), of, strings.Join(named, ", ")))
	}
	return lines
}

// quotedIfNeeded is a text as it is if it is a plain word, else quoted and cut to a length for messages.
func quotedIfNeeded(text string) string {
	text = shortened(text)
	quoted := fmt.Sprintf("%q", text)
	if quoted == `"`+text+`"` && text != "" && !strings.ContainsAny(text, " ,:") {
		return text
	}
	return quoted
}

// byReason gathers what is said of files in a line a reason. Reasons that differ in numbers and quoted names only are
// one.
func byReason(kind string, said []Skipped) []string {
	type group struct {
		first Skipped
		names []string
		more  int
		same  bool // all have the very same reason
	}
	groups := map[string]*group{}
	var order []*group
	for _, s := range said {
		key := reasonKind(s.Reason)
		g := groups[key]
		if g == nil {
			g = &group{first: s, same: true}
			groups[key] = g
			order = append(order, g)
		}
		g.same = g.same && g.first.Reason == s.Reason
		if len(g.names) == mostNames {
			g.more++
			continue
		}
		g.names = append(g.names, s.File)
	}
	var lines []string
	for i, g := range order {
		if i == mostReasons {
			rest := 0
			for _, g := range order[i:] {
				rest += len(g.names) + g.more
			}
			return append(lines, fmt.Sprintf("  %s: %d more for other reasons", kind, rest))
		}
		reason := printable(g.first.Reason)
		switch {
		case g.first.File == "":
			lines = append(lines, fmt.Sprintf("  %s: %s", kind, reason))
			for _, s := range said { // of no file: each says something else
				if s.File == "" && s != g.first && reasonKind(s.Reason) == reasonKind(g.first.Reason) {
					lines = append(lines, fmt.Sprintf("  %s: %s", kind, printable(s.Reason)))
				}
			}
		case len(g.names) == 1:
			lines = append(lines, fmt.Sprintf("  %s: %q %s", kind, shortened(g.first.File), reason))
		default:
			of := ""
			if !g.same {
				of = " (the first; the others alike)"
			}
			line := fmt.Sprintf("  %s: %d files, %s", kind, len(g.names)+g.more, examples(g.names, mostNames))
			if g.more > 0 {
				line += fmt.Sprintf(" and %d more", g.more)
			}
			lines = append(lines, line+": "+reason+of)
		}
	}
	return lines
}

// reasonKind is a reason without what it names and counts.
func reasonKind(reason string) string {
	var b strings.Builder
	quoted := false
	for _, r := range reason {
		switch {
		case r == '"':
			quoted = !quoted
			b.WriteRune(r)
		case !quoted && (r < '0' || r > '9'):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// printable is a text with the characters that a terminal would obey written as in Go: "\n", "\x1b".
func printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// WriteNotes writes what was skipped and what was noted of every collection as a CSV file of the columns collection,
// file, kind ("skipped" or "note") and reason.
func (d *Dataset) WriteNotes(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write([]string{"collection", "file", "kind", "reason"})
	for _, c := range d.Collections {
		for _, s := range c.Skipped {
			out.Write([]string{c.Name, s.File, "skipped", s.Reason})
		}
		for _, s := range c.Notes {
			out.Write([]string{c.Name, s.File, "note", s.Reason})
		}
	}
	out.Flush()
	return out.Error()
}
