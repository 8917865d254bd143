package collection

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"slices"
)

// squarer makes squares of decoded pictures. It keeps what it needs for that from one picture to the next, and serves
// one goroutine.
type squarer struct {
	size   int
	gray   bool
	ground color.RGBA
	frame  Frame
	pad    bool

	band    band
	columns []int32
	small   []byte  // the square after resizing, as stored
	kernel  *kernel // for the last picture's size
}

func newSquarer(o Options) *squarer {
	return &squarer{size: o.Size, gray: o.Gray, ground: o.background(), frame: o.Frame, pad: o.Pad}
}

// side is the side of the square that is cut of a picture, before its frame: the shorter one of the image or, where
// it is filled up, the longer.
func (s *squarer) side(p *Picture) int {
	if s.pad {
		return max(p.width, p.height)
	}
	return min(p.width, p.height)
}

// check refuses to fill up what is so long that its square would take very long.
func (s *squarer) check(p *Picture) error {
	if side := int64(s.side(p)); s.pad && side*side > 4*maxPixels {
		return fmt.Errorf("has %d x %d pixels, too long to be filled up to a square", p.width, p.height)
	}
	return nil
}

// memory is about how many bytes making the square takes.
func (s *squarer) memory(p *Picture) int64 {
	side := int64(s.side(p))
	return min(side, 4*side/int64(s.size)+3)*side*4 + 2*runBytes
}

// square writes the framed part of the centre square of a decoded picture, or of the square around it, [size, size,
// channels], to pixels.
func (s *squarer) square(pixels []byte, p *Picture) {
	w, h := p.Bounds()
	whole := s.side(p)
	s.cut(pixels, p, image.Rect(0, 0, whole, whole).Add(image.Pt((w-whole)>>1, (h-whole)>>1)))
}

// cut writes the framed part of a square of the upright picture. What is cropped away is neither converted nor resized,
// and never more rows of the rest are converted at once than a row of the square is made of.
func (s *squarer) cut(pixels []byte, p *Picture, within image.Rectangle) {
	b := p.image.Bounds()
	w, h := b.Dx(), b.Dy()
	kept := s.frame.rect(within.Dx()).Add(within.Min)
	side := kept.Dx()
	crop := p.turn.storedRect(kept, w, h).Add(b.Min)
	if s.kernel == nil || s.kernel.from != side {
		s.kernel = newKernel(side, s.size)
	}
	channels, step := 3, 4
	if s.gray {
		channels, step = 1, 1
	}
	s.columns = grown(s.columns, side*step)
	s.small = grown(s.small, len(pixels))
	s.band.start(p, crop, s.ground, step)
	line := s.size * channels
	for y, t := range s.kernel.taps {
		sumRows(s.columns, s.band.rows(t.first, len(t.weights)), t.weights)
		s.kernel.row(s.small[y*line:][:line], s.columns, channels, step)
	}
	turnSquare(pixels, s.small, s.size, channels, p.turn)
	s.band.end()
}

// grown returns a slice of n values, b's memory if that is enough. The values are not kept.
func grown[T any](b []T, n int) []T {
	if cap(b) < n {
		return make([]T, n)
	}
	return slices.Grow(b[:0], n)[:n]
}

// layer is an image to be laid on a ground of one colour.
type layer struct {
	image  image.Image
	opaque bool // nothing of the ground shows through
	ground color.RGBA
}

// newLayer looks at the pixels of images of common kinds that may be transparent: most are not, and are then copied
// in place of being blended.
func newLayer(m image.Image, ground color.RGBA) layer {
	l := layer{image: m, ground: ground}
	switch m := m.(type) {
	case *image.YCbCr, *image.Gray, *image.Gray16, *image.CMYK:
		l.opaque = true
	case *image.RGBA:
		l.opaque = m.Opaque()
	case *image.NRGBA:
		l.opaque = m.Opaque()
	case *image.Paletted:
		l.opaque = m.Opaque()
	}
	return l
}

// lay draws what starts at the point from.
func (l layer) lay(dst *image.RGBA, from image.Point) {
	op := draw.Src
	if !l.fills(dst.Rect, from) {
		draw.Draw(dst, dst.Rect, image.NewUniform(l.ground), image.Point{}, draw.Src)
		op = draw.Over
	}
	draw.Draw(dst, dst.Rect, l.image, from, op)
}

// fills tells whether the image, from a point on, covers a rectangle and lets nothing of the ground through.
func (l layer) fills(r image.Rectangle, from image.Point) bool {
	return l.opaque && r.Sub(r.Min).Add(from).In(l.image.Bounds())
}

// toLuma writes 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) of RGBA values.
func toLuma(dst, rgba []byte) {
	for i := range dst {
		c := rgba[i*4:][:4]
		dst[i] = byte((19595*uint32(c[0]) + 38470*uint32(c[1]) + 7471*uint32(c[2]) + 1<<15) >> 16)
	}
}

// turnSquare copies a stored square to an upright one.
func turnSquare(dst, src []byte, side, channels int, turn orientation) {
	if turn == upright {
		copy(dst, src)
		return
	}
	i := 0
	for y := range side {
		for x := range side {
			sx, sy := turn.stored(x, y, side, side)
			at := (sy*side + sx) * channels
			i += copy(dst[i:], src[at:at+channels])
		}
	}
}
