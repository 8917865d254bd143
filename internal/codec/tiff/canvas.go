package tiff

import "math"

// canvas holds the samples of an image while its parts are read: values of a byte or of two, the highest first, as
// Go's images hold them, or numbers whose range is not known before all are read.
type canvas struct {
	*Image
	deep   depth
	step   int // values a pixel: 1, or 4 with alpha or the fourth ink in the last
	pix    []byte
	values []float32
	factor uint32 // 16.16 bits: what makes the largest value of few bits the largest of a byte or of two
}

type depth int

const (
	depth8 depth = iota
	depth16
	depthNumber
)

// layout says how the samples of an image are held.
func (m *Image) layout() (deep depth, step int) {
	lab := m.photometric == cielab || m.photometric == icclab
	switch {
	case m.bits <= 8 && (m.format == unsigned || lab):
		deep = depth8
	case m.bits <= 16 && (m.format == unsigned || lab):
		deep = depth16
	default:
		deep = depthNumber
	}
	if step = 1; m.colours > 1 || m.alpha > 0 {
		step = 4
	}
	return deep, step
}

// pixelBytes is how many bytes a pixel takes while the image is decoded.
func (m *Image) pixelBytes() int64 {
	deep, step := m.layout()
	switch {
	case deep == depth8:
		return int64(step)
	case deep == depth16 && m.photometric == separated:
		return int64(2*step + step)
	case deep == depth16:
		return int64(2 * step)
	}
	return int64(4*step + 2*step)
}

func newCanvas(m *Image) *canvas {
	c := &canvas{Image: m}
	c.deep, c.step = m.layout()
	n := m.Width * m.Height * c.step
	switch c.deep {
	case depth8:
		c.pix, c.factor = make([]byte, n), fraction(255, m.bits)
		if m.photometric == palette {
			c.factor = 1 << 16
		}
	case depth16:
		c.pix, c.factor = make([]byte, 2*n), fraction(65535, m.bits)
	default:
		c.values = make([]float32, n)
	}
	if c.step == 4 && m.alpha == 0 && m.colours < 4 && c.deep != depthNumber {
		size := len(c.pix) / n
		for i := 3 * size; i < len(c.pix); i += 4 * size {
			for j := range size {
				c.pix[i+j] = 255
			}
		}
	}
	return c
}

// fraction is most over the largest value of so many bits, in 16.16 bits.
func fraction(most uint64, bits int) uint32 {
	largest := uint64(1)<<bits - 1
	return uint32((most<<16 + largest/2) / largest)
}

// place is where sample s of a pixel is held among its step values, -1 where it is not wanted.
func (c *canvas) place(s int) int {
	switch {
	case s < c.colours:
		return s
	case s == c.alpha && c.alpha > 0:
		return 3
	}
	return -1
}

// row writes n pixels of a part's row at (x, y). In planes, it holds sample plane alone.
func (c *canvas) row(b []byte, x, y, n, plane int) {
	at := (y*c.Width + x) * c.step
	stored, first := c.stored(), 0
	if c.planar {
		first = plane
	}
	for s := range stored {
		place := c.place(first + s)
		if place < 0 {
			continue
		}
		switch {
		case c.bits == 8 && c.deep == depth8:
			for i, from := 0, s; i < n; i, from = i+1, from+stored {
				c.pix[at+i*c.step+place] = b[from]
			}
		case c.bits == 16 && c.deep == depth16:
			for i, from := 0, 2*s; i < n; i, from = i+1, from+2*stored {
				v := c.order.Uint16(b[from:])
				to := 2 * (at + i*c.step + place)
				c.pix[to], c.pix[to+1] = byte(v>>8), byte(v)
			}
		default:
			for i := range n {
				c.put(at+i*c.step+place, c.sample(b, i*stored+s))
			}
		}
	}
}

// sample returns the bits of value i of a row.
func (c *canvas) sample(b []byte, i int) uint64 {
	switch c.bits {
	case 8:
		return uint64(b[i])
	case 16:
		return uint64(c.order.Uint16(b[2*i:]))
	case 24:
		v := b[3*i:][:3]
		if c.littleEndian() {
			return uint64(v[0]) | uint64(v[1])<<8 | uint64(v[2])<<16
		}
		return uint64(v[2]) | uint64(v[1])<<8 | uint64(v[0])<<16
	case 32:
		return uint64(c.order.Uint32(b[4*i:]))
	case 64:
		return c.order.Uint64(b[8*i:])
	}
	var v uint64
	for bit := i * c.bits; bit < (i+1)*c.bits; bit++ {
		v = v<<1 | uint64(b[bit/8]>>(7-bit%8)&1)
	}
	return v
}

// put holds a sample.
func (c *canvas) put(at int, v uint64) {
	switch c.deep {
	case depth8:
		c.pix[at] = byte((v*uint64(c.factor) + 1<<15) >> 16)
	case depth16:
		v = (v*uint64(c.factor) + 1<<15) >> 16
		c.pix[2*at], c.pix[2*at+1] = byte(v>>8), byte(v)
	default:
		c.values[at] = c.number(v)
	}
}

// number is the value of a sample's bits.
func (c *canvas) number(v uint64) float32 {
	switch c.format {
	case signed:
		shift := 64 - c.bits
		return float32(int64(v<<shift) >> shift)
	case float:
		switch c.bits {
		case 16:
			return smallFloat(uint32(v), 5, 10)
		case 24:
			return smallFloat(uint32(v), 7, 16)
		case 32:
			return math.Float32frombits(uint32(v))
		}
		return float32(math.Float64frombits(v))
	}
	return float32(v)
}

// smallFloat is a floating-point number of a sign and so many bits of exponent and of fraction.
func smallFloat(v uint32, exponentBits, fractionBits int) float32 {
	exponent := int(v>>fractionBits) & (1<<exponentBits - 1)
	fraction := float64(v & (1<<fractionBits - 1))
	bias := 1<<(exponentBits-1) - 1
	var x float64
	switch exponent {
	case 0:
		x = math.Ldexp(fraction, 1-bias-fractionBits)
	case 1<<exponentBits - 1:
		if x = math.Inf(1); fraction != 0 {
			x = math.NaN()
		}
	default:
		x = math.Ldexp(fraction+float64(uint32(1)<<fractionBits), exponent-bias-fractionBits)
	}
	if v>>(exponentBits+fractionBits)&1 == 1 {
		x = -x
	}
	return float32(x)
}
