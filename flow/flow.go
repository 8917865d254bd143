// Package flow is stage two: a conditional invertible network between latents and codes.
//
//	v = flow(z | c)      v ~ N(0, I), whatever the collection c
//	log p(z | c) = log N(v; 0, I) + log|det dv/dz|
//
// An affine transport and a change of lengths bring each collection's moments in line, and steps along single directions what
// moments do not say. Behind them is a stack of blocks (Rombach, Esser, Ommer: "Network-to-Network Translation with Conditional
// Invertible Neural Networks", 2020; the block is that of Dinh et al. 2017 and Kingma and Dhariwal 2018), each an activation
// normalisation, a double coupling, affine or by splines, whose networks see c, and a fixed permutation, and behind these may
// stand steps along directions once more. Every layer states its inverse and the logarithm of its Jacobian's determinant.
//
// Functions build GoMLX graphs and, as GoMLX's own, panic on wrong shapes. Batches are [batch, dim] in
// float32, collections are one-hot rows; see [Flow.Condition].
package flow

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Config sizes a flow. The zero value of a field is no default: take [DefaultConfig] and change it.
type Config struct {
	Dim         int `yaml:"dim" json:"dim"`                 // d, the size of latents and codes; even
	Collections int `yaml:"collections" json:"collections"` // K; condition K itself is "any", the unconditional density
	Blocks      int `yaml:"blocks" json:"blocks"`
	Shared      int `yaml:"shared" json:"shared"`       // the blocks next to v that do not see c
	Hidden      int `yaml:"hidden" json:"hidden"`       // width of the scale and shift networks
	Depth       int `yaml:"depth" json:"depth"`         // their hidden layers beyond the first
	Embedding   int `yaml:"embedding" json:"embedding"` // size of the vector that stands for c
	// OwnNorm gives each collection an ActNorm of its own in the blocks that see c. Without it first
	// and second moments of a collection survive in v, and a classifier reads them off.
	OwnNorm bool `yaml:"own_norm" json:"own_norm"`
	// Transport begins the flow with a fixed affine map a collection; see [Flow.SetTransport].
	Transport bool `yaml:"transport" json:"transport"`
	// Radial gives what the transport leads to the lengths that codes have, a collection at a time.
	Radial bool `yaml:"radial,omitempty" json:"radial,omitempty"`
	// Sliced moves codes along the directions in which collections still differ; see [Flow.FitSlices]. It is for collections
	// of one kind of subject: where each image is unlike the others, it takes more of the single one than it brings.
	Sliced bool `yaml:"sliced,omitempty" json:"sliced,omitempty"`
	// SlicedCodes does the same behind the blocks, which are fitted by then: with what they leave.
	SlicedCodes bool `yaml:"sliced_codes,omitempty" json:"sliced_codes,omitempty"`
	// Bins are those of the splines by which couplings map values; 0 is for a scale and a shift. Splines part codes into the
	// modes that attributes such as glasses are; where latents are many and images few they are worth nothing.
	Bins int `yaml:"bins,omitempty" json:"bins,omitempty"`
	// Bound limits the log-scale of a coupling to (-Bound, Bound).
	Bound float64 `yaml:"bound" json:"bound"`
}

// DefaultConfig is the flow that `train` builds for latents of size dim over k collections.
func DefaultConfig(dim, k int) Config {
	return Config{Dim: dim, Collections: k, Blocks: 4, Shared: 0, Hidden: 128, Depth: 1, Embedding: 16, OwnNorm: true, Transport: true, Radial: true, Bound: 1}
}

// Validate names the first field that cannot be built.
func (c Config) Validate() error {
	for _, field := range []struct {
		name  string
		value int
		min   int
	}{
		{"dim", c.Dim, 2}, {"collections", c.Collections, 1}, {"blocks", c.Blocks, 1}, {"shared", c.Shared, 0},
		{"hidden", c.Hidden, 1}, {"depth", c.Depth, 0}, {"embedding", c.Embedding, 1},
	} {
		if field.value < field.min {
			return fmt.Errorf("flow: %s is %d, but must be at least %d", field.name, field.value, field.min)
		}
	}
	switch {
	case c.Dim%2 != 0:
		return fmt.Errorf("flow: dim is %d, but the coupling splits it into halves: choose an even one", c.Dim)
	case c.Shared > c.Blocks:
		return fmt.Errorf("flow: %d of %d blocks cannot be shared", c.Shared, c.Blocks)
	case c.Bins < 0 || c.Bins == 1 || c.Bins > mostBins:
		return fmt.Errorf("flow: bins is %d, but must be 2 to %d, or 0 for none", c.Bins, mostBins)
	case !(c.Bound > 0):
		return fmt.Errorf("flow: bound is %g, but must be positive", c.Bound)
	}
	return nil
}

// layer is one invertible step. For y, logDet = forward(x, c): x = inverse(y, c), and logDet [batch] is
// log|det dy/dx| at x.
type layer interface {
	forward(x *Node, c Condition) (y, logDet *Node)
	inverse(y *Node, c Condition) (x *Node)
}

// starter is a layer whose weights start from the first batch it sees.
type starter interface {
	start(x *Node, c Condition)
}

