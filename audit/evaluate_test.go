package audit

import (
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
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/prism"
	"github.com/gomlx/gomlx/ml/model"
)

// folder is a collection of small pictures to be written: the labels of each, as in "glasses=yes group=3".
type folder struct {
	name   string
	labels []string
	blank  bool
}

// many is n pictures with the same labels.
func many(n int, labels string) []string { return slices.Repeat([]string{labels}, n) }

// written writes the folders and opens them with a third of each held out.
func written(t *testing.T, folders ...folder) *collection.Dataset {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 3))
	var specs []collection.Spec
	for number, f := range folders {
		dir := filepath.Join(t.TempDir(), f.name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		columns := []string{"file_name"}
		for _, labels := range f.labels {
			for _, label := range strings.Fields(labels) {
				if name, _, _ := strings.Cut(label, "="); !slices.Contains(columns, name) {
					columns = append(columns, name)
				}
			}
		}
		table := strings.Join(columns, ",") + "\n"
		for i, labels := range f.labels {
			values := make([]string, len(columns))
			values[0] = fmt.Sprintf("%04d.png", i)
			for _, label := range strings.Fields(labels) {
				name, value, _ := strings.Cut(label, "=")
				values[slices.Index(columns, name)] = value
			}
			table += strings.Join(values, ",") + "\n"
			picture := image.NewGray(image.Rect(0, 0, 32, 32))
			for p := range picture.Pix {
				picture.Pix[p] = uint8(40 + 2*i + number) // not two alike: those would be copies, which are one unit
				if !f.blank {
					picture.Pix[p] = uint8(60*number + rng.IntN(120))
				}
			}
			if strings.Contains(labels, "=yes") && !f.blank {
				for x := range 32 {
					picture.SetGray(x, 12, color.Gray{Y: 255})
				}
			}
			file, err := os.Create(filepath.Join(dir, values[0]))
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(png.Encode(file, picture), file.Close()); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "metadata.csv"), []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
		specs = append(specs, collection.Spec{Name: f.name, Path: dir})
	}
	d, err := collection.Open(context.Background(), specs, collection.Options{Size: 32, Gray: true, Validation: 1.0 / 3, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// untrained is a prism over the collections of d that has learnt nothing.
func untrained(t *testing.T, d *collection.Dataset) *prism.Prism {
	t.Helper()
	backend := simdtest.New(t)
	fl := flow.DefaultConfig(4, len(d.Collections))
	fl.Blocks, fl.Hidden = 2, 8
	var names []string
	for _, c := range d.Collections {
		names = append(names, c.Name)
	}
	p, err := prism.New(backend, model.NewStore(), prism.Config{
		Collections: names,
		Autoencoder: autoencoder.Config{Size: d.Size, Channels: d.Channels, Latent: 4, Width: 16},
		Flow:        fl,
	}, 3)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// evaluated measures an untrained prism on d and writes and reads the evaluation.
func evaluated(t *testing.T, d *collection.Dataset) (*HeldOut, *Evaluation) {
	t.Helper()
	s := Settings{Seed: 1, Samples: 60}
	h, err := See(context.Background(), untrained(t, d), d, s)
	if err != nil {
		t.Fatal(err)
	}
	return h, evaluate(t, h, s)
}

func evaluate(t *testing.T, h *HeldOut, s Settings) *Evaluation {
	t.Helper()
	e, err := Evaluate(context.Background(), h, s)
	if err != nil {
		t.Fatal(err)
	}
	if e.Schema != EvaluationSchema {
		t.Errorf("the evaluation has schema %d, want %d", e.Schema, EvaluationSchema)
	}
	path := filepath.Join(t.TempDir(), "evaluation.json")
	if err := WriteEvaluation(path, e); err != nil {
		t.Fatal(err)
	}
	read, err := ReadEvaluation(path)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// why is the reason that the evaluation gives for what is missing, or a failure of the test.
func why(t *testing.T, e *Evaluation, what string) string {
	t.Helper()
	for _, s := range e.Skipped {
		if s.What == what {
			return s.Why
		}
	}
	t.Errorf("nothing says why there is no %s: %v", what, e.Skipped)
	return ""
}

func expectWhy(t *testing.T, e *Evaluation, what, words string) {
	t.Helper()
	if reason := why(t, e, what); reason != "" && !strings.Contains(reason, words) {
		t.Errorf("the reason for %s is %q, which does not say %q", what, reason, words)
	}
}

func TestAnEvaluationOfLabelledPairsSkipsNothing(t *testing.T) {
	var labels []string
	for i := range 180 {
		labels = append(labels, fmt.Sprintf("pair=%d glasses=%s", i, []string{"no", "yes"}[i%2]))
	}
	_, e := evaluated(t, written(t, folder{name: "photo", labels: labels}, folder{name: "oil", labels: labels}))
	if len(e.Skipped) != 0 {
		t.Errorf("skipped: %v", e.Skipped)
	}
	if e.Reconstruction == nil || e.NLL == nil || e.Inversion == nil || e.Leakage == nil || len(e.Retrieval) != 2 ||
		len(e.Attributes["glasses"]) != 2 || len(e.Transfer["glasses"]) != 4 {
		t.Errorf("the evaluation lacks a part: %+v", e)
	}
	if share := e.Attributes["glasses"]["oil"].Data["yes"]; share.Excludes(0.5) {
		t.Errorf("half have glasses, the evaluation says %v", share)
	}
	if permuted := e.Leakage.Controls.Permuted; permuted.Value > 0.7 {
		t.Errorf("a probe of permuted collections finds %v where the collections differ in brightness", permuted)
	}
	if e.Leakage.MLP.Z.Value < 0.75 {
		t.Errorf("a probe of z finds %v where the collections differ in brightness", e.Leakage.MLP.Z)
	}
}

func TestARareLabelInALargeCollectionIsJudged(t *testing.T) {
	if testing.Short() {
		t.Skip("writes thousands of images")
	}
	// 5,000 images of which 45 show a value: of 2,000 drawn at random, 12 or so would.
	labels := append(many(4955, "glasses=no"), many(45, "glasses=yes")...)
	d := written(t, folder{name: "photo", labels: labels}, folder{name: "oil", labels: many(30, "glasses=no")})
	h := &HeldOut{dataset: d}
	e := &Evaluation{}
	list := e.consider(nil, "glasses", trainLabels(d, "glasses"))
	if len(list) != 1 || len(list[0].values) != 2 {
		t.Fatalf("the values %v can be judged", list)
	}
	lesson := h.lesson(Settings{Seed: 1}, list, maxJudgeTrain)
	shown := 0
	for _, v := range list[0].numbers(lesson.labels(d, list[0])) {
		if v == 1 {
			shown++
		}
	}
	if shown < leastOfValue {
		t.Errorf("judges learn from %d images with glasses", shown)
	}
	if n := len(lesson.row); n != maxJudgeTrain+20 {
		t.Errorf("judges learn from %d images", n)
	}
}

func TestAValueTooRareToLearnIsLeftOutAndNamed(t *testing.T) {
	labels := slices.Concat(many(60, "hat=none"), many(60, "hat=cap"), many(9, "hat=crown"))
	_, e := evaluated(t, written(t, folder{name: "photo", labels: labels}, folder{name: "oil", labels: labels}))
	expectWhy(t, e, "attributes.hat", "crown (1")
	if shares := e.Attributes["hat"]["oil"]; len(shares.Samples) != 2 {
		t.Errorf("shares of hats among samples: %v", shares.Samples)
	}
}

func TestANameIsNotAnAttribute(t *testing.T) {
	var labels []string
	for i := range 60 {
		labels = append(labels, fmt.Sprintf("person=p%d", i))
	}
	_, e := evaluated(t, written(t, folder{name: "photo", labels: labels}, folder{name: "oil", labels: labels}))
	expectWhy(t, e, "attributes.person", "a quantity or a name")
	expectWhy(t, e, "transfer", "no label has two values")
}

func TestFewGroupsLeaveAReason(t *testing.T) {
	// Two collections of three sites each: one site of each is held out.
	var a, b []string
	for i := range 90 {
		a, b = append(a, fmt.Sprintf("group=a%d", i%3)), append(b, fmt.Sprintf("group=b%d", i%3))
	}
	_, e := evaluated(t, written(t, folder{name: "photo", labels: a}, folder{name: "oil", labels: b}))
	if e.Leakage != nil {
		t.Errorf("leakage %+v of one unit a collection", e.Leakage)
	}
	expectWhy(t, e, "leakage", "photo has held-out images of 1 independent unit")
	expectWhy(t, e, "retrieval", "pair")
	if e.Reconstruction == nil || e.NLL == nil || e.Inversion == nil {
		t.Errorf("what can be measured is not: %+v", e)
	}
}

func TestTenImagesLeaveReasons(t *testing.T) {
	_, e := evaluated(t, written(t, folder{name: "photo", labels: many(10, "")}, folder{name: "oil", labels: many(4, "")}))
	if e.Leakage == nil {
		why(t, e, "leakage")
	} else if v := e.Leakage.MLP.V; v.High-v.Low < 0.5 {
		t.Errorf("leakage of a handful of images is known to be %v", v)
	}
	for what, measured := range map[string]bool{"reconstruction": e.Reconstruction != nil, "nll": e.NLL != nil, "inversion": e.Inversion != nil} {
		if !measured {
			why(t, e, what)
		}
	}
	expectWhy(t, e, "attributes", "no labels")
}

func TestBlankImagesHaveNoSharpness(t *testing.T) {
	h, e := evaluated(t, written(t, folder{name: "photo", labels: many(30, ""), blank: true}, folder{name: "oil", labels: many(30, ""), blank: true}))
	expectWhy(t, e, "reconstruction.sharpness", "all 20 images are blank")
	if e.Reconstruction == nil || !e.Reconstruction.L1.Measured() || e.Reconstruction.Sharpness.Measured() {
		t.Errorf("reconstruction %+v", e.Reconstruction)
	}
	if _, err := h.Fit(context.Background(), Settings{}, nil); err != nil {
		t.Errorf("blank images give no yardstick: %v", err)
	}
}

func TestAnImageWithoutACodeIsLeftOut(t *testing.T) {
	d := written(t, folder{name: "photo", labels: many(60, "")}, folder{name: "oil", labels: many(60, "")})
	s := Settings{Seed: 1, Samples: 20}
	h, err := See(context.Background(), untrained(t, d), d, s)
	if err != nil {
		t.Fatal(err)
	}
	n := len(h.Row)
	h.V.Row(3)[1] = float32(math.NaN())
	h.LogProb[25] = math.Inf(-1)
	h.leaveOut()
	h.Units = h.Units[:len(h.Row)]
	if len(h.Row) != n-2 || h.Z.Rows != n-2 || h.Images.N != n-2 || h.Reconstructions.N != n-2 || len(h.LogProb) != n-2 {
		t.Fatalf("%d of %d rows are left", len(h.Row), n)
	}
	e := evaluate(t, h, s)
	expectWhy(t, e, "images of photo", "1 of 20 held-out images")
	expectWhy(t, e, "images of oil", "1 of 20 held-out images")
	if e.Leakage == nil || e.NLL == nil || e.Inversion == nil {
		t.Errorf("one image spoils everything: %+v", e)
	}
}

func TestNoSharesAreClaimedWhereNothingIsLabelled(t *testing.T) {
	labels := slices.Concat(many(60, "glasses=no"), many(60, "glasses=yes"))
	_, e := evaluated(t, written(t, folder{name: "photo", labels: labels}, folder{name: "anime", labels: many(120, "")}))
	shares := e.Attributes["glasses"]
	if _, claimed := shares["anime"]; claimed || len(shares["photo"].Samples) != 2 {
		t.Errorf("shares %+v", shares)
	}
	expectWhy(t, e, "attributes.glasses.anime", "no held-out image of the collection has the label glasses")
	expectWhy(t, e, "transfer.glasses.*->anime", "0 and 0 held-out images")
	expectWhy(t, e, "transfer.glasses.anime->*", "0 and 0 training images")
}

func TestNoSharesAreClaimedWhereAValueIsNeverShown(t *testing.T) {
	labels := slices.Concat(many(90, "glasses=no"), many(90, "glasses=yes"))
	_, e := evaluated(t, written(t, folder{name: "photo", labels: labels}, folder{name: "anime", labels: many(120, "glasses=no")}))
	anime := e.Attributes["glasses"]["anime"]
	if anime.Data["no"].Value != 1 || anime.Samples != nil {
		t.Errorf("shares %+v", anime)
	}
	expectWhy(t, e, "attributes.glasses.anime.samples", "no held-out image is labelled glasses=yes")
	for _, before := range []string{"no", "yes"} {
		flip := e.Flips["glasses"]["photo->anime"][before]
		if flip.After != nil || len(flip.Judged) != 2 || len(flip.Reconstructed) != 2 {
			t.Errorf("of glasses=%s projection makes %+v, want what is judged and nothing that rests on unknown errors", before, flip)
		}
		expectWhy(t, e, "flips.glasses.photo->anime."+before+".after", "no held-out image is labelled glasses=yes")
	}
}

func TestMeasuringStopsBetweenChunks(t *testing.T) {
	labels := slices.Concat(many(30, "glasses=no"), many(30, "glasses=yes"))
	d := written(t, folder{name: "photo", labels: labels}, folder{name: "oil", labels: labels})
	p := untrained(t, d)
	for _, at := range []string{"encoding held-out images", "measuring leakage", "decoding training images", "decoding samples under oil", "judging attributes"} {
		ctx, cancel := context.WithCancel(context.Background())
		after := 0
		s := Settings{Seed: 1, Samples: 40, Progress: func(now Progress) {
			if ctx.Err() != nil {
				after++
			}
			if now.What == at {
				cancel()
			}
		}}
		h, err := See(ctx, p, d, s)
		if err == nil {
			_, err = Evaluate(ctx, h, s)
		}
		if !errors.Is(err, context.Canceled) || after > 1 {
			t.Errorf("stopped while %s: %v, after %d further reports", at, err, after)
		}
		cancel()
	}
}

func TestMemoryOfLargeImagesIsBounded(t *testing.T) {
	for _, c := range []struct{ size, channels, collections, want int }{
		{48, 1, 2, 5000}, {64, 3, 2, 5000}, {256, 3, 2, 341}, {256, 3, 4, 170}, {1024, 3, 2, 21},
	} {
		h := &HeldOut{dataset: &collection.Dataset{Size: c.size, Channels: c.channels, Collections: make([]*collection.Collection, c.collections)}}
		if got := h.limit(maxHeldOut); got != c.want {
			t.Errorf("of %d collections of %dx%dx%d, %d images each are kept, want %d", c.collections, c.size, c.size, c.channels, got, c.want)
		}
	}
}

func TestProgressSaysHowLongItTakes(t *testing.T) {
	d := written(t, folder{name: "photo", labels: many(60, "")}, folder{name: "oil", labels: many(60, "")})
	var last Progress
	s := Settings{Seed: 1, Progress: func(p Progress) {
		if p.What == "encoding held-out images" {
			last = p
		}
	}}
	if _, err := See(context.Background(), untrained(t, d), d, s); err != nil {
		t.Fatal(err)
	}
	if last.Done != 40 || last.Total != 40 || last.Rate <= 0 || last.Left != 0 {
		t.Errorf("the last report is %+v", last)
	}
}
