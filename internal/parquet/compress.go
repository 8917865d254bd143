package parquet

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// Compressions, in the format's numbers.
const (
	codecNone   = 0
	codecSnappy = 1
	codecGzip   = 2
	codecZstd   = 6
)

func codecName(codec int8) string {
	if names := []string{"none", "Snappy", "gzip", "LZO", "Brotli", "LZ4", "Zstandard", "LZ4"}; codec >= 0 && int(codec) < len(names) {
		return names[codec]
	}
	return "an unknown method"
}

// decompress returns the size bytes that data was made of. It takes memory for no more.
func decompress(codec int8, data []byte, size int) ([]byte, error) {
	switch codec {
	case codecNone:
		if len(data) != size {
			return nil, damaged("a page has another length than it says")
		}
		return data, nil
	case codecSnappy:
		if n, err := snappy.DecodedLen(data); err != nil || n != size {
			return nil, damaged("a page has another length than it says")
		}
		out, err := snappy.Decode(nil, data)
		if err != nil {
			return nil, damaged("a page cannot be decompressed")
		}
		return out, nil
	case codecGzip:
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, damaged("a page cannot be decompressed")
		}
		return exactly(r, size)
	case codecZstd:
		r, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return nil, damaged("a page cannot be decompressed")
		}
		defer r.Close()
		return exactly(r, size)
	}
	return nil, unsupported("it is compressed by %s: write it with Snappy or Zstandard", codecName(codec))
}

// exactly reads size bytes, after which r must end.
func exactly(r io.Reader, size int) ([]byte, error) {
	// A size is believed as far as it is reached: a small page may say it is large.
	out := bytes.NewBuffer(make([]byte, 0, min(size, 1<<20)))
	if _, err := io.Copy(out, io.LimitReader(r, int64(size)+1)); err != nil || out.Len() != size {
		return nil, damaged("a page cannot be decompressed, or has another length than it says")
	}
	return out.Bytes(), nil
}
