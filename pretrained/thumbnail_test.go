package pretrained

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/net2net"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gopkg.in/yaml.v3"
)

// byRecipe is an autoencoder with weights by recipe, for images of the sizes of c.
func byRecipe(t *testing.T, name string, prefixes []string, c Config) *Autoencoder {
	t.Helper()
	n := numbers(t, name)
	var f File
	for _, prefix := range prefixes {
		if err := f.add("file", fixture.ByRecipe(t, n, prefix)); err != nil {
			t.Fatal(err)
		}
	}
	c.TAESD, c.KL = f.Networks().TAESD, f.Networks().KL
	a, err := New(model.NewStore().Scope("/autoencoder"), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Set(a.scope); err != nil {
		t.Fatal(err)
	}
	return a
}

// evaluate returns the values of the nodes that fn makes of an input.
func evaluate(t *testing.T, a *Autoencoder, fn func(in *Node) []*Node, values []float32, dims ...int) [][]float32 {
	t.Helper()
	backend, err := simd.New("")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	out, err := model.CallOnceN(backend, a.scope.Store(), func(_ *model.Scope, in []*Node) []*Node { return fn(in[0]) },
		tensors.FromFlatDataAndDimensions(values, dims...))
	if err != nil {
		t.Fatal(err)
	}
	var all [][]float32
	for _, o := range out {
		all = append(all, tensors.MustCopyFlatData[float32](o))
	}
	return all
}

func uniform(rng *rand.Rand, n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = 2*rng.Float32() - 1
	}
	return values
}

func TestWholeLatentsAreThoseOfTheNetworksAndAThumbnail(t *testing.T) {
	for name, test := range map[string]struct {
		numbers  string
		prefixes []string
		channels int
		side, y  int // of the thumbnail, and the values of the networks' latents
	}{
		"TAESD":          {"taesd.safetensors", []string{"encoder_", "decoder_"}, 3, 4, 4 * 4 * 4},
		"TAESD, grey":    {"taesd.safetensors", []string{"encoder_", "decoder_"}, 1, 4, 4 * 4 * 4},
		"KL in 3 levels": {"kl_small.safetensors", []string{""}, 3, 8, 8 * 8 * 4},
	} {
		t.Run(name, func(t *testing.T) {
			const size, images = 32, 2
			a := byRecipe(t, test.numbers, test.prefixes, Config{Size: size, Channels: test.channels, Latent: 2, Thumbnail: true})
			values := test.y + test.side*test.side*test.channels
			if got := a.config.Values(); got != values {
				t.Fatalf("%d values, want %d", got, values)
			}
			pixels := uniform(rand.New(rand.NewPCG(1, 1)), images*size*size*test.channels)
			out := evaluate(t, a, func(in *Node) []*Node {
				networks := net2net.Network{Scope: a.scope}
				whole := a.Latents(in)
				rgb := BroadcastToDims(in, images, size, size, 3)
				y := a.network.encode(networks, rgb)
				decoded := a.network.decode(networks, y)
				if test.channels == 1 {
					decoded = ReduceAndKeep(decoded, ReduceMean, 3)
				}
				return []*Node{whole, y, a.Images(whole), decoded}
			}, pixels, images, size, size, test.channels)
			if d := fixture.Furthest(t, out[2], out[3]); d > 1e-5 {
				t.Errorf("the image differs by %g from that of the networks", d)
			}
			factor := size / test.side
			for i := range images {
				whole := out[0][i*values : (i+1)*values]
				if d := fixture.Furthest(t, whole[:test.y], out[1][i*test.y:(i+1)*test.y]); d > 1e-5 {
					t.Errorf("the networks' latents differ by %g", d)
				}
				var thumbnail []float32
				for at := range test.side * test.side {
					for c := range test.channels {
						sum := 0.0
						for dy := range factor {
							for dx := range factor {
								row, column := at/test.side*factor+dy, at%test.side*factor+dx
								sum += float64(pixels[((i*size+row)*size+column)*test.channels+c])
							}
						}
						thumbnail = append(thumbnail, float32(sum/float64(factor*factor)))
					}
				}
				if d := fixture.Furthest(t, whole[test.y:], thumbnail); d > 1e-6 {
					t.Errorf("the thumbnail differs by %g", d)
				}
			}
		})
	}
}

