// Package prism is the trained pair of both stages as one value: an autoencoder between images and latents,
// and a conditional flow between latents and codes.
//
//	image ──Encode──▶ z ──Codes(·, c)──▶ v ──Latents(·, c')──▶ z' ──Decode──▶ the image under c'
//
// Everything the product shows is read off this picture: [Prism.Project], [Prism.Sample], [Prism.LogProb],
// [Prism.Posterior], [Prism.Animate]. Arrays are flat float32 in row-major order: images [n, size, size,
// channels] in [-1, 1], latents and codes [n, dim]. A Prism may be used from several goroutines at once.
package prism

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"
)

// Scopes of the two stages in the store.
const (
	AutoencoderScope = "autoencoder"
	FlowScope        = "flow"
)

// Config describes a prism: the collections in their order, and the sizes of both stages.
type Config struct {
	Collections []string           `yaml:"collections" json:"collections"`
	Autoencoder autoencoder.Config `yaml:"autoencoder" json:"autoencoder"`
	Flow        flow.Config        `yaml:"flow" json:"flow"`
}

// Validate says which field cannot be built or contradicts another.
func (c Config) Validate() error {
	if len(c.Collections) < 2 {
		return fmt.Errorf("prism: %d collections are given, at least two are needed to compare", len(c.Collections))
	}
	if err := c.Autoencoder.Validate(); err != nil {
		return err
	}
	if err := c.Flow.Validate(); err != nil {
		return err
	}
	if c.Flow.Dim != c.Autoencoder.Latent {
		return fmt.Errorf("prism: the flow's dim is %d, the autoencoder's latent %d: they must be equal", c.Flow.Dim, c.Autoencoder.Latent)
	}
	if c.Flow.Collections != len(c.Collections) {
		return fmt.Errorf("prism: the flow is for %d collections, %d are named", c.Flow.Collections, len(c.Collections))
	}
	return nil
}

// Prism is the trained pair.
type Prism struct {
	Config
	Autoencoder *autoencoder.Small
	Flow        *flow.Flow

	store   *model.Store
	backend compute.Backend
	graphs  graphs
}

// New builds a prism on the weights in store, whose missing ones are drawn from seed when first used.
func New(backend compute.Backend, store *model.Store, config Config, seed uint64) (*Prism, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	store.RootScope().SetParam(nn.SeedParam, seed)
	p := &Prism{Config: config, store: store, backend: backend}
	var err error
	if p.Autoencoder, err = autoencoder.New(store.RootScope().At(AutoencoderScope), config.Autoencoder); err != nil {
		return nil, err
	}
	if p.Flow, err = flow.New(store.RootScope().At(FlowScope), config.Flow); err != nil {
		return nil, err
	}
	return p, p.graphs.build(p)
}

// Collection returns the number of the collection called name.
func (c Config) Collection(name string) (int, error) {
	if i := slices.Index(c.Collections, name); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("there is no collection %q in this run: it knows %s", name, strings.Join(c.Collections, ", "))
}

// Any is the label under which the flow gives the unconditional density p(z).
func (c Config) Any() int { return len(c.Collections) }

// Pixels is the number of values of one image.
func (c Config) Pixels() int {
	return c.Autoencoder.Size * c.Autoencoder.Size * c.Autoencoder.Channels
}

// Dim is the number of values of one latent or code.
func (c Config) Dim() int { return c.Autoencoder.Latent }
