package collection

import (
	"bytes"
	"encoding/binary"
	"image"
	"slices"

	"golang.org/x/image/tiff"
)

// Tags and values of TIFF 6.0.
const (
	tiffPhotometric  = 262
	tiffExtraSamples = 338
	tiffShort        = 3
	tiffRGB          = 2
	tiffSeparated    = 5 // cyan, magenta, yellow, black
	tiffUnassociated = 2 // an extra sample that is plain alpha
)

// tiffDirectory is the first directory of a TIFF.
type tiffDirectory struct {
	order   binary.AppendByteOrder
	entries [][]byte // tag, type, number, value or offset: 12 bytes
	next    []byte   // the four bytes that follow them
}

func (d *tiffDirectory) u16(b []byte) uint16 { return d.order.(binary.ByteOrder).Uint16(b) }

// find returns the value of a tag that holds one 16-bit number.
func (d *tiffDirectory) find(tag uint16) (uint16, bool) {
	for _, e := range d.entries {
		if d.u16(e) == tag {
			return d.u16(e[8:]), d.u16(e[2:]) == tiffShort
		}
	}
	return 0, false
}

// set gives a tag one 16-bit number, in its place among the others.
func (d *tiffDirectory) set(tag, value uint16) {
	e := d.order.AppendUint16(nil, tag)
	e = d.order.AppendUint16(e, tiffShort)
	e = d.order.AppendUint32(e, 1)
	e = d.order.AppendUint16(e, value)
	e = append(e, 0, 0)
	at := slices.IndexFunc(d.entries, func(other []byte) bool { return d.u16(other) >= tag })
	switch {
	case at < 0:
		d.entries = append(d.entries, e)
	case d.u16(d.entries[at]) == tag:
		d.entries[at] = e
	default:
		d.entries = slices.Insert(d.entries, at, e)
	}
}

// readTIFFDirectory reads the first directory, nil if there is none. One that
// is cut off has the entries that are left.
func readTIFFDirectory(b []byte) *tiffDirectory {
	if len(b) < 8 {
		return nil
	}
	d := new(tiffDirectory)
	switch string(b[:4]) {
	case "II\x2a\x00":
		d.order = binary.LittleEndian
	case "MM\x00\x2a":
		d.order = binary.BigEndian
	default:
		return nil
	}
	at := uint64(d.order.(binary.ByteOrder).Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return nil
	}
	n := int(d.u16(b[at:]))
	const entrySize = 12
	for b = b[at+2:]; n > 0 && len(b) >= entrySize; n, b = n-1, b[entrySize:] {
		d.entries = append(d.entries, b[:entrySize:entrySize])
	}
	d.next = b[:min(4, len(b))]
	return d
}

// tiffDecoded returns a TIFF as the decoder can take it and whether its four
// channels are inks. The decoder knows four channels as colours and alpha
// only, so a directory that calls inks that is put in front of their own.
func tiffDecoded(data []byte) (file []byte, inks bool) {
	d := readTIFFDirectory(data)
	if d == nil {
		return data, false
	}
	if kind, ok := d.find(tiffPhotometric); !ok || kind != tiffSeparated || len(d.next) < 4 {
		return data, false
	}
	d.set(tiffPhotometric, tiffRGB)
	d.set(tiffExtraSamples, tiffUnassociated)
	file = slices.Clone(data)
	if len(file)%2 == 1 {
		file = append(file, 0)
	}
	copy(file[4:8], d.order.AppendUint32(nil, uint32(len(file))))
	file = d.order.AppendUint16(file, uint16(len(d.entries)))
	for _, e := range d.entries {
		file = append(file, e...)
	}
	return append(file, d.next...), true
}

// openTIFF reads the first directory of a TIFF.
func openTIFF(data []byte) (*still, error) {
	file, _ := tiffDecoded(data)
	c, err := tiff.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	s := &still{width: c.Width, height: c.Height, turn: exifOrientation(data)}
	s.memory = s.perPixel(8 + 8)
	s.decode = func() (image.Image, error) { return tiffDecode(data) }
	return s, nil
}

func tiffDecode(data []byte) (image.Image, error) {
	file, inks := tiffDecoded(data)
	m, err := tiff.Decode(bytes.NewReader(file))
	if err != nil || !inks {
		return m, err
	}
	switch m := m.(type) {
	case *image.NRGBA:
		return &image.CMYK{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}, nil
	case *image.NRGBA64:
		out := image.NewCMYK(m.Rect)
		for i := range out.Pix {
			out.Pix[i] = m.Pix[2*i]
		}
		return out, nil
	}
	return m, nil
}
