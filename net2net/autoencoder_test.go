package net2net

import (
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// nchw reads a stored image [batch, channels, h, w] as [batch, h, w, channels].
func nchw(f fixture.File, name string) *tensors.Tensor {
	s := f.Shape(name)
	batch, c, h, w := s[0], s[1], s[2], s[3]
	values := f.Values(name)
	out := make([]float32, len(values))
	for i, v := range values {
		pixel, channel := i%(h*w), i/(h*w)%c
		out[(i/(c*h*w)*h*w+pixel)*c+channel] = v
	}
	return tensors.FromFlatDataAndDimensions(out, batch, h, w, c)
}

// setByRecipe gives the parameters the values of the recipe, after comparing names and shapes with the list
// of the fixture.
func setByRecipe(t *testing.T, scope *model.Scope, params []Param, list []fixture.Parameter, recipe fixture.Recipe) {
	t.Helper()
	shapes := map[string][]int{}
	for _, p := range list {
		shapes[p.Name] = p.Shape
	}
	for _, p := range params {
		shape, ok := shapes[p.Name]
		if !ok || !equalInts(shape, p.Shape) {
			t.Fatalf("the network has %s %v, the reference %v", p.Name, p.Shape, shape)
		}
		delete(shapes, p.Name)
		values := recipe.Weights(fixture.Parameter{Name: p.Name, Shape: shape})
		if err := p.Set(scope, values); err != nil {
			t.Fatal(err)
		}
	}
	for name := range shapes {
		t.Errorf("the network lacks the reference's %s", name)
	}
}

func equalInts(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// compareTensors is [compare] of two tensors.
func compareTensors(t *testing.T, name string, got, want *tensors.Tensor, tolerance float64) {
	t.Helper()
	t.Logf("%s: largest relative difference %.2g", name, compare(t, name, flat(got), flat(want), tolerance))
}

func vector(f fixture.File, name string) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(f.Values(name), f.Shape(name)...)
}

// divergences is the KL term of each row by itself, [batch].
func divergences(mean, logVar *Node) *Node {
	var each []*Node
	for i := range mean.Shape().Dimensions[0] {
		row := AxisRange(i, i+1)
		each = append(each, Reshape(autoencoder.KL(Slice(mean, row), Slice(logVar, row)), 1))
	}
	return Concatenate(each, 0)
}

func TestAutoencoder32ComputesWhatTheReferenceDoes(t *testing.T) {
	f := fixture.Read(t, "autoencoder32.safetensors")
	recipe := f.Recipe("gain")
	shape := f.Shape("image")
	latent := f.Shape("moments")[1] / 2
	levels := 0
	for _, p := range f.Parameters("autoencoder_parameters") {
		if len(p.Shape) == 4 && p.Shape[2] == 4 && p.Name[:7] == "feature" {
			levels++
		}
	}
	losses := Losses{DiscriminatorWeight: 0.5}
	fixture.OnBackends(t, fixture.Cheap, func(t *testing.T, backend compute.Backend) {
		store := model.NewStore()
		ae := store.RootScope().At("autoencoder")
		a, err := NewAutoencoder32(ae, Autoencoder32Config{Size: shape[2], Channels: shape[1], Latent: latent, Downsamples: levels})
		if err != nil {
			t.Fatal(err)
		}
		setByRecipe(t, ae, a.Params(), f.Parameters("autoencoder_parameters"), recipe)
		judge := store.RootScope().At("discriminator")
		d := NewPatchGAN(judge, shape[1])
		setByRecipe(t, judge, d.Params(), f.Parameters("discriminator_parameters"), recipe)

		exec, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) []*Node {
			x := in[0]
			mean, logVar := a.Encode(x)
			decoded := a.Decode(mean)
			real, fake := d.Judge(x, Evaluate), d.Judge(decoded, Evaluate)
			nll := losses.NegativeLogLikelihood(x, decoded, nil, ScalarZero(x.Graph(), x.DType()))
			g := autoencoder.HingeGenerator(fake)
			weight, nllNorm, gNorm := losses.AdaptiveWeight(nll, g, a.LastLayer(x.Graph()))
			return []*Node{Concatenate([]*Node{mean, logVar}, 1), divergences(mean, logVar), decoded, real, fake, nll, g, nllNorm,
				gNorm, weight, autoencoder.HingeDiscriminator(real, fake)}
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Exec(nchw(f, "image"))
		if err != nil {
			t.Fatal(err)
		}
		const values, gradients = 1e-4, 1e-3
		for i, want := range []struct {
			name      string
			tensor    *tensors.Tensor
			tolerance float64
		}{
			{"moments", vector(f, "moments"), values},
			{"kl", vector(f, "kl"), values},
			{"decoded", nchw(f, "decoded"), values},
			{"disc_real", nchw(f, "disc_real"), values},
			{"disc_fake", nchw(f, "disc_fake"), values},
			{"rec_l1_sum_per_image", vector(f, "rec_l1_sum_per_image"), values},
			{"g_loss", vector(f, "g_loss"), values},
			{"nll_grad_norm", vector(f, "nll_grad_norm"), gradients},
			{"g_grad_norm", vector(f, "g_grad_norm"), gradients},
			{"adaptive_weight", vector(f, "adaptive_weight"), gradients},
			{"hinge_d_loss", vector(f, "hinge_d_loss"), values},
		} {
			compareTensors(t, want.name, out[i], want.tensor, want.tolerance)
		}
	})
}
