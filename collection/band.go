package collection

import (
	"image"
	"image/color"

	"github.com/dataprism/dataprism/internal/codec/icc"
)

// band hands out the rows of a square part of an image as 8-bit values on the background, RGBA or luma, converting
// each once and keeping a window of them.
type band struct {
	layer
	crop image.Rectangle
	step int // bytes a pixel: 4 for RGBA, 1 for luma
	// colours makes sRGB of the image's colours, nil where they are.
	colours *icc.Transform

	window []byte // rows lo to hi of the square
	lo, hi int
	most   int         // rows that the window has room for
	rgba   *image.RGBA // rows on their way to luma
}

// Rows are converted in runs of about runBytes, which spares calls for small images; what a band keeps from one
// picture to the next is bounded by keptBytes.
const (
	runBytes  = 1 << 20
	keptBytes = 64 << 20
)

// start gives the band its image.
func (b *band) start(p *Picture, crop image.Rectangle, ground color.RGBA, step int) {
	b.layer, b.colours, b.crop, b.step = newLayer(p.image, ground), p.colours, crop, step
	b.lo, b.hi, b.most = 0, 0, 0
	if b.rgba == nil {
		b.rgba = new(image.RGBA)
	}
}

// end lets go of the image.
func (b *band) end() {
	b.layer, b.colours = layer{}, nil
	if cap(b.window)+cap(b.rgba.Pix) > keptBytes {
		b.window, b.rgba.Pix = nil, nil
	}
}

// rows returns n rows of the square from row first on, which never falls from one call to the next.
func (b *band) rows(first, n int) []byte {
	width := b.crop.Dx() * b.step
	if first+n > b.hi {
		run := max(1, runBytes/(4*b.crop.Dx()))
		if n+run > b.most {
			b.most = n + run
			kept := b.window
			b.window = grown(b.window, b.most*width)
			if b.hi > b.lo && &kept[0] != &b.window[0] {
				copy(b.window, kept[:(b.hi-b.lo)*width])
			}
		}
		if b.lo < first {
			copy(b.window, b.window[(min(first, b.hi)-b.lo)*width:(b.hi-b.lo)*width])
			b.lo = min(first, b.hi)
		}
		for b.hi < first+n {
			to := min(b.hi+run, b.lo+b.most, b.crop.Dy())
			b.convert(b.window[(b.hi-b.lo)*width:(to-b.lo)*width], b.hi, to)
			b.hi = to
		}
	}
	return b.window[(first-b.lo)*width : (first+n-b.lo)*width]
}

// convert writes the rows from..to of the square to dst.
func (b *band) convert(dst []byte, from, to int) {
	side := b.crop.Dx()
	m := b.rgba
	m.Stride, m.Rect = 4*side, image.Rect(0, 0, side, to-from)
	if b.step == 4 {
		kept := m.Pix
		m.Pix = dst
		defer func() { m.Pix = kept }()
	} else {
		m.Pix = grown(m.Pix, len(dst)*4)
	}
	if at := b.crop.Min.Add(image.Pt(0, from)); b.colours == nil {
		b.lay(m, at)
	} else {
		b.layColours(m, at)
	}
	if b.step == 1 {
		toLuma(dst, m.Pix)
	}
}
