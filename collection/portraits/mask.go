package portraits

import (
	"image"
	"image/draw"
	"math"
)

// mask is a coverage in [0, 255] over a rectangle of the canvas, zero outside.
type mask struct {
	image.Alpha
}

// mask rasterises paths together, by the non-zero rule, and softens their edge by a blur of the given radius in
// pixels.
func (c *canvas) mask(blur float64, paths ...path) *mask {
	return c.maskWithin(c.bounds(), blur, paths...)
}

// maskWithin is mask where only the part in an area is needed.
func (c *canvas) maskWithin(area image.Rectangle, blur float64, paths ...path) *mask {
	box := image.Rectangle{}
	for _, p := range paths {
		box = box.Union(p.box())
	}
	pad := 0
	if blur >= 0.5 {
		pad = int(math.Ceil(2 * blur))
	}
	box = box.Inset(-pad).Intersect(area.Inset(-pad)).Intersect(c.bounds())
	m := &mask{image.Alpha{Rect: box, Stride: box.Dx(), Pix: make([]uint8, box.Dx()*box.Dy())}}
	if box.Empty() {
		return m
	}
	c.ras.Reset(box.Dx(), box.Dy())
	c.ras.DrawOp = draw.Src
	ox, oy := float64(box.Min.X), float64(box.Min.Y)
	for _, p := range paths {
		for i, q := range p {
			x, y := float32(q.x-ox), float32(q.y-oy)
			if i == 0 {
				c.ras.MoveTo(x, y)
			} else {
				c.ras.LineTo(x, y)
			}
		}
		c.ras.ClosePath()
	}
	c.ras.Draw(&m.Alpha, box, image.Opaque, image.Point{})
	if pad > 0 {
		m.blur(int(math.Round(blur)))
	}
	return m
}

// blur smooths the mask by two passes of a box of 2r+1 pixels in each axis.
func (m *mask) blur(r int) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	line := make([]uint8, max(w, h)+2*r+1)
	for pass := 0; pass < 2; pass++ {
		for y := 0; y < h; y++ {
			boxLine(m.Pix[y*w:], line, w, 1, r)
		}
		for x := 0; x < w; x++ {
			boxLine(m.Pix[x:], line, h, w, r)
		}
	}
}

// boxLine averages n samples that lie stride apart over a window of 2r+1; line is room for n+2r+1; samples beyond the
// ends repeat the last one, so that shapes which leave the canvas do not fade at its border.
func boxLine(p, line []uint8, n, stride, r int) {
	for i := 0; i < n; i++ {
		line[r+i] = p[i*stride]
	}
	for i := 0; i < r; i++ {
		line[i] = line[r]
	}
	for i := r + n; i < n+2*r+1; i++ {
		line[i] = line[r+n-1]
	}
	width := 2*r + 1
	share := uint32(1<<16) / uint32(width) // a division in fixed point
	sum := uint32(width / 2)
	for _, v := range line[:width] {
		sum += uint32(v)
	}
	for i, in, out := 0, line[width:width+n], line[:n]; i < n; i++ {
		p[i*stride] = uint8((sum*share + 1<<8) >> 16)
		sum += uint32(in[i]) - uint32(out[i])
	}
}

// fray makes a softened edge uneven: coverage is moved by noise, in [0, 1] at each pixel, before the edge is made
// sharp again.
func (m *mask) fray(noise func(x, y int) float64) *mask {
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		row := m.Pix[(y-m.Rect.Min.Y)*m.Stride:]
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			if a := row[x-m.Rect.Min.X]; a > 8 && a < 247 {
				v := 0.5 + 3*(float64(a)/255-0.5+0.9*(noise(x, y)-0.5))
				row[x-m.Rect.Min.X] = uint8(255 * min(max(v, 0), 1))
			}
		}
	}
	return m
}

// clip multiplies the mask by another.
func (m *mask) clip(by *mask) *mask {
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		row := m.row(y)
		other := by.row(y)
		for i := range row {
			// Outside of the other mask's rectangle the index wraps around.
			if k := uint(i + m.Rect.Min.X - by.Rect.Min.X); k < uint(len(other)) {
				row[i] = portion(row[i], other[k])
			} else {
				row[i] = 0
			}
		}
	}
	return m
}

// cut removes another mask from this one.
func (m *mask) cut(by *mask) *mask {
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		row := m.row(y)
		other := by.row(y)
		for i := range row {
			if k := uint(i + m.Rect.Min.X - by.Rect.Min.X); k < uint(len(other)) {
				row[i] = portion(row[i], 255-other[k])
			}
		}
	}
	return m
}

// row is one row of the mask, empty outside of its rectangle.
func (m *mask) row(y int) []uint8 {
	if y < m.Rect.Min.Y || y >= m.Rect.Max.Y {
		return nil
	}
	start := (y - m.Rect.Min.Y) * m.Stride
	return m.Pix[start : start+m.Rect.Dx()]
}

// portion is a * b / 255, rounded.
func portion(a, b uint8) uint8 { return uint8((uint32(a)*uint32(b) + 127) / 255) }

// invert turns the mask into what it does not cover of another.
func (m *mask) invert(of *mask) *mask {
	out := &mask{of.Alpha}
	out.Pix = append([]uint8(nil), of.Pix...)
	return out.cut(m)
}
