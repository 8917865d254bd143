package autoencoder

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/simdtest"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
)

// encoders of two collections whose latents are mixed from independent ones of the given signal over noise.
func mixedMoments(signals []float64) []LatentMoments {
	rng := rand.New(rand.NewPCG(3, 3))
	dim := len(signals)
	noise := make([]float64, dim)
	for i := range noise {
		noise[i] = 0.1 + rng.Float64()
	}
	var orthogonal mat.QR
	random := mat.NewDense(dim, dim, nil)
	for i := range dim {
		for j := range dim {
			random.Set(i, j, rng.NormFloat64())
		}
	}
	orthogonal.Factorize(random)
	var q mat.Dense
	orthogonal.QTo(&q)
	var all []LatentMoments
	for _, factor := range []float64{0.5, 1.5} { // of the within-collection covariance: on average 1
		m := LatentMoments{Mean: make([]float64, dim), Noise: noise, Covariance: mat.NewSymDense(dim, nil)}
		for i := range dim {
			m.Mean[i] = 3 * factor
			for j := i; j < dim; j++ {
				sum := 0.0
				for k, s := range signals {
					sum += q.At(i, k) * s * q.At(j, k)
				}
				m.Covariance.SetSym(i, j, factor*sum*math.Sqrt(noise[i]*noise[j]))
			}
		}
		all = append(all, m)
	}
	return all
}

func TestLatentsInUseAreWhereImagesDifferByMoreThanNoise(t *testing.T) {
	moments := mixedMoments([]float64{50, 8, 3, 1.5, 0.4, 1e-4})
	b, err := InUse(moments, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Signal) != 4 {
		t.Fatalf("%d latents are in use, want 4: %v", len(b.Signal), b.Signal)
	}
	for i, want := range []float64{50, 8, 3, 1.5} {
		if math.Abs(b.Signal[i]/want-1) > 1e-9 {
			t.Errorf("signal %d is %g, want %g", i, b.Signal[i], want)
		}
	}
	within := mat.NewDense(6, 6, nil)
	noise := mat.NewDiagDense(6, moments[0].Noise)
	for _, m := range moments {
		within.Add(within, m.Covariance)
	}
	within.Scale(0.5, within)
	var covariance, spread, identity mat.Dense
	covariance.Product(b.In.T(), within, b.In)
	spread.Product(b.In.T(), noise, b.In)
	identity.Mul(b.Out, b.In)
	for i := range 4 {
		for j := range 4 {
			one, inverse := 0.0, 0.0
			if i == j {
				one, inverse = 1, 1/b.Signal[i]
			}
			if math.Abs(covariance.At(i, j)-one) > 1e-9 || math.Abs(identity.At(i, j)-one) > 1e-9 || math.Abs(spread.At(i, j)-inverse) > 1e-9 {
				t.Fatalf("at (%d, %d): covariance %g, noise %g, W⁺W %g", i, j, covariance.At(i, j), spread.At(i, j), identity.At(i, j))
			}
		}
	}
}

func TestLatentsInUseAreEvenAndNotNone(t *testing.T) {
	b, err := InUse(mixedMoments([]float64{9, 8, 7, 0.1}), 1)
	if err != nil || len(b.Signal) != 2 {
		t.Errorf("of three latents over the noise %d are used: %v", len(b.Signal), err)
	}
	if _, err := InUse(mixedMoments([]float64{9, 0.8, 0.7, 0.1}), 1); err == nil || !strings.Contains(err.Error(), "train it longer") {
		t.Errorf("one latent in use gives %v", err)
	}
}

