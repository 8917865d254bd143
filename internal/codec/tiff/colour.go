package tiff

import (
	"image"
	"image/color"
	"math"
)

// image makes an image of what the canvas holds.
func (c *canvas) image() image.Image {
	if c.deep == depthNumber {
		c.window()
	}
	bounds := image.Rect(0, 0, c.Width, c.Height)
	switch c.photometric {
	case whiteIsZero:
		c.invert()
	case palette:
		return &image.Paletted{Pix: c.pix, Stride: c.Width, Rect: bounds, Palette: c.palette()}
	case separated:
		return c.inks(bounds)
	case ycbcr:
		c.fromYCbCr()
	case cielab, icclab:
		c.fromLab()
	}
	if c.step == 4 && c.colours == 1 {
		c.repeat()
	}
	wide := c.deep != depth8
	switch {
	case c.step == 1 && wide:
		return &image.Gray16{Pix: c.pix, Stride: 2 * c.Width, Rect: bounds}
	case c.step == 1:
		return &image.Gray{Pix: c.pix, Stride: c.Width, Rect: bounds}
	case c.alpha > 0 && c.associated && wide:
		c.boundByAlpha()
		return &image.RGBA64{Pix: c.pix, Stride: 8 * c.Width, Rect: bounds}
	case c.alpha > 0 && c.associated:
		c.boundByAlpha()
		return &image.RGBA{Pix: c.pix, Stride: 4 * c.Width, Rect: bounds}
	case wide:
		return &image.NRGBA64{Pix: c.pix, Stride: 8 * c.Width, Rect: bounds}
	}
	return &image.NRGBA{Pix: c.pix, Stride: 4 * c.Width, Rect: bounds}
}

// invert makes black white, without touching alpha.
func (c *canvas) invert() {
	if c.step == 1 {
		for i := range c.pix {
			c.pix[i] = ^c.pix[i]
		}
		return
	}
	size := len(c.pix) / (c.Width * c.Height)
	for i := 0; i < len(c.pix); i += size {
		for j := range size / 4 {
			c.pix[i+j] = ^c.pix[i+j]
		}
	}
}

// repeat makes grey of three colours, for images with alpha.
func (c *canvas) repeat() {
	size := len(c.pix) / (c.Width * c.Height) / 4
	for i := 0; i < len(c.pix); i += 4 * size {
		copy(c.pix[i+size:], c.pix[i:i+size])
		copy(c.pix[i+2*size:], c.pix[i:i+size])
	}
}

// boundByAlpha keeps colours that alpha multiplies from being larger than alpha, which Go's images rely on.
func (c *canvas) boundByAlpha() {
	if c.deep == depth8 {
		for i := 0; i < len(c.pix); i += 4 {
			p := c.pix[i:][:4]
			p[0], p[1], p[2] = min(p[0], p[3]), min(p[1], p[3]), min(p[2], p[3])
		}
		return
	}
	for i := 0; i < len(c.pix); i += 8 {
		p := c.pix[i:][:8]
		alpha := uint16(p[6])<<8 | uint16(p[7])
		for j := 0; j < 6; j += 2 {
			if uint16(p[j])<<8|uint16(p[j+1]) > alpha {
				p[j], p[j+1] = p[6], p[7]
			}
		}
	}
}

// palette returns the colours of a palette: all reds, then greens, then blues, of 16 bits.
func (c *canvas) palette() color.Palette {
	n := 1 << c.bits
	l := c.list(tagColorMap)
	p := make(color.Palette, n)
	wide := false
	for i := range l.len() {
		wide = wide || l.at(i) > 255
	}
	for i := range p {
		if l.len() < 3*n {
			p[i] = color.Gray{uint8(255 * i / (n - 1))}
			continue
		}
		v := color.RGBA64{uint16(l.at(i)), uint16(l.at(n + i)), uint16(l.at(2*n + i)), math.MaxUint16}
		if !wide { // some writers give bytes
			v.R, v.G, v.B = v.R*257, v.G*257, v.B*257
		}
		p[i] = v
	}
	return p
}

// inks makes an image of four inks, of which 8 bits are kept.
func (c *canvas) inks(bounds image.Rectangle) image.Image {
	pix := c.pix
	if c.deep != depth8 {
		pix = make([]byte, len(c.pix)/2)
		for i := range pix {
			pix[i] = c.pix[2*i]
		}
	}
	return &image.CMYK{Pix: pix, Stride: 4 * c.Width, Rect: bounds}
}

// window scales numbers to 16 bits, as the package's comment says.
func (c *canvas) window() {
	low, high := c.limits()
	scale := float32(0)
	if high > low {
		scale = math.MaxUint16 / (high - low)
	}
	c.pix = make([]byte, 2*len(c.values))
	for i, v := range c.values {
		scaled := (v - low) * scale
		if c.isAlpha(i) {
			if scaled = v * scale; c.alpha == 0 {
				scaled = math.MaxUint16
			}
		}
		if !(scaled > 0) { // not a number either
			scaled = 0
		}
		w := uint16(min(scaled+0.5, math.MaxUint16))
		c.pix[2*i], c.pix[2*i+1] = byte(w>>8), byte(w)
	}
	c.values = nil
}

// isAlpha tells the values of the canvas that are alpha.
func (c *canvas) isAlpha(i int) bool { return c.step == 4 && i%4 == 3 && c.colours < 4 }

// limits returns what values are black and white.
func (c *canvas) limits() (low, high float32) {
	low, high = math.MaxFloat32, -math.MaxFloat32
	for i, v := range c.values {
		if c.isAlpha(i) || v != v || v > math.MaxFloat32 || v < -math.MaxFloat32 {
			continue
		}
		low, high = min(low, v), max(high, v)
	}
	if low > high {
		return 0, 1 // not one number
	}
	if low < 0 {
		return low, high
	}
	tops := []float32{1, 255, 65535}
	if c.format != float {
		tops = []float32{1<<8 - 1, 1<<10 - 1, 1<<12 - 1, 1<<14 - 1, 1<<16 - 1, 1<<20 - 1, 1<<24 - 1, 1<<32 - 1}
	}
	for _, top := range tops {
		if high <= top {
			return 0, top
		}
	}
	return low, high
}
