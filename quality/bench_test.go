//go:build unix

package quality

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/dataprism/dataprism/collection"
)

// processorTime is what all threads of the process took until now, which unlike time on a clock does not depend on
// what else the machine does.
func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Skip(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkInspectBesideDecoding reports the processor time of inspecting an image and the ratio of that to reading,
// decoding and squaring it alone, as training does.
func BenchmarkInspectBesideDecoding(b *testing.B) {
	drawn := func(w, h, n int) func(b *testing.B) string {
		return func(b *testing.B) string {
			files := map[string][]byte{}
			for i := range n {
				m := withNoise(scaled(scene(200, 150, uint64(i)), w, h), 3, uint64(i))
				files[fmt.Sprintf("%d.jpg", i)] = jpegOf(b, m, 85)
			}
			return folder(b, files)
		}
	}
	stored := func(path string) func(b *testing.B) string {
		return func(b *testing.B) string {
			if _, err := os.Stat(path); err != nil {
				b.Skip(err)
			}
			return path
		}
	}
	for _, set := range []struct {
		name string
		open func(b *testing.B) string
	}{
		{"80x80", drawn(80, 80, 1000)}, {"640x480", drawn(640, 480, 100)}, {"2000x1500", drawn(2000, 1500, 20)},
		{"faces", stored("../../shared/data/faces/lfw")}, {"photographs", stored("../../shared/data/unaligned")},
	} {
		b.Run(set.name, func(b *testing.B) {
			dir := set.open(b)
			b.ResetTimer()
			var decoding, inspecting time.Duration
			images := 0
			for range b.N {
				begin := processorTime(b)
				_, err := collection.Survey(context.Background(), specs(dir), collection.Options{Size: SeenSide}, collection.Visitor{File: func(collection.File) {}})
				if err != nil {
					b.Fatal(err)
				}
				middle := processorTime(b)
				r := inspected(b, Options{}, dir)
				decoding, inspecting = decoding+middle-begin, inspecting+processorTime(b)-middle
				images += r.Collections[0].Found
			}
			b.ReportMetric(float64(inspecting)/float64(decoding), "ratio")
			b.ReportMetric(float64(inspecting.Microseconds())/float64(images), "cpu-µs/image")
		})
	}
}

// BenchmarkCopies searches images that are all different but in one respect: like the faces of one collection they
// have the lowest frequencies in common.
func BenchmarkCopies(b *testing.B) {
	for _, n := range []int{25_000, 100_000} {
		rng := rand.New(rand.NewPCG(1, 1))
		common := lumaOf(scaled(scene(64, 64, 1), thumbSide, thumbSide))
		prints := make([]*Fingerprint, n)
		for i := range prints {
			own := NewPlane(8, 8)
			for k := range own.Pix {
				own.Pix[k] = uint8(rng.IntN(256))
			}
			thumb := own.Resized(thumbSide, thumbSide)
			for k, v := range thumb.Pix {
				thumb.Pix[k] = level(0.6*float64(common.Pix[k]) + 0.35*float64(v) + 6*rng.NormFloat64())
			}
			prints[i] = NewFingerprint(thumb)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			begin := processorTime(b)
			for range b.N {
				if _, err := copies(context.Background(), prints, func(i, j int) bool { return false }, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((processorTime(b)-begin).Seconds()/float64(b.N), "cpu-s")
		})
	}
}

// BenchmarkMeasures times each measure of an image of 640x480 pixels.
func BenchmarkMeasures(b *testing.B) {
	m := recompressed(b, withNoise(scaled(scene(200, 150, 1), 640, 480), 3, 1), 85)
	p := lumaOf(m)
	gauge := NewGauge(white)
	for name, f := range map[string]func(){
		"sharpness": func() { Sharpness(p) }, "noise": func() { Noise(p) },
		"blocking": func() { Blocking(p) }, "tone": func() { ToneOf(p) }, "border": func() { BorderOf(p) },
		"thumbnail": func() { p.Resized(thumbSide, thumbSide) }, "chroma": func() { ChromaOf(m, white) },
		"digest": func() { gauge.digest(m, 1) }, "fingerprint": func() { NewFingerprint(p.Resized(thumbSide, thumbSide)) },
	} {
		b.Run(name, func(b *testing.B) {
			begin := processorTime(b)
			for range b.N {
				f()
			}
			b.ReportMetric(float64((processorTime(b)-begin).Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
}
