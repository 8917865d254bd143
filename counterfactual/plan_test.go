package counterfactual

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
)

// cells opens n small images of two labels, of which "hat" is rare with "no" of "smile", split by both.
func cells(t *testing.T, n int, by string) *collection.Dataset {
	t.Helper()
	dir := t.TempDir()
	table := "file_name,smile,hat,age\n"
	for i := range n {
		name := fmt.Sprintf("%04d.png", i)
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		m := image.NewGray(image.Rect(0, 0, 4, 4))
		m.SetGray(i%4, i/4%4, color.Gray{uint8(i)})
		m.SetGray(0, 0, color.Gray{uint8(i >> 4)})
		if err := errors.Join(png.Encode(f, m), f.Close()); err != nil {
			t.Fatal(err)
		}
		table += fmt.Sprintf("%s,%s,%s,%d\n", name, []string{"no", "yes"}[i%2], []string{"cap", "none", "none", "none"}[i/2%4], i%60)
	}
	if err := os.WriteFile(filepath.Join(dir, "metadata.csv"), []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	labels, err := collection.ParseBy(by)
	if err != nil {
		t.Fatal(err)
	}
	o := collection.Options{Size: 4, Gray: true, CacheDir: t.TempDir()}
	specs, _, err := collection.Cells(context.Background(), []collection.Spec{{Name: "a", Path: dir}}, labels, o)
	if err != nil {
		t.Fatal(err)
	}
	d, err := collection.Open(context.Background(), specs, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// An image is shown as cells that differ from its own in one label and in nothing else.
func TestPlansChangeOneLabel(t *testing.T) {
	d := cells(t, 2000, "smile,age:30,hat")
	p, err := NewPlan(d, "smile", "hat")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.cells) != 8 || len(p.Values) != 2 || len(p.Aside) != 2 {
		t.Fatalf("the plan has %d cells, %v and %v", len(p.cells), p.Values, p.Aside)
	}
	of := func(c int, label string) string {
		value, _ := condition(d.Collections[c].Where, label)
		return value
	}
	for _, each := range p.cells {
		for label, others := range map[string][]int{"hat": each.factual, "smile": each.counterfactual} {
			if len(others) != 1 {
				t.Fatalf("%d cells differ in %s alone", len(others), label)
			}
			for _, name := range []string{"smile", "hat", "age"} {
				if differ := of(each.collection, name) != of(others[0], name); differ != (name == label) {
					t.Errorf("%s and %s differ in %s: %t", d.Collections[each.collection].Name, d.Collections[others[0]].Name, name, differ)
				}
			}
		}
	}
}

func TestPlansRefuseWhatCannotBeChecked(t *testing.T) {
	var split *SplitError
	if _, err := NewPlan(cells(t, 400, "smile"), "smile", "hat"); !errors.As(err, &split) || !strings.Contains(err.Error(), "--by smile,hat") {
		t.Errorf("collections that are split by one label give %v", err)
	}
	var few *FewError
	_, err := NewPlan(cells(t, 640, "smile,hat"), "smile", "hat")
	if !errors.As(err, &few) || len(few.Cells) != 2 || few.Images[0] >= LeastOfCell || !strings.Contains(err.Error(), "needs 100 training images") {
		t.Errorf("cells of 80 images give %v", err)
	}
}

// A judge that learned from as many images of every cell is not misled by what goes with its label; every image is
// judged by one that did not learn from it or from what belongs with it.
func TestJudgesAreNotMisledByTheShortcut(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := 3000
	x := measure.NewMatrix(n, 3)
	class, cell, units, fold := make([]int, n), make([]int, n), make([]int, n), make([]int, n)
	for i := range n {
		class[i] = rng.IntN(2)
		aside := class[i]
		if rng.Float64() < 0.05 {
			aside = 1 - aside
		}
		cell[i], units[i], fold[i] = 2*class[i]+aside, i/2, i/2%judgeFolds
		x.Row(i)[0] = float32(2*class[i]-1) + float32(rng.NormFloat64())
		x.Row(i)[1] = 3*float32(2*aside-1) + float32(rng.NormFloat64())
		x.Row(i)[2] = float32(rng.NormFloat64())
	}
	j, err := fitJudge(context.Background(), "smile", x, class, cell, units, fold, rng)
	if err != nil {
		t.Fatal(err)
	}
	judged := j.judge(x, 0)
	right, of := make([]float64, 4), make([]float64, 4)
	for i, v := range judged {
		of[cell[i]]++
		if v == class[i] {
			right[cell[i]]++
		}
	}
	for c := range of {
		if share := right[c] / of[c]; share < 0.72 || share > 0.93 {
			t.Errorf("of cell %d %.0f%% are judged right, want about 84%% in each", c, 100*share)
		}
	}
	for f := range judgeFolds {
		count := make([]int, 4)
		for _, r := range balanced(cell, fold, f, rng) {
			count[cell[r]]++
			if fold[r] == f {
				t.Fatal("a judge learns from its own fold")
			}
		}
		if count[0] != count[1] || count[0] != count[2] || count[0] != count[3] || count[0] == 0 {
			t.Errorf("a judge learns from %v images of the cells", count)
		}
	}
}

func TestBytesOfValuesAreTheNearest(t *testing.T) {
	got := bytesOf([]float32{-1, 1, 0, -1.5, 2, 0.5})
	for i, want := range []byte{0, 255, 128, 0, 255, 191} {
		if got[i] != want {
			t.Errorf("value %d is the byte %d, want %d", i, got[i], want)
		}
	}
}
