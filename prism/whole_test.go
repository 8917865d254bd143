package prism

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/pretrained"
	"github.com/gomlx/gomlx/ml/model"
)

// weight is that of the networks' latents where there is a thumbnail beside them.
const weight = 0.25

// behindTAESD is a prism behind TAESD with weights by recipe, whose latents are the first value of the whole ones, and the
// second or, where these hold a thumbnail, the last.
func behindTAESD(t *testing.T, thumbnail bool) *Prism {
	t.Helper()
	file, err := pretrained.Read(fixture.TAESD(t))
	if err != nil {
		t.Fatal(err)
	}
	c := file.Networks()
	c.Size, c.Channels, c.Latent, c.Thumbnail = 32, 3, 2, thumbnail
	store := model.NewStore()
	scope := store.RootScope().At(AutoencoderScope)
	if err := file.Set(scope); err != nil {
		t.Fatal(err)
	}
	a, err := pretrained.New(scope, c)
	if err != nil {
		t.Fatal(err)
	}
	values := c.Values()
	components := autoencoder.Components{Mean: make([]float32, values), Basis: make([]float32, 2*values), Variance: []float64{4, 1}, Residual: 6}
	components.Basis[0] = 1
	if thumbnail {
		components.Basis[2*values-1] = 1
		if err := a.SetWeight(weight); err != nil {
			t.Fatal(err)
		}
	} else {
		components.Basis[3] = 1
	}
	if err := a.SetComponents(components); err != nil {
		t.Fatal(err)
	}
	backend := simdtest.New(t)
	p, err := New(backend, store, Config{Collections: []string{"a", "b"}, Pretrained: &c, Flow: flow.DefaultConfig(2, 2)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func someImages(p *Prism, n int) []float32 {
	rng := rand.New(rand.NewPCG(2, 2))
	images := make([]float32, n*p.Pixels())
	for i := range images {
		images[i] = 2*rng.Float32() - 1
	}
	return images
}

func TestLatentsWithTheirDetailAreTheWholeImage(t *testing.T) {
	for name, thumbnail := range map[string]bool{"networks alone": false, "with a thumbnail": true} {
		t.Run(name, func(t *testing.T) { detailIsWhatLatentsLeaveOut(t, thumbnail) })
	}
}

func detailIsWhatLatentsLeaveOut(t *testing.T, thumbnail bool) {
	p := behindTAESD(t, thumbnail)
	x := someImages(p, 3)
	whole, err := p.EncodeWhole(x)
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.DecodeWhole(whole)
	if err != nil {
		t.Fatal(err)
	}
	z, logVar, err := p.Encode(x)
	if err != nil {
		t.Fatal(err)
	}
	compressed, logVar2, err := p.Compress(whole)
	if err != nil || fixture.Furthest(t, z, compressed) > 1e-5 || fixture.Furthest(t, logVar, logVar2) > 1e-5 {
		t.Errorf("of whole latents and of images, the latents differ: %v", err)
	}
	width := len(whole) / 3
	if want := map[bool]int{false: 4 * 4 * 4, true: 4*4*4 + 4*4*3}[thumbnail]; width != want {
		t.Errorf("whole latents have %d values, want %d", width, want)
	}
	for i := range 3 { // z = u/s, and σ² = 6/(values - 2)
		first, second := whole[i*width]/2, whole[i*width+1]
		if thumbnail {
			first, second = weight*first, whole[(i+1)*width-1]
		}
		if math.Abs(float64(z[2*i]-first)) > 1e-5 || math.Abs(float64(z[2*i+1]-second)) > 1e-5 {
			t.Errorf("latents %g, want %g and %g", z[2*i:2*i+2], first, second)
		}
	}
	noise := 6 / float64(width-2)
	if got, want := float64(logVar[0]), math.Log(noise/(4+noise)); math.Abs(got-want) > 1e-5 {
		t.Errorf("log-variance %g, want %g", got, want)
	}
	detail, err := p.Detail(x)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.DecodeWith(z, detail)
	if err != nil {
		t.Fatal(err)
	}
	if d := fixture.Furthest(t, got, want); d > 1e-4 {
		t.Errorf("with their detail, latents give an image that differs by %g", d)
	}
	alone, err := p.DecodeWith(z, nil)
	if err != nil {
		t.Fatal(err)
	}
	if fixture.Furthest(t, alone, want) < 1e-2 {
		t.Error("without their detail, latents give the same image")
	}
	// Of another image's latents the detail is moved by what these say of y, which is its first value.
	moved := append([]float32(nil), z...)
	for i := range 3 {
		moved[2*i]++
		scale := float32(1)
		if thumbnail {
			scale = weight
		}
		whole[i*width] += 2 / scale
	}
	if want, err = p.DecodeWhole(whole); err != nil {
		t.Fatal(err)
	}
	if got, err = p.DecodeWith(moved, detail); err != nil || fixture.Furthest(t, got, want) > 1e-4 {
		t.Errorf("with the detail of an image, other latents give another image: %v", err)
	}
	if _, err := p.DecodeWith(z, detail[1:]); err == nil {
		t.Error("a detail of another size gives no error")
	}
}

func TestOwnAutoencodersHaveNoDetail(t *testing.T) {
	p := behindTAESD(t, true)
	p.Config.Pretrained = nil
	if detail, err := p.Detail(nil); detail != nil || err != nil {
		t.Errorf("%v, %v", detail, err)
	}
	if _, err := p.EncodeWhole(nil); err == nil {
		t.Error("no error")
	}
}
