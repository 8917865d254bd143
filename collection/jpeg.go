package collection

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"iter"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	jpegTEM  = 0x01
	jpegRST0 = 0xd0
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegAPP1 = 0xe1 // EXIF
	jpegAPPE = 0xee // Adobe
)

// jpegSegments walks the segments before the first scan: marker and content.
func jpegSegments(data []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		if len(data) < 2 {
			return
		}
		for b := data[2:]; len(b) >= 2 && b[0] == 0xff; {
			marker := b[1]
			if marker == 0xff { // a fill byte
				b = b[1:]
				continue
			}
			b = b[2:]
			if marker == jpegTEM || marker >= jpegRST0 && marker <= jpegSOI {
				continue // these have no segment
			}
			if marker == jpegSOS || marker == jpegEOI || len(b) < 2 {
				return
			}
			n := int(binary.BigEndian.Uint16(b))
			if n < 2 || n > len(b) || !yield(marker, b[2:n]) {
				return
			}
			b = b[n:]
		}
	}
}

// jpegExif returns the EXIF block of a JPEG, nil if it has none.
func jpegExif(data []byte) []byte {
	for marker, segment := range jpegSegments(data) {
		if block, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && marker == jpegAPP1 {
			return block
		}
	}
	return nil
}

// openJPEG reads the header of a JPEG.
func openJPEG(data []byte) (*still, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	s := &still{width: c.Width, height: c.Height, turn: exifOrientation(jpegExif(data))}
	s.memory = s.perPixel(8)
	s.decode = func() (image.Image, error) { return jpegDecode(data, c) }
	return s, nil
}

// jpegDecode decodes a JPEG. Those of four inks that Adobe's programs write
// hold them inverted and say so in a segment of their own, which the decoder
// needs; without it the inks are as they are.
func jpegDecode(data []byte, c image.Config) (image.Image, error) {
	if c.ColorModel != color.CMYKModel || hasAdobeSegment(data) {
		return jpeg.Decode(bytes.NewReader(data))
	}
	adobe := append([]byte{0xff, jpegAPPE, 0, 14}, "Adobe\x00\x64\x00\x00\x00\x00\x00"...)
	m, err := jpeg.Decode(bytes.NewReader(bytes.Join([][]byte{data[:2], adobe, data[2:]}, nil)))
	if inks, ok := m.(*image.CMYK); ok && err == nil {
		for i, v := range inks.Pix {
			inks.Pix[i] = 255 - v
		}
	}
	return m, err
}

func hasAdobeSegment(data []byte) bool {
	for marker, segment := range jpegSegments(data) {
		if marker == jpegAPPE && bytes.HasPrefix(segment, []byte("Adobe")) {
			return true
		}
	}
	return false
}
