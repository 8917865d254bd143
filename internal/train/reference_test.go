package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/reference"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/weights"
)

// published is a tiny training of a model of the reference, in which the discriminator starts on the way.
func published() Run {
	m := &reference.Model{
		Small: &autoencoder.Net2Net32Config{Size: 32, Channels: 1, Latent: 8, Downsamples: 2},
		Flow: &flow.ReferenceConfig{Dim: 8, Collections: 2, Blocks: 2, Hidden: 8, Depth: 1, Embedding: 4,
			EmbedderHidden: 8, EmbedderDepth: 1, BatchNorm: true},
	}
	cfg := DefaultReferenceConfig(m)
	cfg.Autoencoder.Steps, cfg.Autoencoder.Batch = 3, 2
	cfg.Flow.Steps, cfg.Flow.Batch = 4, 8
	cfg.Reference.Losses.DiscriminatorStart = 1
	return Run{
		Run:      prism.Run{Version: prism.RunVersion, Seed: 5, Model: prism.Config{Collections: []string{"bright", "dark"}, Reference: m}},
		Training: cfg,
	}
}

func trainPublished(t *testing.T, ctx context.Context, dir string, d *collection.Dataset, o Options) error {
	t.Helper()
	run, err := Prepare(dir, published(), o.Resume)
	if err != nil {
		t.Fatal(err)
	}
	o.Dir = dir
	_, err = Train(ctx, newBackend(t), d, run, o)
	return err
}

func TestReferenceStoppedAndResumedEndsAtTheSameBits(t *testing.T) {
	d := shapes(t)
	whole, broken := t.TempDir(), t.TempDir()
	var events []Event
	if err := trainPublished(t, context.Background(), whole, d, Options{Progress: func(e Event) { events = append(events, e) }}); err != nil {
		t.Fatal(err)
	}
	if len(events) != 3+4 {
		t.Fatalf("%d steps were done, want 7", len(events))
	}
	for i, weight := range []bool{false, true, true} {
		if terms := events[i].Terms; (terms["adversary_weight"] > 0) != weight || (terms["discriminator"] > 0) != weight {
			t.Errorf("in step %d the adversary's weight and the discriminator's loss are %v and %v", i+1, terms["adversary_weight"], terms["discriminator"])
		}
	}
	for stops := 0; ; stops++ {
		ctx, cancel := context.WithCancel(context.Background())
		steps := 0
		err := trainPublished(t, ctx, broken, d, Options{Resume: true, Progress: func(Event) {
			if steps++; steps == 2 {
				cancel()
			}
		}})
		cancel()
		if err == nil {
			if stops < 2 {
				t.Errorf("only %d stops happened", stops)
			}
			break
		}
		if !errors.Is(err, ErrStopped) || stops > 10 {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(filepath.Join(whole, prism.WeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(broken, prism.WeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the weights differ from those of an undisturbed run")
	}
}

func TestTrainedReferenceOpensInvertsAndIsExported(t *testing.T) {
	d := shapes(t)
	dir := t.TempDir()
	if err := trainPublished(t, context.Background(), dir, d, Options{}); err != nil {
		t.Fatal(err)
	}
	p, _, err := prism.Open(newBackend(t), dir)
	if err != nil {
		t.Fatal(err)
	}
	rows := d.Collections[1].Validation
	from := prism.Repeat(1, len(rows))
	z, _, err := p.Encode(d.ImagesOf(from, rows))
	if err != nil {
		t.Fatal(err)
	}
	same, err := p.Project(z, from, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range z {
		if diff := same[i] - z[i]; diff > 1e-3 || diff < -1e-3 {
			t.Fatalf("projecting to its own collection moves a latent from %g to %g", z[i], same[i])
		}
	}
	out := filepath.Join(t.TempDir(), "exported")
	if err := p.Export(out, 1); err != nil {
		t.Fatal(err)
	}
	file, err := weights.Read(filepath.Join(out, prism.WeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	started, err := file.Tensor("flow.sub_layers.0.norm_layer.initialized")
	if err != nil || started.Data[0] != 1 {
		t.Errorf("the normalisations are not started from data: %v, %v", started.Data, err)
	}
}

func TestReferenceTrainingIsChecked(t *testing.T) {
	for says, change := range map[string]func(*Run){
		"both be the reference's": func(r *Run) { r.Training = DefaultConfig() },
		"decoder.steps":           func(r *Run) { r.Training.Decoder.Steps = 1 },
		"label_dropout":           func(r *Run) { r.Training.Latents.LabelDropout = 0.1 },
		"discriminator_start":     func(r *Run) { r.Training.Reference.Losses.DiscriminatorStart = -1 },
		"an autoencoder and a":    func(r *Run) { r.Model.Reference.Flow = nil },
		"3 channels":              func(r *Run) { r.Training.Reference.LPIPS = "lpips.safetensors" },
		"nowhere.safetensors": func(r *Run) {
			r.Model.Reference.Small.Channels, r.Training.Reference.LPIPS = 3, "nowhere.safetensors"
		},
	} {
		run := published()
		change(&run)
		dir := filepath.Join(t.TempDir(), "run")
		if _, err := Prepare(dir, run, false); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v", says, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: the folder is made", says)
		}
	}
}
