package quality

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/collection"
)

func TestLumaIsTheSameForEveryKindOfImage(t *testing.T) {
	m := scene(37, 23, 1)
	want := Luma(m, white)
	kinds := map[string]image.Image{"nrgba": image.NewNRGBA(m.Rect), "rgba64": image.NewRGBA64(m.Rect), "part": nil}
	large := image.NewRGBA(image.Rect(-5, -7, 60, 50))
	for y := range 23 {
		for x := range 37 {
			c := m.RGBAAt(x, y)
			kinds["nrgba"].(*image.NRGBA).Set(x, y, c)
			kinds["rgba64"].(*image.RGBA64).Set(x, y, c)
			large.SetRGBA(x+3, y+4, c)
		}
	}
	kinds["part"] = large.SubImage(image.Rect(3, 4, 40, 27))
	for kind, image := range kinds {
		got := Luma(image, white)
		for y := range 23 {
			for x := range 37 {
				if got.Row(y)[x] != want.Row(y)[x] {
					t.Fatalf("%s: luma at (%d, %d) is %d, want %d", kind, x, y, got.Row(y)[x], want.Row(y)[x])
				}
			}
		}
	}
	clear := image.NewNRGBA(image.Rect(0, 0, 9, 9))
	if v := Luma(clear, white).Row(4)[4]; v != 255 {
		t.Errorf("what is transparent shows %d, want the ground", v)
	}
}

func TestToneOfKnownImages(t *testing.T) {
	p := NewPlane(100, 100)
	for i := range p.Pix {
		p.Pix[i] = uint8(i / 100 * 2) // rows from 0 to 198
	}
	tone := ToneOf(p)
	near(t, "brightness of a ramp", tone.Brightness, 99, 1e-9)
	near(t, "contrast of a ramp", tone.Contrast, 2*math.Sqrt(9999.0/12), 1e-9)
	near(t, "first percentile", tone.P1, 0, 0)
	near(t, "last percentile", tone.P99, 196, 0)
	near(t, "crushed", tone.Dark, 0.02, 1e-12)
	near(t, "burnt", tone.Bright, 0, 0)
	for i := range p.Pix {
		p.Pix[i] = 255
	}
	near(t, "burnt white", ToneOf(p).Bright, 1, 0)
	near(t, "contrast of white", ToneOf(p).Contrast, 0, 0)
}

// slowLaplacian is the definition.
func slowLaplacian(p Plane) float64 {
	var n, sum, square float64
	for y := 1; y < p.H-1; y++ {
		for x := 1; x < p.W-1; x++ {
			at := func(dx, dy int) float64 { return float64(p.Row(y + dy)[x+dx]) }
			l := 4*at(0, 0) - at(-1, 0) - at(1, 0) - at(0, -1) - at(0, 1)
			n, sum, square = n+1, sum+l, square+l*l
		}
	}
	return square/n - sum/n*sum/n
}

func TestSharpnessIsTheVarianceOfTheLaplacian(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, size := range [][2]int{{3, 3}, {3, 40}, {41, 3}, {64, 64}, {101, 57}} {
		p := NewPlane(size[0], size[1])
		for i := range p.Pix {
			p.Pix[i] = uint8(rng.IntN(256))
		}
		near(t, "sharpness", Sharpness(p), slowLaplacian(p), 1e-6*slowLaplacian(p))
	}
	if !math.IsNaN(Sharpness(NewPlane(2, 9))) {
		t.Error("two columns have no sharpness")
	}
}

func TestWhiteNoiseHasTwentyTimesItsVarianceAsSharpness(t *testing.T) {
	p := NewPlane(1200, 900) // larger than what is sampled
	rng := rand.New(rand.NewPCG(4, 4))
	for i := range p.Pix {
		p.Pix[i] = level(128 + 5*rng.NormFloat64())
	}
	near(t, "sharpness", Sharpness(p), 20*25, 20)
}

func TestBlurLowersSharpnessAtEverySize(t *testing.T) {
	for seed := range uint64(5) {
		m := scene(300, 240, seed)
		last, lastSeen := math.Inf(1), math.Inf(1)
		for _, r := range []int{0, 1, 3, 8} {
			soft := blurred(m, r)
			s, seen := Sharpness(lumaOf(soft)), seen(t, soft)
			if s >= last && r < 8 || seen >= lastSeen { // rounding to whole levels leaves a floor
				t.Errorf("seed %d: blurred by %d pixels the sharpness is %v and %v, before %v and %v", seed, r, s, seen, last, lastSeen)
			}
			last, lastSeen = s, seen
		}
	}
}

