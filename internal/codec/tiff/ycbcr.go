package tiff

import "math"

// fromYCbCr makes colours of luma and chroma, by the coefficients and the range that the file gives (TIFF 6.0,
// section 21). What JPEG decodes to has the whole range.
func (c *canvas) fromYCbCr() {
	red, green, blue := 0.299, 0.587, 0.114
	if v := c.numbers(tagYCbCrCoeffs, 3); v != nil && v[1] > 0 {
		red, green, blue = v[0], v[1], v[2]
	}
	black := [3]float64{0, 128, 128}
	white := [3]float64{255, 255, 255}
	if v := c.numbers(tagReferenceBW, 6); v != nil && c.compression != jpegCompression {
		for i := range 3 {
			if v[2*i+1] > v[2*i] {
				black[i], white[i] = v[2*i], v[2*i+1]
			}
		}
	}
	var luma, cb, cr [256]float64
	for i := range 256 {
		luma[i] = (float64(i) - black[0]) * 255 / (white[0] - black[0])
		cb[i] = (float64(i) - black[1]) * 127 / (white[1] - black[1])
		cr[i] = (float64(i) - black[2]) * 127 / (white[2] - black[2])
	}
	for i := 0; i < len(c.pix); i += 4 {
		p := c.pix[i:][:3]
		y := luma[p[0]]
		r := y + cr[p[2]]*(2-2*red)
		b := y + cb[p[1]]*(2-2*blue)
		g := (y - blue*b - red*r) / green
		p[0], p[1], p[2] = toByte(r), toByte(g), toByte(b)
	}
}

func toByte(v float64) byte { return byte(math.Round(min(max(v, 0), 255))) }

// fromLab makes sRGB of CIE L*a*b* under the light D50 (TIFF 6.0, section 23; Technical Note 4 for ICC's, in which a*
// and b* have an offset).
func (c *canvas) fromLab() {
	size := 1
	if c.deep == depth16 {
		size = 2
	}
	for i := 0; i < len(c.pix); i += c.step * size {
		var v [3]float64
		for j := range c.colours {
			v[j] = c.lab(c.pix[i+j*size:][:size], j)
		}
		r, g, b := labToRGB(v[0], v[1], v[2])
		if c.colours == 1 {
			put(c.pix[i:][:size], g)
			continue
		}
		put(c.pix[i:][:size], r)
		put(c.pix[i+size:][:size], g)
		put(c.pix[i+2*size:][:size], b)
	}
}

// lab is the value of a stored component: L* from 0 to 100, a* and b* from -128 to 127.
func (c *canvas) lab(b []byte, component int) float64 {
	v, most := float64(b[0]), 255.0
	if len(b) == 2 {
		v, most = float64(b[0])+float64(b[1])/256, 255+255.0/256
	}
	switch {
	case component == 0:
		return v * 100 / most
	case c.photometric == icclab:
		return v - 128
	case v >= 128:
		return v - 256
	}
	return v
}

// put writes a value from 0 to 1.
func put(b []byte, v float64) {
	if len(b) == 1 {
		b[0] = byte(math.Round(v * 255))
		return
	}
	w := uint16(math.Round(v * 65535))
	b[0], b[1] = byte(w>>8), byte(w)
}

// labToRGB returns the sRGB values, from 0 to 1, of a colour under D50 (IEC 61966-2-1; adapted by Bradford's matrix).
func labToRGB(l, a, b float64) (red, green, blue float64) {
	fy := (l + 16) / 116
	x, y, z := 0.9642*labInverse(fy+a/500), labInverse(fy), 0.8251*labInverse(fy-b/200)
	return encodeSRGB(3.1338561*x - 1.6168667*y - 0.4906146*z),
		encodeSRGB(-0.9787684*x + 1.9161415*y + 0.0334540*z),
		encodeSRGB(0.0719453*x - 0.2289914*y + 1.4052427*z)
}

func labInverse(t float64) float64 {
	const delta = 6.0 / 29
	if t > delta {
		return t * t * t
	}
	return 3 * delta * delta * (t - 4.0/29)
}

func encodeSRGB(v float64) float64 {
	v = min(max(v, 0), 1)
	if v <= 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}
