package network

import (
	"encoding/binary"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/weights"
)

// inceptionByRecipe are the weights that testdata/inception.py makes, and what it makes of images with them.
func inceptionByRecipe(t *testing.T) (numbers, file *weights.File) {
	t.Helper()
	numbers, err := weights.Read(filepath.Join("testdata", "inception.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	return numbers, fixture.ByRecipe(t, numbers, "")
}

// rewritten writes the tensors of a file as change leaves them, without those for which it says no.
func rewritten(t *testing.T, of *weights.File, change func(*weights.Tensor) bool) string {
	t.Helper()
	var file weights.File
	for _, each := range of.Tensors() {
		if !change(&each) {
			continue
		}
		if err := file.Add(each); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "inception.safetensors")
	if err := weights.Write(path, &file); err != nil {
		t.Fatal(err)
	}
	return path
}

// wave is an image whose value i is sin(0.37 i).
func wave(h, w, c int) measure.Images {
	m := measure.Images{N: 1, H: h, W: w, C: c, Data: make([]float32, h*w*c)}
	for i := range m.Data {
		m.Data[i] = float32(math.Sin(0.37 * float64(i)))
	}
	return m
}

func TestInceptionComputesWhatPyTorchDoes(t *testing.T) {
	numbers, file := inceptionByRecipe(t)
	backend := simdtest.New(t)
	half := func(each *weights.Tensor) bool { // to bfloat16, rounded
		each.Name = "inception." + each.Name
		values, err := each.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		each.DType, each.Data = weights.BF16, nil
		for _, v := range values {
			each.Data = binary.LittleEndian.AppendUint16(each.Data, uint16((math.Float32bits(v)+1<<15)>>16))
		}
		return true
	}
	for _, test := range []struct {
		name      string
		change    func(*weights.Tensor) bool
		tolerance float64 // of the largest feature
		images    map[string]measure.Images
	}{
		{"as they are", func(*weights.Tensor) bool { return true }, 1e-4,
			map[string]measure.Images{"enlarged": wave(40, 52, 3), "smaller": wave(420, 380, 1)}},
		{"half precision, other names", half, 0.03,
			map[string]measure.Images{"enlarged": wave(40, 52, 3)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			n, err := OpenInception(backend, rewritten(t, file, test.change))
			if err != nil {
				t.Fatal(err)
			}
			for name, image := range test.images {
				got, err := n.Run(t.Context(), image)
				if err != nil {
					t.Fatal(err)
				}
				if got.Rows != 1 || got.Cols != 2048 || n.Width() != 2048 {
					t.Fatalf("features are [%d, %d]", got.Rows, got.Cols)
				}
				want, err := numbers.Float32s(name, 64)
				if err != nil {
					t.Fatal(err)
				}
				total, err := numbers.Float32s(name+"_sum", 1)
				if err != nil {
					t.Fatal(err)
				}
				var worst, largest, sum float64
				for i, v := range got.Data {
					sum += float64(v)
					if i < len(want) {
						worst = max(worst, math.Abs(float64(v-want[i])))
						largest = max(largest, math.Abs(float64(want[i])))
					}
				}
				if worst > test.tolerance*largest {
					t.Errorf("%s: features differ by %g, the largest is %g", name, worst, largest)
				}
				if d := math.Abs(sum - float64(total[0])); d > test.tolerance*float64(total[0]) {
					t.Errorf("%s: the sum of features is %g, want %g", name, sum, total[0])
				}
				t.Logf("%s: largest difference %.2g of %.3g, of the sum %.2g", name, worst, largest, sum/float64(total[0])-1)
			}
		})
	}
}

func TestFilesThatAreNotInceptionAreExplained(t *testing.T) {
	_, file := inceptionByRecipe(t)
	backend := simdtest.New(t)
	const bias = "Mixed_6b.branch7x7_2.bn.bias"
	for name, test := range map[string]struct {
		change func(*weights.Tensor) bool
		says   []string
	}{
		"a weight is missing": {func(each *weights.Tensor) bool { return each.Name != bias }, []string{bias, "missing"}},
		"another shape": {func(each *weights.Tensor) bool {
			if each.Name == bias {
				each.Shape, each.Data = []int{2, 32}, each.Data[:256]
			}
			return true
		}, []string{bias, "[2 32]", "[128]"}},
		"another network": {func(each *weights.Tensor) bool { return each.Name == bias }, []string{bias, "Inception v3", "Conv2d_1a_3x3.conv.weight", "ONNX"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := rewritten(t, file, test.change)
			_, err := OpenInception(backend, path)
			if err == nil {
				t.Fatal("no error")
			}
			if said := err.Error(); !strings.HasPrefix(said, path+": ") || strings.Contains(said, "\n") {
				t.Errorf("the error is %q", said)
			}
			for _, says := range test.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("%q does not say %q", err, says)
				}
			}
		})
	}
	if _, err := OpenInception(backend, "gone.safetensors"); err == nil || !strings.Contains(err.Error(), "gone.safetensors") {
		t.Errorf("a file that is not there gives %v", err)
	}
}
