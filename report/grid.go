package report

import (
	"errors"
	"fmt"
	"image"
	"image/draw"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
)

// Row is one row of a grid: its label, left of it, and its pictures. A nil picture leaves a cell empty.
type Row struct {
	Label    string
	Pictures []image.Image
}

// Grid is a table of pictures with labelled rows and columns. Small pictures are enlarged by a whole factor; labels
// that do not fit are shortened.
type Grid struct {
	Columns []string // headings, left to right; may be shorter than the rows, or nil
	Rows    []Row
	Scale   int // factor of enlargement; 0 chooses one by the size of the pictures
}

const (
	margin       = 24   // around a drawing
	gap          = 4    // between cells
	labelGap     = 12   // between a label and its row
	labelMost    = 200  // pixels of a row's label
	cellAim      = 96   // pixels that a cell is enlarged to at least
	widthMost    = 2000 // pixels of a grid beyond which nothing is enlarged
	drawingPixel = 1 << 27
)

// Draw returns the grid as one picture.
func (g Grid) Draw() (*image.RGBA, error) {
	return Sheet{Sections: []Section{{Grid: g}}}.Draw()
}

// WritePNG draws g into a file.
func (g Grid) WritePNG(path string) error {
	picture, err := g.Draw()
	if err != nil {
		return err
	}
	return WritePNG(path, picture)
}

// layout is a grid's geometry in pixels.
type layout struct {
	columns, cellW, cellH, scale int
	labelW, headH                int
	w, h                         int
}

func (g Grid) layout(t *typeset) (layout, error) {
	var l layout
	l.columns = len(g.Columns)
	for _, row := range g.Rows {
		l.columns = max(l.columns, len(row.Pictures))
		l.labelW = max(l.labelW, min(labelMost, textWidth(t.label, row.Label)))
		for _, picture := range row.Pictures {
			if picture != nil {
				l.cellW, l.cellH = max(l.cellW, picture.Bounds().Dx()), max(l.cellH, picture.Bounds().Dy())
			}
		}
	}
	if l.cellW == 0 || l.cellH == 0 {
		return l, errors.New("report: a grid without pictures")
	}
	if l.labelW > 0 {
		l.labelW += labelGap
	}
	for _, heading := range g.Columns {
		if heading != "" {
			l.headH = lineHeight(t.label) + gap
		}
	}
	l.scale = g.Scale
	if l.scale <= 0 {
		l.scale = 1
		for l.scale*max(l.cellW, l.cellH) < cellAim && (l.scale+1)*l.cellW*l.columns < widthMost {
			l.scale++
		}
	}
	l.cellW, l.cellH = l.cellW*l.scale, l.cellH*l.scale
	l.w = l.labelW + l.columns*(l.cellW+gap) - gap
	l.h = l.headH + len(g.Rows)*(l.cellH+gap) - gap
	if l.w*l.h > drawingPixel {
		return l, fmt.Errorf("report: a grid of %dx%d pixels is too large: draw fewer rows", l.w, l.h)
	}
	return l, nil
}

// draw paints the grid with its top left corner at (x, y).
func (g Grid) draw(dst *image.RGBA, t *typeset, l layout, x, y int) {
	for i, heading := range g.Columns {
		heading = shorten(t.label, heading, l.cellW)
		centre := x + l.labelW + i*(l.cellW+gap) + l.cellW/2
		drawText(dst, t.label, faint, centre-textWidth(t.label, heading)/2, y, heading)
	}
	y += l.headH
	for _, row := range g.Rows {
		drawRowLabel(dst, t.label, row.Label, x, y, l)
		for i, picture := range row.Pictures {
			cell := image.Rect(0, 0, l.cellW, l.cellH).Add(image.Pt(x+l.labelW+i*(l.cellW+gap), y))
			if picture == nil {
				draw.Draw(dst, cell, image.NewUniform(empty), image.Point{}, draw.Src)
				continue
			}
			drawEnlarged(dst, cell.Min, picture, l.scale)
		}
		y += l.cellH + gap
	}
}

func drawRowLabel(dst *image.RGBA, face font.Face, label string, x, y int, l layout) {
	width := l.labelW - labelGap
	if width <= 0 {
		return
	}
	label = shorten(face, label, width)
	top := y + (l.cellH-face.Metrics().Height.Ceil())/2
	drawText(dst, face, ink, x+width-textWidth(face, label), top, label)
}

// drawEnlarged paints a picture enlarged by a whole factor. Cubic interpolation keeps a face a face where squares of
// equal colour would not.
func drawEnlarged(dst *image.RGBA, at image.Point, picture image.Image, scale int) {
	b := picture.Bounds()
	to := image.Rect(0, 0, b.Dx()*scale, b.Dy()*scale).Add(at)
	if scale == 1 {
		draw.Draw(dst, to, picture, b.Min, draw.Over)
		return
	}
	xdraw.CatmullRom.Scale(dst, to, picture, b, draw.Over, nil)
}
