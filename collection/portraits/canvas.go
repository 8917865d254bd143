package portraits

import (
	"image"

	"golang.org/x/image/vector"
)

// canvas is a square of n*n pixels that paths are painted on with anti-aliased edges. It is always opaque.
type canvas struct {
	n      int
	factor int // pixels of the canvas for one of the picture, in each axis
	pix    []rgb
	ras    *vector.Rasterizer
}

func newCanvas(size, factor int) *canvas {
	n := size * factor
	return &canvas{n: n, factor: factor, pix: make([]rgb, n*n), ras: vector.NewRasterizer(n, n)}
}

func (c *canvas) bounds() image.Rectangle { return image.Rect(0, 0, c.n, c.n) }

// paint lays the colour that shade gives at each pixel over the canvas.
func (c *canvas) paint(m *mask, opacity float32, shade func(x, y int) rgb) {
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		row := m.Pix[(y-m.Rect.Min.Y)*m.Stride:]
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			if a := row[x-m.Rect.Min.X]; a > 0 {
				p := &c.pix[y*c.n+x]
				*p = p.mix(shade(x, y), opacity*float32(a)/255)
			}
		}
	}
}

// fill lays one colour over the canvas.
func (c *canvas) fill(m *mask, opacity float32, colour rgb) {
	c.paint(m, opacity, func(int, int) rgb { return colour })
}

// tint multiplies the canvas by a colour: below 1 it is a shadow, above 1 light.
func (c *canvas) tint(m *mask, opacity float32, colour rgb) {
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		row := m.Pix[(y-m.Rect.Min.Y)*m.Stride:]
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			if a := row[x-m.Rect.Min.X]; a > 0 {
				p := &c.pix[y*c.n+x]
				*p = p.mix(p.times(colour), opacity*float32(a)/255)
			}
		}
	}
}

// reduce averages squares of factor*factor pixels into a canvas of the picture's own size.
func (c *canvas) reduce() *canvas {
	f := c.factor
	out := &canvas{n: c.n / f, factor: 1, pix: make([]rgb, c.n/f*(c.n/f))}
	scale := 1 / float32(f*f)
	for y := 0; y < out.n; y++ {
		for x := 0; x < out.n; x++ {
			var sum rgb
			for j := 0; j < f; j++ {
				row := c.pix[(y*f+j)*c.n+x*f:]
				for i := 0; i < f; i++ {
					sum = sum.plus(row[i])
				}
			}
			out.pix[y*out.n+x] = sum.scale(scale)
		}
	}
	return out
}

// enlarge makes squares of times*times pixels of each pixel.
func (c *canvas) enlarge(times int) *canvas {
	out := newCanvas(c.n/c.factor, c.factor*times)
	for y := 0; y < out.n; y++ {
		for x := 0; x < out.n; x++ {
			out.pix[y*out.n+x] = c.pix[y/times*c.n+x/times]
		}
	}
	return out
}

// image is the canvas in 8 bits.
func (c *canvas) image() *image.RGBA {
	img := image.NewRGBA(c.bounds())
	for i, p := range c.pix {
		img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], img.Pix[4*i+3] = eightBits(p.r), eightBits(p.g), eightBits(p.b), 255
	}
	return img
}

func eightBits(v float32) uint8 { return uint8(min(max(v*255+0.5, 0), 255)) }
