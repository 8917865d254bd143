package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/report/page"
)

// What pages of several reports are made of: parts of a page, cells of tables, and words.

// leadOf shows the first findings, at most so many, and has the others behind a click.
func leadOf(findings page.Statements, most int) []page.Block {
	if len(findings) <= most {
		return []page.Block{findings}
	}
	more := page.Folded{Summary: listing.Count(len(findings)-most, "more finding"), Blocks: []page.Block{findings[most:]}}
	return []page.Block{findings[:most], more}
}

// foot says how the page was made.
func foot(program, command string, seed uint64, inputs map[string]string) string {
	parts := []string{}
	for _, part := range []string{program, command, fmt.Sprintf("seed %d", seed)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	for _, name := range sortedKeys(inputs) {
		parts = append(parts, fmt.Sprintf("%s %.12s", name, inputs[name]))
	}
	return strings.Join(parts, " · ")
}

// tableSection is a section of one table.
func tableSection(title, note string, t page.Table) page.Section {
	return page.Section{Title: title, Note: note, Blocks: []page.Block{t}}
}

// plainCell is a number with its interval.
func plainCell(e measure.Estimate) page.Cell {
	if !e.Measured() {
		return page.Cell{Text: "not measured"}
	}
	return page.Cell{Text: number(e.Value), Interval: number(e.Low) + " to " + number(e.High)}
}

// shareCell is a share, drawn on a scale from 0 to 1.
func shareCell(e measure.Estimate) page.Cell {
	if !e.Measured() {
		return page.Cell{Text: "not measured"}
	}
	c := page.Cell{Text: known(e, percent(e.Value)), Bar: true, At: 100 * e.Value, Low: 100 * e.Low, Width: 100 * (e.High - e.Low)}
	if e.Low != e.High {
		c.Interval = percent(e.Low) + " to " + percent(e.High)
	}
	return c
}

// signedCell is a difference of shares, drawn on a scale from -1 to 1.
func signedCell(e measure.Estimate) page.Cell {
	if !e.Measured() {
		return page.Cell{Text: "not measured"}
	}
	at := func(x float64) float64 { return 50 + 50*max(-1, min(1, x)) }
	return page.Cell{
		Text: known(e, fmt.Sprintf("%+.1f points", 100*e.Value)), Interval: fmt.Sprintf("%+.1f to %+.1f", 100*e.Low, 100*e.High),
		Bar: true, At: at(e.Value), Low: at(e.Low), Width: at(e.High) - at(e.Low), Zero: 50,
	}
}

// known is the text of a share or of a difference of shares, where its interval says more than that it may be nearly
// anything.
func known(e measure.Estimate, text string) string {
	const anything = 0.5 // of a scale of 1
	if e.High-e.Low > anything {
		return "unclear"
	}
	return text
}

func number(x float64) string { return fmt.Sprintf("%.4g", x) }

func percent(x float64) string { return fmt.Sprintf("%.1f%%", 100*x) }

func arrow(direction string) string { return strings.ReplaceAll(direction, "->", " → ") }

func spoken(name string) string { return strings.ReplaceAll(name, "_", " ") }

// first returns at most n elements.
func first[T any](all []T, n int) []T { return all[:min(n, len(all)):min(n, len(all))] }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
