package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/run"
)

// hairOnly makes the demo's photos in a folder of their own with the label hair alone, since each label takes time to
// measure.
func hairOnly(t *testing.T) string {
	t.Helper()
	from, dir := filepath.Join(demoDir, portraitsDir, "photo"), filepath.Join(t.TempDir(), "photo")
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	table, err := csv.NewReader(strings.NewReader(read(t, filepath.Join(from, "metadata.csv")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	file, hair := slices.Index(table[0], "file_name"), slices.Index(table[0], "hair")
	var text strings.Builder
	for _, row := range table {
		fmt.Fprintf(&text, "%s,%s\n", row[file], row[hair])
	}
	if err := os.WriteFile(filepath.Join(dir, "metadata.csv"), []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// byArgs are those of a training of a few steps on photos, split by a label, into the folder run.
func byArgs(photos string, more ...string) []string {
	return append([]string{"train", "photo=" + photos, "-o", "run", "--by", "hair",
		"--latent", "16", "--flow-blocks", "2", "--flow-hidden", "16", "--size", "32", "--no-gan", "--steps", "4",
		"--validation", "0.3", "--cache", filepath.Join(demoDir, "cache")}, more...)
}

// A run whose collections are cells is opened by every command as any other, and goes on from what its config.yaml
// says.
func TestRunsOfCellsAreOpenedByEveryCommand(t *testing.T) {
	dir, photos := t.TempDir(), hairOnly(t)
	must(t, dir, byArgs(photos)...)
	c, err := run.ReadConfig(filepath.Join(dir, "run"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Model.Collections, " "); got != "photo.long photo.short" || c.Data.By != "hair" {
		t.Errorf("the collections are %s, split by %q", got, c.Data.By)
	}
	cache := []string{"--cache", filepath.Join(demoDir, "cache")}
	for _, args := range [][]string{
		{"project", "run", somePortrait(t, "photo"), "--from", "photo.long", "--to", "photo.short"},
		{"sample", "run", "-n", "2"},
		append([]string{"encode", "run"}, cache...),
		append([]string{"audit", "run", "--samples", "100"}, cache...),
		append([]string{"typical", "run", "--patches", "2", "--clusters", "1"}, cache...),
		append([]string{"train", "-o", "run", "--resume"}, cache...),
		byArgs(photos, "--resume"),
	} {
		if _, stderr, code := dataprism(t, dir, args...); code != exitDone {
			t.Errorf("%v: exit code %d, %s", args, code, stderr)
		}
	}
	moved := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.CopyFS(moved, os.DirFS(photos)); err != nil {
		t.Fatal(err)
	}
	must(t, dir, append([]string{"train", "photo=" + moved, "-o", "run", "--resume"}, cache...)...)
	for says, args := range map[string][]string{
		`--by "hair", not --by "smile"`:         {"--by", "smile"},
		"the collections photo, not picture, b": {"picture=" + moved, "b=" + filepath.Join(demoDir, "portraits", "oil")},
		"the collections photo, not photo, b":   {"photo=" + moved, "b=" + filepath.Join(demoDir, "portraits", "oil")},
	} {
		if _, stderr, code := dataprism(t, dir, append(append([]string{"train", "-o", "run", "--resume"}, args...), cache...)...); code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("%v: exit code %d, %q does not say %q", args, code, stderr, says)
		}
	}
}

func TestLabelsThatMakeNoCellsAreRefused(t *testing.T) {
	dir := t.TempDir()
	for says, test := range map[string]struct {
		by   string
		code int
	}{
		"there are ":          {"moustache", exitFailed},
		"a label is missing":  {"hair,", exitUsage},
		"values that are no":  {"hair:4", exitFailed},
		"is no number to cut": {"age:old", exitUsage},
	} {
		args := byArgs(filepath.Join(demoDir, portraitsDir, "photo"), "--by", test.by)
		if _, stderr, code := dataprism(t, dir, args...); code != test.code || !strings.Contains(stderr, says) {
			t.Errorf("--by %s: exit code %d, %q does not say %q", test.by, code, stderr, says)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "run")); err == nil {
		t.Error("a folder was made for a run that did not begin")
	}
}

func TestLabelsOfPairsAndToKeepAreCheckedBeforeTheTraining(t *testing.T) {
	dir := t.TempDir()
	portraits := filepath.Join(demoDir, portraitsDir)
	train := []string{"train", "photo=" + filepath.Join(portraits, "photo"), "oil=" + filepath.Join(portraits, "oil"),
		"-o", "run", "--size", "32", "--steps", "4", "--cache", filepath.Join(demoDir, "cache")}
	for want, more := range map[string][]string{
		"label scarf: no training image of photo has it": {"--keep", "scarf"},
		"label scarf: 0 training images of photo share":  {"--pairs", "scarf"},
		"for flows that begin with a transport":          {"--pairs", "pair", "--model", net2net32Model},
	} {
		if _, stderr, code := dataprism(t, dir, append(slices.Clone(train), more...)...); code == 0 || !strings.Contains(stderr, want) {
			t.Errorf("%q: exit code %d, %q", more, code, stderr)
		}
	}
	if files, err := filepath.Glob(filepath.Join(dir, "run", "checkpoints", "*")); err != nil || len(files) > 0 {
		t.Errorf("it was trained: %q, %v", files, err)
	}
}
