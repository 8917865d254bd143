package tiff

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"
	"math/bits"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// writer writes TIFFs of every layout.
type writer struct {
	width, height int
	bits, format  int
	samples       int
	photometric   int
	extra         []int
	order         binary.AppendByteOrder // little endian if nil
	big           bool
	planar        bool
	tileW, tileH  int // strips if zero
	rows          int // of a strip, all if zero
	compression   int
	predictor     int
	reversed      bool
	value         func(x, y, s int) uint64 // the bits of a sample
	more          []tag
	noCounts      bool
	encode        func(part []byte, w, h int) []byte
	subH, subV    int
}

type tag struct {
	id, kind int
	values   []uint64
}

func (w writer) bytes(t testing.TB) []byte {
	t.Helper()
	if w.order == nil {
		w.order = binary.LittleEndian
	}
	if w.compression == 0 {
		w.compression = uncompressed
	}
	if w.format == 0 {
		w.format = unsigned
	}
	if w.samples == 0 {
		w.samples = 1
	}
	chunkW, chunkH := w.width, w.rows
	if chunkH == 0 {
		chunkH = w.height
	}
	if w.tileW > 0 {
		chunkW, chunkH = w.tileW, w.tileH
	}
	out := make([]byte, 16)
	var offsets, counts []uint64
	planes := []int{-1}
	if w.planar {
		planes = planes[:0]
		for s := range w.samples {
			planes = append(planes, s)
		}
	}
	for _, plane := range planes {
		for y := 0; y < w.height; y += chunkH {
			for x := 0; x < w.width; x += chunkW {
				rows := chunkH
				if w.tileW == 0 {
					rows = min(chunkH, w.height-y)
				}
				part := w.compressed(t, w.part(x, y, chunkW, rows, plane), chunkW, rows)
				if w.reversed {
					for i := range part {
						part[i] = bits.Reverse8(part[i])
					}
				}
				offsets, counts = append(offsets, uint64(len(out))), append(counts, uint64(len(part)))
				out = append(out, part...)
			}
		}
	}
	repeated := func(v int) []uint64 {
		var l []uint64
		for range w.samples {
			l = append(l, uint64(v))
		}
		return l
	}
	one := func(id, v int) tag { return tag{id, kindLong, []uint64{uint64(v)}} }
	tags := []tag{
		one(tagWidth, w.width), one(tagHeight, w.height), {tagBits, kindShort, repeated(w.bits)}, one(tagCompression, w.compression),
		one(tagPhotometric, w.photometric), one(tagSamples, w.samples), {tagSampleFormat, kindShort, repeated(w.format)},
	}
	if w.reversed {
		tags = append(tags, one(tagFillOrder, 2))
	}
	if w.planar {
		tags = append(tags, one(tagPlanar, 2))
	}
	if w.predictor > 0 {
		tags = append(tags, one(tagPredictor, w.predictor))
	}
	if w.tileW > 0 {
		tags = append(tags, one(tagTileWidth, w.tileW), one(tagTileHeight, w.tileH), tag{tagTileOffsets, kindLong, offsets}, tag{tagTileCounts, kindLong, counts})
	} else {
		tags = append(tags, one(tagRowsPerStrip, chunkH), tag{tagStripOffsets, kindLong, offsets})
		if !w.noCounts {
			tags = append(tags, tag{tagStripCounts, kindLong, counts})
		}
	}
	for _, e := range w.extra {
		tags = append(tags, tag{tagExtraSamples, kindShort, []uint64{uint64(e)}})
	}
	return w.directory(out, append(tags, w.more...))
}

// directory writes the tags behind the parts, and the header.
func (w writer) directory(out []byte, tags []tag) []byte {
	var entries []byte
	for _, t := range tags {
		var values []byte
		for _, v := range t.values {
			switch sizes[t.kind] {
			case 1:
				values = append(values, byte(v))
			case 2:
				values = w.order.AppendUint16(values, uint16(v))
			case 4:
				values = w.order.AppendUint32(values, uint32(v))
			default:
				values = w.order.AppendUint64(values, v)
			}
		}
		entries = w.order.AppendUint16(entries, uint16(t.id))
		entries = w.order.AppendUint16(entries, uint16(t.kind))
		room := 4
		if w.big {
			entries, room = w.order.AppendUint64(entries, uint64(len(t.values))), 8
		} else {
			entries = w.order.AppendUint32(entries, uint32(len(t.values)))
		}
		if len(values) <= room {
			entries = append(entries, append(values, make([]byte, room-len(values))...)...)
			continue
		}
		if w.big {
			entries = w.order.AppendUint64(entries, uint64(len(out)))
		} else {
			entries = w.order.AppendUint32(entries, uint32(len(out)))
		}
		out = append(out, values...)
	}
	at := len(out)
	mark, version := "II", uint16(42)
	if w.order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM"
	}
	if w.big {
		version = 43
		out = w.order.AppendUint64(out, uint64(len(tags)))
	} else {
		out = w.order.AppendUint16(out, uint16(len(tags)))
	}
	out = append(out, entries...)
	out = append(out, make([]byte, 8)...)
	header := w.order.AppendUint16([]byte(mark), version)
	if w.big {
		header = w.order.AppendUint16(header, 8)
		header = w.order.AppendUint16(header, 0)
		header = w.order.AppendUint64(header, uint64(at))
	} else {
		header = w.order.AppendUint32(header, uint32(at))
	}
	copy(out, header)
	return out
}