// Flow is the network with its weights below scope.
type Flow struct {
	config Config
	scope  *model.Scope
	layers []layer
	before int           // how many of the layers stand before the blocks
	slices map[Place]int // which of the layers are steps along directions
	embed  embedding
}

// Place is one at which a flow may move codes along directions: the scope of what does.
type Place string

// The places of slices.
const (
	BeforeBlocks Place = "sliced"
	BehindBlocks Place = "sliced_codes"
)

// New describes the flow whose weights are (or will be made) below scope. It builds no graph.
func New(scope *model.Scope, config Config) (*Flow, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	f := &Flow{config: config, scope: scope, slices: map[Place]int{}, embed: embedding{scope.At("embedding"), config}}
	slice := func(place Place) {
		f.slices[place] = len(f.layers)
		f.layers = append(f.layers, sliced{scope.At("%s", place), config.Dim, config.Collections + 1})
	}
	if config.Transport {
		f.layers = append(f.layers, transport{scope.At("transport"), config.Dim, config.Collections + 1})
	}
	if config.Radial {
		f.layers = append(f.layers, radial{scope.At("radial"), config.Dim, config.Collections + 1})
	}
	if config.Sliced {
		slice(BeforeBlocks)
	}
	f.before = len(f.layers)
	for i := range config.Blocks {
		block := scope.At("block_%02d", i)
		conditional := i < config.Blocks-config.Shared
		norms := 1
		if conditional && config.OwnNorm {
			norms = config.Collections + 1
		}
		f.layers = append(f.layers,
			actNorm{block.At("norm"), config.Dim, norms},
			newCoupling(block.At("coupling"), config, conditional),
			permutation{block.At("permutation"), config.Dim})
	}
	if config.SlicedCodes {
		slice(BehindBlocks)
	}
	return f, nil
}

// Config returns the sizes that f was made with.
func (f *Flow) Config() Config { return f.config }

// Forward maps latents z [batch, dim] to codes v [batch, dim], with logDet [batch] = log|det dv/dz|.
func (f *Flow) Forward(z *Node, c Condition) (v, logDet *Node) { return pass(f.layers, z, c) }

// LogProbOther is [Flow.LogProb] under own, and beside it the codes [n, dim] that the first n latents would have if in the
// blocks they were of the conditions other [n]: where they equal v the blocks do not look at the condition, and a projection
// moves a latent as what stands before them does.
func (f *Flow) LogProbOther(z *Node, own, other Condition) (logProb, v, taken *Node) {
	y, logDet := pass(f.layers[:f.before], z, own)
	v, rest := pass(f.layers[f.before:], y, own)
	taken, _ = pass(f.layers[f.before:], Slice(y, AxisRange(0, other.OneHot.Shape().Dimensions[0])), other)
	return Add(LogNormal(v), add(logDet, rest)), v, taken
}

// BeforeSlices maps latents z [batch, dim] to what [Flow.FitSlices] is fitted to at a place of this flow's, [batch, dim].
func (f *Flow) BeforeSlices(place Place, z *Node, c Condition) (y *Node) {
	y, _ = pass(f.layers[:f.slices[place]], z, c)
	return y
}

// pass takes x through layers under c, with the sum of their logarithms of determinants, nil of no layer.
func pass(layers []layer, x *Node, c Condition) (y, logDet *Node) {
	for _, l := range layers {
		var d *Node
		x, d = l.forward(x, c)
		logDet = add(logDet, d)
	}
	return x, logDet
}

// Inverse maps codes v [batch, dim] to the latents z [batch, dim] that Forward under the same c takes to v.
func (f *Flow) Inverse(v *Node, c Condition) (z *Node) {
	z = v
	for i := len(f.layers) - 1; i >= 0; i-- {
		z = f.layers[i].inverse(z, c)
	}
	return z
}

// Start is Forward on the first batch: on the way it sets lengths to those of a standard normal, and each ActNorm so that
// its output has mean 0 and standard deviation 1 over that batch (Kingma and Dhariwal 2018, section 3.1). The batch must hold
// several latents of every collection.
func (f *Flow) Start(z *Node, c Condition) (v *Node) { return start(f.layers, z, c) }

// StartBeforeSlices is [Flow.Start] of the layers that [Flow.FitSlices] needs at a place of this flow's.
func (f *Flow) StartBeforeSlices(place Place, z *Node, c Condition) (y *Node) {
	return start(f.layers[:f.slices[place]], z, c)
}

func start(layers []layer, x *Node, c Condition) (y *Node) {
	for _, l := range layers {
		if s, ok := l.(starter); ok {
			s.start(x, c)
		}
		x, _ = l.forward(x, c)
	}
	return x
}

// LogNormal is the density of the standard normal at v [batch, dim], in nats [batch].
func LogNormal(v *Node) *Node {
	d := float64(v.Shape().Dimensions[1])
	return SubScalar(MulScalar(ReduceSum(Square(v), 1), -0.5), d/2*math.Log(2*math.Pi))
}

// LogProb is log p(z | c) in nats [batch], by the change of variables, with the code v on the way.
func (f *Flow) LogProb(z *Node, c Condition) (logProb, v *Node) {
	v, logDet := f.Forward(z, c)
	return Add(LogNormal(v), logDet), v
}

func add(sum, term *Node) *Node {
	switch {
	case term == nil:
		return sum
	case sum == nil:
		return term
	}
	return Add(sum, term)
}
