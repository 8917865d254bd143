// Package prism is the trained pair of both stages as one value: an autoencoder between images and latents,
// and a conditional flow between latents and codes.
//
//	image ──Encode──▶ z ──Codes(·, c)──▶ v ──Latents(·, c')──▶ z' ──Decode──▶ the image under c'
//
// Everything the product shows is read off this picture: [Prism.Project], [Prism.Sample], [Prism.LogProb],
// [Prism.Posterior], [Animate]. Arrays are flat float32 in row-major order: images [n, size, size,
// channels] in [-1, 1], latents and codes [n, dim]. A Prism may be used from several goroutines at once.
//
// The networks are our own, or those of others; see [Config].
package prism

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/net2net"
	"github.com/dataprism/dataprism/pretrained"
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Scopes of the two stages in the store.
const (
	AutoencoderScope = net2net.AutoencoderScope
	FlowScope        = net2net.FlowScope
)

// Config describes a prism: the collections in their order, and the sizes of both stages, which are either our
// own, or those of the published system, or ours behind a stage one that others have trained.
type Config struct {
	Collections []string           `yaml:"collections" json:"collections"`
	Autoencoder autoencoder.Config `yaml:"autoencoder,omitempty" json:"autoencoder,omitzero"`
	Flow        flow.Config        `yaml:"flow,omitempty" json:"flow,omitzero"`
	// Pretrained, where it is set, takes the place of Autoencoder.
	Pretrained *pretrained.Config `yaml:"pretrained,omitempty" json:"pretrained,omitempty"`
	// Net2Net, where it is set, takes the place of Autoencoder and Flow. It may have one of them alone.
	Net2Net *net2net.Model `yaml:"net2net,omitempty" json:"net2net,omitempty"`
}

// Validate says which field cannot be built or contradicts another.
func (c Config) Validate() error {
	if err := errors.Join(c.checkBounds(), collection.CheckNames(c.Collections)); err != nil {
		return err
	}
	if c.Net2Net != nil {
		return c.validateNet2Net()
	}
	if len(c.Collections) < 2 {
		return fmt.Errorf("prism: %d collections are given, at least two are needed to compare", len(c.Collections))
	}
	if err := c.validateAutoencoder(); err != nil {
		return err
	}
	if err := c.Flow.Validate(); err != nil {
		return err
	}
	if c.Flow.Dim != c.Dim() {
		return fmt.Errorf("prism: the flow's dim is %d, the autoencoder's latent %d: they must be equal", c.Flow.Dim, c.Dim())
	}
	return c.validateCollections(c.Flow.Collections)
}

func (c Config) validateAutoencoder() error {
	if c.Pretrained == nil {
		return c.Autoencoder.Validate()
	}
	if c.Autoencoder != (autoencoder.Config{}) {
		return errors.New("prism: both autoencoder and pretrained are configured: name one of them")
	}
	return c.Pretrained.Validate()
}

func (c Config) validateNet2Net() error {
	if c.Pretrained != nil {
		return errors.New("prism: both pretrained and net2net are configured: name one of them")
	}
	if err := c.Net2Net.Validate(); err != nil {
		return fmt.Errorf("prism: %w", err)
	}
	if _, channels := c.Net2Net.Size(); channels > 3 || channels == 2 {
		return fmt.Errorf("prism: the autoencoder is for images of %d channels, which are not supported: images have 1 or 3", channels)
	}
	if c.Net2Net.Flow == nil {
		return nil
	}
	return c.validateCollections(c.Net2Net.Flow.Collections)
}

func (c Config) validateCollections(ofFlow int) error {
	if ofFlow != len(c.Collections) {
		return fmt.Errorf("prism: the flow is for %d collections, %d are named", ofFlow, len(c.Collections))
	}
	return nil
}

// Autoencoder is stage one, on nodes of a graph: [autoencoder.Small], [pretrained.Autoencoder], or one of package
// net2net's.
type Autoencoder interface {
	Encode(x *graph.Node) (mean, logVar *graph.Node)
	Decode(z *graph.Node) *graph.Node
}

// Flow is stage two, on nodes of a graph: [flow.Flow] or [net2net.Marginal]. Label K stands for any collection.
type Flow interface {
	Condition(labels *graph.Node) flow.Condition
	Forward(z *graph.Node, c flow.Condition) (v, logDet *graph.Node)
	Inverse(v *graph.Node, c flow.Condition) (z *graph.Node)
	LogProb(z *graph.Node, c flow.Condition) (logProb, v *graph.Node)
}