func TestWeighedLatentsVaryATenthAsMuchAsThumbnails(t *testing.T) {
	c := Config{TAESD: &TAESDConfig{Width: 64, Channels: 4}, Size: 32, Channels: 3, Latent: 2, Thumbnail: true}
	const images, y = 50, 64
	rng := rand.New(rand.NewPCG(3, 3))
	whole := make([]float32, images*c.Values())
	for i := range whole {
		j := i % c.Values()
		whole[i] = float32(float64(j%7) + rng.NormFloat64()*float64(1+j%3))
	}
	before := append([]float32(nil), whole...)
	weight := c.Weigh(whole)
	variance := func(from, to int) float64 {
		sum := 0.0
		for j := from; j < to; j++ {
			var mean, square float64
			for i := range images {
				v := float64(whole[i*c.Values()+j])
				mean += v / images
				square += v * v / images
			}
			sum += square - mean*mean
		}
		return sum
	}
	if got := variance(0, y) / variance(y, c.Values()); math.Abs(got-0.1) > 1e-4 {
		t.Errorf("they vary %g times as much", got)
	}
	for i, v := range whole {
		want := before[i]
		if i%c.Values() < y {
			want *= float32(weight)
		}
		if v != want {
			t.Fatalf("value %d is %g, want %g", i, v, want)
		}
	}
}

func TestLatentsAreKeptByWhatTheyExpandTo(t *testing.T) {
	for _, thumbnail := range []bool{false, true} {
		a := byRecipe(t, "taesd.safetensors", []string{"encoder_", "decoder_"}, Config{Size: 32, Channels: 3, Latent: 4, Thumbnail: thumbnail})
		values, rng := a.config.Values(), rand.New(rand.NewPCG(4, 4))
		// Columns of a rotation in planes of one value of y and one of the last, which are of the thumbnail where there is one.
		p := autoencoder.Components{Mean: make([]float32, values), Basis: make([]float32, 4*values), Variance: []float64{9, 4, 2, 1}, Residual: 1}
		for i := range p.Mean {
			p.Mean[i] = rng.Float32()
		}
		for j := range 4 {
			p.Basis[4*j+j], p.Basis[4*(values-1-j)+j] = 0.6, 0.8
		}
		const weight = 0.25
		if thumbnail {
			if err := a.SetWeight(weight); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.SetComponents(p); err != nil {
			t.Fatal(err)
		}
		z := uniform(rng, 3*4)
		out := evaluate(t, a, func(in *Node) []*Node {
			whole := a.Expand(in)
			mean, logVar := a.Compress(whole)
			return []*Node{whole, mean, logVar, a.Decode(in), a.Images(whole)}
		}, z, 3, 4)
		if d := fixture.Furthest(t, out[1], z); d > 1e-5 {
			t.Errorf("thumbnail %t: latents come back %g off", thumbnail, d)
		}
		if d := fixture.Furthest(t, out[3], out[4]); d != 0 {
			t.Errorf("thumbnail %t: images differ by %g", thumbnail, d)
		}
		scale := float32(1)
		if thumbnail {
			scale = weight
		}
		for i := range 3 { // the first value of y, and the last of all
			move := 3 * z[4*i]
			first, last := (p.Mean[0]+0.6*move)/scale, p.Mean[values-1]+0.8*move
			if got := out[0][i*values]; math.Abs(float64(got-first)) > 1e-5 {
				t.Errorf("thumbnail %t: the first value is %g, want %g", thumbnail, got, first)
			}
			if got := out[0][(i+1)*values-1]; math.Abs(float64(got-last)) > 1e-5 {
				t.Errorf("thumbnail %t: the last value is %g, want %g", thumbnail, got, last)
			}
		}
		noise := 1 / float64(values-4)
		if got, want := float64(out[2][0]), math.Log(noise/(9+noise)); math.Abs(got-want) > 1e-5 {
			t.Errorf("thumbnail %t: log-variance %g, want %g", thumbnail, got, want)
		}
	}
}

func TestConfigurationsThatNameNoThumbnailHaveNone(t *testing.T) {
	const text = "taesd:\n    width: 64\n    channels: 4\nsize: 32\nchannels: 1\nlatent: 8\n"
	var c Config
	if err := yaml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	if c.Thumbnail || c.Values() != 4*4*4 {
		t.Errorf("%+v has %d values", c, c.Values())
	}
	again, err := yaml.Marshal(c)
	if err != nil || string(again) != text {
		t.Errorf("it is written as %q (%v)", again, err)
	}
	a := byRecipe(t, "taesd.safetensors", []string{"encoder_", "decoder_"}, c)
	out := evaluate(t, a, func(in *Node) []*Node {
		mean, _ := a.Encode(in)
		return []*Node{mean, a.Latents(in)}
	}, uniform(rand.New(rand.NewPCG(6, 6)), 32*32), 1, 32, 32, 1)
	if len(out[1]) != 64 || a.scope.At(wholeScope).GetVariable(weightName) != nil {
		t.Errorf("whole latents have %d values, and a weight", len(out[1]))
	}
}
