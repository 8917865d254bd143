package portraits

import "image"

// Draw draws a person in a style as an opaque square image of size*size pixels
// (32 to 256 is what the drawing is made for; a size under 8 counts as 8). It
// is a pure function: the same person, style and size give the same bytes.
func Draw(p Person, s Style, size int) *image.RGBA {
	size = max(size, 8)
	// Edges are exact at any resolution; drawing larger and reducing is for
	// what lies on top of each other, and for lines thinner than a pixel.
	factor := 2
	if size < 56 {
		factor = 3
	}
	c := newCanvas(size, factor)
	p = p.inRange()
	var picture *canvas
	switch s {
	case Oil:
		picture = drawOil(c, p)
	case Anime:
		picture = drawAnime(c, p)
	default:
		picture = drawPhoto(c, p)
	}
	return picture.image()
}
