package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/weights"
)

// behind are the arguments of a tiny training behind the autoencoder in a file.
func behind(file string, more ...string) []string {
	return append([]string{"train", "photo=" + filepath.Join(plainDir, "photo"), "oil=" + filepath.Join(plainDir, "oil"), "-o", "run",
		"--autoencoder", file, "--size", "32", "--latent", "16", "--flow-blocks", "2", "--flow-hidden", "16", "--steps", "4",
		"--cache", filepath.Join(demoDir, "cache")}, more...)
}

func TestARunBehindAPretrainedAutoencoderIsLikeAnyOther(t *testing.T) {
	dir, file := t.TempDir(), fixture.TAESD(t)
	stdout, stderr := must(t, dir, behind(file, "--verbose")...)
	if !strings.Contains(stdout, "reconstruction.l1") || !strings.Contains(stderr, "by TAESD alone") {
		t.Errorf("stdout %q, stderr %q", stdout, stderr)
	}
	if err := os.Remove(file); err != nil { // the run holds the weights
		t.Fatal(err)
	}
	must(t, dir, behind(file, "--resume")...)
	must(t, dir, "train", "-o", "run", "--resume", "--latent", "16", "--cache", filepath.Join(demoDir, "cache"))
	for says, more := range map[string][]string{
		"--autoencoder taesd.safetensors, not other.safetensors": {"--autoencoder", "other.safetensors"},
		"--size 32, not 64":   {"--size", "64"},
		"--latent 16, not 32": {"--latent", "32"},
	} {
		args := append([]string{"train", "-o", "run", "--resume", "--cache", filepath.Join(demoDir, "cache")}, more...)
		if _, stderr, code := dataprism(t, dir, args...); code != exitUsage || !strings.Contains(stderr, says) {
			t.Errorf("%v: exit code %d, %q does not say %q", more, code, stderr, says)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "run", "checkpoints", "latents")); err == nil {
		t.Error("what only training needs is still there")
	}

	must(t, dir, "project", "run", somePortrait(t, "photo"), "--anyway", "-o", "projection.png")
	must(t, dir, "sample", "run", "-n", "2", "-o", "samples.png")
	picture(t, filepath.Join(dir, "projection.png"))
	picture(t, filepath.Join(dir, "samples.png"))
	must(t, dir, "encode", "run", somePortrait(t, "photo"), "--from", "photo", "-o", "codes.safetensors")
	must(t, dir, "export", "run", "-o", "exported")

	studio := serving(t, filepath.Join(dir, "run"))
	var list struct {
		Runs []struct{ ID, Problem string }
	}
	if code := studio.ask("GET", "/api/runs", "", &list); code != http.StatusOK || len(list.Runs) != 1 || list.Runs[0].Problem != "" {
		t.Fatalf("status %d, %+v", code, list)
	}
	api := "/api/runs/" + list.Runs[0].ID
	var shown struct{ Images []struct{ Image string } }
	if code := studio.ask("GET", api+"/images?limit=1", "", &shown); code != http.StatusOK || len(shown.Images) != 1 {
		t.Fatalf("status %d, %+v", code, shown)
	}
	var projected struct{ Projections []struct{ Image string } }
	code := studio.ask("POST", api+"/project", fmt.Sprintf(`{"source":{"image":%q}}`, shown.Images[0].Image), &projected)
	if code != http.StatusOK || len(projected.Projections) != 2 || projected.Projections[0].Image == "" {
		t.Errorf("status %d, %+v", code, projected)
	}
	if config := read(t, filepath.Join(dir, "run", run.ConfigFile)); !strings.Contains(config, "taesd:") || !strings.Contains(config, "thumbnail: true") {
		t.Errorf("config.yaml does not name the architecture and the thumbnail:\n%s", config)
	}
}

func TestWrongFlagsOfPretrainedAutoencodersAreNamed(t *testing.T) {
	dir, file := t.TempDir(), fixture.TAESD(t)
	other := filepath.Join(t.TempDir(), "other.safetensors")
	var f weights.File
	if err := weights.Put(&f, "unet.conv_in.weight", []int{1}, []float32{1}); err != nil {
		t.Fatal(err)
	}
	if err := weights.Write(other, &f); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no such file":            {behind("gone.safetensors"), exitFailed, "gone.safetensors"},
		"another network":         {behind(other), exitFailed, "unet.conv_in.weight"},
		"a size that cannot be":   {behind(file, "--size", "100"), exitUsage, "100"},
		"more latents than there": {behind(file, "--latent", "114"), exitUsage, "112 values"},
		"a model with its own":    {behind(file, "--model", net2net32Model), exitUsage, "--autoencoder"},
	} {
		t.Run(name, func(t *testing.T) {
			_, stderr, code := dataprism(t, dir, test.args...)
			if lines := strings.Split(strings.TrimSpace(stderr), "\n"); code != test.code || len(lines) != 1 || !strings.Contains(stderr, test.says) {
				t.Errorf("exit code %d, want %d; the message is %q", code, test.code, stderr)
			}
		})
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("files were left behind: %v, %v", entries, err)
	}
}
