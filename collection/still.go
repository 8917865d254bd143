package collection

import (
	"errors"
	"fmt"
	"image"
)

// still is what an image file declares: enough to refuse it before memory is taken for it, and how to decode it. A
// file that holds several images, such as an animation, is told by its first.
type still struct {
	width, height int // as stored
	// memory is about how many bytes decoding takes beside the file, the decoded image included.
	memory int64
	turn   orientation // upright where none is declared
	// profile is the colour profile that is embedded, nil where there is none.
	profile []byte
	decode  func() (image.Image, error)
}

// The largest image that is decoded. A file of a few bytes can declare one of billions of pixels; it is refused
// before memory is taken for it.
const (
	maxPixels     = 180_000_000
	maxImageBytes = 1 << 30
)

// errNoPixels is the reason of an image without pixels.
var errNoPixels = errors.New("declares an image without pixels")

// check refuses images without pixels, of more than most, which is no more than maxPixels, and of too much memory.
func (s *still) check(most int) error {
	pixels := int64(s.width) * int64(s.height)
	switch {
	case s.width <= 0 || s.height <= 0:
		return errNoPixels
	case s.width > most || s.height > most || pixels > int64(most):
		return fmt.Errorf("declares a size of %d x %d pixels, more than the %d million that are decoded: make it smaller",
			s.width, s.height, most/1_000_000)
	case s.memory > maxImageBytes:
		return fmt.Errorf("declares a size of %d x %d pixels of a kind that takes %d MiB to decode, more than the %d it may: make it smaller",
			s.width, s.height, s.memory>>20, maxImageBytes>>20)
	}
	return nil
}

// perPixel is the memory of an image of so many bytes a pixel.
func (s *still) perPixel(bytes int64) int64 {
	if s.width <= 0 || s.height <= 0 || int64(s.width) > maxPixels || int64(s.height) > maxPixels {
		return 0 // refused by check
	}
	return int64(s.width) * int64(s.height) * bytes
}
