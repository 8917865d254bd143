package pretrained

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// numbers are those of a file of testdata; see testdata/make.py.
func numbers(t testing.TB, name string) *weights.File {
	t.Helper()
	f, err := weights.Read(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// nhwc reads an image or latents [1, c, h, w] as [1, h, w, c].
func nhwc(t testing.TB, f *weights.File, name string) *tensors.Tensor {
	t.Helper()
	tensor, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	values, err := tensor.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	c, h, w := tensor.Shape[1], tensor.Shape[2], tensor.Shape[3]
	out := make([]float32, len(values))
	for i, v := range values {
		out[i%(h*w)*c+i/(h*w)] = v
	}
	return tensors.FromFlatDataAndDimensions(out, 1, h, w, c)
}

func compare(t *testing.T, name string, got, want *tensors.Tensor) {
	t.Helper()
	const tolerance = 1e-4
	a, b := tensors.MustCopyFlatData[float32](got), tensors.MustCopyFlatData[float32](want)
	if len(a) != len(b) {
		t.Fatalf("%s: %d values, want %d", name, len(a), len(b))
	}
	var worst, scale float64
	for i := range a {
		scale = max(scale, math.Abs(float64(b[i])))
		if d := math.Abs(float64(a[i] - b[i])); !(d <= worst) {
			worst = d
		}
	}
	if !(worst <= tolerance*scale) {
		t.Errorf("%s differs by %g, the values reach %g", name, worst, scale)
	}
	t.Logf("%s: largest difference %.2g of %.3g", name, worst, scale)
}

func TestPublishedAutoencodersComputeWhatPyTorchDoes(t *testing.T) {
	for _, test := range []struct {
		numbers  string
		prefixes []string // of what the metadata say of each file
		cost     fixture.Cost
		want     Config
	}{
		{"taesd.safetensors", []string{"encoder_", "decoder_"}, fixture.Cheap, Config{TAESD: &TAESDConfig{Width: 64, Channels: 4}}},
		{"taesd_pair.safetensors", []string{"encoder_", "decoder_"}, fixture.Cheap, Config{TAESD: &TAESDConfig{Width: 64, Channels: 4}}},
		{"taesd_16.safetensors", []string{"encoder_", "decoder_"}, fixture.Cheap, Config{TAESD: &TAESDConfig{Width: 64, Channels: 16}}},
		{"taesd_pools.safetensors", []string{"encoder_", "decoder_"}, fixture.Cheap, Config{TAESD: &TAESDConfig{Width: 64, Channels: 32, Pools: true}}},
		{"kl.safetensors", []string{""}, fixture.Dear, Config{KL: &KLConfig{[]int{128, 256, 512, 512}, 2, 4, true}}},
		{"kl_small.safetensors", []string{""}, fixture.Cheap, Config{KL: &KLConfig{[]int{32, 64, 96}, 1, 4, true}}},
		{"kl_first.safetensors", []string{""}, fixture.Cheap, Config{KL: &KLConfig{[]int{32, 64, 64}, 2, 4, true}}},
	} {
		t.Run(test.numbers, func(t *testing.T) {
			if test.cost == fixture.Dear && testing.Short() {
				t.Skip("84 million weights")
			}
			n := numbers(t, test.numbers)
			var f File
			for _, prefix := range test.prefixes {
				if err := f.add("file", fixture.ByRecipe(t, n, prefix)); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.whole("file"); err != nil {
				t.Fatal(err)
			}
			if got, want := describe(f.Networks()), describe(test.want); got != want {
				t.Fatalf("the architecture is %s, want %s", got, want)
			}
			computes(t, &f, n, test.cost)
		})
	}
}

// The weights are those of github.com/madebyollin/taesd, under the licence of MIT, and are not in this repository.
func TestPublishedWeightsComputeWhatPyTorchDoes(t *testing.T) {
	const environment = "DATAPRISM_TAEF2"
	files := os.Getenv(environment)
	if files == "" {
		t.Skipf("%s names no files of weights: taef2_encoder.pth,taef2_decoder.pth", environment)
	}
	f, err := Read(strings.Split(files, ",")...)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := describe(f.Networks()), describe(Config{TAESD: &TAESDConfig{Width: 64, Channels: 32, Pools: true}}); got != want {
		t.Fatalf("the architecture is %s, want %s", got, want)
	}
	computes(t, f, numbers(t, "taef2_published.safetensors"), fixture.Cheap)
}

// computes compares what the weights make of the image and of the latents in a file of numbers with what it says.
func computes(t *testing.T, f *File, n *weights.File, cost fixture.Cost) {
	c := f.Networks()
	c.Size, c.Channels, c.Latent = nhwc(t, n, "image").Shape().Dimensions[1], 3, 2
	fixture.OnBackends(t, cost, func(t *testing.T, backend compute.Backend) {
		store := model.NewStore()
		scope := store.Scope("/autoencoder")
		if err := f.Set(scope); err != nil {
			t.Fatal(err)
		}
		a, err := New(scope, c)
		if err != nil {
			t.Fatal(err)
		}
		out, err := model.CallOnceN(backend, store, func(_ *model.Scope, in []*Node) []*Node {
			return []*Node{a.Latents(in[0]), a.Images(Reshape(in[1], 1, -1))}
		}, nhwc(t, n, "image"), nhwc(t, n, "y"))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "latents", out[0], nhwc(t, n, "latents"))
		compare(t, "decoded image", out[1], nhwc(t, n, "decoded"))
	})
}

func describe(c Config) string {
	if c.TAESD != nil {
		return fmt.Sprintf("TAESD %+v", *c.TAESD)
	}
	return fmt.Sprintf("AutoencoderKL %+v", *c.KL)
}
