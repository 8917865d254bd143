package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/net2net"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/gomlx/ml/model"
)

// net2netStages are the parameters of a small model of the published system, by the prefix of their names in a
// checkpoint of the second stage.
func net2netStages(t *testing.T) (first, second map[string][]net2net.Param) {
	t.Helper()
	scope := model.NewStore().RootScope()
	a, err := net2net.NewAutoencoder32(scope, net2net.Autoencoder32Config{Size: 32, Channels: 3, Latent: 8, Downsamples: 3})
	if err != nil {
		t.Fatal(err)
	}
	f, err := net2net.NewFlow(scope, net2net.FlowConfig{Dim: 8, Collections: 2, Blocks: 2, Hidden: 8, Depth: 1, Embedding: 4, EmbedderHidden: 8, EmbedderDepth: 2, BatchNorm: true})
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]net2net.Param{"first_stage_model.autoencoder.": a.Params()}, map[string][]net2net.Param{"flow.": f.Params()}
}

// writeNet2Net writes a file of the parameters, with weights that follow from their names.
func writeNet2Net(t *testing.T, path string, stages ...map[string][]net2net.Param) *weights.File {
	t.Helper()
	file := &weights.File{}
	for _, stage := range stages {
		for prefix, params := range stage {
			for _, p := range params {
				values := fixture.Recipe{Gain: 1}.Weights(fixture.Parameter{Name: p.Name, Shape: p.Shape})
				var err error
				switch p.DType {
				case weights.I64: // an order of the dimensions, or a count
					whole := make([]int64, len(values))
					for i := range whole {
						whole[i] = int64(i)
					}
					err = weights.Put(file, prefix+p.Name, p.Shape, whole)
				case weights.U8:
					err = weights.Put(file, prefix+p.Name, p.Shape, []uint8{1})
				default:
					err = weights.Put(file, prefix+p.Name, p.Shape, values)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := weights.Write(path, file); err != nil {
		t.Fatal(err)
	}
	return file
}

// must runs the command and ends the test unless it succeeds.
func must(t *testing.T, dir string, args ...string) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, code := dataprism(t, dir, args...)
	if code != exitDone {
		t.Fatalf("%v: exit code %d: %s", args, code, stderr)
	}
	return stdout, stderr
}

func TestImportedRunIsUsedLikeATrainedOne(t *testing.T) {
	dir := t.TempDir()
	first, second := net2netStages(t)
	writeNet2Net(t, filepath.Join(dir, "both.safetensors"), first, second)
	portraits := filepath.Join(demoDir, "portraits")
	stdout, _ := must(t, dir, "import", "both.safetensors", "-o", "run", "--collections", fmt.Sprintf("photo=%s,oil=%s", filepath.Join(portraits, "photo"), filepath.Join(portraits, "oil")))
	if !strings.Contains(stdout, "net2net-32: 32 pixels") || !strings.Contains(stdout, "photo, oil") {
		t.Errorf("what was found is not told: %q", stdout)
	}
	must(t, dir, "project", "run", somePortrait(t, "photo"), "-o", "grid.png", "--animate", "move.gif", "--frames", "2")
	picture(t, filepath.Join(dir, "grid.png"))
	must(t, dir, "sample", "run", "-n", "3", "-o", "samples.png")
	picture(t, filepath.Join(dir, "samples.png"))
	must(t, dir, "encode", "run", "-o", "codes.safetensors", "--cache", filepath.Join(demoDir, "cache"))
	codes, err := weights.Read(filepath.Join(dir, "codes.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := codes.Float32s("v", 240, 8); err != nil {
		t.Error(err)
	}
}

func TestStagesInFilesOfTheirOwnMakeTheSameRun(t *testing.T) {
	dir := t.TempDir()
	first, second := net2netStages(t)
	writeNet2Net(t, filepath.Join(dir, "both.safetensors"), first, second)
	writeNet2Net(t, filepath.Join(dir, "first.safetensors"), first)
	writeNet2Net(t, filepath.Join(dir, "second.safetensors"), second)
	if err := os.WriteFile(filepath.Join(dir, "project.yaml"), []byte("collections: [photo, oil]\nmodel: {params: {flow_config: {params: {activation: none}}}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, dir, "import", "both.safetensors", "-o", "together", "--config", "project.yaml")
	must(t, dir, "import", "second.safetensors", "--first-stage", "first.safetensors", "-o", "apart", "--config", "project.yaml")
	for _, name := range []string{"config.yaml", "model.safetensors"} {
		a, err := os.ReadFile(filepath.Join(dir, "together", name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, "apart", name))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a, b) {
			t.Errorf("%s differs", name)
		}
	}
	// Each stage has its uses alone, and says what it cannot do.
	_, stderr := must(t, dir, "import", "first.safetensors", "-o", "images")
	if !strings.Contains(stderr, "no flow") {
		t.Errorf("the missing flow is not told: %q", stderr)
	}
	if _, stderr, code := dataprism(t, dir, "project", "images", somePortrait(t, "photo")); code != exitFailed || !strings.Contains(stderr, "no flow") {
		t.Errorf("projecting without a flow: exit code %d, %q", code, stderr)
	}
	stdout, _ := must(t, dir, "export", "images", "-o", "exported")
	if strings.Contains(stdout, "flow.onnx") || !strings.Contains(stdout, "encoder.onnx") {
		t.Errorf("without a flow, %q are exported", stdout)
	}
}

func TestExportRoundTrips(t *testing.T) {
	dir := t.TempDir()
	first, second := net2netStages(t)
	original := writeNet2Net(t, filepath.Join(dir, "both.safetensors"), first, second)
	must(t, dir, "import", "both.safetensors", "-o", "run")
	stdout, _ := must(t, dir, "export", "run", "-o", "exported", "--batch", "2")
	for _, name := range []string{"encoder.onnx", "decoder.onnx", "flow.onnx", "inverse.onnx", "model.safetensors"} {
		if !strings.Contains(stdout, filepath.Join("exported", name)) {
			t.Errorf("%s is not among %q", name, stdout)
		}
	}
	exported, err := weights.Read(filepath.Join(dir, "exported", "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(exported.Tensors()), len(original.Tensors()); got != want {
		t.Errorf("%d tensors became %d", want, got)
	}
	for _, want := range original.Tensors() {
		got, ok := exported.Lookup(want.Name)
		if !ok || got.DType != want.DType || !slices.Equal(got.Shape, want.Shape) || !slices.Equal(got.Data, want.Data) {
			t.Errorf("%s came back changed", want.Name)
		}
	}
	if _, stderr, code := dataprism(t, dir, "export", "run", "-o", "exported"); code != exitFailed || !strings.Contains(stderr, "not empty") {
		t.Errorf("exporting into the same folder again: exit code %d, %q", code, stderr)
	}
}

func TestOwnModelIsExportedAsONNX(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	stdout, _ := must(t, dir, "export", runDir(), "-o", "empty")
	if got := len(strings.Fields(stdout)); got != 4 {
		t.Errorf("%d files are named, want 4: %q", got, stdout)
	}
	for _, path := range strings.Fields(stdout) {
		if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestTheAuthorsCheckpointGivesItsNumbers(t *testing.T) {
	checkpoint := fixture.Path(t, "lightning.ckpt")
	numbers := fixture.Read(t, "lightning.safetensors")
	dir := t.TempDir()
	if _, stderr := must(t, dir, "import", checkpoint, "-o", "run"); !strings.Contains(stderr, "no autoencoder") {
		t.Errorf("the missing autoencoder is not told: %q", stderr)
	}
	must(t, dir, "encode", "run", fixture.Path(t, "lightning.safetensors"), "-o", "codes.safetensors")
	got, err := weights.Read(filepath.Join(dir, "codes.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	code, logDet := numbers.Values("code"), numbers.Values("logdet")
	v, err := got.Float32s("v", numbers.Shape("code")...)
	if err != nil {
		t.Fatal(err)
	}
	logProb, err := got.Float32s("log_prob", len(logDet))
	if err != nil {
		t.Fatal(err)
	}
	dim := len(code) / len(logDet)
	for i := range logDet {
		want := float64(logDet[i]) - float64(dim)/2*math.Log(2*math.Pi)
		for j := i * dim; j < (i+1)*dim; j++ {
			if math.Abs(float64(v[j]-code[j])) > 1e-4*(1+math.Abs(float64(code[j]))) {
				t.Fatalf("value %d of the codes is %v, want %v", j, v[j], code[j])
			}
			want -= float64(code[j]) * float64(code[j]) / 2
		}
		if math.Abs(float64(logProb[i])-want) > 1e-4*math.Abs(want) {
			t.Errorf("log p of row %d is %v, want %v", i, logProb[i], want)
		}
	}
	if _, stderr, code := dataprism(t, dir, "sample", "run"); code != exitFailed || !strings.Contains(stderr, "--first-stage") {
		t.Errorf("sampling images without an autoencoder: exit code %d, %q", code, stderr)
	}
	must(t, dir, "export", "run", "-o", "exported")
	must(t, dir, "import", filepath.Join("exported", "model.safetensors"), "-o", "again")
	a, _ := os.ReadFile(filepath.Join(dir, "run", "model.safetensors"))
	b, _ := os.ReadFile(filepath.Join(dir, "again", "model.safetensors"))
	if len(a) == 0 || !slices.Equal(a, b) {
		t.Error("exported and imported again, the weights differ")
	}
}

func TestBadCheckpointsGiveOneLineAndNoFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	legacy, err := os.ReadFile(filepath.Join("..", "..", "weights", "checkpoint", "testdata", "legacy.ckpt"))
	if err != nil {
		t.Fatal(err)
	}
	first, second := net2netStages(t)
	writeNet2Net(t, filepath.Join(dir, "both.safetensors"), first, second)
	writeNet2Net(t, filepath.Join(dir, "first.safetensors"), first)
	lacking := map[string][]net2net.Param{"flow.": second["flow."][1:]}
	writeNet2Net(t, filepath.Join(dir, "lacking.safetensors"), lacking)
	writeNet2Net(t, filepath.Join(dir, "bert.safetensors"), map[string][]net2net.Param{"bert.": {{Name: "weight", Shape: []int{2}}}})
	write("hostile.ckpt", "\x80\x02cposix\nsystem\nX\x0b\x00\x00\x00touch owned\x85R.")
	write("truncated.ckpt", string(legacy[:len(legacy)-40]))
	write("cut.zip.ckpt", "PK\x03\x04 and then nothing")
	write("notes.txt", "no checkpoint at all")
	write("names.yaml", "collections: [one, two, three]\n")
	write("broken.yaml", "a: [")
	if err := os.Mkdir(filepath.Join(dir, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join("full", "file"), "kept")
	before := tree(t, dir)
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"hostile pickle":          {[]string{"import", "hostile.ckpt", "-o", "r"}, exitFailed, "hostile.ckpt"},
		"truncated":               {[]string{"import", "truncated.ckpt", "-o", "r"}, exitFailed, "truncated.ckpt"},
		"truncated archive":       {[]string{"import", "cut.zip.ckpt", "-o", "r"}, exitFailed, "cut.zip.ckpt"},
		"no checkpoint":           {[]string{"import", "notes.txt", "-o", "r"}, exitFailed, "notes.txt"},
		"file that is not there":  {[]string{"import", "gone.ckpt", "-o", "r"}, exitFailed, "gone.ckpt"},
		"unknown architecture":    {[]string{"import", "bert.safetensors", "-o", "r"}, exitFailed, "bert.weight"},
		"missing weights":         {[]string{"import", "lacking.safetensors", "-o", "r"}, exitFailed, second["flow."][0].Name},
		"two autoencoders":        {[]string{"import", "both.safetensors", "--first-stage", "first.safetensors", "-o", "r"}, exitFailed, "autoencoder"},
		"too many names":          {[]string{"import", "both.safetensors", "--config", "names.yaml", "-o", "r"}, exitFailed, "3 are named"},
		"broken configuration":    {[]string{"import", "both.safetensors", "--config", "broken.yaml", "-o", "r"}, exitFailed, "broken.yaml"},
		"folder in use":           {[]string{"import", "both.safetensors", "-o", "full"}, exitFailed, "full"},
		"folder in a file":        {[]string{"import", "both.safetensors", "-o", "notes.txt/r"}, exitFailed, "notes.txt"},
		"no output":               {[]string{"import", "both.safetensors"}, exitUsage, "-o"},
		"a bad name":              {[]string{"import", "both.safetensors", "--collections", "a/b,c", "-o", "r"}, exitUsage, "a/b"},
		"a name twice":            {[]string{"import", "both.safetensors", "--collections", "a,A", "-o", "r"}, exitUsage, "A"},
		"paths for some":          {[]string{"import", "both.safetensors", "--collections", "a=x,b", "-o", "r"}, exitUsage, "1 of 2"},
		"export of no run":        {[]string{"export", "nowhere", "-o", "r"}, exitFailed, "nowhere"},
		"export without a folder": {[]string{"export", runDir()}, exitUsage, "-o"},
		"export of no rows":       {[]string{"export", runDir(), "-o", "r", "--batch", "0"}, exitUsage, "--batch"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := dataprism(t, dir, test.args...)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if lines := strings.Split(strings.TrimSpace(stderr), "\n"); len(lines) != 1 || !strings.HasPrefix(stderr, "dataprism: ") || !strings.Contains(stderr, test.says) {
				t.Errorf("the message %q does not say %q in one line", stderr, test.says)
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

func TestImportedRunWithoutPathsSaysSo(t *testing.T) {
	dir := t.TempDir()
	first, second := net2netStages(t)
	writeNet2Net(t, filepath.Join(dir, "both.safetensors"), first, second)
	must(t, dir, "import", "both.safetensors", "-o", "run")
	if _, stderr, code := dataprism(t, dir, "encode", "run", "-o", "codes.safetensors"); code != exitFailed || !strings.Contains(stderr, "NAME=PATH") {
		t.Errorf("encoding collections without paths: exit code %d, %q", code, stderr)
	}
	must(t, dir, "encode", "run", somePortrait(t, "oil"), "--from", "class1", "-o", "codes.safetensors")
	if _, stderr, code := dataprism(t, dir, "train", "-o", "run", "--resume"); code != exitFailed || !strings.Contains(stderr, "imported") {
		t.Errorf("training an imported run on: exit code %d, %q", code, stderr)
	}
}
