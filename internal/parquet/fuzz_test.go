package parquet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// gzipBomb is 64 MiB of zeros, packed.
func gzipBomb(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 64 {
		w.Write(zeros)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDamageIsAnErrorOrOtherValuesButNoPanic(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, name := range []string{"plain", "snappy", "zstd-v2", "delta", "gzip"} {
		good, err := os.ReadFile(filepath.Join("testdata", name+".parquet"))
		if err != nil {
			t.Fatal(err)
		}
		for range 300 {
			bad := bytes.Clone(good)
			for range 1 + rng.IntN(4) {
				bad[rng.IntN(len(bad))] = byte(rng.Uint32())
			}
			f, err := Open(bytes.NewReader(bad), int64(len(bad)))
			if err == nil {
				err = drain(f)
			}
			if err != nil && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrUnsupported) {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

func FuzzFile(f *testing.F) {
	for _, name := range []string{"brotli", "lz4"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+".parquet"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Open(bytes.NewReader(data), int64(len(data)))
		if err == nil && p.Rows < 10_000 {
			drain(p)
		}
	})
}

func FuzzPage(f *testing.F) {
	f.Add(int64(encodingDelta), byte(Int64), []byte{128, 1, 4, 5, 2, 2, 3, 0, 0, 0, 0xff}, uint8(1))
	f.Add(int64(encodingDictionary), byte(ByteArray), []byte{1, 3, 0xaa}, uint8(0))
	f.Add(int64(encodingDeltaBytes), byte(ByteArray), []byte{128, 1, 4, 1, 0, 128, 1, 4, 1, 4, 'a', 'b'}, uint8(0))
	f.Add(int64(encodingByteStreamSplit), byte(Float), []byte{1, 2, 3, 4, 5, 6, 7, 8}, uint8(0))
	f.Fuzz(func(t *testing.T, encoding int64, kind byte, data []byte, levels uint8) {
		c := Column{Path: []string{"x"}, Kind: Kind(kind % 8), length: int(levels), levels: int(levels)}
		dictionary := []Value{{bits: 1}, {Bytes: []byte("a")}}
		d, err := c.newDecoder(encoding, data, dictionary)
		if err != nil {
			return
		}
		for range 10_000 {
			v, ok := d.next()
			if !ok {
				return
			}
			c.Format(v)
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte{0x15, 0, 0x15, 20, 0x15, 20, 0x2c, 0x15, 2, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		p := newPages(bytes.NewReader(data), chunk{length: int64(len(data))})
		for range 1000 {
			h, err := p.next()
			if err != nil {
				if err != io.EOF && !errors.Is(err, ErrFormat) && !errors.Is(err, ErrUnsupported) {
					t.Fatal(err)
				}
				return
			}
			if h.compressed > int64(len(data)) {
				t.Fatalf("a page of %d bytes in %d", h.compressed, len(data))
			}
			p.skip(h)
		}
	})
}

// The slow twin of bitsAt.
func TestBitsAreTakenAtAnyPlace(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 2000 {
		data := make([]byte, 1+rng.IntN(20))
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		width, at := rng.IntN(65), rng.IntN(8*len(data)+8)
		var want uint64
		for i := range width {
			if bit := at + i; bit/8 < len(data) {
				want |= uint64(data[bit/8]>>(bit%8)&1) << i
			}
		}
		got, ok := bitsAt(data, uint(at), width)
		if fits := width == 0 || at+width <= 8*len(data); ok != fits || ok && got != want {
			t.Fatalf("%d bits at %d of %x: %x, %v, want %x", width, at, data, got, ok, want)
		}
	}
}

func TestDecimalsAndOddTimes(t *testing.T) {
	for _, c := range []struct {
		column Column
		value  Value
		want   string
	}{
		{Column{Kind: ByteArray, meaning: decimalValue, scale: 2}, Value{Bytes: []byte{0xff, 0x85}}, "-1.23"},
		{Column{Kind: ByteArray, meaning: decimalValue, scale: 5}, Value{Bytes: []byte{7}}, "0.00007"},
		{Column{Kind: Int32, meaning: decimalValue}, Value{bits: 12}, "12"},
		{Column{Kind: FixedLenByteArray, meaning: uuidValue}, Value{Bytes: []byte("0123456789abcdef")}, "30313233-3435-3637-3839-616263646566"},
		{Column{Kind: Int64, meaning: timestampValue, unit: milli}, Value{bits: 1 << 62}, "4611686018427387904"},
		{Column{Kind: Int64, meaning: timestampValue, unit: nano}, Value{bits: ^uint64(0)}, "1969-12-31T23:59:59.999999999Z"},
		{Column{Kind: Int32, meaning: dateValue}, Value{bits: 1 << 30}, "1073741824"},
		{Column{Kind: ByteArray}, Value{Bytes: []byte{0xff, 0x00}}, "ff00"},
		{Column{Kind: ByteArray}, Value{Null: true}, ""},
		{Column{Kind: Int96}, Value{Bytes: binary.LittleEndian.AppendUint32(make([]byte, 8), 2_440_588)}, "1970-01-01T00:00:00Z"},
	} {
		if got := c.column.Format(c.value); got != c.want {
			t.Errorf("%+v: %q, want %q", c.column, got, c.want)
		}
	}
}
