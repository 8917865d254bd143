package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/google/go-cmp/cmp"
)

func TestEveryFormatGivesTheSameTensors(t *testing.T) {
	type tensor struct {
		dtype  string
		shape  []int
		values []float32
	}
	base := []float32{0, .25, .5, .75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75}
	want := map[string]tensor{
		"contiguous": {"F32", []int{2, 3}, base[:6]},
		"parameter":  {"F32", []int{2}, base[:2]},
		"transposed": {"F32", []int{4, 3}, []float32{0, 1, 2, .25, 1.25, 2.25, .5, 1.5, 2.5, .75, 1.75, 2.75}},
		"row":        {"F32", []int{4}, base[4:8]},
		"column":     {"F32", []int{3}, []float32{.25, 1.25, 2.25}},
		"tied":       {"F32", []int{3, 4}, base},
		"scalar":     {"I64", []int{}, []float32{7}},
		"empty":      {"F32", []int{0, 5}, []float32{}},
		"bool":       {"BOOL", []int{2}, []float32{1, 0}},
		"half":       {"F16", []int{3}, base[:3]},
		"bfloat16":   {"BF16", []int{3}, base[:3]},
		"double":     {"F64", []int{3}, base[:3]},
		"bytes":      {"U8", []int{2}, []float32{0, 255}},
	}
	for _, format := range []string{"zip", "legacy", "protocol5"} {
		t.Run(format, func(t *testing.T) {
			c, err := Read(filepath.Join("testdata", format+".ckpt"))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]tensor{}
			for _, x := range c.Weights.Tensors() {
				values, err := x.Float32s()
				if err != nil {
					t.Fatal(err)
				}
				got[x.Name] = tensor{x.DType.String(), x.Shape, values}
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(tensor{})); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"extra"}, c.Skipped); diff != "" {
				t.Error("skipped:", diff)
			}
		})
	}
}

func TestOtherEntriesBecomePlainValues(t *testing.T) {
	c, err := Read(filepath.Join("testdata", "zip.ckpt"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"epoch": int64(3), "big": int64(1 << 40), "negative": int64(-5), "loss": 0.5,
		"pytorch-lightning_version": "0.9.0",
		"hyper_parameters": map[string]any{
			"width": []any{int64(1), 2.5, nil, true}, "name": "x",
		},
		"optimizer_states": []any{map[string]any{"state": map[string]any{}}},
		"class":            Opaque("argparse.Namespace"),
	}
	if diff := cmp.Diff(want, c.Values); diff != "" {
		t.Error(diff)
	}
}

func TestBareStateDictionaryIsRead(t *testing.T) {
	c, err := Read(filepath.Join("testdata", "bare.ckpt"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Weights.Float32s("weight", 1, 2); err != nil {
		t.Error(err)
	}
	if _, err := c.Weights.Float32s("bias", 1); err != nil {
		t.Error(err)
	}
}

func TestLightningCheckpointOfTheReference(t *testing.T) {
	c, err := Read(fixture.Path(t, "lightning.ckpt"))
	if err != nil {
		t.Fatal(err)
	}
	numbers := fixture.Read(t, "lightning.safetensors")
	latent, classes := numbers.Int("D"), numbers.Int("classes")
	if x, err := c.Weights.Tensor("flow.embedder.main.0.weight"); err != nil || len(x.Shape) != 2 || x.Shape[1] != classes {
		t.Error(x.Shape, err)
	}
	for i := range numbers.Int("flows") {
		name := fmt.Sprintf("flow.sub_layers.%d.shuffle.forward_shuffle_idx", i)
		x, err := c.Weights.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		indices, err := x.Int64s()
		if err != nil {
			t.Fatal(err)
		}
		seen := make([]bool, latent)
		for _, index := range indices {
			seen[index] = true
		}
		if len(indices) != latent || bytes.Contains(boolsAsBytes(seen), []byte{0}) {
			t.Errorf("%s is no permutation of %d: %v", name, latent, indices)
		}
	}
	if version := c.Values["pytorch-lightning_version"]; version != "0.9.0" {
		t.Errorf("version is %v", version)
	}
	if len(c.Skipped) != 0 {
		t.Errorf("skipped %v", c.Skipped)
	}
}

func boolsAsBytes(bools []bool) []byte {
	bytes := make([]byte, len(bools))
	for i, b := range bools {
		if b {
			bytes[i] = 1
		}
	}
	return bytes
}

func TestEveryTruncationIsAnError(t *testing.T) {
	for _, format := range []string{"zip", "legacy", "protocol5"} {
		data, err := os.ReadFile(filepath.Join("testdata", format+".ckpt"))
		if err != nil {
			t.Fatal(err)
		}
		for n := range data {
			if _, err := decode(data[:n]); !errors.Is(err, ErrFormat) {
				t.Fatalf("%s: the first %d of %d bytes gave %v", format, n, len(data), err)
			}
		}
	}
}

// testLimit bounds the memory of pickles in tests, which would take long to reach the usual bound.
const testLimit = 8 << 20

func decode(data []byte) (*Checkpoint, error) {
	return decodeWithin(bytes.NewReader(data), int64(len(data)), testLimit)
}
