package run

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"github.com/dataprism/dataprism/internal/simdtest"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// unpacked is a copy of the run folder in testdata, which version 1 wrote.
func unpacked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	from := filepath.Join("testdata", "version1")
	config, err := os.ReadFile(filepath.Join(from, ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(filepath.Join(from, WeightsFile+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	model, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{ConfigFile: config, WeightsFile: model} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFolderOfVersion1IsUsedAsBefore(t *testing.T) {
	p, c, err := Open(simdtest.New(t), unpacked(t))
	if err != nil {
		t.Fatal(err)
	}
	if c.Seed != 5 || c.Data.Validation != 0.2 || c.Data.Frame(1).Side != 0.75 {
		t.Errorf("its configuration is read as %+v", c)
	}
	text, err := os.ReadFile(filepath.Join("testdata", "version1", "numbers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Z, Projected, Decoded []float32
		LogProb               [][]float32 `json:"log_prob"`
		Samples               [][]float32
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	compare := func(what string, got, want []float32, err error) {
		t.Helper()
		if err != nil || len(got) != len(want) || len(want) == 0 {
			t.Fatalf("%s: %d values, want %d, %v", what, len(got), len(want), err)
		}
		for i := range want {
			if diff := math.Abs(float64(got[i] - want[i])); !(diff <= 1e-4*(1+math.Abs(float64(want[i])))) {
				t.Errorf("%s: value %d is %g, want %g", what, i, got[i], want[i])
			}
		}
	}
	images := make([]float32, 2*p.Pixels())
	for i := range images {
		images[i] = float32(math.Sin(0.37 * float64(i)))
	}
	z, _, err := p.Encode(images)
	compare("latents", z, want.Z, err)
	projected, err := p.Project(want.Z, []int{0, 0}, 1, 1)
	compare("projected", projected, want.Projected, err)
	decoded, err := p.Decode(want.Projected)
	var some []float32
	for i := 0; i < len(decoded); i += 97 {
		some = append(some, decoded[i])
	}
	compare("decoded", some, want.Decoded, err)
	logProb, err := p.LogProb(want.Z)
	samples, err2 := p.Sample(rand.New(rand.NewPCG(3, 0)), 2, 1)
	for k := range want.LogProb {
		compare("log p(z|c)", logProb[k], want.LogProb[k], err)
		compare("samples", samples[k], want.Samples[k], err2)
	}
	fit, err := p.Fit()
	if err != nil || fit == nil || fit.LogProb[1] != -30 || fit.MissedEdges[1] != math.MaxFloat32 {
		t.Errorf("the yardstick is %+v, %v", fit, err)
	}
}
