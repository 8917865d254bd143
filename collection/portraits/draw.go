package portraits

import "image"

// Draw draws a person in a style as an opaque square image of size*size pixels (32 to 256 is what the drawing is made
// for; a size under 8 counts as 8). It is a pure function: the same person, style and size give the same bytes on
// every run and for every number of goroutines. (Between processor families the last bit of a channel may differ, as
// floating-point sums are fused on some.)
func Draw(p Person, s Style, size int) *image.RGBA {
	size = max(size, 8)
	p = p.inRange()
	var picture *canvas
	switch s {
	case Oil:
		picture = drawOil(p, size)
	case Anime:
		picture = drawAnime(p, size)
	default:
		picture = drawPhoto(p, size)
	}
	return picture.image()
}

// smallSize is below which more samples are needed for lines thinner than a pixel to be seen evenly.
const smallSize = 56

// sampling is the resolution to draw at, in parts of the picture's. Edges are exact at any resolution; drawing larger
// and reducing is for what lies on top of each other.
func sampling(size int) int {
	if size < smallSize {
		return 3
	}
	return 2
}
