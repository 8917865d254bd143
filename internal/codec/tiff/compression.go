package tiff

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// compressions.
const (
	uncompressed    = 1
	ccittT4         = 3
	ccittT6         = 4
	lzwCompression  = 5
	jpegCompression = 7
	deflateAdobe    = 8
	deflate         = 32946
	packBits        = 32773
	zstandard       = 50000
)

var readCompressions = map[int]bool{
	uncompressed: true, ccittT4: true, ccittT6: true, lzwCompression: true, jpegCompression: true,
	deflateAdobe: true, deflate: true, packBits: true, zstandard: true,
}

// unread are the compressions that are told by their names.
var unread = map[int]string{
	2:     "for fax (CCITT, Huffman)",
	6:     "as JPEG of the old kind",
	9:     "as JBIG",
	10:    "as JBIG",
	32766: "by NeXT",
	32771: "for fax (CCITT, words)",
	32809: "by ThunderScan",
	33003: "as JPEG 2000",
	33005: "as JPEG 2000",
	34661: "as JBIG",
	34676: "by SGI (LogLuv)",
	34677: "by SGI (LogLuv)",
	34712: "as JPEG 2000",
	34887: "by LERC",
	34925: "by LZMA",
	34933: "as PNG",
	50001: "as WebP",
	50002: "as JPEG XL",
	52546: "as JPEG XL",
}

// raw returns the bytes of part i as they are in the file, with the highest bit first.
func (m *Image) raw(i int) ([]byte, error) {
	at, n := m.offsets.at(i), uint64(len(m.data))
	if m.sizes.len() > i {
		n = m.sizes.at(i)
	}
	if at > uint64(len(m.data)) {
		return nil, ErrTruncated
	}
	// A part that is cut off may still hold what its image needs: writers pad the last one.
	b := m.data[at : at+min(n, uint64(len(m.data))-at)]
	if m.reversed && m.compression != jpegCompression {
		b = bytes.Clone(b)
		for i := range b {
			b[i] = bits.Reverse8(b[i])
		}
	}
	return b, nil
}

// part returns the samples of part i, which has so many rows. buffer is memory for them.
func (m *Image) part(i, rows int, buffer []byte) ([]byte, error) {
	raw, err := m.raw(i)
	if err != nil {
		return nil, err
	}
	want := int(m.partBytes(rows))
	if m.compression == uncompressed {
		if len(raw) < want {
			return nil, ErrTruncated
		}
		if m.predictor == 1 {
			return raw[:want], nil
		}
		out := buffer[:want]
		copy(out, raw)
		return out, nil
	}
	out := buffer[:want]
	var r io.Reader
	switch m.compression {
	case packBits:
		return out, unpackBits(out, raw)
	case zstandard:
		return out, unpackZstandard(out, raw)
	case lzwCompression:
		l := lzw.NewReader(bytes.NewReader(raw), lzw.MSB, 8)
		defer l.Close()
		r = l
	case deflateAdobe, deflate:
		z, err := zlib.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, damaged(err)
		}
		defer z.Close()
		r = z
	case ccittT4, ccittT6:
		kind := ccitt.Group3
		if m.compression == ccittT6 {
			kind = ccitt.Group4
		}
		// Black runs are ones, whatever ones stand for.
		r = ccitt.NewReader(bytes.NewReader(raw), ccitt.MSB, kind, m.chunkW, rows, &ccitt.Options{Invert: true})
	}
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, damaged(err)
	}
	return out, nil
}

// damaged says of a decompressor's error what it means.
func damaged(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return FormatError("its compressed data cannot be read (" + err.Error() + ")")
}

// zstdMemory is what Zstandard may take beside a part: its window, which encoders choose without regard to the
// length.
const zstdMemory = 32 << 20

// unpackZstandard decompresses frames of Zstandard (RFC 8878).
func unpackZstandard(dst, src []byte) error {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(uint64(len(dst))+zstdMemory))
	if err != nil {
		return err
	}
	defer d.Close()
	out, err := d.DecodeAll(src, dst[:0])
	if err != nil {
		return damaged(err)
	}
	if len(out) < len(dst) {
		return ErrTruncated
	}
	copy(dst, out)
	return nil
}

// unpackBits decompresses runs of bytes (TIFF 6.0, section 9).
func unpackBits(dst, src []byte) error {
	for len(dst) > 0 {
		if len(src) == 0 {
			return ErrTruncated
		}
		n := int(int8(src[0]))
		src = src[1:]
		switch {
		case n >= 0:
			if len(src) < min(n+1, len(dst)) {
				return ErrTruncated
			}
			k := copy(dst[:min(n+1, len(dst))], src)
			dst, src = dst[k:], src[k:]
		case n != -128:
			if len(src) == 0 {
				return ErrTruncated
			}
			k := min(1-n, len(dst))
			for i := range k {
				dst[i] = src[0]
			}
			dst, src = dst[k:], src[1:]
		}
	}
	return nil
}
