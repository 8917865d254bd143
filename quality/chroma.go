package quality

import (
	"image"
	"image/color"
)

// Chroma is how colourful an image is: with Cb and Cr as in JPEG (ITU-T T.871), in levels from -128 to 127,
//
//	Mean     = mean of |Cb| + |Cr|,
//	Coloured = share of pixels with |Cb| + |Cr| above 12.
type Chroma struct{ Mean, Coloured float64 }

// Grey says whether the image has no colour: fewer than one pixel in 500 is coloured. Images that are stored in
// colour may still be grey.
func (c Chroma) Grey() bool { return c.Coloured < 0.002 }

// chromaPixels is about how many pixels the chroma of an image is taken from.
const chromaPixels = 1 << 14

// ChromaOf measures about chromaPixels pixels, evenly over the image.
func ChromaOf(m image.Image, ground color.RGBA) Chroma {
	var count [257]int
	add := func(cb, cr uint8) {
		b, r := int32(cb)-128, int32(cr)-128
		count[max(b, -b)+max(r, -r)]++
	}
	b := m.Bounds()
	step := 1
	for b.Dx()*b.Dy()/(step*step) > 2*chromaPixels {
		step++
	}
	switch m := m.(type) {
	case *image.Gray, *image.Gray16:
		return Chroma{}
	case *image.YCbCr:
		blue, red := chromaPlanes(m)
		step = 1
		for blue.W*blue.H/(step*step) > 2*chromaPixels {
			step++
		}
		for y := 0; y < blue.H; y += step {
			cb, cr := blue.Row(y), red.Row(y)
			for x := 0; x < len(cb); x += step {
				add(cb[x], cr[x])
			}
		}
	default:
		eachBand(m, ground, func(y int, band *image.RGBA) {
			for i := (step - y%step) % step; i < band.Rect.Dy(); i += step {
				for x := 0; x < b.Dx(); x += step {
					c := band.Pix[i*band.Stride+4*x:][:4]
					_, cb, cr := color.RGBToYCbCr(c[0], c[1], c[2])
					add(cb, cr)
				}
			}
		})
	}
	var n, sum, coloured float64
	for c, k := range count {
		n, sum = n+float64(k), sum+float64(c*k)
		if c > 12 {
			coloured += float64(k)
		}
	}
	return Chroma{sum / n, coloured / n}
}

// chromaPlanes are the two planes of chroma as they are stored, which may be smaller than the image.
func chromaPlanes(m *image.YCbCr) (cb, cr Plane) {
	b := m.Bounds()
	first, last := m.COffset(b.Min.X, b.Min.Y), m.COffset(b.Max.X-1, b.Max.Y-1)
	w, h := (last-first)%m.CStride+1, (last-first)/m.CStride+1
	return Plane{w, h, m.CStride, m.Cb[first:]}, Plane{w, h, m.CStride, m.Cr[first:]}
}
