package prism

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"gonum.org/v1/gonum/mat"
)

func TestDrawnLatentsVaryAsThoseOfImagesDo(t *testing.T) {
	p := small(t)
	signal := []float64{8, 3, 1, 0.5}
	identity := mat.NewDense(4, 4, []float64{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1})
	basis := autoencoder.Basis{Centre: make([]float64, 4), In: identity, Out: identity, Signal: signal}
	if err := p.Autoencoder.(*autoencoder.Small).SetBasis(basis); err != nil {
		t.Fatal(err)
	}
	check := func(p *Prism) {
		t.Helper()
		v, labels := latents(6), []int{0, 0, 0, 1, 1, 1}
		z, err := p.Latents(v, labels)
		if err != nil {
			t.Fatal(err)
		}
		drawn, err := p.Drawn(v, labels)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range labels {
			middle := []float64{2, -2}[c] // of small's transport
			for j, s := range signal {
				want := middle + (float64(z[4*i+j])-middle)*math.Sqrt(s/(1+s))
				if got := float64(drawn[4*i+j]); math.Abs(got-want) > 1e-5 {
					t.Fatalf("latent %d of code %d is drawn as %g, want %g", j, i, got, want)
				}
			}
		}
	}
	check(p)
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := p.Write(path); err != nil {
		t.Fatal(err)
	}
	again, err := Read(p.backend, path, p.Config)
	if err != nil {
		t.Fatal(err)
	}
	check(again)
}

func TestDrawnLatentsOfAModelWithoutSignalsAreThoseOfItsCodes(t *testing.T) {
	p := small(t)
	v, labels := latents(3), []int{0, 1, 0}
	z, err := p.Latents(v, labels)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := p.Drawn(v, labels)
	if err != nil {
		t.Fatal(err)
	}
	for i := range z {
		if z[i] != drawn[i] {
			t.Fatalf("value %d is %g, want %g", i, drawn[i], z[i])
		}
	}
}
