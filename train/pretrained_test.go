package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/pretrained"
	"github.com/dataprism/dataprism/weights"
)

// pretrainedTask is a tiny training behind TAESD, whose weights are in the file.
func pretrainedTask(file string) Task {
	task := tiny()
	task.Model.Autoencoder = autoencoder.Config{}
	task.Model.Pretrained = &pretrained.Config{TAESD: &pretrained.TAESDConfig{Width: 64, Channels: 4}, Size: 32, Channels: 1, Latent: 8}
	schedule := task.Training.Flow
	task.Training = DefaultPretrainedConfig([]string{file})
	task.Training.Flow = schedule
	return task
}

func TestTrainingBehindAPretrainedAutoencoderStoppedAndResumedEndsAtTheSameBits(t *testing.T) {
	d := shapes(t)
	whole, broken := t.TempDir(), t.TempDir()
	file := fixture.TAESD(t)
	var notes []string
	var events []Event
	note := func(text string) { notes = append(notes, text) }
	if err := train(t, context.Background(), whole, d, pretrainedTask(file), Options{Note: note, Progress: func(e Event) { events = append(events, e) }}); err != nil {
		t.Fatal(err)
	}
	if len(events) != 2+4 || events[0].Phase != AutoencoderPhase || !(events[0].Loss > 0) {
		t.Errorf("the steps were %+v", events)
	}
	for _, says := range []string{"of the 64 values", "latents are in use", "reconstructed"} {
		if !strings.Contains(strings.Join(notes, "\n"), says) {
			t.Errorf("no note says %q: %q", says, notes)
		}
	}
	stops := 0
	for ; ; stops++ {
		ctx, cancel := context.WithCancel(context.Background())
		err := train(t, ctx, broken, d, pretrainedTask(file), Options{Resume: true, Progress: func(Event) { cancel() }})
		cancel()
		if err == nil {
			break
		} else if !errors.Is(err, ErrStopped) {
			t.Fatal(err)
		}
		if stops == 0 { // what was encoded is done again where it is damaged, and the file of weights is not needed
			latents := filepath.Join(broken, CheckpointDir, latentsDir, "000000.safetensors")
			if err := errors.Join(os.Truncate(latents, 100), os.Remove(file)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if stops < 5 {
		t.Errorf("it was stopped %d times", stops)
	}
	a, err := os.ReadFile(filepath.Join(whole, weightsFile))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(broken, weightsFile))
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("interrupted, the training ends in another model: %v", err)
	}
	if err := DropLatents(broken); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(broken, CheckpointDir, latentsDir)); err == nil {
		t.Error("the whole latents are still there")
	}
}

func TestAPretrainedAutoencoderThatDoesNotFitIsExplained(t *testing.T) {
	file := fixture.TAESD(t)
	for says, change := range map[string]func(task *Task){
		"or neither":          func(task *Task) { task.Training.Pretrained = nil },
		"is not trained":      func(task *Task) { task.Training.Autoencoder = tiny().Training.Autoencoder },
		"name one of them":    func(task *Task) { task.Model.Autoencoder = tiny().Model.Autoencoder },
		"must be equal":       func(task *Task) { task.Model.Flow.Dim = 10 },
		"another autoencoder": func(task *Task) { task.Model.Pretrained.TAESD = &pretrained.TAESDConfig{Width: 32, Channels: 4} },
		"gone.safetensors":    func(task *Task) { task.Training.Pretrained = []string{"gone.safetensors"} },
		"size is 36":          func(task *Task) { task.Model.Pretrained.Size = 36 },
	} {
		task := pretrainedTask(file)
		change(&task)
		if err := train(t, context.Background(), t.TempDir(), shapes(t), task, Options{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error is %v, want one that says %q", err, says)
		}
	}
}

func TestNoiseOfPretrainedLatentsIsWhatComponentsLeaveOut(t *testing.T) {
	d, dir := shapes(t), t.TempDir()
	if err := train(t, context.Background(), dir, d, pretrainedTask(fixture.TAESD(t)), Options{}); err != nil {
		t.Fatal(err)
	}
	file, err := weights.Read(filepath.Join(dir, weightsFile))
	if err != nil {
		t.Fatal(err)
	}
	values := func(name string) []float32 {
		tensor, err := file.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		v, err := tensor.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	// σ²/(s² + σ²) in each latent, for one σ².
	scale, logVar := values("autoencoder/linear/scale"), values("autoencoder/linear/log_var")
	var first float64
	for i, s := range scale {
		noise := math.Exp(float64(logVar[i]))
		variance := float64(s) * float64(s) * noise / (1 - noise)
		if i == 0 {
			first = variance
		}
		if !(variance > 0.99*first && variance < 1.01*first) {
			t.Errorf("component %d has noise of variance %g, the first %g", i, variance, first)
		}
	}
}
