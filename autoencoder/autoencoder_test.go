package autoencoder

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/internal/simdtest"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

func run(t *testing.T, fn func(scope *model.Scope, in []*Node) []*Node, args ...any) []*tensors.Tensor {
	t.Helper()
	exec, err := model.NewExec(simdtest.New(t), model.NewStore(), fn)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Exec(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func images(seed uint64, n, size, channels int) *tensors.Tensor {
	rng := rand.New(rand.NewPCG(seed, 1))
	values := make([]float32, n*size*size*channels)
	for i := range values {
		values[i] = 2*rng.Float32() - 1
	}
	return tensors.FromFlatDataAndDimensions(values, n, size, size, channels)
}

func flat(t *tensors.Tensor) []float32 { return tensors.MustCopyFlatData[float32](t) }

func scalar(t *tensors.Tensor) float64 { return float64(tensors.ToScalar[float32](t)) }

func TestEverySizeEncodesAndDecodesToItsShape(t *testing.T) {
	for _, size := range Sizes {
		for _, channels := range []int{1, 3} {
			linear := channels == 3 // and grey ones by networks alone
			t.Run(fmt.Sprintf("%dx%d", size, channels), func(t *testing.T) {
				config := Config{Size: size, Channels: channels, Latent: 8, Width: 32, Linear: linear, Refine: linear}
				out := run(t, func(scope *model.Scope, in []*Node) []*Node {
					a, err := New(scope, config)
					if err != nil {
						panic(err)
					}
					mean, logVar := a.Encode(in[0])
					return []*Node{mean, logVar, a.Decode(mean)}
				}, images(1, 1, size, channels))
				if got, want := out[0].Shape().Dimensions, []int{1, 8}; fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("latents are %v, want %v", got, want)
				}
				if got, want := out[2].Shape().Dimensions, []int{1, size, size, channels}; fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("images are %v, want %v", got, want)
				}
				for _, v := range tensors.MustCopyFlatData[float32](out[2]) {
					if !(v > -1 && v < 1) {
						t.Fatalf("pixel %g is outside (-1, 1)", v)
					}
				}
			})
		}
	}
}

func TestSSIMIsThatOfTheFormula(t *testing.T) {
	const size = 12
	x, y := images(1, 2, size, 3), images(2, 2, size, 3)
	want := referenceSSIM(tensors.MustCopyFlatData[float32](x), tensors.MustCopyFlatData[float32](y), 2, size, 3)
	got := scalar(run(t, func(_ *model.Scope, in []*Node) []*Node { return []*Node{SSIM(in[0], in[1])} }, x, y)[0])
	if math.Abs(got-want) > 1e-5 {
		t.Errorf("SSIM %g, by the formula %g", got, want)
	}
	if same := scalar(run(t, func(_ *model.Scope, in []*Node) []*Node { return []*Node{SSIM(in[0], in[0])} }, images(1, 2, size, 3))[0]); math.Abs(same-1) > 1e-5 {
		t.Errorf("SSIM of an image with itself is %g", same)
	}
}

func referenceSSIM(x, y []float32, n, size, channels int) float64 {
	var total, count float64
	for b := range n {
		for c := range channels {
			for top := 0; top+7 <= size; top += 2 {
				for left := 0; left+7 <= size; left += 2 {
					var sx, sy, sxx, syy, sxy float64
					for i := top; i < top+7; i++ {
						for j := left; j < left+7; j++ {
							at := ((b*size+i)*size+j)*channels + c
							u, v := (float64(x[at])+1)/2, (float64(y[at])+1)/2
							sx, sy, sxx, syy, sxy = sx+u/49, sy+v/49, sxx+u*u/49, syy+v*v/49, sxy+u*v/49
						}
					}
					total += (2*sx*sy + 1e-4) * (2*(sxy-sx*sy) + 9e-4) / ((sx*sx + sy*sy + 1e-4) * (sxx - sx*sx + syy - sy*sy + 9e-4))
					count++
				}
			}
		}
	}
	return total / count
}

func TestLossesOfKnownCases(t *testing.T) {
	for name, test := range map[string]struct {
		loss func(a, b *Node) *Node
		a, b any
		want float64
	}{
		"KL of the standard normal":   {KL, [][]float32{{0, 0, 0}}, [][]float32{{0, 0, 0}}, 0},
		"KL of a shifted normal":      {KL, [][]float32{{2, 0}}, [][]float32{{0, 0}}, 2},
		"KL of a narrow normal":       {KL, [][]float32{{0}}, [][]float32{{-2}}, 0.5 * (math.Exp(-2) + 2 - 1)},
		"hinge when well separated":   {HingeDiscriminator, [][]float32{{2}}, [][]float32{{-3}}, 0},
		"hinge at the border":         {HingeDiscriminator, [][]float32{{0}}, [][]float32{{0}}, 1},
		"hinge counts what is inside": {HingeDiscriminator, [][]float32{{0.5}}, [][]float32{{-1.5}}, 0.25},
	} {
		t.Run(name, func(t *testing.T) {
			got := scalar(run(t, func(_ *model.Scope, in []*Node) []*Node { return []*Node{test.loss(in[0], in[1])} }, test.a, test.b)[0])
			if math.Abs(got-test.want) > 1e-6 {
				t.Errorf("got %g, want %g", got, test.want)
			}
		})
	}
}

