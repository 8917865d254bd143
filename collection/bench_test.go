package collection

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkDecode measures what one processor does to one JPEG: decode, crop, convert and resize.
func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct{ side, size int }{{80, 48}, {256, 64}, {1024, 128}} {
		for _, gray := range []bool{false, true} {
			b.Run(fmt.Sprintf("from=%d/to=%d/gray=%v", c.side, c.size, gray), func(b *testing.B) {
				data := jpegOf(b, landmark(c.side, c.side))
				o := Options{Size: c.size, Gray: gray}
				s := newSquarer(o)
				pixels := make([]byte, c.size*c.size*o.channels())
				b.ReportAllocs()
				for b.Loop() {
					p, err := openPicture(data)
					if err == nil {
						err = p.load(0)
					}
					if err != nil {
						b.Fatal(err)
					}
					s.square(pixels, p)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}

// BenchmarkSquare is the part of BenchmarkDecode after the decoder.
func BenchmarkSquare(b *testing.B) {
	for _, c := range []struct{ side, size int }{{80, 48}, {256, 64}, {1024, 128}} {
		b.Run(fmt.Sprintf("from=%d/to=%d", c.side, c.size), func(b *testing.B) {
			p, err := openPicture(jpegOf(b, landmark(c.side, c.side)))
			if err == nil {
				err = p.load(0)
			}
			if err != nil {
				b.Fatal(err)
			}
			s := newSquarer(Options{Size: c.size})
			pixels := make([]byte, c.size*c.size*3)
			for b.Loop() {
				s.square(pixels, p)
			}
		})
	}
}

// BenchmarkOpen measures a first and a second start with real photographs.
func BenchmarkOpen(b *testing.B) {
	dir := realFaces(b, "lfw")
	for _, warm := range []bool{false, true} {
		name := map[bool]string{false: "first", true: "second"}[warm]
		b.Run(name, func(b *testing.B) {
			o := Options{Size: 64, MaxImages: 2000, CacheDir: b.TempDir()}
			images := 0
			if warm {
				opened(b, o, dir)
			}
			for b.Loop() {
				if !warm {
					caches, _ := filepath.Glob(filepath.Join(o.CacheDir, "*.cache"))
					for _, c := range caches {
						os.Remove(c)
					}
				}
				d, err := openPaths(b, o, dir)
				if err != nil {
					b.Fatal(err)
				}
				images += len(d.Collections[0].Items)
				d.Close()
			}
			b.ReportMetric(float64(images)/b.Elapsed().Seconds(), "images/s")
		})
	}
}
