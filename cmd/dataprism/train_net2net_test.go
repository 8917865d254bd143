package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// trainNet2Net are the arguments of a tiny training of the published system's small model.
func trainNet2Net(more ...string) []string {
	args := []string{"train", "photo=" + filepath.Join(plainDir, "photo"), "oil=" + filepath.Join(plainDir, "oil"), "-o", "run",
		"--model", net2net32Model, "--latent", "8", "--flow-blocks", "2", "--flow-hidden", "16", "--steps", "4", "--json",
		"--cache", filepath.Join(demoDir, "cache")}
	return append(args, more...)
}

func TestNet2NetIsTrainedExportedAndImported(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, trainNet2Net()...)
	must(t, dir, trainNet2Net("--resume")...)
	again := []string{"train", "-o", "run", "--resume", "--cache", filepath.Join(demoDir, "cache"), "--kl-weight"}
	must(t, dir, append(again, "1e-6")...)
	if _, stderr, code := dataprism(t, dir, append(again, "2")...); code != exitUsage || !strings.Contains(stderr, "--kl-weight 1e-06, not 2") {
		t.Errorf("another weight: exit code %d, %q", code, stderr)
	}
	must(t, dir, "sample", "run", "-n", "2", "-o", "samples.png")
	picture(t, filepath.Join(dir, "samples.png"))
	must(t, dir, "export", "run", "-o", "exported")
	must(t, dir, "import", filepath.Join("exported", "model.safetensors"), "--collections", "photo,oil", "-o", "again")
	must(t, dir, "export", "again", "-o", "twice")
	a, err := os.ReadFile(filepath.Join(dir, "exported", "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "twice", "model.safetensors"))
	if err != nil || !slices.Equal(a, b) {
		t.Errorf("trained, exported, imported and exported again, the weights differ: %v", err)
	}
}

func TestWrongFlagsOfNet2NetAreNamed(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct {
		more []string
		code int
		says string
	}{
		"unknown model":          {[]string{"--model", "large"}, exitUsage, "large"},
		"size that cannot halve": {[]string{"--size", "50"}, exitUsage, "50"},
		"other size at 256":      {[]string{"--model", net2net256Model, "--size", "64"}, exitUsage, "64"},
		"grey at 256":            {[]string{"--model", net2net256Model, "--gray"}, exitUsage, "--gray"},
		"shared blocks":          {[]string{"--flow-shared", "2"}, exitUsage, "--flow-shared"},
		"slices":                 {[]string{"--flow-sliced"}, exitUsage, "--flow-sliced"},
		"bins":                   {[]string{"--flow-bins", "4"}, exitUsage, "--flow-bins"},
		"flag of another model":  {[]string{"--model", ownModel, "--disc-start", "3"}, exitUsage, "--disc-start"},
		"negative KL":            {[]string{"--kl-weight", "-1"}, exitUsage, "negative"},
		"LPIPS that is not here": {[]string{"--lpips", "gone.safetensors"}, exitFailed, "gone.safetensors"},
	} {
		t.Run(name, func(t *testing.T) {
			_, stderr, code := dataprism(t, dir, trainNet2Net(test.more...)...)
			if lines := strings.Split(strings.TrimSpace(stderr), "\n"); code != test.code || len(lines) != 1 || !strings.Contains(stderr, test.says) {
				t.Errorf("exit code %d, want %d; the message is %q", code, test.code, stderr)
			}
		})
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("files were left behind: %v, %v", entries, err)
	}
}
