package report

import (
	"fmt"
	"image"
	"image/draw"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/prism"
)

// TypicalSheet shows the images at either end of a collection's ranking, and the patches that make the first typical,
// a row a cluster.
func TypicalSheet(p *prism.Prism, h *audit.HeldOut, t audit.Typical, columns int) (Sheet, error) {
	name := p.Collections[t.Collection]
	sheet := Sheet{Title: "What is typical of " + name, Subtitle: fmt.Sprintf("%d held-out images by the log-odds of %s against the other collections", len(t.Rows), name)}
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
	n := min(2*columns, len(t.Rows))
	if err := end("Most typical", "", t.Rows[:n], t.Odds[:n]); err != nil {
		return sheet, err
	}
	last := len(t.Rows) - n
	if err := end("Least typical", "The images that the other collections would rather have.", t.Rows[last:], t.Odds[last:]); err != nil {
		return sheet, err
	}
	if len(t.Clusters) == 0 {
		return sheet, nil
	}
	patches := Grid{}
	const mostClusters = 12
	for _, cluster := range first(t.Clusters, mostClusters) {
		row := Row{Label: fmt.Sprintf("%.2f nats", cluster.Median)}
		for _, patch := range first(cluster.Patches, columns) {
			whole, err := RowOf(p, "", h.Images.Matrix().Select([]int{patch.Row}).Data)
			if err != nil {
				return sheet, err
			}
			row.Pictures = append(row.Pictures, cut(whole.Pictures[0], patch.X, patch.Y, t.Patches.Size))
		}
		patches.Rows = append(patches.Rows, row)
	}
	sheet.Sections = append(sheet.Sections, Section{
		Caption: "Patches that make images typical",
		Note:    "Clusters of like patches, each with the median of what the log-odds lose when the patch looks as " + p.Collections[t.Into] + " would show it.",
		Grid:    patches,
	})
	return sheet, nil
}

// cut is a square of a picture.
func cut(picture image.Image, x, y, size int) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, size, size))
	draw.Draw(out, out.Bounds(), picture, picture.Bounds().Min.Add(image.Pt(x, y)), draw.Src)
	return out
}
