package audit

import (
	"math"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/quality"
)

// property is what every image has, whatever it shows, and what an image is that has more or less of it.
type property struct{ name, more, less string }

// propertiesOfChannels are what [propertiesOf] measures of images of c channels.
func propertiesOfChannels(c int) []property {
	list := []property{
		{"brightness", "brighter", "darker"}, {"contrast", "richer in contrast", "flatter"},
		{"sharpness", "sharper", "more blurred"}, {"noise", "noisier", "cleaner"},
	}
	if c == 3 {
		list = append(list, property{"chroma", "more colourful", "less colourful"})
	}
	return list
}

// propertiesOf measures images as the prism sees them, whatever they show: brightness, contrast and noise in 8-bit
// levels, the logarithm of sharpness, and of colour images the mean of abs(Cb) + abs(Cr). docs/inspect.md has the
// formulas.
func propertiesOf(images measure.Images) measure.Matrix {
	out := measure.NewMatrix(images.N, len(propertiesOfChannels(images.C)))
	for i := range images.N {
		plane, chroma := planeOf(images.Image(i), images.H, images.W, images.C)
		tone := quality.ToneOf(plane)
		row := out.Row(i)
		row[0], row[1] = float32(tone.Brightness), float32(tone.Contrast)
		row[2] = float32(math.Log(quality.Sharpness(plane) + 1))
		row[3] = float32(quality.Noise(plane))
		if len(row) > 4 {
			row[4] = float32(chroma)
		}
	}
	return out
}

// planeOf is the luma of an image with values in [-1, 1], and the mean of its chroma.
func planeOf(pixels []float32, h, w, c int) (quality.Plane, float64) {
	plane := quality.NewPlane(w, h)
	var chroma float64
	for p := range plane.Pix {
		at := pixels[p*c : (p+1)*c]
		luma := float64(at[0])
		if c == 3 {
			luma = 0.299*float64(at[0]) + 0.587*float64(at[1]) + 0.114*float64(at[2])
			chroma += (math.Abs(float64(at[2])-luma)/1.772 + math.Abs(float64(at[0])-luma)/1.402) * 127.5
		}
		plane.Pix[p] = uint8(math.Round((max(-1, min(1, luma)) + 1) * 127.5))
	}
	return plane, chroma / float64(len(plane.Pix))
}