// seen is the sharpness of a picture at SeenSide pixels, through its file.
func seen(t *testing.T, m image.Image) float64 {
	t.Helper()
	p, err := collection.DecodePicture(pngOf(t, m))
	if err != nil {
		t.Fatal(err)
	}
	square, err := p.Square(collection.Options{Size: SeenSide})
	if err != nil {
		t.Fatal(err)
	}
	return NewGauge(white).Measure(collection.File{Picture: p, Square: square}).SeenSharpness
}

func TestSeenSharpnessDoesNotDependOnTheSize(t *testing.T) {
	for seed := range uint64(5) {
		m := scene(512, 512, seed)
		full, half := seen(t, m), seen(t, scaled(m, 256, 256))
		if ratio := half / full; ratio < 0.9 || ratio > 1.1 {
			t.Errorf("seed %d: at half the size the sharpness at 64 pixels is %v of %v", seed, half, full)
		}
		if tiny := seen(t, scaled(m, 24, 24)); tiny > full/2 {
			t.Errorf("seed %d: enlarged from 24 pixels the sharpness is %v of %v", seed, tiny, full)
		}
	}
}

func TestNoiseIsItsDeviation(t *testing.T) {
	for _, size := range [][2]int{{80, 80}, {400, 300}, {1300, 1000}} {
		for _, deviation := range []float64{1, 2, 5, 12} {
			m := withNoise(scene(size[0], size[1], 7), deviation, 8)
			near(t, "noise", Noise(lumaOf(m)), deviation, 0.12*deviation+0.2)
		}
	}
	flat := NewPlane(50, 50)
	for i := range flat.Pix {
		flat.Pix[i] = 90
	}
	near(t, "noise of one tone", Noise(flat), 0, 0.1)
	if !math.IsNaN(Noise(NewPlane(50, 50))) {
		t.Error("black pixels alone say nothing about noise")
	}
}

func TestNoiseLeavesOutWhatIsCutOff(t *testing.T) {
	// Half of the image is white beyond the scale, where no noise shows.
	m := scene(200, 200, 9)
	for y := range 200 {
		for x := range 100 {
			m.SetRGBA(x, y, color.RGBA{255, 255, 255, 255})
		}
	}
	noisy := withNoise(m, 4, 10)
	for y := range 200 {
		for x := range 100 {
			noisy.SetRGBA(x, y, color.RGBA{255, 255, 255, 255})
		}
	}
	near(t, "noise", Noise(lumaOf(noisy)), 4, 0.6)
}

func TestBlockingRisesAsQualityFalls(t *testing.T) {
	for seed := range uint64(4) {
		m := withNoise(scene(320, 240, seed), 2, seed)
		clean := Blocking(lumaOf(m))
		if clean > 1.15 {
			t.Errorf("seed %d: an image that was never compressed has blocking %v", seed, clean)
		}
		last := 0.0
		for _, quality := range []int{90, 50, 20, 8} {
			b := Blocking(lumaOf(recompressed(t, m, quality)))
			if b < last {
				t.Errorf("seed %d: blocking falls to %v at quality %d", seed, b, quality)
			}
			last = b
		}
		if last < 1.5 {
			t.Errorf("seed %d: at quality 8 the blocking is %v", seed, last)
		}
	}
}

func TestBlockingIsFoundAfterCropping(t *testing.T) {
	p := lumaOf(recompressed(t, withNoise(scene(320, 240, 3), 2, 3), 10))
	whole := Blocking(p)
	for _, by := range []int{1, 3, 6} {
		near(t, "blocking of a crop", Blocking(p.Cut(by, by+1, p.W-20, p.H-20)), whole, 0.1*whole)
	}
	if !math.IsNaN(Blocking(NewPlane(23, 100))) {
		t.Error("23 pixels have too few blocks")
	}
}

func TestBordersAreFoundToThePixel(t *testing.T) {
	m := scene(160, 120, 5)
	for _, b := range []Border{{}, {Left: 10}, {Top: 15, Bottom: 15}, {3, 4, 5, 6}, {Left: 30, Right: 30}, {Bottom: 2}} {
		for _, tone := range []uint8{0, 12, 255, 245} {
			if got := BorderOf(lumaOf(bordered(m, b, tone))); got != b {
				t.Errorf("bars %+v of tone %d are found as %+v", b, tone, got)
			}
		}
		got := BorderOf(lumaOf(recompressed(t, bordered(m, b, 0), 75)))
		for _, d := range []int{got.Left - b.Left, got.Top - b.Top, got.Right - b.Right, got.Bottom - b.Bottom} {
			if d > 1 || d < -3 {
				t.Errorf("bars %+v in a JPEG are found as %+v", b, got)
			}
		}
	}
	near(t, "share", Border{10, 0, 10, 0}.Share(100, 50), 0.2, 1e-12)
}

