package weigh

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
)

// tiles writes n images of 16x16 pixels below dir: the label "mark" is a small pattern in the middle, and "tone", how
// bright the ground is, goes with it in the given share.
func tiles(t testing.TB, dir string, n int, together float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(n), uint64(100*together)))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	table := "file_name,mark,tone,group\n"
	for i := range n {
		mark := rng.IntN(2)
		tone := mark
		if rng.Float64() >= together {
			tone = 1 - mark
		}
		m := image.NewGray(image.Rect(0, 0, 16, 16))
		ground := 90 + 70*float64(tone) + 10*rng.NormFloat64()
		for p := range m.Pix {
			x, y := p%16, p/16
			v := ground + 12*rng.NormFloat64()
			if y == 8 && x >= 4 && x < 12 {
				v += 60 * float64(2*mark-1) * float64(2*(x%2)-1)
			}
			m.Pix[p] = uint8(min(255, max(0, v)))
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%04d.png", i)
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		table += fmt.Sprintf("%s,%s,%s,g%d\n", name, []string{"up", "down"}[mark], []string{"dark", "light"}[tone], i/2)
	}
	if err := os.WriteFile(filepath.Join(dir, "metadata.csv"), []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tileRows are the training rows of tiles.
func tileRows(t testing.TB, n int, together float64) *Rows {
	t.Helper()
	dir := t.TempDir()
	tiles(t, filepath.Join(dir, "tiles"), n, together)
	specs := []collection.Spec{{Name: "tiles", Path: filepath.Join(dir, "tiles")}}
	d, err := collection.Open(context.Background(), specs, collection.Options{Size: 16, Gray: true, CacheDir: filepath.Join(dir, "cache")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return TrainingRows(d, nil, nil, Settings{Seed: 1})
}

// Of a label that a tone goes with, simple cues tell what the tone does; the weights, which were not told of the
// tone, find the images in which it misleads.
func TestShallowWeightsFindWhatAShortcutMisleads(t *testing.T) {
	r := tileRows(t, 900, 0.9)
	result, err := r.Shallow(context.Background(), "mark", ColourCue)
	if err != nil {
		t.Fatal(err)
	}
	tone, err := r.Label("tone", 2)
	if err != nil {
		t.Fatal(err)
	}
	mark, err := r.Label("mark", 2)
	if err != nil {
		t.Fatal(err)
	}
	rare := make([]bool, len(r.Row))
	for i := range rare {
		rare[i] = (mark.Values[mark.Class[i]] == "down") != (tone.Values[tone.Class[i]] == "light")
	}
	auc, err := measure.AUC(result.Weight, rare, r.Units)
	if err != nil || auc.Low < 0.8 {
		t.Errorf("the weights find the rare images with an AUC of %v, %v", auc, err)
	}
	cues := map[string]Cue{}
	for _, c := range result.Shallow.Ladder {
		cues[c.Name] = c
	}
	if c := cues[ColourCue]; c.AUC.Low < 0.7 || c.Columns != 1 || math.Abs(c.Solved.Value-(2*c.Accuracy.Value-1)) > 1e-9 {
		t.Errorf("the mean colour tells %+v", c)
	}
	if simple, all := cues[ColourCue], cues[ThumbnailCue]; all.AUC.Value < simple.AUC.Value+0.02 || all.Information.Value < simple.Information.Value {
		t.Errorf("all pixels tell %+v, the mean colour %+v", all, simple)
	}
	if p := result.Shallow.Permuted.AUC; p.Low > 0.5 || p.High < 0.5 {
		t.Errorf("labels dealt anew are told with an AUC of %v", p)
	}
	if result.Effective.Rows >= float64(result.N) || result.Effective.Rows < 50 {
		t.Errorf("of %d rows %g are effective", result.N, result.Effective.Rows)
	}
	if _, err := r.Shallow(context.Background(), "mark", "smell"); err == nil || !strings.Contains(err.Error(), "4x4") {
		t.Errorf("an unknown cue gives %v", err)
	}
}

// A cue says nothing of a label that nothing goes with.
func TestCuesOfNothingFindNothing(t *testing.T) {
	r := tileRows(t, 600, 0.5)
	result, err := r.Context(context.Background(), "mark", "tone")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]Cue{"the context": result.Context.Before, "labels dealt anew": result.Context.Permuted} {
		if c.AUC.Low > 0.5 || c.AUC.High < 0.5 || c.Information.Low > 0.01 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	for _, cell := range result.Context.Cells {
		if cell.Rare || math.Abs(cell.Weight-1) > 0.25 {
			t.Errorf("a cell is %+v", cell)
		}
	}
}

// What is written is read back: a weight a row, and lists that are collections again, in which rows come as often as
// they weigh.
func TestWeightsAndListsAreReadBack(t *testing.T) {
	r := tileRows(t, 400, 0.9)
	result, err := r.Context(context.Background(), "mark", "tone")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := result.WriteCSV(&text); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&text).ReadAll()
	if err != nil || len(lines) != result.N+1 || strings.Join(lines[0], ",") != "file,weight" {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	sum := 0.0
	for _, line := range lines[1:] {
		w, err := strconv.ParseFloat(line[1], 64)
		if err != nil || !strings.HasPrefix(line[0], "tiles/") {
			t.Fatalf("a line is %v", line)
		}
		sum += w
	}
	if mean := sum / float64(result.N); math.Abs(mean-1) > 1e-4 {
		t.Errorf("the mean weight is %g", mean)
	}
	dir := t.TempDir()
	list, err := result.Paths(dir, -1)
	if err != nil || list.Files != result.N {
		t.Fatalf("%d paths of %d rows, %v", list.Files, result.N, err)
	}
	path := filepath.Join(dir, "paths.txt")
	if err := os.WriteFile(path, []byte(list.Text), 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := collection.Open(context.Background(), []collection.Spec{{Name: "again", Path: path}}, collection.Options{Size: 16, Gray: true, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if n := len(d.Collections[0].Rows()); n > result.N || n < result.N/4 {
		t.Errorf("the list names %d images of %d", n, result.N)
	}
	if label, ok := d.Collections[0].Label(0, "mark"); !ok {
		t.Errorf("the label of a listed image is %q", label)
	}
}

func TestACollectionThatIsLeftOutWholeIsNamed(t *testing.T) {
	dir := t.TempDir()
	var specs []collection.Spec
	for _, name := range []string{"bare", "tiles"} {
		specs = append(specs, collection.Spec{Name: name, Path: filepath.Join(dir, name)})
		tiles(t, specs[len(specs)-1].Path, 100, 0.8)
	}
	if err := os.Remove(filepath.Join(dir, "bare", "metadata.csv")); err != nil {
		t.Fatal(err)
	}
	d, err := collection.Open(context.Background(), specs, collection.Options{Size: 16, Gray: true, CacheDir: filepath.Join(dir, "cache")})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	r, err := TrainingRows(d, nil, nil, Settings{Seed: 1}).Context(context.Background(), "mark", "tone")
	if err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(r.Warnings, "\n"); !strings.Contains(all, "bare is left out whole") || !strings.Contains(all, "the label mark or tone") || strings.Contains(all, "tiles is left out") {
		t.Errorf("the warnings are %q", r.Warnings)
	}
	if want := len(d.Collections[0].Train); r.Without != want {
		t.Errorf("%d rows lack a label, want %d", r.Without, want)
	}
}

func TestLabelsThatCannotBeWeighedAreNamed(t *testing.T) {
	r := tileRows(t, 100, 0.9)
	for _, c := range []struct{ label, setting, says string }{
		{"beard", "tone", "there are collection, mark, tone"},
		{"mark", "beard", "is on no training image"},
		{"mark", CollectionLabel, "one value"},
		{"group", "tone", "at most 16"},
		{"mark=up", "tone", ""},
		{"mark=sideways", "tone", "one value"},
	} {
		_, err := r.Context(context.Background(), c.label, c.setting)
		var typed *LabelError
		if c.says == "" && err != nil || c.says != "" && (!errors.As(err, &typed) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s and %s: %v", c.label, c.setting, err)
		}
	}
}

// The cues of a known image are what their names say.
func TestCuesOfKnownImages(t *testing.T) {
	m := measure.Images{N: 2, H: 32, W: 32, C: 3, Data: make([]float32, 2*32*32*3)}
	for p := range 32 * 32 {
		shade := color.Gray{uint8(p % 32 * 8)}.Y
		for k := range 3 {
			m.Data[p*3+k] = float32(shade)/127.5 - 1          // grows to the right
			m.Data[32*32*3+p*3+k] = []float32{1, -1, 0.25}[k] // one colour
		}
	}
	colour := grid(m, 1)
	for k, want := range []float32{1, -1, 0.25} {
		if got := colour.Row(1)[k]; math.Abs(float64(got-want)) > 1e-5 {
			t.Errorf("the mean of channel %d is %g, want %g", k, got, want)
		}
	}
	coarse := grid(m, 4)
	if coarse.Cols != 48 || !(coarse.Row(0)[0] < coarse.Row(0)[3]) || coarse.Row(0)[0] != coarse.Row(0)[36] {
		t.Errorf("4x4 areas are %v", coarse.Row(0))
	}
	if b := border(m, 16); b.Cols != 60*3 || b.Row(1)[0] != 1 {
		t.Errorf("the frame has %d numbers", b.Cols)
	}
	q := qualities(m)
	if step := q.Row(1)[2]; step != 0 {
		t.Errorf("one colour has steps of %g", step)
	}
	if chroma := q.Row(0)[3]; chroma > 1e-6 {
		t.Errorf("grey has a chroma of %g", chroma)
	}
	if q.Row(1)[3] < 0.5 || q.Row(0)[1] < 0.3 {
		t.Errorf("the qualities are %v and %v", q.Row(0), q.Row(1))
	}
}
