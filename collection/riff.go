package collection

import (
	"encoding/binary"
	"iter"
)

// riffChunks walks the chunks of a WebP file: identity and content. It ends at the first chunk that does not fit.
func riffChunks(data []byte) iter.Seq2[string, []byte] {
	if len(data) < 12 {
		return func(func(string, []byte) bool) {}
	}
	return chunksOf(data[12:])
}

// chunksOf walks chunks that follow each other, each of four bytes of identity, its length in four bytes, and content
// padded to even length.
func chunksOf(b []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for b := b; len(b) >= 8; {
			n := uint64(binary.LittleEndian.Uint32(b[4:]))
			if n > uint64(len(b)-8) {
				return
			}
			if !yield(string(b[:4]), b[8:8+n]) {
				return
			}
			b = b[min(8+n+n%2, uint64(len(b))):]
		}
	}
}
