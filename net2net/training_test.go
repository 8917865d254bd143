package net2net

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// sums adds up the weights below a path, to tell whether they changed.
func sums(store *model.Store, path string) float64 {
	sum := 0.0
	for _, v := range nn.Trainable(store, path) {
		for _, x := range tensors.MustCopyFlatData[float32](v.MustValue()) {
			sum += float64(x)
		}
	}
	return sum
}

func TestTrainingAlternatesBetweenTheTwoNetworks(t *testing.T) {
	backend, err := simd.New("")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	const batch, latent, rate, start = 4, 8, 1e-4, 3
	store := model.NewStore()
	root := store.RootScope()
	a, err := NewAutoencoder32(root.At("autoencoder"), Autoencoder32Config{Size: 32, Channels: 3, Latent: latent, Downsamples: 4})
	if err != nil {
		t.Fatal(err)
	}
	training := Training{
		Scope: root.At("loss"), Autoencoder: a.In(Train), Discriminator: NewPatchGAN(root.At("discriminator"), 3),
		Losses: Losses{KL: 1e-3, DiscriminatorWeight: 0.5, DiscriminatorStart: start},
	}
	adam := nn.Adam{Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-8}
	update := func(loss, step *Node, paths ...string) {
		adam.Update(store, loss, Scalar(loss.Graph(), loss.DType(), rate), step, nn.Trainable(store, paths...))
	}
	exec := func(fn func(in []*Node) []*Node) func(args ...any) []float64 {
		e, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) []*Node { return fn(in) })
		if err != nil {
			t.Fatal(err)
		}
		return func(args ...any) []float64 {
			t.Helper()
			out, err := e.Exec(args...)
			if err != nil {
				t.Fatal(err)
			}
			var values []float64
			for _, o := range out {
				values = append(values, float64(tensors.ToScalar[float32](o)))
			}
			return values
		}
	}
	begin := exec(func(in []*Node) []*Node {
		return []*Node{ReduceAllMean(training.Start(a.In(Start), in[0], in[1]))}
	})
	first := exec(func(in []*Node) []*Node {
		terms := training.AutoencoderLoss(in[0], in[1], in[2])
		update(terms.Loss, in[2], "/autoencoder/", "/loss/")
		return []*Node{terms.Loss, terms.Reconstruction, terms.KL, terms.Generator, terms.Weight, terms.LogVariance}
	})
	second := exec(func(in []*Node) []*Node {
		loss := training.DiscriminatorLoss(in[0], in[1], in[2])
		update(loss, in[2], "/discriminator/")
		return []*Node{loss}
	})

	waves := make([]float32, batch*32*32*3)
	for i := range waves {
		waves[i] = float32(math.Sin(float64(i/3%32)/5 + float64(i%3)))
	}
	x := tensors.FromFlatDataAndDimensions(waves, batch, 32, 32, 3)
	rng := rand.New(rand.NewPCG(1, 2))
	noise := func() *tensors.Tensor {
		values := make([]float32, batch*latent)
		for i := range values {
			values[i] = float32(rng.NormFloat64())
		}
		return tensors.FromFlatDataAndDimensions(values, batch, latent)
	}
	begin(x, noise())
	var losses []float64
	for step := range 8 {
		count := float32(step + 1)
		judge := sums(store, "/discriminator/")
		terms := first(x, noise(), count)
		if step > 0 && sums(store, "/discriminator/") != judge {
			t.Errorf("step %d of the autoencoder changes the discriminator", step)
		}
		loss, nll, kl, g, weight, logVariance := terms[0], terms[1], terms[2], terms[3], terms[4], terms[5]
		if want := nll + training.Losses.KL*kl + weight*g; math.Abs(loss-want) > 1e-4*math.Abs(want) {
			t.Errorf("the loss is %v, its terms give %v", loss, want)
		}
		if (weight > 0) != (step >= start) {
			t.Errorf("in step %d the adversarial term has weight %v", step, weight)
		}
		if (logVariance != 0) != (step > 0) {
			t.Errorf("in step %d the logarithm of the variance is %v", step, logVariance)
		}
		losses = append(losses, nll)
		before := sums(store, "/autoencoder/")
		judge = sums(store, "/discriminator/")
		if d := second(x, noise(), count)[0]; (d > 0) != (step >= start) {
			t.Errorf("in step %d the discriminator's loss is %v", step, d)
		}
		if sums(store, "/autoencoder/") != before {
			t.Errorf("step %d of the discriminator changes the autoencoder", step)
		}
		if step > 0 && (sums(store, "/discriminator/") != judge) != (step >= start) {
			t.Errorf("step %d changes the discriminator before it starts, or does not after", step)
		}
	}
	if last := losses[len(losses)-1]; !(last < losses[0]) {
		t.Errorf("the reconstruction term does not fall: %v", losses)
	}
	for v := range store.IterVariables() {
		if strings.HasSuffix(v.Path(), ".initialized") && tensors.ToScalar[float32](v.MustValue()) != 1 {
			t.Errorf("%s is not set", v.Path())
		}
	}
}
