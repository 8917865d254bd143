package prism

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
)

// small is an untrained prism over two collections whose latents differ in place and spread, as its transport knows.
func small(t *testing.T) *Prism {
	t.Helper()
	backend := simdtest.New(t)
	fl := flow.DefaultConfig(4, 2)
	fl.Blocks, fl.Hidden = 2, 8
	p, err := New(backend, model.NewStore(), Config{
		Collections: []string{"a", "b"},
		Autoencoder: autoencoder.Config{Size: 32, Channels: 1, Latent: 4, Width: 16},
		Flow:        fl,
	}, 3)
	if err != nil {
		t.Fatal(err)
	}
	spread := func(s float64) *mat.SymDense {
		return mat.NewSymDense(4, []float64{s, 0, 0, 0, 0, s, 0, 0, 0, 0, s, 0, 0, 0, 0, s})
	}
	err = p.Flow.(*flow.Flow).SetTransport([]flow.Moments{
		{Mean: []float64{2, 2, 2, 2}, Covariance: spread(1)},
		{Mean: []float64{-2, -2, -2, -2}, Covariance: spread(4)},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func latents(n int) []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	z := make([]float32, 4*n)
	for i := range z {
		z[i] = float32(rng.NormFloat64())
	}
	return z
}

func TestProjectionThereAndBackIsTheLatentItself(t *testing.T) {
	p := small(t)
	const n = 70 // more than one batch
	z := latents(n)
	there, err := p.Project(z, Repeat(0, n), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	back, err := p.Project(there, Repeat(1, n), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range z {
		if math.Abs(float64(z[i]-back[i])) > 1e-4 {
			t.Fatalf("value %d: %g came back as %g", i, z[i], back[i])
		}
		// Of two Gaussians the transport is linear: twice the spread, about the other mean.
		if want := -2 + 2*(z[i]-2); math.Abs(float64(there[i]-want)) > 1e-4 {
			t.Fatalf("value %d: %g was carried to %g, want %g", i, z[i], there[i], want)
		}
	}
}

func TestStrengthGoesFromTheLatentToItsProjection(t *testing.T) {
	p := small(t)
	z := latents(1)
	whole, err := p.Project(z, []int{0}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for strength, want := range map[float64]func(i int) float32{
		0:   func(i int) float32 { return z[i] },
		0.5: func(i int) float32 { return (z[i] + whole[i]) / 2 },
	} {
		got, err := p.Project(z, []int{0}, 1, strength)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if math.Abs(float64(got[i]-want(i))) > 1e-5 {
				t.Errorf("strength %g: value %d is %g, want %g", strength, i, got[i], want(i))
			}
		}
	}
}

func TestPosteriorIsThatOfBayesRule(t *testing.T) {
	p := small(t)
	z := []float32{2, 2, 2, 2, -2, -2, -2, -2, 0, 0, 0, 0}
	posterior, err := p.Posterior(z)
	if err != nil {
		t.Fatal(err)
	}
	density := func(x, mean, variance float64) float64 { // of four equal dimensions
		return math.Exp(4 * (-0.5*(x-mean)*(x-mean)/variance - 0.5*math.Log(2*math.Pi*variance)))
	}
	for i, x := range []float64{2, -2, 0} {
		a, b := density(x, 2, 1), density(x, -2, 4)
		if want := a / (a + b); math.Abs(posterior[i][0]-want) > 1e-4 {
			t.Errorf("at %g the posterior of the first collection is %g, want %g", x, posterior[i][0], want)
		}
	}
}

func TestSampleIsOneCodeUnderEveryCollection(t *testing.T) {
	p := small(t)
	z, err := p.Sample(rand.New(rand.NewPCG(5, 5)), 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := p.Codes(z[0], Repeat(0, 3))
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := p.Codes(z[1], Repeat(1, 3))
	if err != nil {
		t.Fatal(err)
	}
	for i := range first {
		if math.Abs(float64(first[i]-second[i])) > 1e-4 {
			t.Fatalf("the codes differ at %d: %g and %g", i, first[i], second[i])
		}
	}
}

func TestAnimationBeginsAndEndsAtItsLatents(t *testing.T) {
	frames := Animate([]float32{0, 1}, []float32{4, -1}, 5)
	if len(frames) != 10 || frames[0] != 0 || frames[1] != 1 || frames[8] != 4 || frames[9] != -1 || frames[4] != 2 {
		t.Errorf("the frames are %v", frames)
	}
}

func TestMapsRefuseWhatIsNoBatch(t *testing.T) {
	p := small(t)
	if _, err := p.Decode(make([]float32, 5)); err == nil {
		t.Error("five values pass as latents of four")
	}
	if _, _, err := p.Codes(make([]float32, 8), []int{0}); err == nil {
		t.Error("two latents pass with one label")
	}
	if _, _, err := p.Codes(make([]float32, 4), []int{3}); err == nil {
		t.Error("label 3 of two collections passes")
	}
}

func TestPrismServesSeveralGoroutines(t *testing.T) {
	p := small(t)
	want, err := p.Decode(latents(9))
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			got, err := p.Decode(latents(9))
			if err != nil {
				t.Error(err)
				return
			}
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("value %d is %g in one goroutine, %g in another", i, got[i], want[i])
					return
				}
			}
		})
	}
	wait.Wait()
}

func TestEveryNetworkIsWrittenAsONNX(t *testing.T) {
	folder := t.TempDir()
	p := small(t)
	z, _, err := p.Encode(make([]float32, p.Pixels())) // weights are drawn when they are first used
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Decode(z); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Codes(z, []int{0}); err != nil {
		t.Fatal(err)
	}
	if err := p.Export(folder, 2); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"encoder.onnx", "decoder.onnx", "flow.onnx", "inverse.onnx"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