func TestDivergenceCountsByTheInverseOfPixels(t *testing.T) {
	at := DefaultLosses().KL
	for size, want := range map[int]float64{32: at, 48: at, 96: at / 4, 128: at * 48 * 48 / 128 / 128} {
		if got := LossesFor(size).KL; math.Abs(got/want-1) > 1e-12 {
			t.Errorf("at %d pixels the divergence counts %g, want %g", size, got, want)
		}
	}
}

func TestTheDefaultOfEverySizeCanBeBuiltWithTheLatentsThatAreDocumented(t *testing.T) {
	want := map[int]int{32: 128, 48: 512, 64: 768, 96: 1024, 128: 1024}
	for _, size := range Sizes {
		c := DefaultConfig(size, 1)
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
		if c.Latent != want[size] {
			t.Errorf("%d pixels: %d latents, want %d", size, c.Latent, want[size])
		}
	}
}

func TestConfigurationsThatCannotBeBuiltAreNamed(t *testing.T) {
	for says, change := range map[string]func(*Config){
		"size 50":    func(c *Config) { c.Size = 50 },
		"2 channels": func(c *Config) { c.Channels = 2 },
		"latent is":  func(c *Config) { c.Latent = 7 },
		"width is":   func(c *Config) { c.Width = 20 },
		"refine is":  func(c *Config) { c.Linear = false },
	} {
		c := DefaultConfig(48, 3)
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q is not what is said: %v", says, err)
		}
	}
}

func TestLaplacianSeesAConstantOnlyAtTheLastBand(t *testing.T) {
	got := scalar(run(t, func(_ *model.Scope, in []*Node) []*Node {
		return []*Node{LaplacianL1(in[0], AddScalar(in[0], 0.25))}
	}, images(3, 1, 16, 1))[0])
	if math.Abs(got-0.25) > 1e-6 {
		t.Errorf("a constant difference of 0.25 costs %g", got)
	}
}

func TestEveryWeightOfBothNetworksIsTrained(t *testing.T) {
	for name, config := range map[string]Config{
		"networks alone": {Size: 32, Channels: 1, Latent: 8, Width: 32},
		"refining":       {Size: 32, Channels: 1, Latent: 8, Width: 32, Linear: true, Refine: true},
	} {
		t.Run(name, func(t *testing.T) { testEveryWeightIsTrained(t, config) })
	}
}

func testEveryWeightIsTrained(t *testing.T, config Config) {
	backend, store := simdtest.New(t), model.NewStore()
	if config.Linear {
		a, err := New(store.RootScope(), config)
		if err != nil {
			t.Fatal(err)
		}
		c := Components{Mean: flat(images(6, 1, 32, 1)), Basis: flat(images(7, config.Latent, 32, 1)), Variance: slices.Repeat([]float64{1}, config.Latent), Residual: 1}
		if err := a.SetLinear(c, DefaultLosses()); err != nil {
			t.Fatal(err)
		}
	}
	var weights []*model.Variable
	step, err := model.NewExec(backend, store, func(scope *model.Scope, in []*Node) []*Node {
		a, _ := New(scope, config)
		mean, logVar := a.Encode(in[0])
		x := a.Decode(mean)
		loss := Add(DefaultLosses().Reconstruction(in[0], x), KL(mean, logVar))
		weights = nil
		for v := range store.IterVariables() {
			if v.Trainable {
				weights = append(weights, v)
			}
		}
		one := ScalarOne(in[0].Graph(), loss.DType())
		nn.Adam{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8}.Update(store, loss, MulScalar(one, 1e-3), one, weights)
		return []*Node{loss}
	})
	if err != nil {
		t.Fatal(err)
	}
	var losses []float64
	x := images(5, 2, 32, 1)
	for range 8 { // what starts at 0 lets gradients through from the second step on
		out, err := step.Exec(x)
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, scalar(out[0]))
	}
	if losses[7] >= losses[0] {
		t.Errorf("the loss does not fall: %v", losses)
	}
	for _, w := range weights {
		m := tensors.MustCopyFlatData[float32](store.GetVariable("/optimizer/m" + w.Path()).MustValue())
		moved := false
		for _, v := range m {
			moved = moved || v != 0
		}
		if !moved {
			t.Errorf("%s has no gradient", w.Path())
		}
	}
}
