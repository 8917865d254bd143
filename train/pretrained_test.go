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
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/pretrained"
	"github.com/dataprism/dataprism/weights"
)

// pretrainedTask is a tiny training behind TAESD, whose weights are in the file.
func pretrainedTask(file string) Task {
	task := tiny()
	task.Model.Autoencoder = autoencoder.Config{}
	task.Model.Pretrained = &pretrained.Config{TAESD: &pretrained.TAESDConfig{Width: 64, Channels: 4}, Size: 32, Channels: 1, Latent: 8, Thumbnail: true}
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
	for _, says := range []string{"of the 80 values", "latents are in use", "reconstructed"} {
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

// trainedTensors trains a task and returns the tensors of the model.
func trainedTensors(t *testing.T, d *collection.Dataset, task Task) map[string][]float32 {
	t.Helper()
	dir := t.TempDir()
	if err := train(t, context.Background(), dir, d, task, Options{}); err != nil {
		t.Fatal(err)
	}
	file, err := weights.Read(filepath.Join(dir, weightsFile))
	if err != nil {
		t.Fatal(err)
	}
	tensors := map[string][]float32{}
	for _, each := range file.Tensors() {
		if each.DType == weights.F32 {
			if tensors[each.Name], err = each.Float32s(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return tensors
}

func TestNoiseOfPretrainedLatentsIsWhatComponentsLeaveOut(t *testing.T) {
	values := trainedTensors(t, shapes(t), pretrainedTask(fixture.TAESD(t)))
	// σ²/(s² + σ²) in each latent, for one σ².
	scale, logVar := values["autoencoder/linear/scale"], values["autoencoder/linear/log_var"]
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

func TestComponentsAreOfThumbnailsWhereTheModelNamesThem(t *testing.T) {
	d, file := shapes(t), fixture.TAESD(t)
	const weight, mean, basis, y = "autoencoder/whole/weight", "autoencoder/linear/mean", "autoencoder/linear/basis", 4 * 4 * 4
	task := pretrainedTask(file)
	with := trainedTensors(t, d, task)
	task.Model.Pretrained.Thumbnail = false
	without := trainedTensors(t, d, task)
	if w := without[weight]; w != nil || len(without[mean]) != y {
		t.Errorf("without thumbnails the weight is %v, and the components are of %d values", w, len(without[mean]))
	}
	w := with[weight]
	if len(w) != 1 || !(w[0] > 0) || len(with[mean]) != y+4*4 {
		t.Fatalf("with thumbnails the weight is %v, and the components are of %d values", w, len(with[mean]))
	}
	// The same images, apart from rounding: one of both means is the other's, weighted.
	for i, m := range without[mean] {
		if got, want := float64(with[mean][i]), float64(m*w[0]); math.Abs(got-want) > 1e-4*(math.Abs(want)+float64(w[0])) {
			t.Errorf("the mean of value %d is %g, want %g", i, got, want)
		}
	}
	// Ten times the variance, all but a tenth of the components.
	var ofThumbnails, all float64
	k := len(with[basis]) / len(with[mean])
	for i, v := range with[basis] {
		all += float64(v) * float64(v)
		if i/k >= y {
			ofThumbnails += float64(v) * float64(v)
		}
	}
	if ofThumbnails < 0.8*all {
		t.Errorf("thumbnails have %.2f of the components", ofThumbnails/all)
	}
}