func TestImagesOfOneToneAndThinLinesAreNoBorders(t *testing.T) {
	if b := BorderOf(NewPlane(40, 40)); b != (Border{}) {
		t.Errorf("a black image has the border %+v", b)
	}
	m := scene(400, 400, 6)
	if b := BorderOf(lumaOf(bordered(m, Border{1, 1, 3, 3}, 0))); b != (Border{}) {
		t.Errorf("lines are taken for the border %+v", b)
	}
	if b := BorderOf(lumaOf(bordered(m, Border{40, 40, 40, 40}, 128))); b != (Border{}) {
		t.Errorf("grey bars are taken for the border %+v", b)
	}
}

func TestGreyImagesAreToldWhateverTheyAreStoredAs(t *testing.T) {
	m := scene(90, 70, 2)
	for kind, image := range map[string]image.Image{"rgb": grey(m), "jpeg": recompressed(t, grey(m), 60), "large": grey(scene(900, 700, 2))} {
		if c := ChromaOf(image, white); !c.Grey() {
			t.Errorf("%s: a grey image has chroma %+v", kind, c)
		}
	}
	for kind, image := range map[string]image.Image{"rgb": m, "jpeg": recompressed(t, m, 60)} {
		if c := ChromaOf(image, white); c.Grey() || c.Mean < 5 {
			t.Errorf("%s: a coloured image has chroma %+v", kind, c)
		}
	}
	red := image.NewRGBA(image.Rect(0, 0, 50, 50))
	for i := range 50 * 50 {
		copy(red.Pix[4*i:], []uint8{255, 0, 0, 255})
	}
	c := ChromaOf(red, white)
	near(t, "chroma of red", c.Mean, 43+127, 1) // Cb -43, Cr 127.5
	near(t, "coloured share of red", c.Coloured, 1, 0)
}

func TestJPEGQualityIsTheOneAFileWasSavedWith(t *testing.T) {
	m := scene(40, 30, 1)
	for q := 1; q <= 100; q++ {
		if got, ok := JPEGQuality(jpegOf(t, m, q)); !ok || got != float64(q) {
			t.Errorf("saved at %d, estimated %v, %v", q, got, ok)
		}
	}
	if _, ok := JPEGQuality(pngOf(t, m)); ok {
		t.Error("a PNG has no JPEG quality")
	}
}

func FuzzJPEGQuality(f *testing.F) {
	f.Add(jpegOf(f, scene(16, 16, 1), 50))
	f.Add([]byte("\xff\xd8\xff\xdb\x00\x43\x10"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if q, ok := JPEGQuality(file); ok && (q < 1 || q > 100) {
			t.Errorf("quality %v", q)
		}
	})
}

func TestResizingKeepsMeansAndPlaces(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for _, size := range [][4]int{{64, 64, 32, 32}, {100, 80, 32, 32}, {33, 200, 32, 32}, {10, 10, 32, 32}, {1, 1, 32, 32}, {1000, 3, 32, 32}} {
		p := NewPlane(size[0], size[1])
		slope := 200 / float64(p.W)
		for y := range p.H {
			for x := range p.Row(y) {
				p.Row(y)[x] = level(20 + slope*(float64(x)+0.5) + 4*rng.NormFloat64())
			}
		}
		q := p.Resized(size[2], size[3])
		for x := range q.W {
			sum := 0.0
			for y := range q.H {
				sum += float64(q.Row(y)[x])
			}
			want := 20 + slope*float64(p.W)*(float64(x)+0.5)/float64(q.W)
			if p.W == 1 {
				want = 120
			}
			reach := slope * max(float64(p.W)/float64(q.W), 1) / 2 // at the rim an enlarged image is constant
			near(t, "mean of a column", sum/float64(q.H), want, 4+reach)
		}
	}
}

func TestEveryMeasureTakesImagesOfAnySize(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {1, 300}, {300, 1}, {2, 2}, {3, 3}, {5, 24}, {24, 24}, {70000, 1}, {3, 5000}} {
		p := NewPlane(size[0], size[1])
		for i := range p.Pix {
			p.Pix[i] = uint8(i * 37)
		}
		ToneOf(p)
		Sharpness(p)
		Noise(p)
		Blocking(p)
		BorderOf(p)
		NewFingerprint(p.Resized(thumbSide, thumbSide))
	}
}
