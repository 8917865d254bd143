package prism

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/net2net"
	"github.com/gomlx/gomlx/ml/model"
)

// net2netModel configures a small model of the published system.
func net2netModel() Config {
	return Config{Collections: []string{"photo", "oil"}, Net2Net: &net2net.Model{
		Small: &net2net.Autoencoder32Config{Size: 16, Channels: 1, Latent: 6, Downsamples: 2},
		Flow: &net2net.FlowConfig{Dim: 6, Collections: 2, Blocks: 2, Hidden: 8, Depth: 1, Embedding: 4,
			EmbedderHidden: 7, EmbedderDepth: 1, BatchNorm: true},
	}}
}

func newPrism(t *testing.T, config Config) *Prism {
	t.Helper()
	backend := simdtest.New(t)
	p, err := New(backend, model.NewStore(), config, 7)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func normals(n int) []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	return values
}

func TestNet2NetIsMappedLikeOurOwnModel(t *testing.T) {
	p := newPrism(t, net2netModel())
	if p.Pixels() != 16*16 || p.Dim() != 6 || p.Complete() != nil {
		t.Fatalf("%d pixels, %d dimensions, %v", p.Pixels(), p.Dim(), p.Complete())
	}
	const n = 3
	z, _, err := p.Encode(normals(n * p.Pixels()))
	if err != nil {
		t.Fatal(err)
	}
	if images, err := p.Decode(z); err != nil || len(images) != n*p.Pixels() {
		t.Errorf("%d values are decoded, %v", len(images), err)
	}
	z = normals(n * p.Dim())
	same, err := p.Project(z, []int{0, 1, 0}, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range z {
		if row := i / p.Dim(); row != 1 && math.Abs(float64(same[i]-z[i])) > 1e-4 {
			t.Errorf("projecting to its own collection moves a latent from %g to %g", z[i], same[i])
		}
	}
	each, err := p.LogProb(z)
	if err != nil {
		t.Fatal(err)
	}
	_, marginal, err := p.Codes(z, Repeat(p.Any(), n))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		want := math.Log((math.Exp(float64(each[0][i])) + math.Exp(float64(each[1][i]))) / 2)
		if math.Abs(float64(marginal[i])-want) > 1e-3 {
			t.Errorf("log p(z) of row %d is %g, want %g", i, marginal[i], want)
		}
	}
}

func TestModelsOfOneStageSayWhatIsMissing(t *testing.T) {
	alone, images := net2netModel(), net2netModel()
	alone.Net2Net.Small = nil
	images.Net2Net.Flow, images.Collections = nil, nil
	var incomplete *IncompleteError
	p := newPrism(t, alone)
	if _, _, err := p.Encode(nil); !errors.As(err, &incomplete) || incomplete.Lacks != "autoencoder" {
		t.Errorf("encoding without an autoencoder: %v", err)
	}
	if _, err := p.Decode(make([]float32, 6)); !errors.As(err, &incomplete) {
		t.Errorf("decoding without an autoencoder: %v", err)
	}
	if v, _, err := p.Codes(normals(6), []int{1}); err != nil || len(v) != 6 {
		t.Errorf("the flow alone maps latents to %v, %v", v, err)
	}
	p = newPrism(t, images)
	if _, _, err := p.Encode(normals(p.Pixels())); err != nil {
		t.Error(err)
	}
	if _, _, err := p.Codes(normals(6), []int{0}); !errors.As(err, &incomplete) || incomplete.Lacks != "flow" {
		t.Errorf("codes without a flow: %v", err)
	}
}

func TestNet2NetConfigurationsAreChecked(t *testing.T) {
	for says, change := range map[string]func(*Config){
		"1 are named":                 func(c *Config) { c.Collections = c.Collections[:1] },
		"6 values, the flow is for 8": func(c *Config) { c.Net2Net.Flow.Dim = 8 },
		"2 channels":                  func(c *Config) { c.Net2Net.Small.Channels = 2 },
		"neither":                     func(c *Config) { c.Net2Net = &net2net.Model{} },
		"two autoencoders": func(c *Config) {
			c.Net2Net.Large = &net2net.Autoencoder256Config{Latent: 128, Width: 8}
			c.Net2Net.Flow = nil
		},
		"hidden is 0":      func(c *Config) { c.Net2Net.Flow.Hidden = 0 },
		"downsamples is 0": func(c *Config) { c.Net2Net.Small.Downsamples = 0 },
		"width is 3": func(c *Config) {
			c.Net2Net.Small, c.Net2Net.Large = nil, &net2net.Autoencoder256Config{Latent: 128, Width: 3}
		},
		"two are needed": func(c *Config) { c.Net2Net, c.Collections = nil, nil },
	} {
		config := net2netModel()
		change(&config)
		if err := config.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v", says, err)
		}
	}
}
