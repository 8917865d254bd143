package collection

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"iter"

	codec "github.com/dataprism/dataprism/internal/codec/jpeg"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	jpegTEM  = 0x01
	jpegRST0 = 0xd0
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegAPP1 = 0xe1 // EXIF, XMP
	jpegAPP2 = 0xe2 // ICC
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

// openJPEG reads the header of a JPEG. Baseline images of the usual sampling are decoded by the standard library,
// which is faster, and all others by our own decoder, as are those in which the standard library finds a fault: it
// may be one of its own.
func openJPEG(data []byte) (*still, error) {
	h, err := codec.ReadHeader(data)
	if err != nil {
		return nil, err
	}
	if err := checkScans(h); err != nil {
		return nil, err
	}
	s := &still{width: h.Width, height: h.Height, memory: h.Memory()}
	s.decode = func() (image.Image, error) {
		if h.Usual() {
			if m, err := jpeg.Decode(bytes.NewReader(data)); err == nil {
				return m, nil
			}
		}
		return codec.Decode(data, codec.Options{})
	}
	return s.describe(jpegEmbedded(data)), nil
}

// checkScans refuses files that would take very long: a scan goes through a whole image, and a small file can have
// thousands. Encoders write up to about a dozen.
func checkScans(h codec.Header) error {
	const (
		usual = 100
		most  = 20 * maxPixels
	)
	if h.Scans > usual && int64(h.Scans)*int64(h.Width)*int64(h.Height) > most {
		return fmt.Errorf("has %d scans of %d x %d pixels, which would take too long: save it again", h.Scans, h.Width, h.Height)
	}
	return nil
}
