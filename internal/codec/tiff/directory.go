package tiff

import (
	"encoding/binary"
	"math"
)

// Tags of TIFF 6.0 and its supplements.
const (
	tagWidth            = 256
	tagHeight           = 257
	tagBits             = 258
	tagCompression      = 259
	tagPhotometric      = 262
	tagFillOrder        = 266
	tagStripOffsets     = 273
	TagOrientation      = 274
	tagSamples          = 277
	tagRowsPerStrip     = 278
	tagStripCounts      = 279
	tagPlanar           = 284
	tagT4Options        = 292
	tagPredictor        = 317
	tagColorMap         = 320
	tagTileWidth        = 322
	tagTileHeight       = 323
	tagTileOffsets      = 324
	tagTileCounts       = 325
	tagExtraSamples     = 338
	tagSampleFormat     = 339
	tagJPEGTables       = 347
	tagYCbCrCoeffs      = 529
	tagYCbCrSubsampling = 530
	tagReferenceBW      = 532
	TagXMP              = 700
	TagICC              = 34675
)

// Directory is the first directory of a TIFF, or of a block that is built like one, such as EXIF.
type Directory struct {
	data    []byte
	order   binary.ByteOrder
	big     bool
	entries []field
}

// field is the value of a tag: count values of a kind, in the file's byte order.
type field struct {
	tag, kind int
	count     uint64
	values    []byte
}

// sizes are the lengths of the kinds of values, by their numbers in the file (TIFF 6.0, section 2; BigTIFF).
var sizes = [...]uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8}

// The kinds that are told apart.
const (
	kindShort     = 3
	kindLong      = 4
	kindRational  = 5
	kindSByte     = 6
	kindSShort    = 8
	kindSLong     = 9
	kindSRational = 10
	kindFloat     = 11
	kindDouble    = 12
)

// ReadDirectory reads the first directory. One that is cut off has the fields that are left; a field that lies
// outside of the file is left out.
func ReadDirectory(data []byte) (*Directory, error) {
	d := &Directory{data: data}
	if len(data) < 8 {
		return nil, ErrTruncated
	}
	switch string(data[:4]) {
	case "II\x2a\x00":
		d.order = binary.LittleEndian
	case "MM\x00\x2a":
		d.order = binary.BigEndian
	case "II\x2b\x00":
		d.order, d.big = binary.LittleEndian, true
	case "MM\x00\x2b":
		d.order, d.big = binary.BigEndian, true
	default:
		return nil, FormatError("it does not start as a TIFF")
	}
	at, countSize, entrySize := uint64(d.order.Uint32(data[4:])), uint64(2), uint64(12)
	if d.big {
		if len(data) < 16 {
			return nil, ErrTruncated
		}
		at, countSize, entrySize = d.order.Uint64(data[8:]), 8, 20
	}
	size := uint64(len(data))
	if at > size || size-at < countSize {
		return nil, ErrTruncated
	}
	n := uint64(d.order.Uint16(data[at:]))
	if d.big {
		n = d.order.Uint64(data[at:])
	}
	for b := data[at+countSize:]; n > 0 && uint64(len(b)) >= entrySize; n, b = n-1, b[entrySize:] {
		if f, ok := d.field(b[:entrySize]); ok {
			d.entries = append(d.entries, f)
		}
		if len(d.entries) > maxFields {
			return nil, FormatError("its directory has too many fields")
		}
	}
	return d, nil
}

const maxFields = 4096

// field reads an entry of a directory.
func (d *Directory) field(b []byte) (field, bool) {
	f := field{tag: int(d.order.Uint16(b)), kind: int(d.order.Uint16(b[2:]))}
	inline := b[8:]
	if d.big {
		f.count, inline = d.order.Uint64(b[4:]), b[12:]
	} else {
		f.count = uint64(d.order.Uint32(b[4:]))
	}
	if f.kind >= len(sizes) || sizes[f.kind] == 0 || f.count > uint64(len(d.data)) {
		return f, false
	}
	n := f.count * sizes[f.kind]
	if n <= uint64(len(inline)) {
		f.values = inline[:n]
		return f, true
	}
	at := uint64(d.order.Uint32(inline))
	if d.big {
		at = d.order.Uint64(inline)
	}
	if at > uint64(len(d.data)) || n > uint64(len(d.data))-at {
		return f, false
	}
	f.values = d.data[at : at+n]
	return f, true
}

// Field returns the bytes of a tag's value, nil where there is none.
func (d *Directory) Field(tag int) []byte {
	for _, f := range d.entries {
		if f.tag == tag {
			return f.values
		}
	}
	return nil
}

// list is a field of numbers.
type list struct {
	field
	order binary.ByteOrder
}

func (d *Directory) list(tag int) list {
	for _, f := range d.entries {
		if f.tag == tag {
			return list{f, d.order}
		}
	}
	return list{}
}

func (l list) len() int { return int(l.count) }

// at returns value i of a list as an unsigned number.
func (l list) at(i int) uint64 {
	size := int(sizes[l.kind])
	b := l.values[i*size:][:size]
	switch size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(l.order.Uint16(b))
	case 4:
		return uint64(l.order.Uint32(b))
	}
	return l.order.Uint64(b)
}

// number returns value i of a list of numbers or fractions.
func (l list) number(i int) float64 {
	size := int(sizes[l.kind])
	b := l.values[i*size:][:size]
	switch l.kind {
	case kindRational:
		return float64(l.order.Uint32(b)) / float64(l.order.Uint32(b[4:]))
	case kindSRational:
		return float64(int32(l.order.Uint32(b))) / float64(int32(l.order.Uint32(b[4:])))
	case kindFloat:
		return float64(math.Float32frombits(l.order.Uint32(b)))
	case kindDouble:
		return math.Float64frombits(l.order.Uint64(b))
	}
	return float64(l.at(i))
}

// Uint returns the first value of a tag, or what it is where the file does not tell.
func (d *Directory) Uint(tag int, otherwise uint64) uint64 {
	if l := d.list(tag); l.len() > 0 {
		return l.at(0)
	}
	return otherwise
}

// numbers returns n values of a tag, or nil.
func (d *Directory) numbers(tag, n int) []float64 {
	l := d.list(tag)
	if l.len() < n {
		return nil
	}
	out := make([]float64, n)
	for i := range out {
		if out[i] = l.number(i); math.IsNaN(out[i]) || math.IsInf(out[i], 0) {
			return nil
		}
	}
	return out
}
