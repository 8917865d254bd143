package collection

import "image"

// blankNote is what is noted of a transparent image of which nothing shows, such as white lines on a
// transparent ground that is laid on white.
const blankNote = "is blank: what it shows is transparent or has the colour of the background; choose another background"

// isGround tells whether a square has the colour of the background alone.
func isGround(pixels []byte, o Options) bool {
	const within = 2
	c := o.background()
	ground := []byte{c.R, c.G, c.B}
	if o.Gray {
		toLuma(ground[:1], []byte{c.R, c.G, c.B, c.A})
		ground = ground[:1]
	}
	for i, v := range pixels {
		if d := int(v) - int(ground[i%len(ground)]); d > within || d < -within {
			return false
		}
	}
	return true
}

// isTransparent tells whether any pixel of an image is not opaque.
func isTransparent(m image.Image) bool {
	if o, ok := m.(interface{ Opaque() bool }); ok {
		return !o.Opaque()
	}
	return false
}
