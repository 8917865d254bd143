package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/gif"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/internal/picturetest"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/weights"
	"github.com/spf13/cobra"
)

// binary is the built command, demoDir a finished, tiny demo, and plainDir some of its portraits without their labels,
// which take most of the time of measuring: they are made once for all tests.
var binary, demoDir, plainDir string

func TestMain(m *testing.M) {
	if os.Getenv(deafVariable) != "" {
		os.Exit(interruptible(deaf(), nil))
	}
	if flag.Parse(); *update { // which needs neither
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "dataprism-test-")
	if err != nil {
		panic(err)
	}
	binary, demoDir, plainDir = filepath.Join(dir, "dataprism"), filepath.Join(dir, "demo"), filepath.Join(dir, "plain")
	code := 1
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		os.Stderr.Write(out)
	} else if out, err := exec.Command(binary, "demo", "--no-open", "--count", "120", "--size", "32", "--steps", "12", "-o", demoDir).CombinedOutput(); err != nil {
		os.Stderr.Write(out)
	} else if err := errors.Join(plain("photo", 40), plain("oil", 40), plain("anime", 40)); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// plain puts n portraits of a style into a folder of plainDir.
func plain(style string, n int) error { return copyPortraits(style, filepath.Join(plainDir, style), n) }

// copyPortraits copies the first n portraits of a style of the demo, without their labels.
func copyPortraits(style, dir string, n int) error {
	names, err := filepath.Glob(filepath.Join(demoDir, portraitsDir, style, "*.png"))
	if err != nil || len(names) < n {
		return fmt.Errorf("%d portraits of %s, want %d: %w", len(names), style, n, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range names[:n] {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// dataprism runs the binary in dir and returns what it printed and its exit code.
func dataprism(t *testing.T, dir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func runDir() string { return filepath.Join(demoDir, "run") }

func somePortrait(t *testing.T, style string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(demoDir, "portraits", style, "*.png"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no portraits of %s: %v", style, err)
	}
	return names[0]
}

func TestDemoLeavesSheetNumbersAndRun(t *testing.T) {
	picture(t, filepath.Join(demoDir, sheetFile))
	evaluation, err := audit.ReadEvaluation(filepath.Join(runDir(), run.EvaluationFile))
	if err != nil {
		t.Fatal(err)
	}
	if n := evaluation.Reconstruction.L1.N; n == 0 {
		t.Error("the reconstruction error rests on no image")
	}
	if evaluation.Inversion.P999 > 1e-3 {
		t.Errorf("inverting the flow misses by %g", evaluation.Inversion.P999)
	}
	for _, attribute := range []string{"glasses", "hair"} {
		if len(evaluation.Attributes[attribute]) != 3 {
			t.Errorf("%s is measured in %d collections, want 3", attribute, len(evaluation.Attributes[attribute]))
		}
	}
	grids, err := filepath.Glob(filepath.Join(runDir(), run.SamplesDir, "*.png"))
	if err != nil || len(grids) < 3 {
		t.Errorf("%d grids were drawn while training: %v", len(grids), err)
	}
}

func TestProjectWritesGridSinglesAndAnimation(t *testing.T) {
	dir := t.TempDir()
	image := somePortrait(t, "photo")
	stdout, stderr, code := dataprism(t, dir, "project", runDir(), image, "--anyway", "-o", "grid.png", "--single", "each", "--animate", "move.gif", "--frames", "3")
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if !strings.Contains(stderr, "fits ") {
		t.Errorf("the inferred collection is not shown: %q", stderr)
	}
	for _, name := range strings.Fields(stdout) {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is named but not there", name)
		}
	}
	picture(t, filepath.Join(dir, "grid.png"))
	singles, _ := filepath.Glob(filepath.Join(dir, "each", "*-as-*.png"))
	if len(singles) != 3 {
		t.Errorf("%d single projections, want 3: %v", len(singles), singles)
	}
	data, err := os.ReadFile(filepath.Join(dir, "move.gif"))
	if err != nil {
		t.Fatal(err)
	}
	animation, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil || len(animation.Image) < 9 {
		t.Errorf("the animation has %d frames: %v", len(animation.Image), err)
	}
}

// With its detail, an image as its own collection shows it is all but the image; with --size it has as many pixels.
func TestProjectionsHaveTheDetailOfTheirImage(t *testing.T) {
	dir := t.TempDir()
	portrait := somePortrait(t, "photo")
	single := func(folder string, flags ...string) image.Image {
		t.Helper()
		args := append([]string{"project", runDir(), portrait, "--from", "photo", "--to", "photo", "--single", folder}, flags...)
		if _, stderr, code := dataprism(t, dir, args...); code != exitDone {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		files, _ := filepath.Glob(filepath.Join(dir, folder, "*.png"))
		if len(files) != 1 {
			t.Fatalf("%s holds %v", folder, files)
		}
		return decoded(t, files[0])
	}
	original := decoded(t, portrait)
	with, without := picturetest.Difference(original, single("with")), picturetest.Difference(original, single("without", "--detail", "0"))
	if with > without/2 {
		t.Errorf("with its detail, an image is %.1f off from itself, and %.1f without", with, without)
	}
	if side := single("large", "--size", "96").Bounds().Dx(); side != 96 {
		t.Errorf("a projection of 96 pixels has %d", side)
	}
}

// A folder is projected a part at a time, and what cannot be read in it is left out; the grid shows as many as it has room for.
func TestFoldersAreProjectedImageByImage(t *testing.T) {
	dir := t.TempDir()
	scans := filepath.Join(dir, "scans")
	portraits, _ := filepath.Glob(filepath.Join(demoDir, "portraits", "photo", "*.png"))
	for i, path := range portraits[:20] {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(scans, fmt.Sprint(i%2), fmt.Sprintf("%02d.png", i/2)) // names that two folders share
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(scans, "text.png"), []byte("no picture"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := dataprism(t, dir, "project", runDir(), scans, "--from", "photo", "--to", "oil", "--size", "500", "--single", "each")
	if code != exitFailed || !strings.Contains(stderr, "text.png") || !strings.Contains(stderr, "first 16 of 20") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	singles, _ := filepath.Glob(filepath.Join(dir, "each", "[01]", "0[0-9]-as-oil.png"))
	if len(singles) != 20 {
		t.Errorf("%d of 20 images are projected: %v", len(singles), singles)
	}
	if side := decoded(t, singles[19]).Bounds().Dx(); side != 500 {
		t.Errorf("a projection of 500 pixels has %d", side)
	}
	picture(t, filepath.Join(dir, "projection.png"))
	if err := os.Mkdir(filepath.Join(dir, "nothing"), 0o777); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := dataprism(t, dir, "project", runDir(), "nothing"); code != exitFailed || !strings.Contains(stderr, "no images found in nothing") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func decoded(t *testing.T, path string) image.Image {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, _, err := image.Decode(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return picture
}

func TestSampleIsTheSameForTheSameSeed(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.png", "b.png"} {
		if _, stderr, code := dataprism(t, dir, "sample", runDir(), "-n", "3", "--seed", "9", "-o", name); code != exitDone {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
	}
	a, _ := os.ReadFile(filepath.Join(dir, "a.png"))
	b, _ := os.ReadFile(filepath.Join(dir, "b.png"))
	if len(a) == 0 || !bytes.Equal(a, b) {
		t.Error("the same seed gives different samples")
	}
}

// Samples of one code have one name and one pair in the folders of all collections, whatever the number of codes.
func TestSamplesAreWrittenAsCollections(t *testing.T) {
	dir := t.TempDir()
	const n = drawnAtOnce + 6 // two parts
	must(t, dir, "sample", runDir(), "-n", strconv.Itoa(n), "--seed", "9", "--single", "many")
	must(t, dir, "sample", runDir(), "-n", "3", "--seed", "9", "--single", "few", "-o", "grid.png")
	if _, err := os.Stat(filepath.Join(dir, "samples.png")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a grid is drawn that nobody asked for: %v", err)
	}
	picture(t, filepath.Join(dir, "grid.png"))
	seen := map[string]string{}
	for _, style := range []string{"photo", "oil", "anime"} {
		files, err := filepath.Glob(filepath.Join(dir, "many", style, "*.png"))
		if err != nil || len(files) != n {
			t.Fatalf("%d files of %s, want %d: %v", len(files), style, n, err)
		}
		for _, name := range []string{"000001.png", "000003.png"} {
			many, _ := os.ReadFile(filepath.Join(dir, "many", style, name))
			few, _ := os.ReadFile(filepath.Join(dir, "few", style, name))
			if len(many) == 0 || !bytes.Equal(many, few) {
				t.Errorf("%s of %s is another sample where more are drawn", name, style)
			}
			if other, ok := seen[string(many)]; ok {
				t.Errorf("%s of %s is the same picture as %s", name, style, other)
			}
			seen[string(many)] = name + " of " + style
		}
		table, err := os.ReadFile(filepath.Join(dir, "many", style, "metadata.csv"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
		if err != nil || len(rows) != n+1 || !slices.Equal(rows[0], []string{"file_name", "pair"}) || !slices.Equal(rows[n], []string{filepath.Base(files[n-1]), strconv.Itoa(n)}) {
			t.Errorf("the table of %s has %d rows: %q, %v", style, len(rows), rows, err)
		}
	}
	must(t, dir, "inspect", "photo=many/photo", "oil=many/oil")
	if _, stderr, code := dataprism(t, dir, "sample", runDir(), "--single", "many"); code != exitFailed || !strings.Contains(stderr, "not empty") {
		t.Errorf("exit code %d for a folder that is there: %s", code, stderr)
	}
}

// What the evaluation says of samples is told where they are shown.
func TestSampleSaysWhatIsNotYetLikeImages(t *testing.T) {
	dir := copyOfRun(t)
	path := filepath.Join(dir, run.EvaluationFile)
	e, err := audit.ReadEvaluation(path)
	if err != nil {
		t.Fatal(err)
	}
	e.Unlike = map[string]measure.Estimate{"photo": {Value: 0.97, Low: 0.95, High: 0.99, N: 100}, "oil": {Value: 0.7, Low: 0.6, High: 0.8, N: 100}}
	if err := audit.WriteEvaluation(path, e); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := dataprism(t, t.TempDir(), "sample", dir, "-n", "2")
	if code != exitDone || !strings.Contains(stderr, "samples under photo are not yet like its images: a probe tells them from reconstructions in 97% of cases") {
		t.Errorf("exit code %d, it says %q", code, stderr)
	}
	if strings.Contains(stderr, "under oil") || strings.Contains(stderr, "under anime") {
		t.Errorf("it speaks of collections of which that is not known: %q", stderr)
	}
}

// A folder stands for the images in it, in the order of their names.
func TestEncodeTakesFolders(t *testing.T) {
	dir := t.TempDir()
	if err := copyPortraits("oil", filepath.Join(dir, "scans", "a"), 3); err != nil {
		t.Fatal(err)
	}
	images, _ := filepath.Glob(filepath.Join(dir, "scans", "a", "*.png"))
	must(t, dir, "encode", runDir(), "scans", "--from", "oil", "-o", "folder.safetensors")
	must(t, dir, append([]string{"encode", runDir(), "--from", "oil", "-o", "files.safetensors"}, images...)...)
	folder, _ := os.ReadFile(filepath.Join(dir, "folder.safetensors"))
	files, _ := os.ReadFile(filepath.Join(dir, "files.safetensors"))
	if len(images) != 3 || len(folder) == 0 || !bytes.Equal(folder, files) {
		t.Errorf("a folder of %d images has other codes than these have", len(images))
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := dataprism(t, dir, "encode", runDir(), "empty", "-o", "none.safetensors"); code != exitFailed || !strings.Contains(stderr, "no images found in empty") {
		t.Errorf("exit code %d for an empty folder: %s", code, stderr)
	}
}

func TestEncodeWritesRowsInTheOrderOfItsTable(t *testing.T) {
	dir := t.TempDir()
	if _, stderr, code := dataprism(t, dir, "encode", runDir(), "-o", "codes.safetensors", "--cache", filepath.Join(demoDir, "cache")); code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	file, err := weights.Read(filepath.Join(dir, "codes.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	logProb, err := file.Float32s("log_prob", 360)
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := file.Lookup("v"); !ok || len(v.Shape) != 2 || v.Shape[0] != 360 || v.Shape[1] > 64 {
		t.Errorf("v has the shape %v", v.Shape)
	}
	byCollection, err := file.Float32s("log_prob_by_collection", 360, 3)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "codes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	table, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(table) != 361 {
		t.Fatalf("%d lines in the table: %v", len(table), err)
	}
	if got := strings.Join(table[0], ","); got != "row,collection,file_name,split,log_prob" {
		t.Errorf("the columns are %s", got)
	}
	held := 0
	for i, row := range table[1:] {
		if row[3] == "validation" {
			held++
		}
		c := map[string]int{"photo": 0, "oil": 1, "anime": 2}[row[1]]
		if own := byCollection[3*i+c]; own != logProb[i] {
			t.Fatalf("row %d (%s): log_prob %g, under its collection %g", i, row[1], logProb[i], own)
		}
	}
	if held < 36 || held > 108 {
		t.Errorf("%d of 360 rows are held out", held)
	}
}

func TestTrainStoppedByTimeResumesNothingAndPrintsJSON(t *testing.T) {
	dir := t.TempDir()
	args := []string{"train", "photo=" + filepath.Join(plainDir, "photo"), "oil=" + filepath.Join(plainDir, "oil"), "-o", "run",
		"--size", "32", "--latent", "16", "--flow-blocks", "2", "--flow-hidden", "16", "--no-gan", "--steps", "4", "--json", "--cache", filepath.Join(demoDir, "cache")}
	stdout, stderr, code := dataprism(t, dir, args...)
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var evaluation audit.Evaluation
	if err := json.Unmarshal([]byte(stdout), &evaluation); err != nil {
		t.Fatalf("stdout is not the evaluation alone: %v", err)
	}
	if evaluation.Schema != audit.EvaluationSchema {
		t.Errorf("the evaluation has schema %d, want %d", evaluation.Schema, audit.EvaluationSchema)
	}
	if _, stderr, code := dataprism(t, dir, args...); code != exitFailed || !strings.Contains(stderr, "--resume") {
		t.Errorf("a second training into the same folder: exit code %d, %q", code, stderr)
	}
	if _, stderr, code := dataprism(t, dir, append(args, "--resume")...); code != exitDone {
		t.Errorf("resuming a finished run: exit code %d, %q", code, stderr)
	}
}

func TestBadInputGivesOneLineTheRightCodeAndNoFiles(t *testing.T) {
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(filepath.Join(dir, "empty"), 0o755))
	must(os.WriteFile(filepath.Join(dir, "broken.zip"), []byte("PK\x03\x04 and then nothing"), 0o644))
	must(os.WriteFile(filepath.Join(dir, "text.png"), []byte("no image"), 0o644))
	photo := "photo=" + filepath.Join(demoDir, "portraits", "photo")
	oil := "oil=" + filepath.Join(demoDir, "portraits", "oil")
	before := tree(t, dir)
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"unknown command":          {[]string{"refract"}, exitUsage, "refract"},
		"unknown flag":             {[]string{"train", photo, oil, "-o", "r", "--colour"}, exitUsage, "--colour"},
		"one collection":           {[]string{"train", photo, "-o", "r"}, exitUsage, "two collections"},
		"no equals sign":           {[]string{"train", "photo", "oil", "-o", "r"}, exitUsage, "NAME=PATH"},
		"the same name twice":      {[]string{"train", photo, photo, "-o", "r"}, exitUsage, "photo"},
		"no output":                {[]string{"train", photo, oil}, exitUsage, "-o"},
		"unsupported size":         {[]string{"train", photo, oil, "-o", "r", "--size", "50"}, exitUsage, "50"},
		"time and steps":           {[]string{"train", photo, oil, "-o", "r", "--time", "1m", "--steps", "5"}, exitUsage, "--steps"},
		"unknown backend":          {[]string{"train", photo, oil, "-o", "r", "--backend", "abacus"}, exitUsage, "abacus"},
		"bad colour":               {[]string{"train", photo, oil, "-o", "r", "--background", "red"}, exitUsage, "red"},
		"empty folder":             {[]string{"train", photo, "oil=empty", "-o", "r"}, exitFailed, "empty"},
		"folder that is not there": {[]string{"train", photo, "oil=nowhere", "-o", "r"}, exitFailed, "nowhere"},
		"corrupt archive":          {[]string{"train", photo, "oil=broken.zip", "-o", "r"}, exitFailed, "broken.zip"},
		"missing run":              {[]string{"sample", "nowhere"}, exitFailed, "nowhere"},
		"wrong image":              {[]string{"project", runDir(), "text.png"}, exitFailed, "text.png"},
		"image that is not there":  {[]string{"project", runDir(), "gone.png"}, exitFailed, "gone.png"},
		"unknown collection":       {[]string{"project", runDir(), somePortrait(t, "oil"), "--to", "fresco"}, exitUsage, "fresco"},
		"strength out of range":    {[]string{"project", runDir(), somePortrait(t, "oil"), "--strength", "2"}, exitUsage, "2"},
		"detail out of range":      {[]string{"project", runDir(), somePortrait(t, "oil"), "--detail", "1.5"}, exitUsage, "--detail"},
		"size below the model's":   {[]string{"project", runDir(), somePortrait(t, "oil"), "--size", "16"}, exitUsage, "--size"},
		"size beyond all":          {[]string{"project", runDir(), somePortrait(t, "oil"), "--size", "5000"}, exitUsage, "--size"},
		"negative blocks":          {[]string{"train", photo, oil, "-o", "r", "--flow-blocks", "-3"}, exitUsage, "--flow-blocks"},
		"negative width":           {[]string{"train", photo, oil, "-o", "r", "--flow-hidden", "-3"}, exitUsage, "--flow-hidden"},
		"nothing held out":         {[]string{"train", photo, oil, "-o", "r", "--validation", "0"}, exitUsage, "validation"},
		"endless temperature":      {[]string{"sample", runDir(), "--temperature", "+Inf"}, exitUsage, "--temperature"},
		"no samples":               {[]string{"sample", runDir(), "-n", "0"}, exitUsage, "0"},
		"a grid of 257 codes":      {[]string{"sample", runDir(), "-n", "257"}, exitUsage, "256"},
		"codes of another format":  {[]string{"encode", runDir(), "-o", "codes.npz"}, exitUsage, ".safetensors"},
		"resume without a run":     {[]string{"train", "-o", "nowhere", "--resume"}, exitFailed, "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := dataprism(t, dir, append(test.args, cacheFlag(test.args)...)...)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			lines := strings.Split(strings.TrimSpace(stderr), "\n")
			last := lines[len(lines)-1]
			if !strings.HasPrefix(last, "dataprism: ") || !strings.Contains(last, test.says) {
				t.Errorf("the message %q does not say %q", stderr, test.says)
			}
			if code == exitUsage && len(lines) != 1 {
				t.Errorf("wrong usage prints %d lines: %q", len(lines), stderr)
			}
			if stdout != "" {
				t.Errorf("stdout has %q", stdout)
			}
		})
	}
	if after := tree(t, dir); after != before {
		t.Errorf("files were left behind:\n%s\nbefore:\n%s", after, before)
	}
}

// cacheFlag keeps prepared images out of the user's folder.
func cacheFlag(args []string) []string {
	if args[0] == "train" {
		return []string{"--cache", filepath.Join(demoDir, "cache")}
	}
	return nil
}

func tree(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		names = append(names, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, "\n")
}

func picture(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(data)); err != nil {
		t.Errorf("%s: %v", path, err)
	}
}

// What is written is none of the images, and no image is written over.
func TestProjectSparesItsImages(t *testing.T) {
	dir := t.TempDir()
	scans := filepath.Join(dir, "scans")
	if err := os.Mkdir(scans, 0o777); err != nil {
		t.Fatal(err)
	}
	portrait, err := os.ReadFile(somePortrait(t, "photo"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string) string {
		path := filepath.Join(scans, name)
		if err := os.WriteFile(path, portrait, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, named := write("a.png"), write("a-as-oil.png")
	for name, args := range map[string][]string{
		"the grid":      {a, "-o", a},
		"the animation": {a, "--animate", filepath.Join("scans", "a.png")},
		"the folder":    {scans, "--single", "scans"},
	} {
		_, stderr, code := dataprism(t, dir, append([]string{"project", runDir(), "--anyway"}, args...)...)
		if code != exitUsage || !strings.Contains(stderr, "name another") {
			t.Errorf("%s written over images: exit code %d, %q", name, code, stderr)
		}
	}
	must(t, dir, "project", runDir(), a, named, "--from", "photo", "--to", "oil", "--single", "scans", "-o", "grid.png")
	for _, path := range []string{a, named} {
		if data, err := os.ReadFile(path); err != nil || !bytes.Equal(data, portrait) {
			t.Errorf("%s is no longer what it was: %v", path, err)
		}
	}
	first := filepath.Join(scans, "projection.png")
	must(t, dir, "project", runDir(), "scans", "--from", "photo", "-o", first)
	want := read(t, first)
	must(t, dir, "project", runDir(), "scans", "--from", "photo", "-o", first)
	if read(t, first) != want {
		t.Error("the grid in the folder of its images becomes another when it is made again")
	}
}

// Of a large folder no more is projected than is shown, and it is told how many fit each collection.
func TestLargeFoldersAreProjectedAsFarAsTheyAreShown(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(demoDir, "portraits", "photo")
	_, stderr := must(t, dir, "project", runDir(), folder, "--anyway", "--size", "1024")
	if !strings.Contains(stderr, "the grid shows the first 8 of 120 images: --single FOLDER writes all") {
		t.Errorf("it says %q", stderr)
	}
	if !strings.Contains(stderr, "best fit of ") || strings.Contains(stderr, ".png: fits photo") {
		t.Errorf("what images fit is told as %q", stderr)
	}
	_, stderr, code := dataprism(t, dir, "project", runDir(), folder, "--anyway", "--size", "1024", "--frames", "500", "--animate", "move.gif")
	if code != exitUsage || !strings.Contains(stderr, "--frames or --size") {
		t.Errorf("an animation that cannot be held: exit code %d, %q", code, stderr)
	}
}

// Whoever stops the command after an image could not be read has stopped it.
func TestStoppedAmongBrokenImages(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.png")
	if err := os.WriteFile(bad, []byte("no image"), 0o666); err != nil {
		t.Fatal(err)
	}
	model, err := openModel("simd", runDir())
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	ctx, stop := context.WithCancel(t.Context())
	cmd := &cobra.Command{}
	cmd.SetContext(ctx)
	cmd.SetErr(writerFunc(func([]byte) { stop() })) // as soon as it is told that one is left out
	_, err = model.eachPart(cmd, []string{bad, somePortrait(t, "photo"), somePortrait(t, "oil")}, 3, "", true, func(outside, int) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("stopped, it ends with %v", err)
	}
}

type writerFunc func([]byte)

func (w writerFunc) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}
