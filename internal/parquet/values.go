package parquet

import (
	"encoding/binary"
	"math"
)

// Encodings of values, in the format's numbers.
const (
	encodingPlain           = 0
	encodingPlainDictionary = 2
	encodingRLE             = 3
	encodingDelta           = 5
	encodingDeltaLength     = 6
	encodingDeltaBytes      = 7
	encodingDictionary      = 8
	encodingByteStreamSplit = 9
)

// Value is a value of a column. Bytes point into the page that the value is from, which stays as it is.
type Value struct {
	Null  bool
	Bytes []byte // of byte arrays and of Int96
	bits  uint64 // of numbers and truth values
}

// decoder reads the values of a page; false is its end, or data that breaks the rules.
type decoder interface{ next() (Value, bool) }

// newDecoder reads the values that are in data by an encoding.
func (c Column) newDecoder(encoding int64, data []byte, dictionary []Value) (decoder, error) {
	switch encoding {
	case encodingPlain:
		return &plain{column: c, data: data}, nil
	case encodingPlainDictionary, encodingDictionary:
		if len(data) == 0 {
			return &indexed{}, nil // a page of nulls alone
		}
		return &indexed{hybrid{data: data[1:], width: int(data[0])}, dictionary}, nil
	case encodingRLE:
		if c.Kind == Boolean && len(data) >= 4 {
			return &flags{hybrid{data: data[4:], width: 1}}, nil
		}
	case encodingDelta:
		if c.Kind == Int32 || c.Kind == Int64 {
			if d, ok := newDelta(data); ok {
				return &differences{d}, nil
			}
			return nil, damaged("a page of column %s cannot be read", c.Name())
		}
	case encodingDeltaLength, encodingDeltaBytes:
		if c.Kind == ByteArray || c.Kind == FixedLenByteArray {
			if d, ok := newDeltaBytes(data, encoding == encodingDeltaBytes); ok {
				return d, nil
			}
			return nil, damaged("a page of column %s cannot be read", c.Name())
		}
	case encodingByteStreamSplit:
		if width := c.width(); width > 0 {
			return &streams{column: c, data: data, width: width, count: len(data) / width}, nil
		}
	}
	return nil, unsupported("its column %s is in encoding %d", c.Name(), encoding)
}

// width is how many bytes a plain value takes, 0 where that differs.
func (c Column) width() int {
	switch c.Kind {
	case Int32, Float:
		return 4
	case Int64, Double:
		return 8
	case Int96:
		return 12
	case FixedLenByteArray:
		return c.length
	}
	return 0
}

// value makes a value of its plain bytes.
func (c Column) value(b []byte) Value {
	switch c.Kind {
	case Int32:
		return Value{bits: uint64(int64(int32(binary.LittleEndian.Uint32(b))))}
	case Float:
		return Value{bits: uint64(binary.LittleEndian.Uint32(b))}
	case Int64, Double:
		return Value{bits: binary.LittleEndian.Uint64(b)}
	}
	return Value{Bytes: b}
}

// plain reads values side by side.
type plain struct {
	column Column
	data   []byte
	bit    uint
}

func (p *plain) next() (Value, bool) {
	n := p.column.width()
	switch {
	case p.column.Kind == Boolean:
		v, ok := bitsAt(p.data, p.bit, 1)
		p.bit++
		return Value{bits: v}, ok
	case p.column.Kind == ByteArray:
		if len(p.data) < 4 {
			return Value{}, false
		}
		length := binary.LittleEndian.Uint32(p.data)
		p.data = p.data[4:]
		if uint64(length) > uint64(len(p.data)) {
			return Value{}, false
		}
		n = int(length)
	}
	if n > len(p.data) {
		return Value{}, false
	}
	b := p.data[:n:n]
	p.data = p.data[n:]
	return p.column.value(b), true
}

// indexed reads places in a dictionary.
type indexed struct {
	places     hybrid
	dictionary []Value
}

func (x *indexed) next() (Value, bool) {
	i, ok := x.places.next()
	if !ok || int64(i) >= int64(len(x.dictionary)) {
		return Value{}, false
	}
	return x.dictionary[i], true
}

// flags reads truth values in runs.
type flags struct{ runs hybrid }

func (f *flags) next() (Value, bool) {
	v, ok := f.runs.next()
	return Value{bits: uint64(v)}, ok
}

// differences reads whole numbers.
type differences struct{ delta *delta }

func (d *differences) next() (Value, bool) {
	v, ok := d.delta.next()
	return Value{bits: uint64(v)}, ok
}

// deltaBytes reads byte arrays whose lengths come first, and which may begin as the one before does.
type deltaBytes struct {
	shared  *delta // how much of the value before each begins with; nil for none
	lengths *delta
	data    []byte
	before  []byte
}

func newDeltaBytes(data []byte, sharing bool) (*deltaBytes, bool) {
	d := &deltaBytes{data: data}
	ok := true
	if sharing {
		if d.shared, d.data, ok = numbersBefore(d.data); !ok {
			return nil, false
		}
	}
	d.lengths, d.data, ok = numbersBefore(d.data)
	return d, ok
}

// numbersBefore returns a reader of the numbers that data begins with, and what follows them.
func numbersBefore(data []byte) (numbers *delta, rest []byte, ok bool) {
	whole, ok := newDelta(data)
	if !ok {
		return nil, nil, false
	}
	if rest, ok = whole.rest(); !ok {
		return nil, nil, false
	}
	numbers, ok = newDelta(data)
	return numbers, rest, ok
}

func (d *deltaBytes) next() (Value, bool) {
	n, ok := d.lengths.next()
	if !ok || n < 0 || n > int64(len(d.data)) {
		return Value{}, false
	}
	b := d.data[:n:n]
	d.data = d.data[n:]
	if d.shared == nil {
		return Value{Bytes: b}, true
	}
	same, ok := d.shared.next()
	if !ok || same < 0 || same > int64(len(d.before)) {
		return Value{}, false
	}
	if same > 0 {
		b = append(d.before[:same:same], b...)
	}
	d.before = b
	return Value{Bytes: b}, true
}

// streams reads values whose first bytes come first, then all second ones, and so on.
type streams struct {
	column Column
	data   []byte
	width  int
	count  int
	at     int
}

func (s *streams) next() (Value, bool) {
	if s.at >= s.count {
		return Value{}, false
	}
	b := make([]byte, s.width)
	for i := range b {
		b[i] = s.data[i*s.count+s.at]
	}
	s.at++
	return s.column.value(b), true
}

// float16Of is a number of 16 bits (IEEE 754 binary16).
func float16Of(b []byte) float64 {
	h := binary.LittleEndian.Uint16(b)
	sign, exponent, fraction := float64(1), int(h>>10&31), float64(h&1023)
	if h>>15 == 1 {
		sign = -1
	}
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction > 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}
