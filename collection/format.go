package collection

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/bmp"
)

// format is a file format of images, told by the file's first bytes and not
// by its name.
type format int

const (
	formatUnknown format = iota
	formatJPEG
	formatPNG
	formatGIF
	formatWebP
	formatBMP
	formatTIFF
)

// formatOf tells the format from the first 16 bytes or more.
func formatOf(head []byte) format {
	has := func(prefix string) bool { return bytes.HasPrefix(head, []byte(prefix)) }
	switch {
	case has("\xff\xd8\xff"):
		return formatJPEG
	case has("\x89PNG\r\n\x1a\n"):
		return formatPNG
	case has("GIF87a"), has("GIF89a"):
		return formatGIF
	case has("RIFF") && len(head) >= 12 && string(head[8:12]) == "WEBP":
		return formatWebP
	case has("BM") && len(head) >= 14 && head[6] == 0 && head[7] == 0 && head[8] == 0 && head[9] == 0:
		return formatBMP
	case has("II\x2a\x00"), has("MM\x00\x2a"):
		return formatTIFF
	}
	return formatUnknown
}

// config reads the size an image declares, without decoding it.
func (f format) config(data []byte) (image.Config, error) {
	r := bytes.NewReader(data)
	switch f {
	case formatJPEG:
		return jpeg.DecodeConfig(r)
	case formatPNG:
		return png.DecodeConfig(r)
	case formatGIF:
		return gif.DecodeConfig(r)
	case formatWebP:
		return webpConfig(data)
	case formatBMP:
		return bmp.DecodeConfig(r)
	case formatTIFF:
		return tiffConfig(data)
	}
	return image.Config{}, errNoImage
}

var (
	errNoImage   = errors.New("is not an image in a format that is read (JPEG, PNG, WebP, GIF, BMP, TIFF)")
	errEmptyFile = errors.New("is empty")
)

// The largest image that is decoded. A file of a few bytes can declare one of
// billions of pixels; it is refused before memory is taken for it.
const (
	maxPixels = 100_000_000
	maxSide   = 1 << 16
)

// checkedConfig is config with the limits on sizes.
func (f format) checkedConfig(data []byte) (image.Config, error) {
	c, err := f.config(data)
	if err != nil {
		return c, err
	}
	if c.Width <= 0 || c.Height <= 0 {
		return c, fmt.Errorf("declares a size of %d x %d pixels", c.Width, c.Height)
	}
	if c.Width > maxSide || c.Height > maxSide || int64(c.Width)*int64(c.Height) > maxPixels {
		return c, fmt.Errorf("declares a size of %d x %d pixels, more than the %d million that are decoded", c.Width, c.Height, maxPixels/1_000_000)
	}
	return c, nil
}

// decode decodes an image whose config was checked.
func (f format) decode(data []byte, c image.Config) (image.Image, error) {
	r := bytes.NewReader(data)
	switch f {
	case formatJPEG:
		return jpegDecode(data, c)
	case formatPNG:
		return png.Decode(r)
	case formatGIF:
		m, err := gif.Decode(r)
		if err != nil {
			return nil, err
		}
		return onCanvas(m, c), nil
	case formatWebP:
		return webpDecode(data, c)
	case formatBMP:
		return bmp.Decode(r)
	case formatTIFF:
		return tiffDecode(data)
	}
	return nil, errNoImage
}

// onCanvas puts a frame of an animation where it belongs on a transparent
// canvas of the whole image's size.
func onCanvas(frame image.Image, c image.Config) image.Image {
	canvas := image.Rect(0, 0, c.Width, c.Height)
	if frame.Bounds() == canvas {
		return frame
	}
	m := image.NewNRGBA(canvas)
	draw.Draw(m, frame.Bounds(), frame, frame.Bounds().Min, draw.Src)
	return m
}
