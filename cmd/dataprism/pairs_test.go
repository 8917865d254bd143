package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/counterfactual"
)

// squares writes 640 images below dir whose ground is "bright" or not and that have a "bar" or not.
func squares(t *testing.T, dir string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	table := "file_name,bright,bar\n"
	for i := range 640 {
		bright, bar := i%2, i/2%2
		m := image.NewGray(image.Rect(0, 0, 32, 32))
		ground := 70 + 90*float64(bright) + 12*rng.NormFloat64()
		height := 14 + 2*rng.NormFloat64()
		for p := range m.Pix {
			v := ground + 4*rng.NormFloat64()
			if y := float64(p / 32); bar == 1 && y > height-4 && y < height+4 {
				v += 70
			}
			m.Pix[p] = color.Gray{uint8(min(255, max(0, v)))}.Y
		}
		name := fmt.Sprintf("%04d.png", i)
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, m); err != nil {
			t.Fatal(err)
		}
		f.Close()
		table += fmt.Sprintf("%s,%s,%s\n", name, []string{"no", "yes"}[bright], []string{"without", "with"}[bar])
	}
	if err := os.WriteFile(filepath.Join(dir, "metadata.csv"), []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPairsAreACollectionInWhichOneLabelChanges(t *testing.T) {
	dir := t.TempDir()
	squares(t, filepath.Join(dir, "squares"))
	must(t, dir, "train", "squares="+filepath.Join(dir, "squares"), "--by", "bar,bright", "-o", "run", "--gray", "--size", "32", "--latent", "16",
		"--flow-blocks", "2", "--flow-hidden", "16", "--no-gan", "--steps", "40", "--cache", "cache")
	args := []string{"project", "run", "--pairs", "made", "--label", "bar", "--keep-apart", "bright", "--cache", "cache", "--json"}
	stdout, _ := must(t, dir, args...)
	var r counterfactual.Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Cells {
		if c.Kept.Low < 0.5 {
			t.Errorf("of %s %v are kept", c.Collection, c.Kept)
		}
	}
	if len(r.Cells) != 4 || r.Pairs < r.Tried/2 {
		t.Fatalf("%d pairs of %d in %d cells", r.Pairs, r.Tried, len(r.Cells))
	}
	lines, err := csv.NewReader(strings.NewReader(read(t, filepath.Join(dir, "made", "metadata.csv")))).ReadAll()
	if err != nil || len(lines) != 4*r.Pairs+1 || strings.Join(lines[0], ",") != "file_name,pair,role,group,bar,bright" {
		t.Fatalf("%d lines, the first %v, %v", len(lines), lines[0], err)
	}
	for i := 1; i < len(lines); i += 4 {
		original, self, factual, opposite := lines[i], lines[i+1], lines[i+2], lines[i+3]
		bar, bright := original[4], original[5]
		if self[4] != bar || self[5] != bright || factual[4] != bar || factual[5] == bright || opposite[4] == bar || opposite[5] != bright {
			t.Fatalf("the labels of a pair are %v", lines[i:i+4])
		}
		for k, role := range counterfactual.Roles() {
			if line := lines[i+k]; line[2] != role || line[1] != original[1] {
				t.Fatalf("the roles of a pair are %v", lines[i:i+4])
			}
		}
		if i == 1 {
			picture(t, filepath.Join(dir, "made", factual[0]))
		}
	}
	stdout, _ = must(t, dir, "inspect", "made=made")
	if !strings.Contains(stdout, fmt.Sprint(4*r.Pairs)) {
		t.Errorf("inspect does not find %d images: %s", 4*r.Pairs, stdout)
	}
	for says, args := range map[string][]string{
		"is not empty":        args,
		"--by bright,beard":   {"project", "run", "--pairs", "new", "--label", "bright", "--keep-apart", "beard", "--cache", "cache"},
		"goes with --pairs":   {"project", "run", "x.png", "--label", "bar"},
		"does not go with":    {"project", "run", "--pairs", "new", "--label", "bar", "--keep-apart", "bright", "--to", "all"},
		"needs --label and":   {"project", "run", "--pairs", "new"},
		"one run and no imag": {"project", "run", "x.png", "--pairs", "new", "--label", "bar", "--keep-apart", "bright"},
	} {
		if _, stderr, code := dataprism(t, dir, args...); code == exitDone || !strings.Contains(stderr, says) {
			t.Errorf("%v: exit code %d, %q", args, code, stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "new")); err == nil {
		t.Error("a folder is left of pairs that were refused")
	}
}
