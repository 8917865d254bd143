package report

import (
	"fmt"
	"image"
	"image/draw"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/prism"
)

// TypicalSheet shows the images at either end of a collection's ranking, and the patches that make the first typical and
// the last not, a row a cluster.
func TypicalSheet(p *prism.Prism, h *audit.HeldOut, t audit.Typical, columns int) (Sheet, error) {
	name := p.Collections[t.Collection]
	against := compared(p, t.Against)
	sheet := Sheet{Title: "What is typical of " + name, Subtitle: fmt.Sprintf("%d held-out images by the log-odds of %s against %s", len(t.Rows), name, against)}
	end := func(caption, note string, rows []int, odds []float64) error {
		g := Grid{}
		for at := 0; at < len(rows); at += columns {
			row, err := RowOf(p, fmt.Sprintf("%.1f nats", odds[at]), h.Images.Matrix().Select(rows[at:min(at+columns, len(rows))]).Data)
			if err != nil {
				return err
			}
			g.Rows = append(g.Rows, row)
		}
		sheet.Sections = append(sheet.Sections, Section{Caption: caption, Note: note, Grid: g})
		return nil
	}
	n := max(1, t.AtEitherEnd(2*columns))
	if err := end("Most typical", "", t.Rows[:n], t.Odds[:n]); err != nil {
		return sheet, err
	}
	if last := len(t.Rows) - n; last > 0 {
		if err := end("Least typical", fitBetter(t.Odds[last:], against), t.Rows[last:], t.Odds[last:]); err != nil {
			return sheet, err
		}
	}
	other := p.Collections[t.Other]
	for _, s := range []struct {
		caption, note string
		clusters      []audit.PatchCluster
	}{
		{"Patches that make images typical", "Clusters of like patches, each with the median of what the log-odds lose when the patch looks as " + other + " would show it.", t.Clusters},
		{"Patches that keep images from being typical", "The same of the least typical images, read as from " + other + ": what the log-odds gain when the patch looks as " + name + " would show it.", t.LeastClusters},
	} {
		if len(s.clusters) == 0 {
			continue
		}
		grid, err := patchGrid(p, h, s.clusters, t.Patches.Size, columns)
		if err != nil {
			return sheet, err
		}
		sheet.Sections = append(sheet.Sections, Section{Caption: s.caption, Note: s.note, Grid: grid})
	}
	return sheet, nil
}

// compared names what a ranking compares a collection with.
func compared(p *prism.Prism, against []int) string {
	switch {
	case len(against) > 1:
		return "the other collections"
	case against[0] == p.Any():
		return "all collections together"
	}
	return p.Collections[against[0]]
}

// fitBetter says how many images of these log-odds fit better what they are compared with.
func fitBetter(odds []float64, against string) string {
	n := 0
	for _, t := range odds {
		if t < 0 {
			n++
		}
	}
	switch n {
	case 0:
		return fmt.Sprintf("None of these fits %s better: no log-odds are below 0.", against)
	case len(odds):
		return fmt.Sprintf("All of these fit %s better.", against)
	case 1:
		return fmt.Sprintf("The last of these %d fits %s better: its log-odds are below 0.", len(odds), against)
	}
	return fmt.Sprintf("The last %d of these %d fit %s better: their log-odds are below 0.", n, len(odds), against)
}

// patchGrid shows clusters of patches of the given side, a row each.
func patchGrid(p *prism.Prism, h *audit.HeldOut, clusters []audit.PatchCluster, side, columns int) (Grid, error) {
	const mostClusters = 12
	grid := Grid{}
	for _, cluster := range first(clusters, mostClusters) {
		row := Row{Label: fmt.Sprintf("%.2f nats", cluster.Median)}
		for _, patch := range first(cluster.Patches, columns) {
			whole, err := RowOf(p, "", h.Images.Matrix().Select([]int{patch.Row}).Data)
			if err != nil {
				return grid, err
			}
			row.Pictures = append(row.Pictures, cut(whole.Pictures[0], patch.X, patch.Y, side))
		}
		grid.Rows = append(grid.Rows, row)
	}
	return grid, nil
}

// cut is a square of a picture.
func cut(picture image.Image, x, y, size int) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, size, size))
	draw.Draw(out, out.Bounds(), picture, picture.Bounds().Min.Add(image.Pt(x, y)), draw.Src)
	return out
}
