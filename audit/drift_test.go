package audit

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/collection/portraits"
	"github.com/dataprism/dataprism/internal/schema"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/quality"
)

// benchmark is what folders are compared with: photos of people of whom one in ten wears glasses.
func benchmark(t testing.TB, seed uint64) *HeldOut {
	t.Helper()
	d := open(t, t.TempDir(), 1, map[string]planted{
		"photo": {style: portraits.Photo, n: 750, glasses: 0.1, dark: 0.25, seed: seed, labels: true},
		"anime": {style: portraits.Anime, n: 120, glasses: 0.1, dark: 0.25, seed: seed + 1, labels: true},
	}, "photo", "anime")
	h, err := See(context.Background(), briefly(t, d, 20), d, Settings{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	fit, err := h.Fit(context.Background(), Settings{Seed: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.prism.SetFit(fit); err != nil {
		t.Fatal(err)
	}
	return h
}

// compared is the comparison of the photos of h with a folder of planted people.
func (p planted) compared(t testing.TB, h *HeldOut, s DriftSettings) (*Drift, []portraits.Attributes) {
	t.Helper()
	dir := t.TempDir()
	people := p.write(t, filepath.Join(dir, "new"))
	d, err := collection.Open(context.Background(), []collection.Spec{{Name: "new", Path: filepath.Join(dir, "new")}},
		collection.Options{Size: plantedSide, CacheDir: filepath.Join(dir, "cache")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	s.Seed, s.Against = 1, []int{0}
	in, err := h.Receive(context.Background(), []*collection.Dataset{d, d}, s.Against, s.Settings)
	if err != nil {
		t.Fatal(err)
	}
	found, err := h.Compare(context.Background(), in, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(t, driftSchema, found); err != nil {
		t.Errorf("drift.json is not what its schema says: %v", err)
	}
	return found, people
}

// toldOf are the kinds of findings, with the attributes of those of contexts.
func toldOf(d *Drift) string {
	var out []string
	for _, f := range d.Findings {
		out = append(out, strings.TrimSpace(f.Kind+" "+f.Attribute))
	}
	return strings.Join(out, ", ")
}

// A part that tells images apart better than all that is known of them has no interval from 100% to 100%.
func TestMoreThanTheWholeIsToldAsAllOfIt(t *testing.T) {
	for _, test := range []struct {
		part, more measure.Estimate
		says       string
	}{
		{estimate(0.3, 0.05), estimate(0.9, 0.05), "account for 30% (25% to 35%) of what tells new apart, with the properties of images for 90% (85% to 95%)."},
		{estimate(0.3, 0.05), estimate(1.1, 0.05), "with the properties of images for all of it."},
		{estimate(0.97, 0.05), estimate(1.1, 0.05), "(92% to 100% of it)"},
		{estimate(1.1, 0.05), estimate(1.1, 0.05), "(all of it)"},
	} {
		rest := measure.Estimate{Value: 1 - test.part.Value, Low: 1 - test.part.High, High: 1 - test.part.Low, N: test.part.N}
		d := &drift{found: &Drift{About: DriftAbout{New: "new"}, Explained: &test.part, ExplainedWithProperties: &test.more, Unexplained: &rest}}
		if found := d.explainedFindings(); len(found) != 1 || !strings.Contains(found[0].Sentence, test.says) {
			t.Errorf("%v and %v are told as %+v, want %q", test.part, test.more, found, test.says)
		}
	}
}

func TestDriftNamesThePlantedContextFirst(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a prism")
	}
	h := benchmark(t, 1)
	share := func(people []portraits.Attributes, has func(portraits.Attributes) bool) float64 {
		n := 0.0
		for _, a := range people {
			if has(a) {
				n++
			}
		}
		return n / float64(len(people))
	}
	for _, test := range []struct {
		context string
		p       planted
		has     func(portraits.Attributes) bool
		before  float64
	}{
		{"glasses=yes", planted{style: portraits.Photo, n: 300, glasses: 0.6, dark: 0.25, seed: 11}, func(a portraits.Attributes) bool { return a.Glasses }, 0.1},
		{"skin=dark", planted{style: portraits.Photo, n: 300, glasses: 0.1, dark: 0.65, seed: 13, labels: true}, func(a portraits.Attributes) bool { return a.Skin == portraits.DarkSkin }, 0.25},
	} {
		t.Run(fmt.Sprintf("%s labels=%t", test.context, test.p.labels), func(t *testing.T) {
			d, people := test.p.compared(t, h, DriftSettings{Propose: 20, Label: "beard"})
			first := d.Contexts[0]
			if first.Name != test.context || !first.Found || (first.Judged == "") != test.p.labels {
				t.Fatalf("the first context is %+v, want %s; found are %s", first, test.context, toldOf(d))
			}
			if planted := share(people, test.has) - test.before; first.Difference.Excludes(planted) {
				t.Errorf("%s changed by %v, planted is %.3f", test.context, first.Difference, planted)
			}
			if d.Explained.Value < 0.5 || d.Explained.Value > d.ExplainedWithProperties.Value+0.2 {
				t.Errorf("%v is explained, with properties %v", d.Explained, d.ExplainedWithProperties)
			}
			if !d.Shift.Found() || d.Shift.Halves.Excludes(0.5) {
				t.Errorf("the shift is %+v", d.Shift)
			}
			if a := d.Accuracy; a == nil || !a.Benchmark.Measured() || !a.Reweighted.Measured() || (a.New != nil) != test.p.labels {
				t.Errorf("the accuracy of a classifier of beards is %+v", a)
			}
			proposed := map[string]bool{}
			for _, p := range d.Proposed {
				proposed[p.File] = true
			}
			if len(proposed) != 20 || d.Proposed[0].Context != test.context {
				t.Errorf("proposed are %+v", d.Proposed)
			}
		})
	}
	t.Run("files", func(t *testing.T) {
		p := planted{style: portraits.Photo, n: 120, glasses: 0.1, dark: 0.25, seed: 200}
		files := func(_ context.Context, c int, rows []int) ([]*quality.Measurements, error) {
			out := make([]*quality.Measurements, len(rows))
			for i := range out {
				out[i] = &quality.Measurements{Width: 640, Height: 480, Bytes: 1000 + i, JPEGQuality: 90 + float64(i%5)}
				if c < 0 {
					out[i].JPEGQuality -= 40
				}
			}
			out[3] = nil // one that is gone
			return out, nil
		}
		d, _ := p.compared(t, h, DriftSettings{Files: files})
		if first := d.Contexts[0]; first.Name != "jpeg_quality" || first.Difference.Value != -1 || first.New.N != 119 {
			t.Errorf("the first context is %+v", first)
		}
		if slices.ContainsFunc(d.Contexts, func(c ContextShift) bool { return c.Name == "side" && c.Found }) {
			t.Error("files of one size differ in it")
		}
		// A probe may tell so few people apart; of what is found of contexts it is the first.
		of := slices.DeleteFunc(slices.Clone(d.Findings), func(f Finding) bool { return f.Kind != KindContext })
		if len(of) == 0 || !strings.Contains(of[0].Sentence, "saved at a lower JPEG quality") {
			t.Errorf("it is found that %+v", d.Findings)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		d, _ := planted{style: portraits.Photo, n: 300, glasses: 0.1, dark: 0.25, seed: 200}.compared(t, h, DriftSettings{})
		if len(d.Findings) > 0 {
			t.Errorf("of people like the benchmark's it is found: %s", toldOf(d))
		}
	})
	t.Run("outside", func(t *testing.T) {
		d, _ := planted{style: portraits.Oil, n: 120, glasses: 0.1, dark: 0.25, seed: 15}.compared(t, h, DriftSettings{})
		if d.Outside == nil || d.Outside.Low <= d.OutsideExpected.High || len(d.OutsideImages) == 0 {
			t.Errorf("of paintings %v fit none of the collections", d.Outside)
		}
	})
	t.Run("a name for what has none", func(t *testing.T) {
		p := planted{style: portraits.Photo, n: 300, glasses: 0.6, dark: 0.25, seed: 16}
		without := DriftSettings{Hidden: []string{"glasses"}}
		d, people := p.compared(t, h, without)
		wear := 0
		for _, file := range d.Unnamed[:24] {
			var i int
			if _, err := fmt.Sscanf(file, "new/%d.png", &i); err != nil {
				t.Fatal(err)
			}
			if people[i].Glasses {
				wear++
			}
		}
		if wear < 19 {
			t.Errorf("%d of the first 24 images without a name wear glasses, which nobody named", wear)
		}
		list := ContextList{Name: "spectacles"}
		for i, a := range people {
			if a.Glasses {
				list.Files = append(list.Files, fmt.Sprintf("new/%04d.png", i))
			}
		}
		without.Lists = []ContextList{list, {Name: "nowhere", Files: []string{"other/0001.png"}}}
		named, _ := p.compared(t, h, without)
		i := slices.IndexFunc(named.Contexts, func(c ContextShift) bool { return c.Name == "spectacles" })
		if i != 0 || !named.Contexts[0].Found || named.Contexts[0].Judged != "benchmark" || named.Contexts[0].Difference.Excludes(0.5) {
			t.Errorf("what was named is context %d of %+v", i, named.Contexts)
		}
		if !slices.ContainsFunc(named.Skipped, func(s Skipped) bool { return s.What == "contexts.nowhere" }) {
			t.Errorf("a list that names no image is not said to: %+v", named.Skipped)
		}
		if d.Explained.High >= 0.8 || named.Explained.Value < d.Explained.Value+0.2 {
			t.Errorf("without a name %v is explained, with it %v", d.Explained, named.Explained)
		}
	})
}
