package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/run"
)

// byArgs are those of a training of a few steps on the demo's photos, split by a label, into the folder run.
func byArgs(more ...string) []string {
	return append([]string{"train", "photo=" + filepath.Join(demoDir, "portraits", "photo"), "-o", "run", "--by", "hair",
		"--latent", "16", "--flow-blocks", "2", "--flow-hidden", "16", "--size", "32", "--no-gan", "--steps", "4",
		"--validation", "0.3", "--cache", filepath.Join(demoDir, "cache")}, more...)
}

// A run whose collections are cells is opened by every command as any other, and goes on from what its config.yaml
// says.
func TestRunsOfCellsAreOpenedByEveryCommand(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, byArgs()...)
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
		byArgs("--resume"),
	} {
		if _, stderr, code := dataprism(t, dir, args...); code != exitDone {
			t.Errorf("%v: exit code %d, %s", args, code, stderr)
		}
	}
	moved := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.CopyFS(moved, os.DirFS(filepath.Join(demoDir, "portraits", "photo"))); err != nil {
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
		args := byArgs("--by", test.by)
		if _, stderr, code := dataprism(t, dir, args...); code != test.code || !strings.Contains(stderr, says) {
			t.Errorf("--by %s: exit code %d, %q does not say %q", test.by, code, stderr, says)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "run")); err == nil {
		t.Error("a folder was made for a run that did not begin")
	}
}