// Prism is the trained pair. An imported one may lack a stage, which is nil then; what needs it is an
// [IncompleteError].
type Prism struct {
	Config
	Autoencoder Autoencoder
	Flow        Flow

	store   *model.Store
	backend compute.Backend
	graphs  graphs
	dim     int
}

// IncompleteError says that a model has but one of the two stages.
type IncompleteError struct{ Lacks, Remedy string }

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("this model has no %s, which is needed here: %s", e.Lacks, e.Remedy)
}

// Complete is nil for a model of both stages, and otherwise an [IncompleteError].
func (p *Prism) Complete() error {
	if err := p.needAutoencoder(); err != nil {
		return err
	}
	return p.needFlow()
}

func (p *Prism) needAutoencoder() error {
	if p.Autoencoder != nil {
		return nil
	}
	return &IncompleteError{"autoencoder", "import its checkpoint again together with that of the first stage, which --first-stage names"}
}

func (p *Prism) needFlow() error {
	if p.Flow != nil {
		return nil
	}
	return &IncompleteError{"flow", "import the checkpoint of the second stage, with that of the first as its --first-stage"}
}

// New builds a prism on the weights in store, whose missing ones are drawn from seed when first used.
func New(backend compute.Backend, store *model.Store, config Config, seed uint64) (*Prism, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	store.RootScope().SetParam(nn.SeedParam, seed)
	p := &Prism{Config: config, store: store, backend: backend}
	if err := p.build(); err != nil {
		return nil, err
	}
	return p, p.graphs.build(p)
}

// build describes the networks.
func (p *Prism) build() error {
	if p.Config.Net2Net != nil {
		return p.buildNet2Net()
	}
	a, err := p.buildAutoencoder()
	if err != nil {
		return err
	}
	sizes := p.Config.Flow
	sizes.Dim = a.Dim()
	f, err := flow.New(p.store.RootScope().At(FlowScope), sizes)
	if err != nil {
		return err
	}
	p.Autoencoder, p.Flow, p.dim = a, f, a.Dim()
	return nil
}

// ownLatents is an autoencoder that chooses its latents from the images.
type ownLatents interface {
	Autoencoder
	Dim() int
	Signal() []float64
}

// buildAutoencoder describes stage one. A nil pointer would not be a nil interface: with an error the result is unused.
func (p *Prism) buildAutoencoder() (ownLatents, error) {
	scope := p.store.RootScope().At(AutoencoderScope)
	if c := p.Config.Pretrained; c != nil {
		return pretrained.New(scope, *c)
	}
	return autoencoder.New(scope, p.Config.Autoencoder)
}

func (p *Prism) buildNet2Net() error {
	p.dim = p.Config.Dim()
	a, f, err := p.Config.Net2Net.Build(p.store)
	if err != nil {
		return err
	}
	if a != nil {
		p.Autoencoder = a
	}
	if f != nil {
		p.Flow = f
	}
	return nil
}

// Dim is the number of values of one latent or code: of those that the configuration has, the ones in use.
func (p *Prism) Dim() int { return p.dim }

// Collection returns the number of the collection called name.
func (c Config) Collection(name string) (int, error) {
	if i := slices.Index(c.Collections, name); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("there is no collection %q in this run: it knows %s", name, strings.Join(c.Collections, ", "))
}

// All are the numbers of the collections in their order.
func (c Config) All() []int {
	all := make([]int, len(c.Collections))
	for i := range all {
		all[i] = i
	}
	return all
}

// Any is the label under which the flow gives the unconditional density p(z).
func (c Config) Any() int { return len(c.Collections) }

// Size is the side of the square images in pixels, and the number of their channels; 0 without an autoencoder.
func (c Config) Size() (side, channels int) {
	if c.Net2Net != nil {
		return c.Net2Net.Size()
	}
	if c.Pretrained != nil {
		return c.Pretrained.Size, c.Pretrained.Channels
	}
	return c.Autoencoder.Size, c.Autoencoder.Channels
}

// Pixels is the number of values of one image.
func (c Config) Pixels() int {
	side, channels := c.Size()
	return side * side * channels
}

// Dim is the most values that one latent or code can have; a trained prism may have fewer in use.
func (c Config) Dim() int {
	if c.Net2Net != nil {
		return c.Net2Net.Latent()
	}
	if c.Pretrained != nil {
		return c.Pretrained.Latent
	}
	return c.Autoencoder.Latent
}
