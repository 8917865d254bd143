package measure

import (
	"math"
	"testing"
)

func TestGradientEnergyOfKnownImages(t *testing.T) {
	// A ramp of slope a right and b down has energy a^2 + b^2; a flat image none.
	const h, w, c = 6, 9, 3
	images := Images{N: 2, H: h, W: w, C: c, Data: make([]float32, 2*h*w*c)}
	for y := range h {
		for x := range w {
			for k := range c {
				images.Data[(y*w+x)*c+k] = -0.9 + 0.1*float32(x) + 0.05*float32(y)
			}
		}
	}
	energies, err := GradientEnergies(images)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "energy of a ramp", energies[0], 0.01+0.0025, 1e-7)
	near(t, "energy of a flat image", energies[1], 0, 0)
	if _, err := GradientEnergies(Images{N: 1, H: 1, W: 4, C: 1, Data: make([]float32, 4)}); err == nil {
		t.Error("one row of pixels should be an error")
	}
}

func TestAbsoluteErrorsAreMeansOfPixels(t *testing.T) {
	a := Images{N: 2, H: 1, W: 2, C: 1, Data: []float32{0, 1, -1, 0.5}}
	b := Images{N: 2, H: 1, W: 2, C: 1, Data: []float32{0.5, 1, 1, 0.5}}
	errs, err := AbsoluteErrors(a, b)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "first", errs[0], 0.25, 1e-7)
	near(t, "second", errs[1], 1, 1e-7)
	b.N, b.Data = 1, b.Data[:2]
	if _, err := AbsoluteErrors(a, b); err == nil {
		t.Error("another number of images should be an error")
	}
}

func TestLikelihoodInBitsPerDimension(t *testing.T) {
	// -log N(0; 0, I) in d dimensions is d/2 log(2 pi): 1.3257 bits a dimension.
	const d = 64
	logProb := -0.5 * d * math.Log(2*math.Pi)
	l, err := NegativeLogLikelihood([]float64{logProb - 1, logProb + 1, logProb}, nil, d)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "nats", l.Nats.Value, -logProb, 1e-9)
	near(t, "bits per dimension", l.BitsPerDim.Value, 0.5*math.Log2(2*math.Pi), 1e-9)
	if _, err := NegativeLogLikelihood([]float64{0, math.Inf(-1)}, nil, d); err == nil {
		t.Error("an infinite likelihood should be an error")
	}
}

func TestInversionErrorIsOfTheWorstComponent(t *testing.T) {
	z := NewMatrix(1001, 4)
	inverted := NewMatrix(1001, 4)
	for r := range 1001 {
		inverted.Row(r)[r%4] = float32(r) / 1000
	}
	e, err := InversionError(z, inverted)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "max", e.MaxAbs, 1, 1e-6)
	near(t, "p999", e.P999, 0.999, 1e-6)
	if _, err := InversionError(z, NewMatrix(1001, 3)); err == nil {
		t.Error("another latent size should be an error")
	}
}

func TestMissedEdgesOfKnownReconstructions(t *testing.T) {
	ramp := func(step float32) Images { // of two rows: edges to the right alone
		out := Images{N: 1, H: 2, W: 4, C: 1}
		for i := range 8 {
			out.Data = append(out.Data, step*float32(i%4))
		}
		return out
	}
	for _, c := range []struct{ own, made, want float64 }{
		{0.5, 0.5, 0}, {0.5, 0.25, 0.5}, {0.5, 0, 1}, {0.5, -0.5, 2}, {0.05, 0, 1}, {0, 0, 1},
	} {
		got, err := MissedEdges(ramp(float32(c.own)), ramp(float32(c.made)))
		want := (c.want*c.own + level) / (c.own + level)
		if err != nil || math.Abs(got[0]-want) > 1e-6 {
			t.Errorf("steps of %v made %v: %v, %v, want %v", c.own, c.made, got, err, want)
		}
	}
	if _, err := MissedEdges(ramp(1), Images{N: 1, H: 4, W: 2, C: 1, Data: make([]float32, 8)}); err == nil {
		t.Error("images of two shapes should be an error")
	}
}
