package jpeg

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Markers (T.81, table B.1).
const (
	sof0 = 0xc0 // baseline
	sof1 = 0xc1 // extended sequential
	sof2 = 0xc2 // progressive
	dht  = 0xc4
	jpg  = 0xc8
	dac  = 0xcc
	rst0 = 0xd0
	rst7 = 0xd7
	soi  = 0xd8
	eoi  = 0xd9
	sos  = 0xda
	dqt  = 0xdb
	dnl  = 0xdc
	dri  = 0xdd
	app0 = 0xe0
	appe = 0xee
	tem  = 0x01
)

// A Header is what a file declares up to its first scan.
type Header struct {
	Width, Height int
	Components    []Component
	Progressive   bool
	// Adobe is the colour transform of an Adobe segment (0 none, 1 YCbCr, 2 YCCK), -1 where there is no such segment.
	Adobe int
	JFIF  bool
	// FirstScan is the number of components in the first scan, Scans the number of scans, Restarts the number of
	// units between markers to restart at, 0 for none.
	FirstScan, Scans, Restarts int
	// Tables tells whether Huffman tables come before the first scan.
	Tables bool
	// Late tells that the height is told after the first scan.
	Late bool
}

// Component is one plane of an image, sampled H of the largest H times in a row.
type Component struct{ ID, H, V, table int }

// ReadHeader reads the header of a file.
func ReadHeader(data []byte) (Header, error) {
	h := Header{Adobe: -1}
	if len(data) < 2 || data[0] != 0xff || data[1] != soi {
		return h, FormatError("it does not start as one")
	}
	r := segments{rest: data[2:]}
	for {
		marker, segment, err := r.next()
		if err != nil {
			return h, err
		}
		switch {
		case isFrame(marker):
			if len(h.Components) > 0 {
				return h, UnsupportedError("of several frames (hierarchical)")
			}
			if err := h.frame(marker, segment); err != nil {
				return h, err
			}
		case marker == dht:
			h.Tables = true
		case marker == dac:
			return h, UnsupportedError("in arithmetic coding")
		case marker == dri && len(segment) >= 2:
			h.Restarts = int(binary.BigEndian.Uint16(segment))
		case marker == app0:
			h.JFIF = h.JFIF || bytes.HasPrefix(segment, []byte("JFIF\x00"))
		case marker == appe:
			if len(segment) >= 12 && bytes.HasPrefix(segment, []byte("Adobe")) {
				h.Adobe = int(segment[11])
			}
		case marker == eoi:
			return h, FormatError("it has no image")
		case marker == sos:
			if len(h.Components) == 0 || len(segment) < 1 {
				return h, FormatError("a scan comes before its frame")
			}
			h.FirstScan = int(segment[0])
			return h, h.look(r.rest)
		}
	}
}

// isFrame tells the markers that start a frame.
func isFrame(marker byte) bool {
	return marker >= sof0 && marker <= 0xcf && marker != dht && marker != jpg && marker != dac
}

// frame reads a frame's segment.
func (h *Header) frame(marker byte, b []byte) error {
	switch marker {
	case sof0, sof1, sof2:
	case 0xc3:
		return UnsupportedError("lossless")
	case 0xc5, 0xc6, 0xc7:
		return UnsupportedError("hierarchical")
	default:
		return UnsupportedError("in arithmetic coding")
	}
	h.Progressive = marker == sof2
	if len(b) < 6 || len(b) < 6+3*int(b[5]) {
		return FormatError("its frame is cut off")
	}
	if b[0] != 8 {
		return UnsupportedError(fmt.Sprintf("of %d bits", b[0]))
	}
	h.Height, h.Width = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
	n := int(b[5])
	if n != 1 && n != 3 && n != 4 {
		return UnsupportedError(fmt.Sprintf("of %d components", n))
	}
	for i := range n {
		c := b[6+3*i:]
		part := Component{int(c[0]), int(c[1] >> 4), int(c[1] & 15), int(c[2])}
		if part.H < 1 || part.H > 4 || part.V < 1 || part.V > 4 || part.table > 3 {
			return FormatError("a component's sampling is out of range")
		}
		for _, other := range h.Components {
			if other.ID == part.ID {
				return FormatError("two components have one name")
			}
		}
		h.Components = append(h.Components, part)
	}
	if n == 1 {
		h.Components[0].H, h.Components[0].V = 1, 1 // a single component is never interleaved (A.2.2)
	}
	return nil
}

