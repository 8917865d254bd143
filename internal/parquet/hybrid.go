package parquet

import "encoding/binary"

// hybrid reads numbers of a fixed width in bits, in runs of one number or packed side by side: the encoding of
// levels, of places in dictionaries and of truth values. It keeps no more than its place.
type hybrid struct {
	data  []byte
	width int

	repeats uint64 // how often value comes again
	value   uint32
	packed  uint64 // how many packed numbers follow
	bit     uint   // where the next one starts in data
}

// next returns the next number, or false where the data has ended or breaks the rules.
func (h *hybrid) next() (uint32, bool) {
	for {
		switch {
		case h.repeats > 0:
			h.repeats--
			return h.value, true
		case h.packed > 0:
			v, ok := bitsAt(h.data, h.bit, h.width)
			if !ok {
				return 0, false
			}
			h.bit += uint(h.width)
			h.packed--
			if h.packed == 0 {
				h.data = h.data[min(len(h.data), int(h.bit+7)/8):]
			}
			return uint32(v), true
		}
		head, n := binary.Uvarint(h.data)
		if n <= 0 || h.width > 32 {
			return 0, false
		}
		h.data = h.data[n:]
		if head&1 == 1 {
			if h.packed = head >> 1; h.packed > 1<<32 {
				return 0, false
			}
			h.packed *= 8
			h.bit = 0
			continue
		}
		bytes := (h.width + 7) / 8
		if len(h.data) < bytes {
			return 0, false
		}
		h.value = 0
		for i := range bytes {
			h.value |= uint32(h.data[i]) << (8 * i)
		}
		h.data = h.data[bytes:]
		h.repeats = head >> 1
	}
}

// bitsAt returns width bits, at most 64, from a place in data, the lowest first. Of numbers packed in a last byte
// that is not there the rest is missing, which is false.
func bitsAt(data []byte, bit uint, width int) (uint64, bool) {
	if width == 0 {
		return 0, true
	}
	first, last := int(bit/8), int((bit+uint(width)-1)/8)
	if last >= len(data) || first < 0 {
		return 0, false
	}
	var v uint64
	shift := bit % 8
	v = uint64(data[first]) >> shift
	for i, at := first+1, 8-shift; i <= last; i, at = i+1, at+8 {
		v |= uint64(data[i]) << at
	}
	if width < 64 {
		v &= 1<<width - 1
	}
	return v, true
}
