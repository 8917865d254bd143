package parquet

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// opened opens a file of testdata.
func opened(t testing.TB, name string) *File {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func wanted(t testing.TB) map[string][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "values.json"))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]string{}
	if err := json.Unmarshal(data, &values); err != nil {
		t.Fatal(err)
	}
	return values
}

func TestColumnsAreReadAsPyarrowWroteThem(t *testing.T) {
	want := wanted(t)
	for _, name := range []string{"snappy", "plain", "zstd-v2", "gzip", "delta", "int96"} {
		f := opened(t, name+".parquet")
		read := 0
		for i, c := range f.Columns {
			if c.Repeated {
				if _, err := f.Column(i); !errors.Is(err, ErrUnsupported) {
					t.Errorf("%s: column %s: %v", name, c.Name(), err)
				}
				continue
			}
			cursor, err := f.Column(i)
			if err != nil {
				t.Fatal(err)
			}
			read++
			for row, text := range want[c.Name()] {
				v, err := cursor.Next()
				if err != nil {
					t.Errorf("%s: %s, row %d: %v", name, c.Name(), row, err)
					break
				}
				if got := c.Format(v); got != text {
					t.Errorf("%s: %s, row %d: %q, want %q", name, c.Name(), row, got, text)
					break
				}
			}
			if _, err := cursor.Next(); err != io.EOF {
				t.Errorf("%s: %s: after the last row: %v", name, c.Name(), err)
			}
		}
		if read != len(want) || f.Rows != int64(len(want["label"])) {
			t.Errorf("%s: %d columns of %d, %d rows", name, read, len(want), f.Rows)
		}
		if !strings.Contains(f.Keys["huggingface"], "ClassLabel") {
			t.Errorf("%s: keys %v", name, f.Keys)
		}
	}
}

func TestSkipGoesWhereReadingGoes(t *testing.T) {
	want := wanted(t)
	for _, name := range []string{"plain", "gzip", "zstd-v2", "delta"} {
		f := opened(t, name+".parquet")
		for i, c := range f.Columns {
			if c.Repeated {
				continue
			}
			for _, step := range []int{1, 3, 48, 49, 50, 69, 119} {
				cursor, err := f.Column(i)
				if err != nil {
					t.Fatal(err)
				}
				texts := want[c.Name()]
				for row := step; row < len(texts); row += step + 1 {
					cursor.Skip(int64(step))
					v, err := cursor.Next()
					if err != nil || c.Format(v) != texts[row] {
						t.Fatalf("%s: %s, row %d by steps of %d: %q, %v, want %q", name, c.Name(), row, step, c.Format(v), err, texts[row])
					}
				}
				cursor.Skip(1000)
				if _, err := cursor.Next(); err != io.EOF {
					t.Errorf("%s: %s: beyond the end: %v", name, c.Name(), err)
				}
			}
		}
	}
}

// drain reads all columns of a file.
func drain(f *File) error {
	for i, c := range f.Columns {
		if c.Repeated {
			continue
		}
		cursor, err := f.Column(i)
		if err != nil {
			return err
		}
		for n := int64(0); ; n++ {
			v, err := cursor.Next()
			if err == io.EOF {
				if n != f.Rows {
					return damaged("%d rows of %d", n, f.Rows)
				}
				break
			}
			if err != nil {
				return err
			}
			c.Format(v)
		}
	}
	return nil
}

func TestWhatIsNotReadIsSaid(t *testing.T) {
	for name, says := range map[string]string{"brotli": "Brotli", "lz4": "LZ4"} {
		if err := drain(opened(t, name+".parquet")); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good, err := os.ReadFile(filepath.Join("testdata", "snappy.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		as   error
	}{
		"empty":     {nil, ErrFormat},
		"zeros":     {make([]byte, 100), ErrFormat},
		"cut":       {good[:len(good)/2], ErrFormat},
		"encrypted": {append(bytes.Clone(good[:len(good)-1]), 'E'), ErrUnsupported},
		"no footer": {append([]byte("PAR1"), binary.LittleEndian.AppendUint32(nil, 0)...), ErrFormat},
	} {
		if _, err := Open(bytes.NewReader(c.data), int64(len(c.data))); !errors.Is(err, c.as) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// within fails where f takes more memory than a limit.
func within(t *testing.T, limit uint64, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > limit {
		t.Errorf("%d MB were taken", taken/1e6)
	}
}

func TestNumbersInAFileTakeNoMemory(t *testing.T) {
	file := func(footer []byte) []byte {
		data := append([]byte("PAR1"), footer...)
		data = binary.LittleEndian.AppendUint32(data, uint32(len(footer)))
		return append(data, "PAR1"...)
	}
	huge := binary.AppendUvarint(nil, 1<<31-1)
	for name, footer := range map[string][]byte{
		"schema":     append([]byte{0x29, 0xfc}, huge...),
		"row groups": append([]byte{0x49, 0xfc}, huge...),
		"text":       append([]byte{0x48}, huge...),
		"nesting":    bytes.Repeat([]byte{0x1c}, 10_000),
		"lists":      bytes.Repeat([]byte{0x19, 0x19}, 10_000),
	} {
		within(t, 1<<20, func() {
			data := file(footer)
			if _, err := Open(bytes.NewReader(data), int64(len(data))); !errors.Is(err, ErrFormat) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	c := Column{Kind: Int64, levels: 0}
	for name, data := range map[string][]byte{
		"runs":    append(binary.AppendUvarint([]byte{32}, 1<<40), 0, 0, 0, 0),
		"packed":  binary.AppendUvarint([]byte{32}, 1<<40|1),
		"nothing": {32},
	} {
		within(t, 1<<20, func() {
			d, err := c.newDecoder(encodingDictionary, data, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := d.next(); ok {
				t.Errorf("%s: a value came out", name)
			}
		})
	}
	for codec, packed := range map[int8][]byte{
		codecSnappy: binary.AppendUvarint(nil, 1<<32-1), codecGzip: gzipBomb(t), codecZstd: {0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0x7f},
	} {
		within(t, 16<<20, func() {
			if _, err := decompress(codec, packed, 1<<10); !errors.Is(err, ErrFormat) {
				t.Errorf("%s: %v", codecName(codec), err)
			}
		})
	}
}
