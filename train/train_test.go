package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/weights"
)

// shapes makes two collections of simple images: bright and dark squares of random place.
func shapes(t *testing.T) *collection.Dataset {
	t.Helper()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 1))
	var specs []collection.Spec
	for name, paint := range map[string]color.Gray{"bright": {240}, "dark": {20}} {
		folder := filepath.Join(dir, name)
		for i := range 24 {
			img := image.NewGray(image.Rect(0, 0, 32, 32))
			for p := range img.Pix {
				img.Pix[p] = 128
			}
			x0, y0 := rng.IntN(20), rng.IntN(20)
			for y := y0; y < y0+12; y++ {
				for x := x0; x < x0+12; x++ {
					img.SetGray(x, y, paint)
				}
			}
			writePNG(t, filepath.Join(folder, string(rune('a'+i))+".png"), img)
		}
		specs = append(specs, collection.Spec{Name: name, Path: folder})
	}
	if specs[0].Name == "dark" {
		specs[0], specs[1] = specs[1], specs[0]
	}
	return opened(t, specs, filepath.Join(dir, "cache"))
}

func writePNG(t *testing.T, path string, img image.Image) {
	t.Helper()
	var b bytes.Buffer
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), png.Encode(&b, img)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func opened(t *testing.T, specs []collection.Spec, cache string) *collection.Dataset {
	t.Helper()
	d, err := collection.Open(context.Background(), specs, collection.Options{Size: 32, Gray: true, Seed: 3, Validation: 0.25, CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func tiny() Task {
	cfg := DefaultConfig()
	cfg.Autoencoder.Steps, cfg.Autoencoder.Batch = 3, 4
	cfg.Decoder.Steps, cfg.Decoder.Batch = 2, 2
	cfg.Flow.Steps, cfg.Flow.Batch = 4, 8
	cfg.Adversary.Width = 8
	ae := autoencoder.Config{Size: 32, Channels: 1, Latent: 8, Width: 16, Linear: true, Refine: true}
	fl := flow.DefaultConfig(8, 2)
	fl.Blocks, fl.Shared, fl.Hidden, fl.Sliced, fl.SlicedCodes = 3, 1, 16, true, true
	return Task{
		Model:    prism.Config{Collections: []string{"bright", "dark"}, Autoencoder: ae, Flow: fl},
		Training: cfg,
		Seed:     5,
	}
}

// weightsFile is where [train] leaves what it trained.
const weightsFile = "model.safetensors"

func train(t *testing.T, ctx context.Context, dir string, d *collection.Dataset, task Task, o Options) error {
	t.Helper()
	o.Dir = dir
	p, err := Train(ctx, simdtest.New(t), d, task, o)
	if err != nil {
		return err
	}
	return p.Write(filepath.Join(dir, weightsFile))
}

// checkInterrupted trains the task once undisturbed and once with a stop after every so many steps, compares both, and
// returns how many steps there are.
func checkInterrupted(t *testing.T, d *collection.Dataset, task Task, every ...int) int {
	t.Helper()
	whole := t.TempDir()
	if err := train(t, context.Background(), whole, d, task, Options{}); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(whole, weightsFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := func(dir string) int {
		log, err := os.ReadFile(filepath.Join(dir, MetricsFile))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(log, []byte("\n"))
	}
	for _, every := range every {
		broken := t.TempDir()
		stops := 0
		for {
			ctx, cancel := context.WithCancel(context.Background())
			steps := 0
			err := train(t, ctx, broken, d, task, Options{Resume: true, Progress: func(Event) {
				if steps++; steps == every {
					cancel()
				}
			}})
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, ErrStopped) {
				t.Fatal(err)
			}
			if stops++; stops > 20 {
				t.Fatal("resuming makes no progress")
			}
		}
		got, err := os.ReadFile(filepath.Join(broken, weightsFile))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("after %d stops the weights differ from those of an undisturbed run", stops)
		}
		if stops < 3 {
			t.Errorf("only %d stops happened", stops)
		}
		if n, m := lines(whole), lines(broken); n != m {
			t.Errorf("%d lines of metrics in one run, %d in the other", n, m)
		}
	}
	return lines(whole)
}

func TestStoppedAndResumedAtEveryStepEndsAtTheSameBits(t *testing.T) {
	steps := checkInterrupted(t, shapes(t), tiny(), 1, 2) // of which 1 stops at the ends of phases, too
	if steps != 3+2+4 {
		t.Errorf("%d lines of metrics, want 9", steps)
	}
}

func TestTrainedRunOpensAndInverts(t *testing.T) {
	d := shapes(t)
	dir := t.TempDir()
	if err := train(t, context.Background(), dir, d, tiny(), Options{}); err != nil {
		t.Fatal(err)
	}
	p, err := prism.Read(simdtest.New(t), filepath.Join(dir, weightsFile), tiny().Model)
	if err != nil {
		t.Fatal(err)
	}
	n := len(d.Collections[0].Validation)
	z, _, err := p.Encode(d.ImagesOf(prism.Repeat(0, n), d.Collections[0].Validation))
	if err != nil {
		t.Fatal(err)
	}
	same, err := p.Project(z, prism.Repeat(0, n), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range z {
		if diff := same[i] - z[i]; diff > 1e-3 || diff < -1e-3 {
			t.Fatalf("projecting to its own collection moves a latent from %g to %g", z[i], same[i])
		}
	}
	posterior, err := p.Posterior(z)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range posterior {
		if sum := row[0] + row[1]; sum < 0.999 || sum > 1.001 {
			t.Errorf("a posterior adds up to %g", sum)
		}
	}
}

func TestAnotherTaskIsNotContinuedAndWhatChangedIsNamed(t *testing.T) {
	d := shapes(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	err := train(t, ctx, dir, d, tiny(), Options{Progress: func(Event) { cancel() }})
	if !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*Task){
		"model.flow.hidden was 16 and is 32":            func(c *Task) { c.Model.Flow.Hidden = 32 },
		"training.flow.batch was 8 and is 9":            func(c *Task) { c.Training.Flow.Batch = 9 },
		"seed was 5 and is 6":                           func(c *Task) { c.Seed = 6 },
		"training.decoder.steps was above 0 and is 0":   func(c *Task) { c.Training.Decoder.Steps = 0 },
		"model.collections was [bright, dark] and is [": func(c *Task) { c.Model.Collections = []string{"x", "dark"} },
	} {
		task := tiny()
		change(&task)
		var changed *ChangedError
		err := train(t, context.Background(), dir, d, task, Options{Resume: true})
		if !errors.As(err, &changed) || !strings.Contains(err.Error(), says) || len(changed.Changes) != 1 {
			t.Errorf("%s: the error is %v", says, err)
		}
	}
}

// What the error of a training that diverged advises works.
func TestTrainingThatDivergedGoesOnAtALowerRateOrFromAnotherSeed(t *testing.T) {
	d := shapes(t)
	for name, advice := range map[string]func(*Config){
		"rate": func(c *Config) { c.Flow.Rate = 1e-3 },
		"seed": func(c *Config) { c.Flow.Rate, c.Seed = 1e-3, 77 },
	} {
		dir := t.TempDir()
		task := tiny()
		task.Training.Flow.Rate, task.Training.Flow.Clip = 1e30, 0
		var diverged *DivergedError
		if err := train(t, context.Background(), dir, d, task, Options{}); !errors.As(err, &diverged) || diverged.Phase != FlowPhase {
			t.Fatalf("%s: the error is %v", name, err)
		}
		for _, says := range []string{"training.flow.rate", "training.seed"} {
			if !strings.Contains(diverged.Error(), says) {
				t.Errorf("the error %q does not name %s", diverged, says)
			}
		}
		advice(&task.Training)
		if err := train(t, context.Background(), dir, d, task, Options{Resume: true}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckpointsOfAnotherHistoryDoNotPushOutWhatIsWritten(t *testing.T) {
	d := shapes(t)
	dir := t.TempDir()
	folder := filepath.Join(dir, CheckpointDir)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"2-flow-00000001.safetensors", "2-flow-00000002.safetensors", "mine.safetensors"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("of another run"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err := train(t, ctx, dir, d, tiny(), Options{CheckpointEvery: 1, Progress: func(e Event) {
		if e.Step == 3 {
			cancel()
		}
	}})
	if !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	names, err := checkpoints(dir)
	if err != nil || len(names) == 0 || !strings.HasPrefix(names[len(names)-1], "0-") && !strings.HasPrefix(names[len(names)-1], "1-") {
		t.Errorf("the checkpoints are %v, %v", names, err)
	}
	if _, err := os.Stat(filepath.Join(folder, "mine.safetensors")); err != nil {
		t.Errorf("a file that is no checkpoint: %v", err)
	}
	if err := train(t, context.Background(), dir, d, tiny(), Options{Resume: true}); err != nil {
		t.Errorf("resuming: %v", err)
	}
}

func TestDamagedCheckpointFallsBackToTheOneBefore(t *testing.T) {
	d := shapes(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err := train(t, ctx, dir, d, tiny(), Options{CheckpointEvery: 1, Progress: func(e Event) {
		if e.Phase == FlowPhase && e.Step == 2 {
			cancel()
		}
	}})
	if !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	names, err := checkpoints(dir)
	if err != nil || len(names) != keptNewest {
		t.Fatalf("checkpoints %v, %v", names, err)
	}
	path := filepath.Join(dir, CheckpointDir, names[len(names)-1])
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-5] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := train(t, context.Background(), dir, d, tiny(), Options{Resume: true}); err != nil {
		t.Errorf("after damage to the newest checkpoint: %v", err)
	}
}

func TestNothingThatIsNotFiniteIsSaved(t *testing.T) {
	d := shapes(t)
	dir := t.TempDir()
	task := tiny()
	task.Training.Decoder.Steps, task.Training.Decoder.Rate, task.Training.Decoder.Clip = 50, 1e38, 0
	var diverged *DivergedError
	err := train(t, context.Background(), dir, d, task, Options{CheckpointEvery: 1})
	if !errors.As(err, &diverged) || diverged.Phase != DecoderPhase {
		t.Fatalf("a rate beyond all bounds ends in %v", err)
	}
	names, err := checkpoints(dir)
	if err != nil || len(names) == 0 {
		t.Fatalf("checkpoints %v, %v", names, err)
	}
	for _, name := range names {
		file, err := weights.Read(filepath.Join(dir, CheckpointDir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range file.Tensors() {
			values, err := w.Float32s()
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				if v-v != 0 {
					t.Fatalf("%s: %s holds %g", name, w.Name, v)
				}
			}
		}
	}
}

func TestBothNetworksOfTheDecoderPhaseAreWatched(t *testing.T) {
	d := shapes(t)
	seen := map[string]bool{}
	if err := train(t, context.Background(), t.TempDir(), d, tiny(), Options{Progress: func(e Event) {
		for name := range e.Terms {
			seen[e.Phase+" "+name] = true
		}
	}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"decoder gradient", "decoder discriminator_gradient"} {
		if !seen[want] {
			t.Errorf("no term %q", want)
		}
	}
}

func TestCollectionsOfFewImagesAreRefusedBeforeTraining(t *testing.T) {
	d := shapes(t)
	d.Collections[1].Train = d.Collections[1].Train[:leastImages-1]
	if err := train(t, context.Background(), t.TempDir(), d, tiny(), Options{}); err == nil || !strings.Contains(err.Error(), d.Collections[1].Name) {
		t.Errorf("too few images give %v", err)
	}
}

func TestTheFlowSeesFewImagesNoMoreThanItsEpochs(t *testing.T) {
	d := shapes(t)
	fewest := min(len(d.Collections[0].Train), len(d.Collections[1].Train))
	task := tiny()
	task.Training.Flow.Steps, task.Training.Flow.Epochs = 400, 3
	var last Event
	var notes []string
	err := train(t, context.Background(), t.TempDir(), d, task, Options{
		Progress: func(e Event) { last = e },
		Note:     func(line string) { notes = append(notes, line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := float64(last.Step*task.Training.Flow.Batch) / 2 / float64(fewest)
	if last.Phase != FlowPhase || last.Progress != 1 || seen > 3 || seen < 2 {
		t.Errorf("the last step is %+v, after %.2f passes over the %d images of a collection, want 3", last, seen, fewest)
	}
	if text := strings.Join(notes, "\n"); !strings.Contains(text, fmt.Sprintf("after %d steps", last.Step)) {
		t.Errorf("the log does not say why the flow ended:\n%s", text)
	}
}

// A run by time tells what ended the flow only where its steps did, and that the time was too short for the autoencoder.
func TestARunByTimeIsToldOnlyWhatHappens(t *testing.T) {
	d := shapes(t)
	task := tiny()
	task.Training.Time = 50 * time.Millisecond
	task.Training.Flow.Steps, task.Training.Flow.Epochs = 100_000, 10_000
	var last Event
	var notes []string
	options := Options{
		Progress: func(e Event) { last = e },
		Note:     func(line string) { notes = append(notes, line) },
	}
	if err := train(t, context.Background(), t.TempDir(), d, task, options); err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(notes, "\n"); last.Phase != FlowPhase || strings.Contains(text, "the flow ended") {
		t.Errorf("of a flow that the time ended after %d steps it is said:\n%s", last.Step, text)
	}
	if end := notes[len(notes)-1]; !strings.Contains(end, "the time was too short") || !strings.Contains(end, "needs 100") {
		t.Errorf("the last that is said is %q", end)
	}
	task.Training.Time = time.Hour
	task.Training.Autoencoder.Cap, task.Training.Decoder.Cap = true, true
	task.Training.Autoencoder.Steps, task.Training.Flow.Epochs = 100, 3
	notes = nil
	if err := train(t, context.Background(), t.TempDir(), d, task, options); err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(notes, "\n"); !strings.Contains(text, fmt.Sprintf("the flow ended after %d steps", last.Step)) || strings.Contains(text, "too short") {
		t.Errorf("of a flow that ended after %d steps it is said:\n%s", last.Step, text)
	}
}

func TestTheAdversaryCountsLessTheLargerImagesAre(t *testing.T) {
	last := math.Inf(1)
	for _, size := range autoencoder.Sizes {
		c := ConfigFor(size)
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
		if w := c.Adversary.Weight; !(w > 0 && w <= last) {
			t.Errorf("%d pixels: the hinge weighs %g, after %g for smaller images", size, w, last)
		}
		last = c.Adversary.Weight
	}
}

func TestEpochsAreOfTheFlowAlone(t *testing.T) {
	for _, change := range []func(*Config){
		func(c *Config) { c.Flow.Epochs = -1 },
		func(c *Config) { c.Decoder.Epochs = 2 },
	} {
		cfg := DefaultConfig()
		change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), ".epochs") {
			t.Errorf("the error is %v, want one of epochs", err)
		}
	}
}
