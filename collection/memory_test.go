package collection

import (
	"context"
	"image"
	"image/color"
	"image/gif"
	"io"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// TestDecodingTakesNoMoreMemoryThanIsHeld compares what is allocated while an image is decoded with what was asked
// for.
func TestDecodingTakesNoMoreMemoryThanIsHeld(t *testing.T) {
	for name, data := range largeStills(t) {
		p, err := openPicture(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := p.load(0); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		runtime.ReadMemStats(&after)
		const beside = 512 << 10 // tables and buffers that do not grow with the image
		taken := int64(after.TotalAlloc - before.TotalAlloc)
		if taken > p.memory+beside {
			t.Errorf("%s: %d bytes a pixel are taken, %d are held", name, taken/int64(p.width*p.height), p.memory/int64(p.width*p.height))
		}
		p.drop()
	}
}

// largeStills are files of landmark(900, 600) of many kinds.
func largeStills(t testing.TB) map[string][]byte {
	m := landmark(900, 600)
	deep := image.NewNRGBA64(m.Rect)
	gray := image.NewGray(m.Rect)
	for y := range 600 {
		for x := range 900 {
			deep.Set(x, y, m.At(x, y))
			gray.Set(x, y, m.At(x, y))
		}
	}
	return map[string][]byte{
		"jpeg":        jpegOf(t, m),
		"gray jpeg":   jpegOf(t, gray),
		"png":         pngOf(t, m),
		"gray png":    pngOf(t, gray),
		"16-bit png":  pngOf(t, deep),
		"bmp":         bmpOf(t, m),
		"tiff":        tiffOf(t, m),
		"ppm":         append([]byte("P6 900 600 255\n"), make([]byte, 3*900*600)...),
		"deep ppm":    append([]byte("P6 900 600 65535\n"), make([]byte, 6*900*600)...),
		"gif":         gifOf(t, &gif.GIF{Image: []*image.Paletted{image.NewPaletted(image.Rect(0, 0, 800, 600), color.Palette{color.White, color.Black})}, Delay: []int{0}, Config: image.Config{Width: 900, Height: 600}}),
		"webp":        testdata(t, "lossless.webp"),
		"lossy webp":  testdata(t, "lossy.webp"),
		"animation":   animatedWebP(testdata(t, "lossless.webp"), 900, 600, 10, 20, 40, 24),
		"inks":        testdata(t, "cmyk.jpg"),
		"progressive": testdata(t, "progressive.jpg"),
	}
}

// measured is a source of files of one length that counts what is loaded and not yet decoded.
type measured struct {
	files int
	size  int64

	mu         sync.Mutex
	held, most int64
}

func (m *measured) stamp(_, _ io.Writer)                       {}
func (m *measured) list(ctx context.Context) (*listing, error) { return nil, nil }
func (m *measured) Close() error                               { return nil }

func (m *measured) each(ctx context.Context, rows []int, emit emitter) error {
	for _, row := range rows {
		err := emit(row, m.size, func() ([]byte, error) {
			m.add(m.size)
			return []byte("not an image"), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *measured) add(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held += n
	m.most = max(m.most, m.held)
}

func TestFilesOfAllWorkersTogetherAreBounded(t *testing.T) {
	for _, size := range []int64{1 << 20, 100 << 20, 200 << 20, maxFileBytes, maxFileBytes + 1} {
		src := &measured{files: 64, size: size}
		l := &listing{entries: make([]entry, src.files)}
		rows := make([]int, src.files)
		for i := range rows {
			rows[i] = i
		}
		o := Options{Size: 8, Workers: 16, Progress: func(Progress) { src.add(-size) }}
		w, err := createCache(filepath.Join(t.TempDir(), "x.cache"), cacheHeader{size: 8, channels: 3, rows: len(rows)})
		if err != nil {
			t.Fatal(err)
		}
		d, err := decodeAll(context.Background(), src, l.entries, rows, "a", o, w)
		w.abort()
		if err != nil {
			t.Fatal(err)
		}
		if size <= maxFileBytes && src.most > fileMemory {
			t.Errorf("files of %d MiB: %d MiB are held", size>>20, src.most>>20)
		}
		if len(d.reasons) != src.files || d.reasons[63] == "" {
			t.Errorf("files of %d MiB: reasons %q", size>>20, d.reasons)
		}
	}
}
