package collection

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"iter"
)

// openPNG reads the header of a PNG.
func openPNG(data []byte) (*still, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	s := &still{width: c.Width, height: c.Height}
	// Interlaced images are put together from seven, of which the largest has half of the pixels.
	s.memory = s.perPixel(pngBytes(c.ColorModel)) * 3 / 2
	s.decode = func() (image.Image, error) { return png.Decode(bytes.NewReader(data)) }
	return s.describe(pngEmbedded(data)), nil
}

// pngBytes is how many bytes the decoder takes for a pixel. Transparent colours make an image of another kind than
// the header says.
func pngBytes(m color.Model) int64 {
	switch m {
	case color.NRGBA64Model, color.RGBA64Model, color.Gray16Model:
		return 8
	}
	return 4
}

// pngChunks walks the chunks of a PNG: identity and content. It ends at the first that does not fit.
func pngChunks(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		if len(data) < 8 {
			return
		}
		for b := data[8:]; len(b) >= 12; {
			n := uint64(binary.BigEndian.Uint32(b))
			if n+12 > uint64(len(b)) || !yield(string(b[4:8]), b[8:8+n]) {
				return
			}
			b = b[12+n:]
		}
	}
}
