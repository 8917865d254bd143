package collection

import (
	"bytes"
	"compress/flate"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"testing"
)

// deflated compresses data by DEFLATE. Where no match is 258 long, whose code alone differs, it is Deflate64 as well.
func deflated(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// words is text of a few words, of which no 258 bytes come again.
func words(rng *rand.Rand, n int) []byte {
	list := make([][]byte, 40)
	for i := range list {
		list[i] = make([]byte, 2+rng.IntN(6))
		for j := range list[i] {
			list[i][j] = byte('a' + rng.IntN(26))
		}
	}
	var text []byte
	for len(text) < n {
		text = append(text, list[rng.IntN(len(list))]...)
	}
	return text[:n]
}

func TestInflate64ReadsWhatDeflateWrites(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 5, 300, 5_000, 70_000, 300_000} {
		noise := make([]byte, n)
		for i := range noise {
			noise[i] = byte(rng.Uint32())
		}
		for name, data := range map[string][]byte{"words": words(rng, n), "noise": noise} {
			for _, level := range []int{flate.HuffmanOnly, 0, 1, 6, 9} {
				got, err := inflate64(deflated(t, data, level), n)
				if err != nil || !bytes.Equal(got, data) {
					t.Errorf("%d bytes of %s at level %d: %d bytes, %v", n, name, level, len(got), err)
				}
			}
		}
	}
}

// bitWriter writes the bits of a stream by hand, the first lowest.
type bitWriter struct {
	b []byte
	n uint
}

func (w *bitWriter) value(v, n uint) {
	for i := range n {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[len(w.b)-1] |= byte(v>>i&1) << (w.n % 8)
		w.n++
	}
}

// word writes a word of a code, which has its first bit highest.
func (w *bitWriter) word(v, n uint) {
	for i := n; i > 0; i-- {
		w.value(v>>(i-1)&1, 1)
	}
}

func TestInflate64KnowsItsOwnLengthsAndDistances(t *testing.T) {
	// Stored bytes, then a match of 3+1000 bytes from the distance of code 31: 49153 + 7000.
	data := make([]byte, 60_000)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	w := &bitWriter{}
	w.value(0, 3)
	w.value(0, 5)
	w.value(uint(len(data)), 16)
	w.value(^uint(len(data))&0xffff, 16)
	w.b = append(w.b, data...)
	w.n += uint(8 * len(data))
	w.value(1|1<<1, 3)                  // the last block, with the fixed code
	w.word(0b11000000+uint(285-280), 8) // length 285
	w.value(1000, 16)
	w.word(31, 5)
	w.value(7000, 14)
	w.word(0, 7) // the end
	distance, length := 49153+7000, 1003
	want := append(bytes.Clone(data), data[len(data)-distance:][:length]...)
	got, err := inflate64(w.b, len(want))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v, want %d", len(got), err, len(want))
	}
	for _, size := range []int{len(want) - 1, len(want) + 1, 0} {
		if _, err := inflate64(w.b, size); err == nil {
			t.Errorf("size %d was taken", size)
		}
	}
	for cut := 1; cut < 12; cut++ {
		if _, err := inflate64(w.b[:len(w.b)-cut], len(want)); err == nil {
			t.Errorf("without the last %d bytes it was taken", cut)
		}
	}
}

func TestInflate64DoesNotBelieveASize(t *testing.T) {
	if _, err := inflate64([]byte{3, 0}, 1<<40); err == nil {
		t.Error("two bytes became a terabyte")
	}
}

func FuzzInflate64(f *testing.F) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, level := range []int{flate.HuffmanOnly, 0, 1, 9} {
		f.Add(deflated(f, words(rng, 500), level), 500)
	}
	if data, err := os.ReadFile("testdata/lossless.webp"); err == nil {
		f.Add(data, 1000)
	}
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		if size < 0 || size > 1<<20 {
			return
		}
		out, err := inflate64(data, size)
		if err == nil && len(out) != size {
			t.Fatalf("%d bytes, want %d", len(out), size)
		}
		if cap(out) > 2<<20 {
			t.Fatalf("memory for %d bytes was taken", cap(out))
		}
	})
}

func checksum(data []byte) uint32 { return crc32.ChecksumIEEE(data) }
