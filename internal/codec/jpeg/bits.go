package jpeg

import "bytes"

// bits reads entropy-coded data: a byte 0xff is followed by a zero that is no data; anything else there is a marker,
// which ends it.
type bits struct {
	rest []byte
	acc  uint64 // the lowest n bits are the next ones
	n    int
	over int // how many of the lowest bits are zeros from beyond the end
}

// fill makes at least 48 bits available, with zeros from beyond the end.
func (r *bits) fill() {
	for r.n <= 48 {
		r.acc, r.n = r.acc<<8, r.n+8
		switch {
		case r.over > 0 || len(r.rest) == 0:
			r.over += 8
		case r.rest[0] != 0xff:
			r.acc |= uint64(r.rest[0])
			r.rest = r.rest[1:]
		case len(r.rest) >= 2 && r.rest[1] == 0:
			r.acc |= 0xff
			r.rest = r.rest[2:]
		default:
			r.over += 8
		}
	}
}

// check tells whether reading went beyond the end. It is called often enough that no loop runs long on zeros.
func (r *bits) check() error {
	if r.n >= r.over {
		return nil
	}
	if len(r.rest) < 2 {
		return ErrTruncated
	}
	return FormatError("the data of a scan end before its image does")
}

// read returns the next n bits, at most 16.
func (r *bits) read(n int) int32 {
	if r.n < n {
		r.fill()
	}
	r.n -= n
	return int32(r.acc>>r.n) & (1<<n - 1)
}

// extended returns the next n bits as a signed value (T.81, F.2.2.1).
func (r *bits) extended(n int) int32 {
	if n == 0 {
		return 0
	}
	v := r.read(n)
	if v < 1<<(n-1) {
		v -= 1<<n - 1
	}
	return v
}

// value returns the next value in a Huffman table's code.
func (r *bits) value(t *huffman) (byte, error) {
	if r.n < 16 {
		r.fill()
	}
	if entry := t.look[r.acc>>(r.n-lookBits)&(1<<lookBits-1)]; entry != 0 {
		r.n -= int(entry >> 8)
		return byte(entry), nil
	}
	for length := lookBits + 1; length <= 16; length++ {
		code := int32(r.acc>>(r.n-length)) & (1<<length - 1)
		if code <= t.most[length] && code >= t.least[length] {
			r.n -= length
			return t.values[t.first[length]+code-t.least[length]], nil
		}
	}
	if err := r.check(); err != nil {
		return 0, err
	}
	if r.over > 0 && r.n-r.over < 16 {
		r.n = r.over - 1
		return 0, r.check()
	}
	return 0, FormatError("a code is in no Huffman table")
}

// restart goes on behind the next restart marker.
func (r *bits) restart() error {
	r.acc, r.n, r.over = 0, 0, 0
	for b := r.rest; ; {
		i := bytes.IndexByte(b, 0xff)
		if i < 0 || i+1 >= len(b) {
			return ErrTruncated
		}
		switch marker := b[i+1]; {
		case marker == 0 || marker == 0xff:
			b = b[i+1:]
		case marker >= rst0 && marker <= rst7:
			r.rest = b[i+2:]
			return nil
		default:
			return FormatError("a marker to restart at is missing")
		}
	}
}
