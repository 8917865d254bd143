package portraits

import (
	"bytes"
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

// crowd is people of all kinds.
func crowd(n int) []Person {
	rng := rand.New(rand.NewPCG(11, 12))
	all := allAttributes()
	people := make([]Person, n)
	for i := range people {
		people[i] = NewPerson(all[rng.IntN(len(all))], rng)
	}
	return people
}

// plain is a person in the middle of everything.
func plain() Person {
	return Person{
		SkinTone: 0.15, EyeColour: 0.5, Age: 25, HairShade: 0.5, HairVolume: 0.5, Frame: 0.5,
		Background: 0.4, Clothing: 0.6, Collar: 0.2, Light: -0.5, Seed: 42,
	}
}

func TestDrawGivesTheSameBytesForTheSamePerson(t *testing.T) {
	for _, s := range Styles() {
		for i, p := range crowd(3) {
			if !bytes.Equal(Draw(p, s, 48).Pix, Draw(p, s, 48).Pix) {
				t.Errorf("%v: person %d is drawn differently the second time", s, i)
			}
		}
	}
}

func TestEverySizeIsOpaqueAndShowsSomething(t *testing.T) {
	for _, s := range Styles() {
		for i, size := range []int{32, 33, 48, 64, 96, 127, 128, 256} {
			img := Draw(crowd(8)[i], s, size)
			if img.Bounds() != image.Rect(0, 0, size, size) {
				t.Errorf("%v at %d: bounds are %v", s, size, img.Bounds())
			}
			sum, squares := 0.0, 0.0
			for o := 0; o < len(img.Pix); o += 4 {
				if img.Pix[o+3] != 255 {
					t.Fatalf("%v at %d: pixel %d is not opaque", s, size, o/4)
				}
				v := float64(img.Pix[o+1])
				sum, squares = sum+v, squares+v*v
			}
			n := float64(size * size)
			if deviation := math.Sqrt(squares/n - sum/n*sum/n); deviation < 15 {
				t.Errorf("%v at %d: green deviates by %.1f only", s, size, deviation)
			}
		}
	}
}

func TestSizesShowTheSamePicture(t *testing.T) {
	for _, s := range Styles() {
		for i, p := range crowd(4) {
			small, large := Draw(p, s, 32), Draw(p, s, 128)
			sum := 0.0
			for y := range 32 {
				for x := range 32 {
					for k := range 3 {
						mean := 0.0
						for j := range 16 {
							mean += float64(large.Pix[large.PixOffset(4*x+j%4, 4*y+j/4)+k]) / 16
						}
						sum += math.Abs(mean - float64(small.Pix[small.PixOffset(x, y)+k]))
					}
				}
			}
			if d := sum / (32 * 32 * 3); d > 16 {
				t.Errorf("%v: person %d differs by %.1f levels between 32 and 128 pixels", s, i, d)
			}
		}
	}
}

// change compares two pictures: the mean difference in a box given in parts of the size, and the mean and the largest
// outside of it.
func change(a, b *image.RGBA, x0, y0, x1, y1 float64) (inside, outside, largest float64) {
	size := a.Bounds().Dx()
	pixels := 0
	for y := range size {
		for x := range size {
			d := 0.0
			for k := range 3 {
				o := a.PixOffset(x, y) + k
				d += math.Abs(float64(a.Pix[o])-float64(b.Pix[o])) / 3
			}
			u, v := (float64(x)+0.5)/float64(size), (float64(y)+0.5)/float64(size)
			if u > x0 && u < x1 && v > y0 && v < y1 {
				inside += d
				pixels++
			} else {
				outside += d
				largest = max(largest, d)
			}
		}
	}
	return inside / float64(pixels), outside / float64(max(size*size-pixels, 1)), largest
}

func TestAttributesAreSeenWhereTheyBelongAndNowhereElse(t *testing.T) {
	cases := []struct {
		name           string
		with           func(*Person)
		x0, y0, x1, y1 float64
		least          float64 // mean difference inside the box, in levels
	}{
		{"glasses", func(p *Person) { p.Glasses = true }, 0.18, 0.32, 0.82, 0.68, 4},
		{"beard", func(p *Person) { p.Beard = 0.8 }, 0.16, 0.42, 0.84, 1, 8},
		{"smile", func(p *Person) { p.Smile = 0.9 }, 0.22, 0.33, 0.78, 0.92, 2},
		{"long hair", func(p *Person) { p.HairLength = 0.9 }, 0, 0, 1, 1, 6},
		{"dark skin", func(p *Person) { p.SkinTone = 0.9 }, 0.1, 0, 0.9, 1, 18},
		{"age", func(p *Person) { p.Age = 72 }, 0, 0, 1, 1, 3},
		{"fair hair", func(p *Person) { p.HairColour = FairHair }, 0.1, 0, 0.9, 0.8, 10},
	}
	for _, s := range Styles() {
		for _, size := range []int{32, 64} {
			for _, c := range cases {
				without, with := plain(), plain()
				c.with(&with)
				inside, outside, largest := change(Draw(without, s, size), Draw(with, s, size), c.x0, c.y0, c.x1, c.y1)
				if inside < c.least {
					t.Errorf("%v at %d: %s changes its place by %.1f levels only", s, size, c.name, inside)
				}
				// A brush stroke of the painting reaches further than what it paints, so there it is the mean that
				// counts.
				if s != Oil && largest > 6 || outside > 0.8 {
					t.Errorf("%v at %d: %s changes a pixel elsewhere by %.1f levels, all by %.2f in the mean", s, size, c.name, largest, outside)
				}
			}
		}
	}
}

func TestParametersOutOfRangeAreDrawnAsTheNearestInRange(t *testing.T) {
	wild := Person{
		Yaw: 400, Pitch: math.Inf(-1), Tilt: math.NaN(), SkinTone: -3, Age: 900, Smile: 2, Beard: math.Inf(1),
		HairLength: 7, HairColour: 12, Light: -9, Frame: 5, Glasses: true, Fringe: math.NaN(),
	}
	for _, s := range Styles() {
		if !bytes.Equal(Draw(wild, s, 32).Pix, Draw(wild.inRange(), s, 32).Pix) {
			t.Errorf("%v: a person out of range is not drawn as the nearest in range", s)
		}
		if img := Draw(wild, s, -5); img.Bounds().Dx() != 8 {
			t.Errorf("%v: a size below 8 gives %v", s, img.Bounds())
		}
	}
}
