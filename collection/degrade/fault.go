// Package degrade makes copies of a collection with a known fault: compressed, blurred, of low resolution, noisy, or
// fewer. What a fault does to a generative model can then be measured against the collection without it, image by
// image.
package degrade

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"strconv"

	"golang.org/x/image/draw"
)

// Kind is what a fault is of.
type Kind string

// The kinds, and what the level of each means.
const (
	JPEG       Kind = "jpeg"       // quality, 1 to 100
	Blur       Kind = "blur"       // standard deviation of the Gaussian in pixels
	Resolution Kind = "resolution" // side in pixels that the image is reduced to, and enlarged from again
	Noise      Kind = "noise"      // standard deviation of normal noise, as a share of white
	Keep       Kind = "keep"       // share of the images that is kept; each is left as it is
)

// Fault is one degradation at one level.
type Fault struct {
	Kind  Kind    `json:"kind" yaml:"kind"`
	Level float64 `json:"level" yaml:"level"`
}

// Name is the fault in a word that can be a part of a collection's name: jpeg30, blur1.5, keep0.1.
func (f Fault) Name() string { return string(f.Kind) + strconv.FormatFloat(f.Level, 'g', -1, 64) }

// Validate says what level a fault cannot have, for square images of the given side.
func (f Fault) Validate(side int) error {
	limit := func(low, high float64, meaning string) error {
		if !(f.Level >= low && f.Level <= high) {
			return fmt.Errorf("%s %g: %s must be from %g to %g", f.Kind, f.Level, meaning, low, high)
		}
		return nil
	}
	switch f.Kind {
	case JPEG:
		return limit(1, 100, "the quality")
	case Blur:
		return limit(0.1, float64(side), "the standard deviation in pixels")
	case Resolution:
		return limit(1, float64(side), "the side in pixels")
	case Noise:
		return limit(0.001, 1, "the standard deviation as a share of white")
	case Keep:
		return limit(0.001, 1, "the share of images")
	}
	return fmt.Errorf("there is no fault %q: choose %s, %s, %s, %s or %s", f.Kind, JPEG, Blur, Resolution, Noise, Keep)
}

// Apply returns what the fault makes of an image, pixels [side, side, channels] of 8 bits, 1 or 3 channels. Noise is
// drawn from rng. The input is left as it is.
func (f Fault) Apply(pixels []byte, side, channels int, rng *rand.Rand) ([]byte, error) {
	switch f.Kind {
	case JPEG:
		return compressed(pixels, side, channels, int(math.Round(f.Level)))
	case Blur:
		return blurred(pixels, side, channels, f.Level), nil
	case Resolution:
		return reduced(pixels, side, channels, int(math.Round(f.Level))), nil
	case Noise:
		out := make([]byte, len(pixels))
		for i, v := range pixels {
			out[i] = level8(float64(v) + 255*f.Level*rng.NormFloat64())
		}
		return out, nil
	}
	return bytes.Clone(pixels), nil
}

func level8(v float64) byte { return byte(max(0, min(255, math.Round(v)))) }

// Picture is pixels [side, side, channels] as an image.
func Picture(pixels []byte, side, channels int) image.Image {
	if channels == 1 {
		return &image.Gray{Pix: pixels, Stride: side, Rect: image.Rect(0, 0, side, side)}
	}
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	for p := range side * side {
		copy(out.Pix[4*p:], pixels[3*p:3*p+3])
		out.Pix[4*p+3] = 255
	}
	return out
}

// pixelsOf is the inverse of [Picture].
func pixelsOf(picture image.Image, side, channels int) []byte {
	out := make([]byte, 0, side*side*channels)
	at := picture.Bounds().Min
	for y := range side {
		for x := range side {
			c := picture.At(at.X+x, at.Y+y)
			if channels == 1 {
				out = append(out, color.GrayModel.Convert(c).(color.Gray).Y)
				continue
			}
			r, g, b, _ := c.RGBA()
			out = append(out, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return out
}

func compressed(pixels []byte, side, channels, quality int) ([]byte, error) {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, Picture(pixels, side, channels), &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	picture, err := jpeg.Decode(&file)
	if err != nil {
		return nil, err
	}
	return pixelsOf(picture, side, channels), nil
}

// blurred convolves with a Gaussian, whose weights are made to sum to 1 where it leaves the image.
func blurred(pixels []byte, side, channels int, deviation float64) []byte {
	radius := int(math.Ceil(3 * deviation))
	kernel := make([]float64, radius+1)
	for i := range kernel {
		kernel[i] = math.Exp(-0.5 * float64(i*i) / (deviation * deviation))
	}
	values := make([]float64, len(pixels))
	for i, v := range pixels {
		values[i] = float64(v)
	}
	along := func(in []float64, step, other int) []float64 {
		out := make([]float64, len(in))
		for line := range side {
			for at := range side {
				for c := range channels {
					sum, weight := 0.0, 0.0
					for from := max(0, at-radius); from <= min(side-1, at+radius); from++ {
						k := kernel[max(at-from, from-at)]
						sum += k * in[line*other+from*step+c]
						weight += k
					}
					out[line*other+at*step+c] = sum / weight
				}
			}
		}
		return out
	}
	values = along(along(values, channels, side*channels), side*channels, channels)
	out := make([]byte, len(values))
	for i, v := range values {
		out[i] = level8(v)
	}
	return out
}

// reduced makes the image as small as to×to pixels and enlarges it again, both by a bicubic filter.
func reduced(pixels []byte, side, channels, to int) []byte {
	small := image.NewRGBA(image.Rect(0, 0, to, to))
	source := Picture(pixels, side, channels)
	draw.CatmullRom.Scale(small, small.Bounds(), source, source.Bounds(), draw.Src, nil)
	large := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(large, large.Bounds(), small, small.Bounds(), draw.Src, nil)
	return pixelsOf(large, side, channels)
}
