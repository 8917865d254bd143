// Package report draws what a run shows: grids and contact sheets of images
// with labels as PNG, animations as GIF, and one page of a run as HTML.
//
// Everything is drawn in memory and written as a whole or not at all. The same
// input gives the same bytes.
package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"github.com/dataprism/dataprism/internal/atomicfile"
)

// FromFloats turns a batch of n images of h by w pixels and c channels (1 or
// 3), float32 values in [-1, 1] in NHWC order, into pictures. Values outside
// the range are cut to it; a value that is not a number shows as black.
func FromFloats(data []float32, n, h, w, c int) ([]image.Image, error) {
	if err := checkBatch(len(data), n, h, w, c); err != nil {
		return nil, err
	}
	return fromValues(n, h, w, c, func(i int) uint8 {
		level := math.Round((float64(data[i]) + 1) * 127.5)
		if !(level > 0) { // also where level is not a number
			return 0
		}
		return uint8(min(level, 255))
	}), nil
}

// FromBytes is [FromFloats] for 8-bit values.
func FromBytes(data []uint8, n, h, w, c int) ([]image.Image, error) {
	if err := checkBatch(len(data), n, h, w, c); err != nil {
		return nil, err
	}
	return fromValues(n, h, w, c, func(i int) uint8 { return data[i] }), nil
}

func checkBatch(values, n, h, w, c int) error {
	if n < 0 || h <= 0 || w <= 0 || c != 1 && c != 3 || values != n*h*w*c {
		return fmt.Errorf("report: %d values are no batch of %dx%dx%dx%d images of 1 or 3 channels", values, n, h, w, c)
	}
	return nil
}

func fromValues(n, h, w, c int, at func(i int) uint8) []image.Image {
	out := make([]image.Image, n)
	for i := range out {
		picture := image.NewRGBA(image.Rect(0, 0, w, h))
		for p := range h * w {
			from := (i*h*w + p) * c
			r := at(from)
			g, b := r, r
			if c == 3 {
				g, b = at(from+1), at(from+2)
			}
			picture.SetRGBA(p%w, p/w, color.RGBA{r, g, b, 255})
		}
		out[i] = picture
	}
	return out
}

// WritePNG writes a picture to a file.
func WritePNG(path string, picture image.Image) error {
	var data bytes.Buffer
	if err := png.Encode(&data, picture); err != nil {
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
