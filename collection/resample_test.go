package collection

import (
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/image/draw"
)

// resample makes dst, [n, n, channels], of the whole square src, [from, from, step].
func (k *kernel) resample(dst, src []byte, channels, step int, columns []int32) {
	width := k.from * step
	for y, t := range k.taps {
		sumRows(columns[:width], src[t.first*width:], t.weights)
		k.row(dst[y*k.n*channels:][:k.n*channels], columns, channels, step)
	}
}

func TestResampleAgreesWithAnIndependentFilter(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct{ from, n int }{{1, 4}, {3, 8}, {8, 8}, {9, 8}, {16, 5}, {80, 48}, {250, 64}, {301, 31}} {
		src := image.NewRGBA(image.Rect(0, 0, c.from, c.from))
		for i := range src.Pix {
			src.Pix[i] = uint8(rng.IntN(256)) | uint8(255*(i%4/3))
		}
		want := image.NewRGBA(image.Rect(0, 0, c.n, c.n))
		draw.CatmullRom.Scale(want, want.Rect, src, src.Rect, draw.Src, nil)
		got := make([]byte, c.n*c.n*3)
		newKernel(c.from, c.n).resample(got, src.Pix, 3, 4, make([]int32, c.from*4))
		var plain []byte
		for i := 0; i < len(want.Pix); i += 4 {
			plain = append(plain, want.Pix[i:i+3]...)
		}
		if !near(got, plain, 2) {
			t.Errorf("%d to %d: differs from the filter of x/image", c.from, c.n)
		}
	}
}

// The values are those of Pillow's Image.resize with BICUBIC of the same picture's centre square.
func TestResampleAgreesWithPillow(t *testing.T) {
	got, err := squareOf(testdata(t, "lossless.webp"), Options{Size: 12})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   int
		want []byte
	}{{0, []byte{53, 5, 13, 65, 5, 16, 78, 5, 18}}, {77, []byte{115, 130, 59}}, {143, []byte{190, 234, 102}}} {
		if p := got[c.at*3:][:len(c.want)]; !near(p, c.want, 1) {
			t.Errorf("pixel %d: %v, want %v", c.at, p, c.want)
		}
	}
}

func TestResampleKeepsEvenAreasAndMeans(t *testing.T) {
	for _, from := range []int{5, 16, 33, 100, 1000} {
		for _, n := range []int{4, 16, 64} {
			src := make([]byte, from*from)
			for i := range src {
				src[i] = 201
			}
			got := make([]byte, n*n)
			newKernel(from, n).resample(got, src, 1, 1, make([]int32, from))
			if slices.Min(got) != 201 || slices.Max(got) != 201 {
				t.Errorf("%d to %d: an even area became %d to %d", from, n, slices.Min(got), slices.Max(got))
			}
		}
	}
}

func TestResampleDoesNotAlias(t *testing.T) {
	const from, n = 256, 32
	src := make([]byte, from*from)
	for i := range src {
		src[i] = uint8(255 * ((i%from + i/from) % 2)) // finer than the result can show
	}
	got := make([]byte, n*n)
	newKernel(from, n).resample(got, src, 1, 1, make([]int32, from))
	for _, v := range got {
		if math.Abs(float64(v)-127.5) > 2 {
			t.Fatalf("a fine checkerboard left %d", v)
		}
	}
}
