package train

import (
	"context"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/probe"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

func TestComponentsThatHoldForOtherImagesAreTaken(t *testing.T) {
	found := make([]float64, 40)
	for j := range found {
		found[j] = 1 / float64(j+1)
	}
	scaled := func(share func(j int) float64) []float64 {
		other := slices.Clone(found)
		for j := range other {
			other[j] *= share(j)
		}
		return other
	}
	for name, test := range map[string]struct {
		other     []float64
		low, high int
	}{
		"all":                     {scaled(func(int) float64 { return 0.9 }), 40, 40},
		"one alone fails":         {scaled(func(j int) float64 { return map[bool]float64{true: 0.1, false: 0.9}[j == 20] }), 40, 40},
		"up to twenty":            {scaled(func(j int) float64 { return map[bool]float64{true: 0.9, false: 0.1}[j < 20] }), 16, 24},
		"none, yet two are taken": {scaled(func(int) float64 { return 0 }), 2, 2},
	} {
		if k := holding(found, test.other); k < test.low || k > test.high || k%2 != 0 {
			t.Errorf("%s: %d components, want %d to %d", name, k, test.low, test.high)
		}
	}
}

func TestRowsSetApartAreATenthInRunsOfNeighbours(t *testing.T) {
	rows := make([]int, 3000)
	for i := range rows {
		rows[i] = 2 * i
	}
	most, few := setApart([][]int{rows, rows[:20]})
	for c, want := range []int{3000, 20} {
		both := append(slices.Clone(most[c]), few[c]...)
		slices.Sort(both)
		if !slices.Equal(both, rows[:want]) {
			t.Errorf("collection %d: the parts are not the whole", c)
		}
		if n := len(few[c]); n < want/20 || n > want/8 {
			t.Errorf("collection %d: %d of %d rows are set apart", c, n, want)
		}
	}
	breaks := 0
	for i, row := range few[0][1:] {
		if row != few[0][i]+2 {
			breaks++
		}
	}
	if breaks > len(few[0])/30 {
		t.Errorf("%d rows set apart lie in %d runs", len(few[0]), breaks+1)
	}
}

// faintly makes two collections of smooth images, of which the second has a pattern that is all but invisible: along it
// images differ between collections, and within one by the rounding of pixels alone.
func faintly(t *testing.T, n int) *collection.Dataset {
	t.Helper()
	const size, waves = 32, 12
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(2, 2))
	var specs []collection.Spec
	for c, name := range []string{"plain", "patterned"} {
		for i := range n {
			img := image.NewGray(image.Rect(0, 0, size, size))
			var amplitudes [waves]float64
			for w := range amplitudes {
				amplitudes[w] = 8 * rng.NormFloat64()
			}
			for p := range img.Pix {
				x, y := float64(p%size)/size, float64(p/size)/size
				v := 128.0
				for w, a := range amplitudes {
					v += a * math.Cos(math.Pi*(float64(w%4)*x+float64(w/4)*y))
				}
				img.Pix[p] = uint8(max(0, min(255, math.Round(v)+float64(c*((p%size+p/size)%2)))))
			}
			writePNG(t, filepath.Join(dir, name, fmt.Sprintf("%04d.png", i)), img)
		}
		specs = append(specs, collection.Spec{Name: name, Path: filepath.Join(dir, name)})
	}
	return opened(t, specs, filepath.Join(dir, "cache"))
}

// A code of more latents than the images fill tells collections apart no better than one of few.
func TestLatentsThatImagesDoNotFillLeakNothing(t *testing.T) {
	d := faintly(t, 160)
	leakage := func(latent int) float64 {
		task := tiny()
		task.Model.Autoencoder.Latent, task.Model.Flow.Dim = latent, latent
		task.Training.Autoencoder.Steps, task.Training.Decoder.Steps, task.Training.Flow.Steps = 4, 0, 20
		task.Training.Autoencoder.Batch, task.Training.Flow.Batch = 16, 64
		p, err := Train(context.Background(), simdtest.New(t), d, task, Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		var codes []float32
		var class []int
		for c, col := range d.Collections {
			own := prism.Repeat(c, len(col.Validation))
			z, _, err := p.Encode(d.ImagesOf(own, col.Validation))
			if err != nil {
				t.Fatal(err)
			}
			v, _, err := p.Codes(z, own)
			if err != nil {
				t.Fatal(err)
			}
			codes, class = append(codes, v...), append(class, own...)
		}
		e, err := probe.Leakage(context.Background(), measure.Matrix{Rows: len(class), Cols: p.Dim(), Data: codes}, class, nil, 2,
			probe.Linear{}, probe.CrossValidation{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d latents, %d in use: leakage %.3f", latent, p.Dim(), e.Value)
		return e.Value
	}
	few, many := leakage(12), leakage(320)
	if many > max(few, 0.5)+0.15 {
		t.Errorf("320 latents leak %.3f, 12 leak %.3f", many, few)
	}
}

// Rows whose directions are normal and whose lengths vary: weighted, they give a covariance that is nearer to that of the
// directions, by a fifth of the squared error or more.
func TestNearRowsCountForMoreInCovariances(t *testing.T) {
	const dim, n, repeats = 12, 600, 5
	rng := rand.New(rand.NewPCG(6, 6))
	shape := func(m *mat.SymDense) *mat.SymDense { // of trace dim: lengths are no part of it
		m.ScaleSym(dim/mat.Trace(m), m)
		return m
	}
	distance := map[bool]float64{}
	for range repeats {
		var p posteriors
		for range n {
			by := math.Exp(0.35 * rng.NormFloat64())
			for j := range dim {
				p.mean = append(p.mean, float32(by*rng.NormFloat64()*(1+0.05*float64(j))+2))
				p.std = append(p.std, 0.2)
			}
		}
		truth := mat.NewSymDense(dim, nil)
		for j := range dim {
			truth.SetSym(j, j, math.Pow(1+0.05*float64(j), 2))
		}
		weight := p.nearness(upTo(n), dim, 1)
		if mean := floats.Sum(weight) / n; math.Abs(mean-1) > 1e-9 {
			t.Fatalf("weights have the mean %g, want 1", mean)
		}
		for weighted, w := range map[bool][]float64{false: nil, true: weight} {
			m := p.latentMoments(dim, w)
			for j, x := range m.Noise {
				if math.Abs(x-0.04) > 1e-6 {
					t.Errorf("the noise of latent %d is %g, want 0.04", j, x)
				}
			}
			var apart mat.Dense
			apart.Sub(shape(m.Covariance), shape(truth))
			distance[weighted] += math.Pow(mat.Norm(&apart, 2), 2) / repeats
		}
	}
	if distance[true] > 0.8*distance[false] {
		t.Errorf("the squared distance to the truth is %.4f weighted and %.4f without", distance[true], distance[false])
	}
}

// A row at the mean, and latents that do not vary, are no reason for a weight that is not a number.
func TestRowsAtTheMeanCountForNoMoreThanTheNearest(t *testing.T) {
	p := posteriors{mean: []float32{-1, 5, 0, 5, 1, 5}, std: make([]float32, 6)}
	weight := p.nearness(upTo(3), 2, 1)
	if !(weight[1] > weight[0]) || weight[0] != weight[2] || math.Abs(floats.Sum(weight)-3) > 1e-9 || math.IsInf(weight[1], 0) {
		t.Errorf("weights are %v", weight)
	}
}
