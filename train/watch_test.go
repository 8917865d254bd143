package train

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/gomlx/ml/model"
)

// blotches makes two collections of 40 images that have nothing in common but their coarse parts: what is learnt of an
// image holds for no other. Images for which changed is true are others.
func blotches(t *testing.T, changed func(c int, file string) bool) *collection.Dataset {
	t.Helper()
	dir := t.TempDir()
	var specs []collection.Spec
	for c, name := range []string{"bright", "dark"} {
		folder := filepath.Join(dir, name)
		for i := range 40 {
			file := fmt.Sprintf("%02d.png", i)
			rng := rand.New(rand.NewPCG(uint64(c), uint64(i)))
			if changed != nil && changed(c, file) {
				rng = rand.New(rand.NewPCG(7, uint64(i)))
			}
			img := image.NewGray(image.Rect(0, 0, 32, 32))
			for y := range 8 {
				for x := range 8 {
					v := uint8(64 + 64*(1-c) + rng.IntN(64))
					for p := range 16 {
						img.Pix[(4*y+p/4)*32+4*x+p%4] = v
					}
				}
			}
			writePNG(t, filepath.Join(folder, file), img)
		}
		specs = append(specs, collection.Spec{Name: name, Path: folder})
	}
	return opened(t, specs, filepath.Join(dir, "cache"))
}

// overfitting is a task whose autoencoder has learnt what holds of blotches long before its steps are done.
func overfitting() Task {
	task := tiny()
	task.Model.Autoencoder.Width = 32
	task.Training.Autoencoder.Steps, task.Training.Autoencoder.Batch = 900, 8
	task.Training.Decoder.Steps, task.Training.Decoder.Batch = 400, 64
	return task
}

func TestAnAutoencoderThatOverfitsEndsEarlyAndAsItWasAtItsBest(t *testing.T) {
	d, task, dir := blotches(t, nil), overfitting(), t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	lowest, at := math.Inf(1), 0
	last := map[string]Event{}
	var notes []string
	err := train(t, ctx, dir, d, task, Options{
		Note: func(line string) { notes = append(notes, line) },
		Progress: func(e Event) {
			if loss, ok := e.Terms["watched"]; ok && loss < lowest {
				lowest, at = loss, e.Step
			}
			last[e.Phase] = e
			if e.Phase == DecoderPhase && e.Step == 1 {
				cancel() // which leaves the autoencoder, but for a step of the decoder, in a checkpoint
			}
		},
	})
	if !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	ended := last[AutoencoderPhase]
	if at == 0 || ended.Step >= task.Training.Autoencoder.Steps/2 || ended.Progress != 1 || ended.Left != 0 {
		t.Errorf("the phase ends with %+v, where its loss was lowest at step %d", ended, at)
	}
	if overfitted := ended.Terms["watched"]; overfitted < lowest*1.02 {
		t.Fatalf("the images are too easy: their loss is %g at the end and was %g at its lowest", overfitted, lowest)
	}
	if text := strings.Join(notes, "\n"); !strings.Contains(text, fmt.Sprintf("after step %d of %d", at, ended.Step)) {
		t.Errorf("the log does not say at which step the autoencoder was best, %d:\n%s", at, text)
	}
	tr := &trainer{Config: task.Training, Seed: task.Seed, seed: task.Seed, Model: task.Model, Dataset: d, backend: simdtest.New(t), store: model.NewStore()}
	names, err := checkpoints(dir)
	if err != nil || len(names) != 2 {
		t.Fatalf("checkpoints %v, %v", names, err)
	}
	if err := os.Remove(filepath.Join(dir, CheckpointDir, names[1])); err != nil { // but for the decoder's step
		t.Fatal(err)
	}
	if _, _, err := load(dir, tr.store); err != nil {
		t.Fatal(err)
	}
	if tr.prism, err = prism.New(tr.backend, tr.store, task.Model, task.Seed); err != nil {
		t.Fatal(err)
	}
	_, watched := tr.apart()
	w, err := tr.watchReconstruction(watched)
	if err != nil {
		t.Fatal(err)
	}
	if loss, err := w.loss(); err != nil || math.Abs(loss-lowest) > 0.005*lowest { // the coordinates of latents changed since
		t.Errorf("the loss on the images set apart is %g, %v, and was %g at its lowest", loss, err, lowest)
	}

	resumed := 0
	if err := train(t, context.Background(), dir, d, task, Options{Resume: true, Progress: func(e Event) {
		if e.Phase == DecoderPhase {
			resumed = e.Step
		}
	}}); err != nil {
		t.Fatal(err)
	}
	if want := at * task.Training.Autoencoder.Batch / task.Training.Decoder.Batch; resumed != want {
		t.Errorf("the decoder has %d steps, want the %d of as many images as the autoencoder had learnt from", resumed, want)
	}
}

