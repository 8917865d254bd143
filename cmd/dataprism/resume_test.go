package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/run"
)

// trainArgs are those of a training of a few steps on two of the demo's collections, into the folder run.
func trainArgs(more ...string) []string {
	return append([]string{"train", "photo=" + filepath.Join(plainDir, "photo"), "oil=" + filepath.Join(plainDir, "oil"), "-o", "run",
		"--latent", "16", "--flow-blocks", "2", "--flow-hidden", "16", "--size", "32", "--no-gan", "--steps", "4",
		"--validation", "0.3", "--cache", filepath.Join(demoDir, "cache")}, more...)
}

func TestFlagsThatContradictTheRunAreNamedWithBothValues(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, trainArgs()...)
	photo, oil, anime := filepath.Join(plainDir, "photo"), filepath.Join(plainDir, "oil"), filepath.Join(plainDir, "anime")
	before := read(t, filepath.Join(dir, "run", run.ConfigFile))
	for says, args := range map[string][]string{
		"--validation 0.3, not 0.1":                           {"--validation", "0.1"},
		"--steps 4, not --steps 5":                            {"--steps", "5"},
		"--steps 4, not --time 10m0s":                         {"--time", "10m"},
		"--size 32, not 64":                                   {"--size", "64"},
		"--gray false, not true":                              {"--gray"},
		"--pad false, not true":                               {"--pad"},
		"--seed 1, not 2":                                     {"--seed", "2"},
		"--background #ffffff, not #000000":                   {"--background", "black"},
		"--flow-hidden 16, not 32":                            {"--flow-hidden", "32"},
		"--latent 16, not 32":                                 {"--latent", "32"},
		"--max-images 0, not 9":                               {"--max-images", "9"},
		"--model small, not net2net-32":                       {"--model", "net2net-32"},
		"--no-gan true, not false":                            {"--no-gan=false"},
		"--no-mirror false, not true":                         {"--no-mirror"},
		"the collections photo, oil, not oil, photo":          {"oil=" + oil, "photo=" + photo},
		"the collections photo, oil, not photo, oil, anime":   {"photo=" + photo, "oil=" + oil, "anime=" + anime},
		"are not those that it was started with":              {"photo=" + photo, "oil=" + anime},
		"oil was " + oil + " and is " + anime + ")":           {"photo=" + photo, "oil=" + anime},
		"train: name at least two collections to compare, as": {"photo=" + photo},
	} {
		stdout, stderr, code := dataprism(t, dir, append([]string{"train", "-o", "run", "--resume", "--cache", filepath.Join(demoDir, "cache")}, args...)...)
		says = strings.TrimPrefix(says, "train: ")
		if code == exitDone || !strings.Contains(stderr, says) || stdout != "" {
			t.Errorf("%v: exit code %d, %q does not say %q", args, code, stderr, says)
		}
	}
	if after := read(t, filepath.Join(dir, "run", run.ConfigFile)); after != before {
		t.Errorf("config.yaml was\n%s\nand is\n%s", before, after)
	}
	for _, args := range [][]string{
		trainArgs("--resume"), {"train", "-o", "run", "--resume"},
		{"train", "-o", "run", "--resume", "--validation", "0.3", "--background", "white", "--whole=false"},
	} {
		if _, stderr, code := dataprism(t, dir, append(args, cacheFlag(args)...)...); code != exitDone {
			t.Errorf("%v: exit code %d, %s", args, code, stderr)
		}
	}
}

func TestTargetsAreRefusedBeforeImagesAreRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	image := somePortrait(t, "photo")
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"demo again":            {[]string{"demo", "--no-open", "-o", demoDir}, "already holds a run"},
		"train again":           {trainArgs("-o", runDir()), "already holds a run"},
		"train into a file":     {trainArgs("-o", filepath.Join("file", "run")), "file"},
		"encode":                {[]string{"encode", runDir(), "-o", filepath.Join("missing", "x.safetensors")}, "missing"},
		"project, grid":         {[]string{"project", runDir(), image, "--anyway", "-o", filepath.Join("missing", "x.png")}, "missing"},
		"project, animation":    {[]string{"project", runDir(), image, "--anyway", "--animate", filepath.Join("missing", "x.gif")}, "missing"},
		"project, single files": {[]string{"project", runDir(), image, "--anyway", "--single", filepath.Join("file", "x")}, "file"},
		"sample":                {[]string{"sample", runDir(), "-o", filepath.Join("missing", "x.png")}, "missing"},
		"export":                {[]string{"export", runDir(), "-o", runDir()}, "not empty"},
		"import":                {[]string{"import", "file", "-o", runDir()}, "not empty"},
	} {
		_, stderr, code := dataprism(t, dir, test.args...)
		if code != exitFailed || !strings.Contains(stderr, test.says) {
			t.Errorf("%s: exit code %d, %q does not say %q", name, code, stderr, test.says)
		}
		for _, work := range []string{"reading", "drawing", "fits"} {
			if strings.Contains(stderr, work) {
				t.Errorf("%s: it begins to work: %q", name, stderr)
			}
		}
	}
}

