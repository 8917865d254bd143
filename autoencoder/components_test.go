package autoencoder

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/internal/simdtest"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
)

// rows are n random rows of the given width that vary in rank directions only, by less and less.
func lowRank(n, width, rank int) *mat.Dense {
	rng := rand.New(rand.NewPCG(8, 8))
	normal := func(r, c int) *mat.Dense {
		m := mat.NewDense(r, c, nil)
		for i := range r {
			for j := range c {
				m.Set(i, j, rng.NormFloat64())
			}
		}
		return m
	}
	a := normal(n, rank)
	for j := range rank {
		for i := range n {
			a.Set(i, j, a.At(i, j)*math.Pow(0.7, float64(j)))
		}
	}
	var m mat.Dense
	m.Mul(a, normal(rank, width))
	for i := range n {
		for j := range width {
			m.Set(i, j, m.At(i, j)+float64(j%5)-2)
		}
	}
	return &m
}

// inBatches yields the rows of m, size at a time.
func inBatches(m *mat.Dense, size int) iter.Seq[[]float32] {
	n, width := m.Dims()
	return func(yield func([]float32) bool) {
		for from := 0; from < n; from += size {
			part := m.Slice(from, min(from+size, n), 0, width)
			if !yield(float32s(mat.DenseCopyOf(part))) {
				return
			}
		}
	}
}

