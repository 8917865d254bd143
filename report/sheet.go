package report

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
)

// Section is a grid under a caption, with a note of some sentences between them. Both may be empty.
type Section struct {
	Caption string
	Note    string
	Grid    Grid
}

// Sheet is a contact sheet: sections one below the other under a title.
type Sheet struct {
	Title    string
	Subtitle string
	Sections []Section
}

const (
	sectionGap = 30
	sheetLeast = 560 // pixels of text width of a sheet that has text
)

// Draw returns the sheet as one picture.
func (s Sheet) Draw() (*image.RGBA, error) {
	if len(s.Sections) == 0 {
		return nil, errors.New("report: a sheet without sections")
	}
	t, err := newTypeset()
	if err != nil {
		return nil, err
	}
	layouts := make([]layout, len(s.Sections))
	width := 0
	if s.Title != "" || s.Subtitle != "" {
		width = sheetLeast
	}
	for i, section := range s.Sections {
		if layouts[i], err = section.Grid.layout(t); err != nil {
			return nil, fmt.Errorf("section %d %q: %w", i+1, section.Caption, err)
		}
		width = max(width, layouts[i].w)
		if section.Caption != "" || section.Note != "" {
			width = max(width, sheetLeast)
		}
	}
	height := s.paint(nil, t, layouts, width)
	if (width+2*margin)*height > drawingPixel {
		return nil, fmt.Errorf("report: a sheet of %dx%d pixels is too large: draw fewer rows", width+2*margin, height)
	}
	dst := image.NewRGBA(image.Rect(0, 0, width+2*margin, height))
	draw.Draw(dst, dst.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	s.paint(dst, t, layouts, width)
	return dst, nil
}

// paint draws the sheet, or with a nil dst only measures it, and returns its height: one function for both, so that
// they cannot disagree.
func (s Sheet) paint(dst *image.RGBA, t *typeset, layouts []layout, width int) (height int) {
	y := margin
	if s.Title != "" {
		if dst != nil {
			drawText(dst, t.title, ink, margin, y, shorten(t.title, s.Title, width))
		}
		y += lineHeight(t.title)
	}
	y = paintNote(dst, t, s.Subtitle, width, y)
	if y > margin {
		y += sectionGap / 2
	}
	for i, section := range s.Sections {
		if i > 0 {
			y += sectionGap
		}
		before := y
		if section.Caption != "" {
			if dst != nil {
				drawText(dst, t.caption, ink, margin, y, shorten(t.caption, section.Caption, width))
			}
			y += lineHeight(t.caption)
		}
		y = paintNote(dst, t, section.Note, width, y)
		if y > before {
			y += 2 * gap
		}
		if dst != nil {
			section.Grid.draw(dst, t, layouts[i], margin, y)
		}
		y += layouts[i].h
	}
	return y + margin
}

func paintNote(dst *image.RGBA, t *typeset, note string, width, y int) int {
	for _, line := range wrap(t.note, note, width) {
		if dst != nil {
			drawText(dst, t.note, faint, margin, y, line)
		}
		y += lineHeight(t.note)
	}
	return y
}
