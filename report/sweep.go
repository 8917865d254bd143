package report

import (
	"fmt"
	"strconv"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection/degrade"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/report/page"
)

// SweepPage shows how the quality of a collection limits what is generated from it: a chart a fault, and the numbers.
func SweepPage(s *audit.Sweep) page.Page {
	p := page.Page{
		Title:    "What the quality of " + s.Original + " does to what is generated",
		Subtitle: "One model knows the collection and degraded copies of it. Intervals are of 95%.",
	}
	var lead page.Statements
	for _, sentence := range s.Sentences() {
		lead = append(lead, page.Statement{Sentence: sentence})
	}
	if len(lead) == 0 {
		lead = page.Statements{{Sentence: "No fault made samples worse by more than chance."}}
	}
	p.Lead = []page.Block{lead}
	p.Sections = append(p.Sections, sweepCharts(s), sweepTable(s))
	if len(s.Skipped) > 0 {
		p.Sections = append(p.Sections, page.Section{Title: "What was not measured", Blocks: []page.Block{reasons(s.Skipped)}})
	}
	return p
}

// sweepCharts draws, for each kind of fault, the distance of samples and the error of restored images along its
// levels.
func sweepCharts(s *audit.Sweep) page.Section {
	var distances, errors page.Curves
	for _, kind := range []degrade.Kind{degrade.JPEG, degrade.Blur, degrade.Resolution, degrade.Noise, degrade.Keep} {
		levels := s.Levels[:min(1, len(s.Levels)):1]
		for _, l := range s.Levels {
			if l.Fault != nil && l.Fault.Kind == kind {
				levels = append(levels, l)
			}
		}
		if len(levels) < 2 {
			continue
		}
		samples := page.Curve{Title: "Distance of samples, " + string(kind), Unit: "KID to " + s.Original}
		restored := page.Curve{Title: "Error against the original, " + string(kind), Unit: "mean absolute difference"}
		series := make([]page.CurveSeries, 5)
		for i, name := range []string{"samples", "degraded images", "degraded image", "its reconstruction", "its projection"} {
			series[i].Name = name
		}
		for _, l := range levels {
			place := "original"
			if l.Fault != nil {
				place = strconv.FormatFloat(l.Fault.Level, 'g', -1, 64)
				restored.Places = append(restored.Places, place)
			}
			samples.Places = append(samples.Places, place)
			series[0].Points = append(series[0].Points, kidPoint(l.Samples))
			series[1].Points = append(series[1].Points, kidPoint(l.Degraded))
			if l.Fault == nil {
				continue
			}
			var untouched, reconstructed, projected *page.CurvePoint
			if r := l.Restoration; r != nil {
				untouched, reconstructed, projected = point(r.Untouched), point(r.Reconstructed), point(r.Projected)
			}
			series[2].Points = append(series[2].Points, untouched)
			series[3].Points = append(series[3].Points, reconstructed)
			series[4].Points = append(series[4].Points, projected)
		}
		samples.Series, restored.Series = series[:2], series[2:]
		distances = append(distances, samples)
		errors = append(errors, restored)
	}
	return page.Section{
		Title: "By fault",
		Note:  fmt.Sprintf("Distances are taken in the features of %s. Projection restores where its error lies below that of the reconstruction.", s.Features),
		Blocks: []page.Block{
			page.Heading("What is generated"), distances,
			page.Heading("What projection into the original restores"), errors,
		},
	}
}

func kidPoint(q *audit.Quality) *page.CurvePoint {
	if q == nil {
		return nil
	}
	return point(q.KID)
}

func point(e measure.Estimate) *page.CurvePoint {
	if !e.Measured() {
		return nil
	}
	return &page.CurvePoint{Value: e.Value, Low: e.Low, High: e.High}
}

func sweepTable(s *audit.Sweep) page.Section {
	t := page.Table{Columns: []string{"collection", "KID of samples", "precision", "coverage", "error of the image", "of its reconstruction", "of its projection", "restored"}}
	for _, l := range s.Levels {
		row := page.Row{Name: l.Collection, Cells: make([]page.Cell, 7)}
		if q := l.Samples; q != nil {
			row.Cells[0], row.Cells[1], row.Cells[2] = plainCell(q.KID), shareCell(q.Manifold.Precision), shareCell(q.Manifold.Coverage)
		}
		if r := l.Restoration; r != nil {
			row.Cells[3], row.Cells[4], row.Cells[5] = plainCell(r.Untouched), plainCell(r.Reconstructed), plainCell(r.Projected)
			if r.Restored != nil {
				if row.Cells[6] = signedCell(*r.Restored); r.Restored.High < 0 {
					row.Cells[6] = page.Cell{Text: "nothing"}
				}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return tableSection("Numbers", "Restored is the share of the way from the reconstruction's error to that of the original's own reconstruction, in points of a hundred.", t)
}