func TestStoppedAfterItsBestStateATrainingEndsAtTheSameBits(t *testing.T) {
	task := overfitting()
	task.Training.Decoder.Steps = 2
	checkInterrupted(t, blotches(t, nil), task, 27) // several times before the best state, after it, and after the end of the phase
}

// grouped makes two collections of n images, where those with the same number modulo groups are one group.
func grouped(t *testing.T, n, groups int) *collection.Dataset {
	t.Helper()
	dir := t.TempDir()
	var specs []collection.Spec
	for c, name := range []string{"bright", "dark"} {
		folder := filepath.Join(dir, name)
		table := "file,group\n"
		for i := range n {
			img := image.NewGray(image.Rect(0, 0, 32, 32))
			for p := range img.Pix {
				img.Pix[p] = uint8(rand.New(rand.NewPCG(uint64(c), uint64(i*len(img.Pix)+p))).IntN(256))
			}
			file := fmt.Sprintf("%03d.png", i)
			writePNG(t, filepath.Join(folder, file), img)
			table += fmt.Sprintf("%s,%d\n", file, i%groups)
		}
		if err := os.WriteFile(filepath.Join(folder, "metadata.csv"), []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
		specs = append(specs, collection.Spec{Name: name, Path: folder})
	}
	return opened(t, specs, filepath.Join(dir, "cache"))
}

func apart(d *collection.Dataset, seed uint64) (fitted, watched [][]int) {
	t := &trainer{Dataset: d, seed: seed}
	return t.apart()
}

func TestImagesThatAreWatchedAreAFewWholeUnits(t *testing.T) {
	d := grouped(t, 160, 40) // units of eight images, four in each collection
	units := d.Units()
	fitted, watched := apart(d, 1)
	side := map[int]string{}
	for c, col := range d.Collections {
		if n, most := len(watched[c]), len(col.Train)/20; n == 0 || n > most {
			t.Errorf("%d of %d images of %s are watched, want 1 to %d", n, len(col.Train), col.Name, most)
		}
		both := slices.Sorted(slices.Values(slices.Concat(fitted[c], watched[c])))
		if !slices.Equal(both, col.Train) {
			t.Errorf("%d fitted and %d watched images are not the %d for training", len(fitted[c]), len(watched[c]), len(col.Train))
		}
		for name, rows := range map[string][]int{"fitted": fitted[c], "watched": watched[c]} {
			for _, row := range rows {
				if was := side[units[c][row]]; was != "" && was != name {
					t.Fatalf("unit %d is %s and %s", units[c][row], was, name)
				}
				side[units[c][row]] = name
			}
		}
	}
	if _, other := apart(d, 2); slices.Equal(other[0], watched[0]) {
		t.Error("another seed watches the same images")
	}
}

func TestFewImagesAreNotSetApart(t *testing.T) {
	for _, d := range []*collection.Dataset{
		shapes(t),          // 18 of each to train on
		grouped(t, 160, 4), // units that are larger than what can be spared
	} {
		fitted, watched := apart(d, 1)
		if watched != nil {
			t.Errorf("%d images are watched", len(watched[0]))
		}
		for c, col := range d.Collections {
			if !slices.Equal(fitted[c], col.Train) {
				t.Errorf("%d of %d images of %s are fitted", len(fitted[c]), len(col.Train), col.Name)
			}
		}
	}
}

// begun is the newest checkpoint of a training that was stopped in the autoencoder's phase, and its path.
func begun(t *testing.T, dir string, d *collection.Dataset, steps int) (*weights.File, string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err := train(t, ctx, dir, d, overfitting(), Options{Progress: func(e Event) {
		if e.Step == steps {
			cancel()
		}
	}})
	if !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	names, err := checkpoints(dir)
	if err != nil || len(names) != 1 {
		t.Fatalf("checkpoints %v, %v", names, err)
	}
	path := filepath.Join(dir, CheckpointDir, names[0])
	file, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return file, path
}

func TestNothingIsLearntFromImagesThatAreWatched(t *testing.T) {
	d := blotches(t, nil)
	_, watched := apart(d, overfitting().Seed)
	others := blotches(t, func(c int, file string) bool {
		return slices.ContainsFunc(watched[c], func(row int) bool { return filepath.Base(d.Collections[c].Items[row].File) == file })
	})
	const steps = 45 // of which two look
	a, _ := begun(t, t.TempDir(), d, steps)
	b, _ := begun(t, t.TempDir(), others, steps)
	if a.Metadata["best"] == b.Metadata["best"] {
		t.Errorf("other images have the same loss: %s", a.Metadata["best"])
	}
	for _, tensor := range a.Tensors() {
		if strings.HasPrefix(tensor.Name, bestScope+"/") { // the state at a step that they decide
			continue
		}
		other, err := b.Tensor(tensor.Name)
		if err != nil {
			t.Fatal(err)
		}
		x, errX := tensor.Float32s()
		y, errY := other.Float32s()
		if errors.Join(errX, errY) != nil || !slices.Equal(x, y) {
			t.Errorf("%s depends on images that are watched (%v, %v)", tensor.Name, errX, errY)
		}
	}
}

func TestATrainingThatBeganWithoutAWatchEndsWithoutOne(t *testing.T) {
	d, dir := blotches(t, nil), t.TempDir()
	file, path := begun(t, dir, d, 5)
	delete(file.Metadata, "best")
	delete(file.Metadata, "enough")
	if err := weights.Write(path, file); err != nil {
		t.Fatal(err)
	}
	last := map[string]int{}
	task := overfitting()
	task.Training.Autoencoder.Steps, task.Training.Decoder.Steps = 70, 8
	if err := train(t, context.Background(), dir, d, task, Options{Resume: true, Progress: func(e Event) {
		last[e.Phase] = e.Step
		if _, ok := e.Terms["watched"]; ok {
			t.Errorf("step %d is watched", e.Step)
		}
	}}); err != nil {
		t.Fatal(err)
	}
	if last[AutoencoderPhase] != 70 || last[DecoderPhase] != 8 {
		t.Errorf("the last steps are %v, want 70 and 8", last)
	}
}

func TestOnlyATrainingThatRepeatsImagesOftenIsWatched(t *testing.T) {
	d := blotches(t, nil) // 30 of each to train on
	for name, test := range map[string]struct {
		change func(*Config)
		want   bool
	}{
		"four passes": {func(c *Config) { c.Autoencoder.Steps = 30 }, false},
		"five":        {func(c *Config) { c.Autoencoder.Steps = 38 }, true},
		"by time":     {func(c *Config) { c.Autoencoder.Steps, c.Time = 1, time.Minute }, true},
		"no averages": {func(c *Config) { c.Autoencoder.EMA = 0 }, false},
	} {
		cfg := overfitting().Training
		test.change(&cfg)
		tr := &trainer{Config: cfg, Dataset: d}
		if got := tr.repeats(cfg.Autoencoder); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
