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

func TestAutoencoder256ComputesWhatTheReferenceDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("a hundred million weights take a while")
	}
	f := fixture.Read(t, "resnet101_biggan256.safetensors")
	width := 0
	for _, p := range f.Parameters("decoder_parameters") {
		if p.Name == "decoder.ScaledCrossReplicaBN.loc" {
			width = p.Shape[1]
		}
	}
	fixture.OnBackends(t, fixture.Dear, func(t *testing.T, backend compute.Backend) {
		store := model.NewStore()
		scope := store.RootScope().At("autoencoder")
		a, err := NewAutoencoder256(scope, Autoencoder256Config{Latent: f.Shape("latent")[1], Width: width})
		if err != nil {
			t.Fatal(err)
		}
		setByRecipe(t, scope.At(autoencoder.EncoderScope), a.EncoderParams(), f.Parameters("encoder_parameters"), f.Recipe("encoder_gain"))
		setByRecipe(t, scope.At(autoencoder.DecoderScope), a.DecoderParams(), f.Parameters("decoder_parameters"), f.Recipe("decoder_gain"))
		if err := a.Fold(); err != nil {
			t.Fatal(err)
		}
		encode, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) []*Node {
			mean, logVar := a.Encode(in[0])
			return []*Node{mean, Concatenate([]*Node{mean, logVar}, 1)}
		})
		if err != nil {
			t.Fatal(err)
		}
		decode, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) *Node { return a.Decode(in[0]) })
		if err != nil {
			t.Fatal(err)
		}
		run := func(exec *model.Exec, input *tensors.Tensor) []*tensors.Tensor {
			out, err := exec.Exec(input)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		moments := run(encode, nchw(f, "image"))
		compareTensors(t, "moments", moments[1], vector(f, "moments"), 1e-4)
		compareTensors(t, "decoded", run(decode, vector(f, "latent"))[0], nchw(f, "decoded"), 1e-3)
		compareTensors(t, "reconstruction", run(decode, moments[0])[0], nchw(f, "reconstruction"), 1e-3)
	})
}