func TestOneBadImageDoesNotLoseTheOthers(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bad.png"), []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	good, other := somePortrait(t, "photo"), somePortrait(t, "oil")
	stdout, stderr, code := dataprism(t, dir, "encode", runDir(), good, "bad.png", other, "-o", "x.safetensors")
	if code != exitFailed || !strings.Contains(stderr, "1 of 3 images were left out: bad.png") || !strings.Contains(stdout, "x.safetensors") {
		t.Errorf("encode: exit code %d, %q, %q", code, stdout, stderr)
	}
	if text := read(t, filepath.Join(dir, "x.csv")); strings.Count(text, "\n") != 3 || !strings.Contains(text, filepath.Base(other)) {
		t.Errorf("the table is %q", text)
	}
	stdout, stderr, code = dataprism(t, dir, "project", runDir(), "bad.png", good, "--anyway", "--single", "each")
	if code != exitFailed || !strings.Contains(stderr, "1 of 2 images were left out: bad.png") || strings.Count(stdout, "\n") != 4 {
		t.Errorf("project: exit code %d, %q, %q", code, stdout, stderr)
	}
	picture(t, filepath.Join(dir, "projection.png"))
}

func TestDemoIsContinuedAsItWasStarted(t *testing.T) {
	dir := filepath.Dir(demoDir)
	for says, args := range map[string][]string{
		"--count 120, not 7":             {"--count", "7"},
		"--size 32, not 48":              {"--size", "48"},
		"--steps 12, not --steps 13":     {"--steps", "13"},
		"--seed 1, not 2":                {"--seed", "2"},
		"already holds a run: continue ": {"--resume=false"},
	} {
		_, stderr, code := dataprism(t, dir, append([]string{"demo", "--no-open", "-o", demoDir, "--resume"}, args...)...)
		if code == exitDone || !strings.Contains(stderr, says) || strings.Contains(stderr, "drawing") {
			t.Errorf("%v: exit code %d, %q does not say %q", args, code, stderr, says)
		}
	}
	stdout, stderr := must(t, dir, "demo", "--no-open", "--count", "120", "--size", "32", "--steps", "12", "-o", demoDir, "--resume")
	if !strings.Contains(stderr, "is finished") || !strings.Contains(stdout, sheetFile) || !strings.Contains(stdout, reportFile) {
		t.Errorf("continued when it is finished, it says %q, %q", stdout, stderr)
	}
}

func TestGridThatCannotBeWrittenDoesNotLoseTheSingleImages(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skip("there is no device that is always full")
	}
	dir := t.TempDir()
	stdout, stderr, code := dataprism(t, dir, "project", runDir(), somePortrait(t, "photo"), "--anyway", "-o", full, "--single", "each", "--animate", "move.gif", "--frames", "2")
	if code != exitFailed || !strings.Contains(stderr, "no space") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	files := strings.Fields(stdout)
	if len(files) != 4 {
		t.Errorf("written are %v", files)
	}
	for _, name := range files {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestConfigurationOfARunIsNotTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	copied := filepath.Join(dir, "run")
	if err := os.CopyFS(copied, os.DirFS(runDir())); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(copied, run.ConfigFile)
	whole := read(t, path)
	for says, change := range map[string][2]string{
		"colour":      {"background: '#ffffff'", "background: reddish"},
		"misspelt":    {"max_images: 0", "misspelt: 0"},
		"version":     {"version: 2", "version: 77"},
		"gray":        {"gray: false", "gray: true"},
		"../x":        {"- photo", "- ../x"},
		"1000000000":  {"blocks: 12", "blocks: 1000000000"},
		"block_12":    {"blocks: 12\n        shared: 3", "blocks: 13\n        shared: 4"},
		"validation":  {"validation: 0.2", "validation: 0"},
		"between 0 a": {"validation: 0.2", "validation: .inf"},
	} {
		text := strings.Replace(whole, change[0], change[1], 1)
		if text == whole {
			t.Fatalf("config.yaml has no %q:\n%s", change[0], whole)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, stderr, code := dataprism(t, dir, "sample", "run")
		if code != exitFailed || !strings.Contains(stderr, says) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d, %q", says, code, stderr)
		}
	}
}

func TestEncodeSaysWhereTheImagesAreNotThoseOfTheTraining(t *testing.T) {
	dir := t.TempDir()
	for _, style := range []string{"photo", "oil"} {
		copies(t, style, filepath.Join(dir, style), 40)
	}
	must(t, dir, "train", "photo=photo", "oil=oil", "-o", "run", "--size", "32", "--latent", "8", "--flow-blocks", "2", "--flow-hidden", "16",
		"--no-gan", "--steps", "4", "--validation", "0.2", "--cache", "cache")
	if _, stderr := must(t, dir, "encode", "run", "--cache", "cache"); strings.Contains(stderr, "trained on") {
		t.Errorf("of the images as they were it says %q", stderr)
	}
	copies(t, "oil", filepath.Join(dir, "oil"), 45)
	if _, stderr := must(t, dir, "encode", "run", "--cache", "cache"); !strings.Contains(stderr, "may have been trained on") {
		t.Errorf("of more images it says %q", stderr)
	}
}

func TestRunThatWasNotMeasuredSaysThatItDidNotLook(t *testing.T) {
	dir := t.TempDir()
	first, second := net2netStages(t)
	writeNet2Net(t, filepath.Join(dir, "both.safetensors"), first, second)
	must(t, dir, "import", "both.safetensors", "-o", "run")
	if _, stderr := must(t, dir, "project", "run", somePortrait(t, "photo")); !strings.Contains(stderr, "was not looked at") {
		t.Errorf("it says %q", stderr)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
