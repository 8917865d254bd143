package report

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// tone is an opaque colour, 0xRRGGBB.
type tone uint32

// The look: dark grey on an off-white that does not compete with the images.
const (
	paper tone = 0xfafaf8
	ink   tone = 0x222428
	faint tone = 0x6b6f76
	empty tone = 0xeeeeeb
)

// RGBA implements [color.Color].
func (t tone) RGBA() (r, g, b, a uint32) {
	return uint32(t) >> 16 & 0xff * 0x101, uint32(t) >> 8 & 0xff * 0x101, uint32(t) & 0xff * 0x101, 0xffff
}

// typeset holds the faces of one drawing; a face must not be used by two goroutines at a time, so every drawing makes
// its own.
type typeset struct {
	title, caption, label, note font.Face
}

func newTypeset() (*typeset, error) {
	regular, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("report: embedded font: %w", err)
	}
	medium, err := opentype.Parse(gomedium.TTF)
	if err != nil {
		return nil, fmt.Errorf("report: embedded font: %w", err)
	}
	var t typeset
	for _, f := range []struct {
		face *font.Face
		from *opentype.Font
		size float64
	}{{&t.title, medium, 26}, {&t.caption, medium, 17}, {&t.label, regular, 14}, {&t.note, regular, 14}} {
		*f.face, err = opentype.NewFace(f.from, &opentype.FaceOptions{Size: f.size, DPI: 72, Hinting: font.HintingFull})
		if err != nil {
			return nil, fmt.Errorf("report: embedded font: %w", err)
		}
	}
	return &t, nil
}

func textWidth(face font.Face, text string) int { return font.MeasureString(face, text).Ceil() }

// lineHeight is the distance of two baselines.
func lineHeight(face font.Face) int { return face.Metrics().Height.Ceil() + 3 }

// drawText writes one line whose top left corner is at (x, y).
func drawText(dst draw.Image, face font.Face, ink color.Color, x, y int, text string) {
	d := font.Drawer{Dst: dst, Src: image.NewUniform(ink), Face: face,
		Dot: fixed.P(x, y+face.Metrics().Ascent.Ceil())}
	d.DrawString(text)
}

// shorten cuts text to a width in pixels, with an ellipsis where its middle was: the ends of file names are what
// tells them apart.
func shorten(face font.Face, text string, width int) string {
	if textWidth(face, text) <= width {
		return text
	}
	runes := []rune(text)
	for keep := len(runes) - 1; keep > 0; keep-- {
		head := (keep + 1) / 2
		short := string(runes[:head]) + "…" + string(runes[len(runes)-(keep-head):])
		if textWidth(face, short) <= width {
			return short
		}
	}
	return "…"
}

// wrap breaks text into lines of at most width pixels, at spaces and where the text has line breaks.
func wrap(face font.Face, text string, width int) []string {
	var lines []string
	if text == "" {
		return nil
	}
	for _, paragraph := range strings.Split(text, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			longer := strings.TrimSpace(line + " " + word)
			if line != "" && textWidth(face, longer) > width {
				lines = append(lines, line)
				longer = word
			}
			line = longer
		}
		lines = append(lines, shorten(face, line, width))
	}
	return lines
}
