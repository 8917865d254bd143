package run

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/train"
)

// faces draws n images of what has eyes and a mouth, scaled about the middle, into a folder.
func faces(t *testing.T, dir string, n int, scale, skin float64) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	const side = 48
	rng := rand.New(rand.NewPCG(uint64(n), uint64(100*scale)))
	for i := range n {
		img := image.NewGray(image.Rect(0, 0, side, side))
		tone, ground, dx := skin+20*rng.NormFloat64(), 128+40*rng.NormFloat64(), rng.NormFloat64()
		for p := range img.Pix {
			x, y := (float64(p%side)-side/2-dx)/scale, (float64(p/side)-side/2)/scale
			v := ground
			if math.Hypot(x, y*0.8) < 15 {
				v = tone
			}
			if math.Hypot(math.Abs(x)-6, y+4) < 3 || math.Abs(x) < 6 && math.Abs(y-8) < 1.5 {
				v = tone - 90
			}
			img.SetGray(p%side, p/side, color.Gray{uint8(min(255, max(0, v)))})
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, string(rune('a'+i/26))+string(rune('a'+i%26))+".png"), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// twoSets draws two collections of faces below dir, of which one is cropped closer.
func twoSets(t *testing.T, dir string) {
	t.Helper()
	faces(t, filepath.Join(dir, "near"), 60, 1.4, 150)
	faces(t, filepath.Join(dir, "far"), 60, 1, 190)
}

// tiny is a training of a few steps on the collections below dir.
func tiny(dir string) Config {
	training := train.DefaultConfig().WithSteps(9)
	training.Autoencoder.Batch, training.Decoder.Batch, training.Flow.Batch = 4, 4, 8
	training.Adversary.Width = 8
	fl := flow.DefaultConfig(8, 2)
	fl.Blocks, fl.Shared, fl.Hidden = 2, 0, 16
	return Config{
		Version: Version, Seed: 5,
		Data: Data{Gray: true, Background: "#ffffff", Validation: 0.3, Sources: []Source{
			{Name: "near", Path: filepath.Join(dir, "near")}, {Name: "far", Path: filepath.Join(dir, "far")},
		}},
		Model: prism.Config{
			Collections: []string{"near", "far"},
			Autoencoder: autoencoder.Config{Size: 32, Channels: 1, Latent: 8, Width: 16},
			Flow:        fl,
		},
		Training: &training,
	}
}

// work does a job in the folder dir, with resume, until ctx ends.
func work(t *testing.T, ctx context.Context, dir string, c Config, watch Watch) (*audit.Evaluation, error) {
	t.Helper()
	f, err := Take(dir, true)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	j := Job{Folder: f, Cache: filepath.Join(filepath.Dir(dir), "cache"), Watch: watch}
	return j.Train(ctx, simdtest.New(t), c)
}

// open does a job in the folder dir, with resume, and opens the run.
func open(t *testing.T, dir string, c Config, watch Watch) (*Opened, *audit.Evaluation) {
	t.Helper()
	f, err := Take(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	j := Job{Folder: f, Cache: filepath.Join(filepath.Dir(dir), "cache"), Watch: watch}
	o, e, err := j.Open(context.Background(), simdtest.New(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o, e
}

// stopped does a job until the first step of training.
func stopped(t *testing.T, dir string, c Config) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	if _, err := work(t, ctx, dir, c, Watch{Step: func(train.Event) { stop() }}); !errors.Is(err, train.ErrStopped) {
		t.Fatalf("error is %v", err)
	}
}

func TestFramesAreSoughtWithResumeToo(t *testing.T) {
	dir := t.TempDir()
	twoSets(t, dir)
	run := filepath.Join(dir, "run")
	stopped(t, run, tiny(dir))
	c, err := ReadConfig(run)
	if err != nil {
		t.Fatal(err)
	}
	if far := c.Data.Sources[1].Frame; far.Whole() || far.Side > 0.9 {
		t.Errorf("what is cropped wider gets the frame %+v", far)
	}
	// What was begun keeps its frames.
	c.Data.Sources[1].Frame = collection.Frame{Side: 0.8}
	c.Data.Key = ""
	if err := c.write(run); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(run, train.CheckpointDir)); err != nil {
		t.Fatal(err)
	}
	stopped(t, run, tiny(dir))
	if again, err := ReadConfig(run); err != nil || again.Data.Sources[1].Frame.Side != 0.8 {
		t.Errorf("the frame is %+v, %v", again.Data.Sources[1].Frame, err)
	}
}

func TestBitsThatImagesAreTakenForAreRemembered(t *testing.T) {
	dir := t.TempDir()
	twoSets(t, dir)
	files, _ := filepath.Glob(filepath.Join(dir, "near", "*.png"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		shallow, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		deep := image.NewGray16(shallow.Bounds())
		for i, v := range shallow.(*image.Gray).Pix {
			deep.SetGray16(i%48, i/48, color.Gray16{16 * uint16(v)})
		}
		var b bytes.Buffer
		if err := png.Encode(&b, deep); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := filepath.Join(dir, "run")
	stopped(t, run, tiny(dir))
	c, err := ReadConfig(run)
	if err != nil || c.Data.Sources[0].Depth != 12 || c.Data.Sources[1].Depth != 0 {
		t.Fatalf("the sources are %+v: %v", c.Data.Sources, err)
	}
	if o := c.Data.Shown(collection.Options{Size: 32, Gray: true}, 0); o.Depth != 12 || o.Frame != c.Data.Sources[0].Frame || o.Size != 32 {
		t.Errorf("images are shown to %s by %+v", c.Data.Sources[0].Name, o)
	}
}

func TestWhatIsResumedIsWhatTheFolderSays(t *testing.T) {
	dir := t.TempDir()
	twoSets(t, dir)
	run := filepath.Join(dir, "run")
	stopped(t, run, tiny(dir))
	other := tiny(dir)
	other.Data.Validation, other.Data.Gray, other.Model.Flow.Hidden = 0.1, false, 99
	held := 0
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	_, err := work(t, ctx, run, other, Watch{Step: func(train.Event) { stop() }, Read: func(d *collection.Dataset) {
		held = len(d.Collections[0].Validation)
	}})
	if !errors.Is(err, train.ErrStopped) {
		t.Fatal(err)
	}
	if held != 18 {
		t.Errorf("%d of 60 images are held out, want 0.3 of them", held)
	}
	if c, err := ReadConfig(run); err != nil || c.Data.Validation != 0.3 || c.Model.Flow.Hidden != 16 {
		t.Errorf("the configuration says %+v, %v", c, err)
	}
}

func TestImagesMayMoveButNotChange(t *testing.T) {
	dir := t.TempDir()
	twoSets(t, dir)
	run := filepath.Join(dir, "run")
	stopped(t, run, tiny(dir))
	elsewhere := t.TempDir()
	for _, name := range []string{"near", "far"} {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(elsewhere, name)); err != nil {
			t.Fatal(err)
		}
	}
	stopped(t, run, tiny(elsewhere))
	c, err := ReadConfig(run)
	if err != nil || c.Data.Sources[0].Path != filepath.Join(elsewhere, "near") {
		t.Errorf("the path is %s, %v", c.Data.Sources[0].Path, err)
	}

	changed := t.TempDir()
	faces(t, filepath.Join(changed, "near"), 60, 1.4, 100)
	faces(t, filepath.Join(changed, "far"), 60, 1, 190)
	var images *ImagesError
	_, err = work(t, context.Background(), run, tiny(changed), Watch{})
	if !errors.As(err, &images) || !strings.Contains(err.Error(), filepath.Join(changed, "near")) || !strings.Contains(err.Error(), filepath.Join(elsewhere, "near")) {
		t.Errorf("with other images the error is %v", err)
	}
	if c, err := ReadConfig(run); err != nil || c.Data.Sources[0].Path != filepath.Join(elsewhere, "near") {
		t.Errorf("after that the path is %s, %v", c.Data.Sources[0].Path, err)
	}
}

func TestStoppedWhileMeasuringIsMeasuredWithResumeAndNotTrainedAgain(t *testing.T) {
	dir := t.TempDir()
	twoSets(t, dir)
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	want, err := work(t, context.Background(), whole, tiny(dir), Watch{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	if _, err := work(t, ctx, broken, tiny(dir), Watch{Doing: func(audit.Progress) { stop() }}); !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped while measuring: %v", err)
	}
	steps, encoded := 0, 0
	watch := Watch{Step: func(train.Event) { steps++ }, Doing: func(p audit.Progress) {
		if p.What == "encoding held-out images" && p.Done == 0 {
			encoded++
		}
	}}
	for times := range 2 { // the second time, nothing is left to do but to encode the images for who asks
		opened, got := open(t, broken, tiny(dir), watch)
		if got.NLL.Nats != want.NLL.Nats {
			t.Errorf("measured is %v, undisturbed %v", got.NLL.Nats, want.NLL.Nats)
		}
		if opened.HeldOut == nil || encoded != times+1 {
			t.Errorf("opened %d times, the held-out images were encoded %d times", times+1, encoded)
		}
	}
	if steps > 0 {
		t.Errorf("%d steps are trained again", steps)
	}
	a, err := os.ReadFile(weightsPath(whole))
	b, err2 := os.ReadFile(weightsPath(broken))
	if err != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Errorf("the weights differ: %v, %v", err, err2)
	}
}

func TestDamagedModelIsMadeAgainOnceItIsRemoved(t *testing.T) {
	dir := t.TempDir()
	twoSets(t, dir)
	run := filepath.Join(dir, "run")
	if _, err := work(t, context.Background(), run, tiny(dir), Watch{}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(weightsPath(run))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(weightsPath(run), whole[:len(whole)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := work(t, context.Background(), run, tiny(dir), Watch{}); err == nil || !strings.Contains(err.Error(), "without that file") {
		t.Errorf("with half of it the error is %v", err)
	}
	if err := os.Remove(weightsPath(run)); err != nil {
		t.Fatal(err)
	}
	if _, err := work(t, context.Background(), run, tiny(dir), Watch{}); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(weightsPath(run)); err != nil || !bytes.Equal(again, whole) {
		t.Errorf("made again, it differs: %v", err)
	}
}

func TestLowerRateInTheFolderIsTaken(t *testing.T) {
	dir := t.TempDir()
	twoSets(t, dir)
	run := filepath.Join(dir, "run")
	fast := tiny(dir)
	fast.Training.Flow.Rate, fast.Training.Flow.Clip = 1e30, 0
	var diverged *train.DivergedError
	if _, err := work(t, context.Background(), run, fast, Watch{}); !errors.As(err, &diverged) {
		t.Fatalf("error is %v", err)
	}
	c, err := ReadConfig(run)
	if err != nil {
		t.Fatal(err)
	}
	c.Training.Flow.Rate = 1e-3
	if err := c.write(run); err != nil {
		t.Fatal(err)
	}
	if _, err := work(t, context.Background(), run, c, Watch{}); err != nil {
		t.Error(err)
	}
}

func TestCollectionThatCannotBeReadLeavesNoFolder(t *testing.T) {
	dir := t.TempDir()
	if _, err := work(t, context.Background(), filepath.Join(dir, "run"), tiny(dir), Watch{}); err == nil {
		t.Error("a missing collection is no error")
	}
	if _, err := os.Stat(filepath.Join(dir, "run")); err == nil {
		t.Error("the folder is left behind")
	}
}
