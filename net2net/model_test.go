package net2net

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/weights"
	"github.com/dataprism/dataprism/weights/checkpoint"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"
)

// small is a model of both stages whose weights are quickly made.
func small() *Model {
	return &Model{
		Small: &Autoencoder32Config{Size: 16, Channels: 1, Latent: 6, Downsamples: 2},
		Flow: &FlowConfig{Dim: 6, Collections: 3, Blocks: 2, Hidden: 8, Depth: 1, Embedding: 4,
			EmbedderHidden: 7, EmbedderDepth: 3, BatchNorm: true},
	}
}

// file makes a checkpoint of a model, with weights that follow from their names.
func file(t *testing.T, m *Model) *weights.File {
	t.Helper()
	store := model.NewStore()
	parts, err := m.parts(exported())
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		for _, p := range part.params {
			values := fixture.Recipe{Gain: 1}.Weights(fixture.Parameter{Name: p.Name, Shape: p.Shape})
			if p.DType != 0 {
				for i := range values {
					values[i] = float32(i)
				}
			}
			if err := p.Set(store.Scope("/"+part.scope), values); err != nil {
				t.Fatal(err)
			}
		}
	}
	f := &weights.File{}
	if err := m.Export(store, f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestNetworksAreFoundByNamesAndShapes(t *testing.T) {
	plain := small()
	plain.Flow.BatchNorm = false
	tests := map[string]*Model{
		"both stages": small(), "no batch normalisation": plain,
		"flow alone": {Flow: small().Flow}, "autoencoder alone": {Small: small().Small},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Detect(file(t, want))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWeightsGoInAndOutUnchanged(t *testing.T) {
	m := small()
	original := file(t, m)
	store := model.NewStore()
	found, unexpected, err := Import(store, original)
	if err != nil || len(unexpected) > 0 {
		t.Fatal(err, unexpected)
	}
	exported := &weights.File{}
	if err := found.Export(store, exported); err != nil {
		t.Fatal(err)
	}
	if len(exported.Tensors()) != len(original.Tensors()) {
		t.Errorf("%d tensors became %d", len(original.Tensors()), len(exported.Tensors()))
	}
	for _, want := range original.Tensors() {
		got, _ := exported.Lookup(want.Name)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s changed", want.Name)
		}
	}
}

func TestMissingAndUnexpectedWeightsAreNamed(t *testing.T) {
	whole := file(t, small())
	lacking, more := &weights.File{}, &weights.File{}
	for _, x := range whole.Tensors() {
		if x.Name != "flow.embedder.main.0.bias" {
			if err := lacking.Add(x); err != nil {
				t.Fatal(err)
			}
		}
		if err := more.Add(x); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := Import(model.NewStore(), lacking); err == nil || !strings.Contains(err.Error(), "the flow: 1 weights are missing: embedder.main.0.bias") {
		t.Errorf("error is %v", err)
	}
	for _, name := range []string{"first_stage_model.loss.discriminator.main.0.weight", "flow.stray"} {
		if err := weights.Put(more, name, []int{1}, []float32{1}); err != nil {
			t.Fatal(err)
		}
	}
	_, unexpected, err := Import(model.NewStore(), more)
	if diff := cmp.Diff([]string{"flow.stray"}, unexpected); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestFilesWithoutOneModelAreRefused(t *testing.T) {
	twice := file(t, small())
	stray, err := twice.Tensor("flow.sub_layers.0.norm_layer.loc")
	if err != nil {
		t.Fatal(err)
	}
	stray.Name = "other." + strings.TrimPrefix(stray.Name, "flow.")
	if err := twice.Add(stray); err != nil {
		t.Fatal(err)
	}
	half := &weights.File{}
	other := &weights.File{}
	flat := &weights.File{}
	for f, name := range map[*weights.File]string{half: "encoder.model.layer3.22.conv3.weight", other: "bert.weight", flat: "sub_layers.0.norm_layer.loc"} {
		if err := weights.Put(f, name, []int{1}, []float32{1}); err != nil {
			t.Fatal(err)
		}
	}
	for says, f := range map[string]*weights.File{"two networks": twice, "half": half, "bert.weight": other, "none of": {}, "axes": flat} {
		if m, err := Detect(f); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: found %v, error %v", says, m, err)
		}
	}
}

func TestTheAuthorsCheckpointIsRecognised(t *testing.T) {
	f := fixture.Read(t, "lightning.safetensors")
	c, err := checkpoint.Read(fixture.Path(t, "lightning.ckpt"))
	if err != nil {
		t.Fatal(err)
	}
	m, unexpected, err := Import(model.NewStore(), c.Weights)
	if err != nil || len(unexpected) > 0 {
		t.Fatal(err, unexpected)
	}
	if m.Flow == nil {
		t.Fatal("the flow was not found")
	}
	_, batchNorm := c.Weights.Lookup("flow.embedder.main.1.running_mean")
	want := &Model{Flow: &FlowConfig{
		Dim: f.Int("D"), Collections: f.Int("classes"), Blocks: f.Int("flows"), Hidden: f.Int("hidden"), Depth: f.Int("depth"),
		Embedding: f.Int("embedding"), EmbedderHidden: m.Flow.EmbedderHidden, EmbedderDepth: m.Flow.EmbedderDepth, BatchNorm: batchNorm,
	}}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
	if latent := m.Latent(); latent != f.Int("D") {
		t.Error(latent)
	}
}

func TestSafetensorsOfTheReferenceAreReadAsWell(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := weights.Write(path, file(t, small())); err != nil {
		t.Fatal(err)
	}
	f, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Import(model.NewStore(), f); err != nil {
		t.Error(err)
	}
}

func TestModelsOfTwoFilesAreJoined(t *testing.T) {
	whole := small()
	first, second := &Model{Small: whole.Small}, &Model{Flow: whole.Flow}
	joined, err := second.Join(first)
	if diff := cmp.Diff(whole, joined); err != nil || diff != "" {
		t.Error(err, diff)
	}
	other := &Model{Large: &Autoencoder256Config{Latent: 128, Width: 8}}
	for says, pair := range map[string][2]*Model{
		"both have an autoencoder": {whole, first}, "both have a flow": {whole, second}, "128 values, the flow is for 6": {second, other},
	} {
		if _, err := pair[0].Join(pair[1]); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v", says, err)
		}
	}
}