// look counts the scans in what follows the first one's header, and finds the height where the frame has none.
func (h *Header) look(data []byte) error {
	h.Scans = 1
	for b := data; ; {
		i := bytes.IndexByte(b, 0xff)
		if i < 0 || i+1 >= len(b) {
			break
		}
		marker := b[i+1]
		b = b[i+1:]
		if marker == eoi {
			break
		}
		if marker == sos {
			h.Scans++
		}
		if marker == dnl && h.Height == 0 && len(b) >= 5 {
			h.Height, h.Late = int(binary.BigEndian.Uint16(b[3:])), true
		}
	}
	if h.Height == 0 || h.Width == 0 {
		return FormatError("it declares no size")
	}
	return nil
}

// maxSampling returns the largest sampling factors.
func (h *Header) maxSampling() (hmax, vmax int) {
	for _, c := range h.Components {
		hmax, vmax = max(hmax, c.H), max(vmax, c.V)
	}
	return hmax, vmax
}

// Usual tells a baseline image as most encoders write them, which the standard library decodes: one scan, tables
// before it, and three components of which luma alone is sampled more often, or one component.
func (h *Header) Usual() bool {
	if h.Progressive || h.Late || !h.Tables || h.FirstScan != len(h.Components) {
		return false
	}
	if len(h.Components) == 1 {
		return true
	}
	if len(h.Components) != 3 || h.Components[1].H != 1 || h.Components[1].V != 1 {
		return false
	}
	_, ok := h.ratio()
	return ok
}

// Memory is how many bytes decoding takes.
func (h *Header) Memory() int64 {
	hmax, vmax := h.maxSampling()
	pixels := int64(roundUp(h.Width, 8*hmax)) * int64(roundUp(h.Height, 8*vmax))
	each := int64(1)
	if h.Progressive {
		each += 2
	}
	var n int64
	for _, c := range h.Components {
		n += pixels * int64(c.H*c.V) / int64(hmax*vmax) * each
	}
	switch {
	case len(h.Components) == 4 || len(h.Components) == 3 && !h.ycc():
		n += pixels * 4
	case len(h.Components) == 3:
		if _, ok := h.ratio(); !ok {
			n += pixels * 3
		}
	}
	return n
}

func roundUp(n, step int) int { return (n + step - 1) / step * step }

// segments walks the marker segments between scans.
type segments struct{ rest []byte }

// next returns the next marker and the content of its segment, nil for those without.
func (s *segments) next() (marker byte, content []byte, err error) {
	for {
		i := bytes.IndexByte(s.rest, 0xff)
		if i < 0 || i+1 >= len(s.rest) {
			return 0, nil, ErrTruncated
		}
		marker, s.rest = s.rest[i+1], s.rest[i+1:]
		if marker == 0xff || marker == 0 {
			continue // a fill byte; a value within entropy-coded data
		}
		s.rest = s.rest[1:]
		if marker == tem || marker >= rst0 && marker <= soi {
			continue
		}
		if marker == eoi {
			return marker, nil, nil
		}
		if len(s.rest) < 2 {
			return 0, nil, ErrTruncated
		}
		n := int(binary.BigEndian.Uint16(s.rest))
		if n < 2 {
			return 0, nil, FormatError("a segment is shorter than its own length")
		}
		if n > len(s.rest) {
			return 0, nil, ErrTruncated
		}
		content, s.rest = s.rest[2:n], s.rest[n:]
		return marker, content, nil
	}
}
