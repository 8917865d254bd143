package degrade

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

const side = 32

// texture is an image of fine detail on a slope.
func texture(channels int) []byte {
	rng := rand.New(rand.NewPCG(1, 1))
	pixels := make([]byte, side*side*channels)
	for i := range pixels {
		pixels[i] = byte(60 + i/channels%side*3 + rng.IntN(60))
	}
	return pixels
}

// energy is the mean squared difference of neighbours in a row.
func energy(pixels []byte, channels int) float64 {
	sum := 0.0
	for i := channels; i < len(pixels); i++ {
		d := float64(pixels[i]) - float64(pixels[i-channels])
		sum += d * d
	}
	return sum / float64(len(pixels))
}

func mean(pixels []byte) float64 {
	sum := 0.0
	for _, v := range pixels {
		sum += float64(v)
	}
	return sum / float64(len(pixels))
}

func TestFaultsLeaveTheMeanAndChangeTheDetail(t *testing.T) {
	for _, channels := range []int{1, 3} {
		original := texture(channels)
		before := bytes.Clone(original)
		for _, test := range []struct {
			weak, strong Fault
			sharper      bool
		}{
			{Fault{Blur, 0.7}, Fault{Blur, 3}, false},
			{Fault{Resolution, 24}, Fault{Resolution, 8}, false},
			{Fault{JPEG, 90}, Fault{JPEG, 5}, false},
			{Fault{Noise, 0.05}, Fault{Noise, 0.2}, true},
		} {
			rng := rand.New(rand.NewPCG(2, 2))
			weak, err := test.weak.Apply(original, side, channels, rng)
			if err != nil {
				t.Fatal(err)
			}
			strong, err := test.strong.Apply(original, side, channels, rng)
			if err != nil {
				t.Fatal(err)
			}
			if len(weak) != len(original) || len(strong) != len(original) {
				t.Fatalf("%s gives %d values for %d", test.weak.Name(), len(weak), len(original))
			}
			if d := math.Abs(mean(strong) - mean(original)); d > 4 {
				t.Errorf("%s with %d channels shifts the mean by %.1f", test.strong.Name(), channels, d)
			}
			if test.sharper != (energy(strong, channels) > energy(weak, channels)) {
				t.Errorf("the detail is %.0f with %s and %.0f with %s", energy(weak, channels), test.weak.Name(), energy(strong, channels), test.strong.Name())
			}
		}
		if !bytes.Equal(original, before) {
			t.Error("the original is changed")
		}
	}
}

func TestBlurIsItselfOnAConstantAndAddsVariances(t *testing.T) {
	flat := bytes.Repeat([]byte{77}, side*side)
	if got := blurred(flat, side, 1, 2); !bytes.Equal(got, flat) {
		t.Error("a constant image changes")
	}
	point := make([]byte, side*side)
	point[16*side+16] = 255
	once := blurred(point, side, 1, 1.5)
	peak := float64(once[16*side+16])
	if want := 255 / (2 * math.Pi * 1.5 * 1.5); math.Abs(peak-want) > 1 {
		t.Errorf("the peak of a blurred point is %.1f, want %.1f", peak, want)
	}
}

func TestWrongLevelsAreNamed(t *testing.T) {
	for says, f := range map[string]Fault{
		"quality": {JPEG, 0}, "pixels": {Resolution, 64}, "white": {Noise, 2}, "share of images": {Keep, math.NaN()},
		"no fault \"rust\"": {"rust", 1}, "deviation in pixels": {Blur, 0},
	} {
		if err := f.Validate(side); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: error is %v, want one that says %q", f, err, says)
		}
	}
	if err := (Fault{JPEG, 30}).Validate(side); err != nil {
		t.Error(err)
	}
}