func TestPrincipalComponentsAreThoseOfTheSingularValueDecomposition(t *testing.T) {
	for name, test := range map[string]struct{ n, width, rank, k, want int }{
		"few of many":             {300, 60, 30, 6, 6},
		"more than images span":   {300, 60, 5, 12, 5},
		"more than there are":     {9, 60, 30, 20, 8},
		"as many as values there": {200, 10, 10, 10, 10},
	} {
		t.Run(name, func(t *testing.T) {
			x := lowRank(test.n, test.width, test.rank)
			got, err := PrincipalComponents(simdtest.New(t), inBatches(x, 64), test.width, test.k, rand.New(rand.NewPCG(1, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Variance) != test.want {
				t.Fatalf("%d components, want %d: %v", len(got.Variance), test.want, got.Variance)
			}
			mean, centred := make([]float64, test.width), mat.DenseCopyOf(x)
			for j := range test.width {
				mean[j] = mat.Sum(x.ColView(j)) / float64(test.n)
				if math.Abs(mean[j]-float64(got.Mean[j])) > 1e-4 {
					t.Errorf("mean of value %d is %g, want %g", j, got.Mean[j], mean[j])
				}
				for i := range test.n {
					centred.Set(i, j, x.At(i, j)-mean[j])
				}
			}
			var svd mat.SVD
			if !svd.Factorize(centred, mat.SVDThin) {
				t.Fatal("no decomposition")
			}
			var right mat.Dense
			svd.VTo(&right)
			singular := svd.Values(nil)
			residual := 0.0
			for _, s := range singular[len(got.Variance):] {
				residual += s * s / float64(test.n-1)
			}
			if total := singular[0] * singular[0] / float64(test.n-1); math.Abs(got.Residual-residual) > 1e-4*total {
				t.Errorf("variance %g is left over, want %g", got.Residual, residual)
			}
			for j := range got.Variance {
				want := singular[j] * singular[j] / float64(test.n-1)
				if math.Abs(got.Variance[j]/want-1) > 1e-3 {
					t.Errorf("variance %d is %g, want %g", j, got.Variance[j], want)
				}
				along := 0.0
				for i := range test.width {
					along += float64(got.Basis[i*len(got.Variance)+j]) * right.At(i, j)
				}
				if math.Abs(math.Abs(along)-1) > 1e-3 {
					t.Errorf("component %d has the cosine %g with the singular vector", j, along)
				}
			}
		})
	}
}

func TestComponentsVaryForOtherImagesAsTheyDo(t *testing.T) {
	const width = 60
	all := lowRank(400, width, 40)
	half := all.Slice(0, 40, 0, width).(*mat.Dense)
	c, err := PrincipalComponents(simdtest.New(t), inBatches(half, 16), width, 30, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	same, err := c.Variances(simdtest.New(t), inBatches(half, 16))
	if err != nil {
		t.Fatal(err)
	}
	other, err := c.Variances(simdtest.New(t), inBatches(all.Slice(40, 400, 0, width).(*mat.Dense), 64))
	if err != nil {
		t.Fatal(err)
	}
	for j, v := range c.Variance {
		if v < 1e-5*c.Variance[0] {
			break // of which two iterations in float32 find little more than that it is small
		}
		if want := v * 39 / 40; math.Abs(same[j]/want-1) > 1e-2 {
			t.Errorf("component %d: the images themselves vary by %g, want %g", j, same[j], want)
		}
	}
	if other[0] < 0.5*c.Variance[0] {
		t.Errorf("the first component: others vary by %g, those that it is from by %g", other[0], c.Variance[0])
	}
	first := c.First(3)
	total := func(c Components) float64 {
		sum := c.Residual
		for _, v := range c.Variance {
			sum += v
		}
		return sum
	}
	if len(first.Variance) != 3 || len(first.Basis) != 3*width || first.Basis[3] != c.Basis[len(c.Variance)] || math.Abs(total(first)-total(c)) > 1e-9 {
		t.Errorf("the first 3 of %d components are %d of variance %g in all, want %g", len(c.Variance), len(first.Variance), total(first), total(c))
	}
}

// Untrained, an autoencoder with a linear part is the projection onto the components.
func TestLinearPartAloneIsTheProjectionOntoTheComponents(t *testing.T) {
	for _, refine := range []bool{false, true} {
		t.Run(fmt.Sprint("refine ", refine), func(t *testing.T) { testLinearPartAlone(t, refine) })
	}
}

func testLinearPartAlone(t *testing.T, refine bool) {
	config := Config{Size: 32, Channels: 1, Latent: 8, Width: 16, Linear: true, Refine: refine}
	x := lowRank(40, 32*32, 6)
	x.Scale(0.02, x)
	backend, store := simdtest.New(t), model.NewStore()
	c, err := PrincipalComponents(backend, inBatches(x, 16), 32*32, config.Latent, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(store.RootScope(), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SetLinear(c, DefaultLosses()); err != nil {
		t.Fatal(err)
	}
	const latents = 6
	if a.Dim() != latents {
		t.Fatalf("%d latents, want one for each component", a.Dim())
	}
	exec, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) []*Node {
		mean, logVar := a.Encode(in[0])
		return []*Node{mean, logVar, a.Decode(mean)}
	})
	if err != nil {
		t.Fatal(err)
	}
	images := float32s(x)
	out, err := exec.Exec(tensors.FromFlatDataAndDimensions(images, 40, 32, 32, 1))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range tensors.MustCopyFlatData[float32](out[2]) {
		if math.Abs(float64(v-max(-1.2, min(1.2, images[i])))) > 1e-3 {
			t.Fatalf("value %d of images that 6 components span is %g, want %g", i, v, images[i])
		}
	}
	z := tensors.MustCopyFlatData[float32](out[0])
	for j := range latents {
		sum, squares := 0.0, 0.0
		for i := range 40 {
			v := float64(z[i*latents+j])
			sum, squares = sum+v, squares+v*v
		}
		if variance := squares/39 - sum*sum/40/39; math.Abs(variance-1) > 1e-2 {
			t.Errorf("latent %d has variance %g, want 1", j, variance)
		}
	}
	// Nothing is left over: no noise is worth its divergence.
	for i, v := range tensors.MustCopyFlatData[float32](out[1]) {
		if v > -6 {
			t.Fatalf("log-variance %d starts at %g", i, v)
		}
	}
}

func TestComponentsThatDoNotFitTheModelAreRefused(t *testing.T) {
	a, err := New(model.NewStore().RootScope(), Config{Size: 32, Channels: 1, Latent: 4, Width: 16, Linear: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Components{
		"more than latents": {make([]float32, 1024), make([]float32, 6*1024), make([]float64, 6), 0},
		"an odd number":     {make([]float32, 1024), make([]float32, 3*1024), make([]float64, 3), 0},
		"none":              {make([]float32, 1024), nil, nil, 0},
		"smaller images":    {make([]float32, 100), make([]float32, 200), make([]float64, 2), 0},
	} {
		if a.SetLinear(c, DefaultLosses()) == nil {
			t.Errorf("%s pass", name)
		}
	}
}

// The start is near the best noise: half and twice as much both cost more, by the formula of a Gaussian.
func TestNoiseStartsWhereLossAndDivergenceBalance(t *testing.T) {
	losses := DefaultLosses()
	const pixels, residual = 48 * 48, 13.0
	c := Components{Mean: make([]float32, pixels), Residual: residual}
	for j := range 256 {
		c.Variance = append(c.Variance, 100*math.Pow(float64(j+1), -1.2))
	}
	c.Basis = make([]float32, pixels*len(c.Variance))
	store := model.NewStore()
	a, err := New(store.RootScope(), Config{Size: 48, Channels: 1, Latent: 256, Width: 16, Linear: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SetLinear(c, losses); err != nil {
		t.Fatal(err)
	}
	logVar := tensors.MustCopyFlatData[float32](store.GetVariable("/linear/log_var").MustValue())
	cost := func(factor float64) float64 {
		error, divergence := residual, 0.0
		for j, v := range logVar {
			noise := factor * math.Exp(float64(v))
			error += c.Variance[j] * noise
			divergence += (noise - math.Log(noise)) / 2
		}
		return 2.5*math.Sqrt(2/math.Pi*error/pixels) + losses.KL*divergence
	}
	if at := cost(1); cost(0.5) < at || cost(2) < at {
		t.Errorf("the start costs %g, half the noise %g, twice the noise %g", at, cost(0.5), cost(2))
	}
}