// What the encoder says in the basis is the change of coordinates of what it said before, and the decoder undoes it.
func TestBasisChangesTheCoordinatesOfBothNetworks(t *testing.T) {
	config := Config{Size: 32, Channels: 1, Latent: 6, Width: 16}
	backend, store := simdtest.New(t), model.NewStore()
	a, err := New(store.RootScope(), config)
	if err != nil {
		t.Fatal(err)
	}
	run := func() (mean, logVar, decoded []float32) {
		exec, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) []*Node {
			mean, logVar := a.Encode(in[0])
			return []*Node{mean, logVar, a.Decode(mean)}
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Exec(images(4, 3, 32, 1))
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1]), tensors.MustCopyFlatData[float32](out[2])
	}
	mean, logVar, decoded := run()
	b, err := InUse(mixedMoments([]float64{50, 8, 3, 1.5, 1.2, 1.1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SetBasis(b); err != nil {
		t.Fatal(err)
	}
	if a.Dim() != 6 {
		t.Fatalf("%d latents are in use", a.Dim())
	}
	newMean, newLogVar, same := run()
	for i := range decoded {
		if math.Abs(float64(decoded[i]-same[i])) > 1e-4 {
			t.Fatalf("in a whole basis pixel %d is %g, was %g", i, same[i], decoded[i])
		}
	}
	for row := range 3 {
		for j := range 6 {
			m, v := 0.0, 0.0
			for i := range 6 {
				w := b.In.At(i, j)
				m += (float64(mean[row*6+i]) - b.Centre[i]) * w
				v += math.Exp(float64(logVar[row*6+i])) * w * w
			}
			if math.Abs(m-float64(newMean[row*6+j])) > 1e-3 || math.Abs(math.Log(v)-float64(newLogVar[row*6+j])) > 1e-3 {
				t.Fatalf("latent %d of image %d is %g ± e^%g, want %g ± e^%g", j, row, newMean[row*6+j], newLogVar[row*6+j]/2, m, math.Log(v)/2)
			}
		}
	}
	if b, err = InUse(mixedMoments([]float64{50, 8, 3, 1.5, 0.2, 0.1}), 1); err != nil {
		t.Fatal(err)
	}
	other, err := New(model.NewStore().RootScope(), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.SetBasis(b); err != nil || other.Dim() != 4 {
		t.Errorf("%d latents are in use, want 4: %v", other.Dim(), err)
	}
	config.Latent = 8
	if other, err = New(model.NewStore().RootScope(), config); err != nil || other.SetBasis(b) == nil {
		t.Error("a basis of another number of latents passes")
	}
}

func TestModelWithoutALinearPartHasNeitherComponentsNorABasis(t *testing.T) {
	store := model.NewStore()
	a, err := New(store.RootScope(), Config{Size: 32, Channels: 1, Latent: 6, Width: 16})
	if err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(simdtest.New(t), store, func(_ *model.Scope, in []*Node) []*Node {
		mean, logVar := a.Encode(in[0])
		return []*Node{a.Decode(mean), logVar}
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Exec(images(4, 3, 32, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range tensors.MustCopyFlatData[float32](out[0]) {
		if !(v > -1 && v < 1) {
			t.Fatalf("pixel %g is outside (-1, 1)", v)
		}
	}
	if a.Dim() != 6 {
		t.Errorf("%d latents, want 6", a.Dim())
	}
	for v := range store.IterVariables() {
		if strings.HasPrefix(v.Path(), "/linear/") || strings.HasPrefix(v.Path(), "/basis/") {
			t.Errorf("the model has %s", v.Path())
		}
	}
	if err := a.SetLinear(Components{}, DefaultLosses()); err == nil {
		t.Error("a linear part is set that the configuration does not have")
	}
}

func TestReachIsHowFarALatentMovesTheImage(t *testing.T) {
	config := Config{Size: 32, Channels: 1, Latent: 4, Width: 16, Linear: true}
	backend, store := simdtest.New(t), model.NewStore()
	a, err := New(store.RootScope(), config)
	if err != nil {
		t.Fatal(err)
	}
	const pixels, step = 32 * 32, 0.01
	components := Components{Mean: make([]float32, pixels), Basis: make([]float32, pixels*4), Variance: []float64{9, 4, 1, 0.25}, Residual: 0.1}
	for j := range 4 {
		components.Basis[(7*j+1)*4+j] = 1 // each component is one pixel
	}
	if err := a.SetLinear(components, DefaultLosses()); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		reach := a.Reach()
		for i, want := range reach {
			z := make([]float32, 2*a.Dim())
			z[a.Dim()+i] = step
			exec, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) []*Node { return []*Node{a.Decode(in[0])} })
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.Exec(tensors.FromFlatDataAndDimensions(z, 2, a.Dim()))
			if err != nil {
				t.Fatal(err)
			}
			images := tensors.MustCopyFlatData[float32](out[0])
			sum := 0.0
			for j := range pixels {
				d := float64(images[pixels+j] - images[j])
				sum += d * d
			}
			if got := math.Sqrt(sum) / step; math.Abs(got-want) > 1e-3*want {
				t.Errorf("latent %d moves the image by %g, want %g", i, got, want)
			}
		}
	}
	check()
	b, err := InUse(mixedMoments([]float64{8, 5, 3, 0.1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	b.Centre = make([]float64, 4) // the middle of the images, where none is clipped
	if err := a.SetBasis(b); err != nil {
		t.Fatal(err)
	}
	check()
	plain, err := New(model.NewStore().RootScope(), Config{Size: 32, Channels: 1, Latent: 4, Width: 16})
	if err != nil || plain.Reach() != nil {
		t.Errorf("without a linear part the reach is %v (%v)", plain.Reach(), err)
	}
}
