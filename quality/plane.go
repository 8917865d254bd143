package quality

import (
	"image"
	"image/color"
	"image/draw"
	"iter"
)

// Plane is the luma of an image: H rows of W values from 0, black, to 255, white, each row Stride after the one
// above. Luma is 0.299 R + 0.587 G + 0.114 B of the values as they are stored (ITU-R BT.601), as in the collection
// package.
type Plane struct {
	W, H, Stride int
	Pix          []uint8
}

// NewPlane returns a black plane.
func NewPlane(w, h int) Plane { return Plane{w, h, w, make([]uint8, w*h)} }

// Row returns row y.
func (p Plane) Row(y int) []uint8 { return p.Pix[y*p.Stride:][:p.W:p.W] }

// Luma returns the luma of an image, laid on the ground where it is transparent. For kinds of images that hold their
// luma as such the plane is a view of their pixels.
func Luma(m image.Image, ground color.RGBA) Plane {
	b := m.Bounds()
	switch m := m.(type) {
	case *image.YCbCr:
		return Plane{b.Dx(), b.Dy(), m.YStride, m.Y[m.YOffset(b.Min.X, b.Min.Y):]}
	case *image.Gray:
		return Plane{b.Dx(), b.Dy(), m.Stride, m.Pix[m.PixOffset(b.Min.X, b.Min.Y):]}
	}
	p := NewPlane(b.Dx(), b.Dy())
	eachBand(m, ground, func(y int, band *image.RGBA) {
		for i := range band.Rect.Dy() {
			row, colours := p.Row(y+i), band.Pix[i*band.Stride:]
			for x := range row {
				c := colours[4*x:][:4]
				row[x] = lumaOfRGB(c[0], c[1], c[2])
			}
		}
	})
	return p
}

func lumaOfRGB(r, g, b uint8) uint8 {
	return uint8((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}

// bandPixels is about how many pixels are converted at a time.
const bandPixels = 1 << 16

// eachBand converts an image to colours on the ground a few rows at a time. The band given is valid during the call.
func eachBand(m image.Image, ground color.RGBA, use func(y int, band *image.RGBA)) {
	b := m.Bounds()
	if whole, ok := m.(*image.RGBA); ok && whole.Opaque() {
		view := *whole
		view.Pix = whole.Pix[whole.PixOffset(b.Min.X, b.Min.Y):]
		view.Rect = b.Sub(b.Min)
		use(0, &view)
		return
	}
	rows := min(b.Dy(), max(1, bandPixels/b.Dx()))
	band := image.NewRGBA(image.Rect(0, 0, b.Dx(), rows))
	for y := 0; y < b.Dy(); y += rows {
		band.Rect.Max.Y = min(rows, b.Dy()-y)
		draw.Draw(band, band.Rect, image.NewUniform(ground), image.Point{}, draw.Src)
		draw.Draw(band, band.Rect, m, b.Min.Add(image.Pt(0, y)), draw.Over)
		use(y, band)
	}
}

// samplePixels is about how many pixels of an image statistics of its texture are taken from.
const samplePixels = 1 << 16

// bandRows is the height of a sampled band: a block of JPEG.
const bandRows = 8

// bands yields the rows that statistics of texture are taken from: all of a small image, else bands of bandRows rows
// that begin at multiples of 8 and lie evenly over the image.
func (p Plane) bands() iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		wanted := max(1, samplePixels/(bandRows*p.W))
		if wanted*bandRows >= p.H {
			yield(0, p.H)
			return
		}
		for i := range wanted {
			from := 0
			if wanted > 1 {
				from = (p.H - bandRows) * i / (wanted - 1) &^ 7
			}
			if !yield(from, from+bandRows) {
				return
			}
		}
	}
}
