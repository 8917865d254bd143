// Package report draws what a run shows: grids and contact sheets of images with labels as PNG, animations as GIF,
// and one page of a run as HTML.
//
// Everything is drawn in memory and written as a whole or not at all. The same input gives the same bytes.
package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"github.com/dataprism/dataprism/internal/atomicfile"
)

// FromFloats turns a batch of n images of h by w pixels and c channels (1 or 3), float32 values in [-1, 1] in NHWC
// order, into pictures. Values outside the range are cut to it; a value that is not a number shows as black.
func FromFloats(data []float32, n, h, w, c int) ([]image.Image, error) {
	if n < 0 || h <= 0 || w <= 0 || c != 1 && c != 3 || len(data) != n*h*w*c {
		return nil, fmt.Errorf("report: %d values are no batch of %dx%dx%dx%d images of 1 or 3 channels", len(data), n, h, w, c)
	}
	out := make([]image.Image, n)
	for i := range out {
		picture := image.NewRGBA(image.Rect(0, 0, w, h))
		for p := range h * w {
			pixel := data[(i*h*w+p)*c:]
			r := level(pixel[0])
			g, b := r, r
			if c == 3 {
				g, b = level(pixel[1]), level(pixel[2])
			}
			picture.SetRGBA(p%w, p/w, color.RGBA{r, g, b, 255})
		}
		out[i] = picture
	}
	return out, nil
}

// level is the 8-bit value of a value in [-1, 1].
func level(x float32) uint8 {
	rounded := math.Round((float64(x) + 1) * 127.5)
	if !(rounded > 0) { // also where it is not a number
		return 0
	}
	return uint8(min(rounded, 255))
}

// EncodePNG writes a picture as PNG, a quarter larger than the default of its encoder would, in a sixth of the time.
func EncodePNG(w io.Writer, picture image.Image) error {
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	return encoder.Encode(w, picture)
}

// WritePNG writes a picture to a file.
func WritePNG(path string, picture image.Image) error {
	var data bytes.Buffer
	if err := EncodePNG(&data, picture); err != nil {
		return fmt.Errorf("report: %s: %w", path, err)
	}
	return writeFile(path, data.Bytes())
}

func writeFile(path string, data []byte) error {
	if err := atomicfile.Write(path, data); err != nil {
		return fmt.Errorf("report: %s: %w", path, err)
	}
	return nil
}
