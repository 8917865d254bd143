package train

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/net2net"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/weights"
)

// net2netTask is a tiny training of a model of the published system, in which the discriminator starts on the way.
func net2netTask() Task {
	m := &net2net.Model{
		Small: &net2net.Autoencoder32Config{Size: 32, Channels: 1, Latent: 8, Downsamples: 2},
		Flow: &net2net.FlowConfig{Dim: 8, Collections: 2, Blocks: 2, Hidden: 8, Depth: 1, Embedding: 4,
			EmbedderHidden: 8, EmbedderDepth: 1, BatchNorm: true},
	}
	cfg := DefaultNet2NetConfig(m)
	cfg.Autoencoder.Steps, cfg.Autoencoder.Batch = 3, 2
	cfg.Flow.Steps, cfg.Flow.Batch = 4, 8
	cfg.Net2Net.Losses.DiscriminatorStart = 1
	return Task{
		Model:    prism.Config{Collections: []string{"bright", "dark"}, Net2Net: m},
		Training: cfg,
		Seed:     5,
	}
}

func TestNet2NetStoppedAndResumedEndsAtTheSameBits(t *testing.T) {
	d := shapes(t)
	whole, broken := t.TempDir(), t.TempDir()
	var events []Event
	if err := train(t, context.Background(), whole, d, net2netTask(), Options{Progress: func(e Event) { events = append(events, e) }}); err != nil {
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
		err := train(t, ctx, broken, d, net2netTask(), Options{Resume: true, Progress: func(Event) {
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
	want, err := os.ReadFile(filepath.Join(whole, weightsFile))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(broken, weightsFile))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the weights differ from those of an undisturbed run")
	}
}

func TestTrainedNet2NetOpensInvertsAndIsExported(t *testing.T) {
	d := shapes(t)
	dir := t.TempDir()
	if err := train(t, context.Background(), dir, d, net2netTask(), Options{}); err != nil {
		t.Fatal(err)
	}
	p, err := prism.Read(simdtest.New(t), filepath.Join(dir, weightsFile), net2netTask().Model)
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
	out := t.TempDir()
	if err := p.Export(out, 1); err != nil {
		t.Fatal(err)
	}
	file, err := weights.Read(filepath.Join(out, weightsFile))
	if err != nil {
		t.Fatal(err)
	}
	started, err := file.Tensor("flow.sub_layers.0.norm_layer.initialized")
	if err != nil || started.Data[0] != 1 {
		t.Errorf("the normalisations are not started from data: %v, %v", started.Data, err)
	}
}

func TestNet2NetTrainingIsChecked(t *testing.T) {
	for says, change := range map[string]func(*Task){
		"both be net2net's":    func(r *Task) { r.Training = DefaultConfig() },
		"decoder.steps":        func(r *Task) { r.Training.Decoder.Steps = 1 },
		"label_dropout":        func(r *Task) { r.Training.Latents.LabelDropout = 0.1 },
		"discriminator_start":  func(r *Task) { r.Training.Net2Net.Losses.DiscriminatorStart = -1 },
		"an autoencoder and a": func(r *Task) { r.Model.Net2Net.Flow = nil },
		"3 channels":           func(r *Task) { r.Training.Net2Net.LPIPS = "lpips.safetensors" },
		"nowhere.safetensors": func(r *Task) {
			r.Model.Net2Net.Small.Channels, r.Training.Net2Net.LPIPS = 3, "nowhere.safetensors"
		},
	} {
		task := net2netTask()
		change(&task)
		if err := task.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v", says, err)
		}
	}
}