// part packs the samples of a part.
func (w writer) part(x0, y0, width, rows, plane int) []byte {
	if w.subH > 0 {
		return w.subsampled(rows)
	}
	var out []byte
	for y := y0; y < y0+rows; y++ {
		var row []byte
		var acc uint64
		n := 0
		for x := x0; x < x0+width; x++ {
			for s := range w.samples {
				if plane >= 0 && s != plane {
					continue
				}
				v := w.value(min(x, w.width-1), min(y, w.height-1), s)
				switch w.bits {
				case 16:
					row = w.order.AppendUint16(row, uint16(v))
				case 32:
					row = w.order.AppendUint32(row, uint32(v))
				case 64:
					row = w.order.AppendUint64(row, v)
				case 24:
					if w.order == binary.AppendByteOrder(binary.BigEndian) {
						row = append(row, byte(v>>16), byte(v>>8), byte(v))
					} else {
						row = append(row, byte(v), byte(v>>8), byte(v>>16))
					}
				default:
					acc, n = acc<<w.bits|v, n+w.bits
					for ; n >= 8; n -= 8 {
						row = append(row, byte(acc>>(n-8)))
					}
				}
			}
		}
		if n > 0 {
			row = append(row, byte(acc<<(8-n)))
		}
		out = append(out, w.predicted(row, plane)...)
	}
	return out
}

func (w writer) subsampled(rows int) []byte {
	var out []byte
	for y := 0; y < rows; y += w.subV {
		for x := 0; x < w.width; x += w.subH {
			for v := range w.subV {
				for u := range w.subH {
					out = append(out, byte(w.value(min(x+u, w.width-1), min(y+v, w.height-1), 0)))
				}
			}
			out = append(out, byte(w.value(x, y, 1)), byte(w.value(x, y, 2)))
		}
	}
	return out
}

// predicted is a row as differences.
func (w writer) predicted(row []byte, plane int) []byte {
	n := w.samples
	if plane >= 0 {
		n = 1
	}
	size := w.bits / 8
	switch w.predictor {
	case 2:
		out := bytes.Clone(row)
		for i := n * size; i < len(row); i += size {
			switch size {
			case 1:
				out[i] = row[i] - row[i-n]
			case 2:
				o := w.order.(binary.ByteOrder)
				o.PutUint16(out[i:], o.Uint16(row[i:])-o.Uint16(row[i-2*n:]))
			case 4:
				o := w.order.(binary.ByteOrder)
				o.PutUint32(out[i:], o.Uint32(row[i:])-o.Uint32(row[i-4*n:]))
			}
		}
		return out
	case 3:
		values := len(row) / size
		apart := make([]byte, len(row))
		for i := range values {
			for j := range size {
				from := j
				if w.order == binary.AppendByteOrder(binary.LittleEndian) {
					from = size - 1 - j
				}
				apart[j*values+i] = row[i*size+from]
			}
		}
		out := bytes.Clone(apart)
		for i := n; i < len(out); i++ {
			out[i] = apart[i] - apart[i-n]
		}
		return out
	}
	return row
}

func (w writer) compressed(t testing.TB, part []byte, width, rows int) []byte {
	t.Helper()
	if w.encode != nil {
		return w.encode(part, width, rows)
	}
	switch w.compression {
	case deflate, deflateAdobe:
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		z.Write(part)
		z.Close()
		return b.Bytes()
	case zstandard:
		e, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		return e.EncodeAll(part, nil)
	case packBits:
		var out []byte
		for len(part) > 0 {
			n := 1
			for n < len(part) && n < 128 && part[n] == part[0] {
				n++
			}
			if n > 1 {
				out, part = append(out, byte(1-n), part[0]), part[n:]
				continue
			}
			out, part = append(out, 0, part[0]), part[1:]
		}
		return out
	}
	return part
}

// shade is a value from 0 to 1 that differs from place to place and from sample to sample.
func shade(x, y, s int) float64 {
	return math.Mod(0.07*float64(x)+0.11*float64(y)+0.31*float64(s), 1)
}

// whole is shade as an unsigned number of so many bits.
func whole(bits int) func(x, y, s int) uint64 {
	return func(x, y, s int) uint64 {
		if x == 0 && y == 0 {
			return 1<<bits - 1 // the largest value, by which numbers of many bits are told
		}
		return uint64(shade(x, y, s) * float64(uint64(1)<<bits-1))
	}
}
