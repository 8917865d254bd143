package net2net

import (
	"fmt"

	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// FlowConfig sizes the flow of the published system. The zero value of a field is no default.
type FlowConfig struct {
	Dim            int  `yaml:"dim" json:"dim"`                         // d, the size of latents and codes; even
	Collections    int  `yaml:"collections" json:"collections"`         // K
	Blocks         int  `yaml:"blocks" json:"blocks"`                   //
	Hidden         int  `yaml:"hidden" json:"hidden"`                   // width of the scale and shift networks
	Depth          int  `yaml:"depth" json:"depth"`                     // their hidden layers beyond the first
	Embedding      int  `yaml:"embedding" json:"embedding"`             // size of the vector that stands for c
	EmbedderHidden int  `yaml:"embedder_hidden" json:"embedder_hidden"` // width of the network that gives this vector
	EmbedderDepth  int  `yaml:"embedder_depth" json:"embedder_depth"`   // its hidden layers beyond the first
	BatchNorm      bool `yaml:"batch_norm" json:"batch_norm"`           // whether it has batch normalisation
	Activation     bool `yaml:"activation" json:"activation"`           // whether blocks have an invertible leaky ReLU
}

// DefaultFlow is the published configuration for latents of size dim over k collections.
func DefaultFlow(dim, k int) FlowConfig {
	return FlowConfig{
		Dim: dim, Collections: k, Blocks: 20, Hidden: 1024, Depth: 2, Embedding: 10,
		EmbedderHidden: 256, EmbedderDepth: 2, BatchNorm: true,
	}
}

// Validate names the first field that cannot be built.
func (c FlowConfig) Validate() error {
	for _, field := range []struct {
		name  string
		value int
		min   int
	}{
		{"dim", c.Dim, 2}, {"collections", c.Collections, 1}, {"blocks", c.Blocks, 1}, {"hidden", c.Hidden, 1}, {"depth", c.Depth, 0},
		{"embedding", c.Embedding, 1}, {"embedder_hidden", c.EmbedderHidden, 1}, {"embedder_depth", c.EmbedderDepth, 0},
	} {
		if field.value < field.min {
			return fmt.Errorf("flow: %s is %d, but must be at least %d", field.name, field.value, field.min)
		}
	}
	if c.Dim%2 != 0 {
		return fmt.Errorf("flow: dim is %d, but the coupling splits it into halves: choose an even one", c.Dim)
	}
	return nil
}

// Flow is the flow of the published system, with its weights in scope under the names that its
// checkpoints have (Rombach et al. 2020, section 3.2 and the published code). It differs from [flow.Flow] in that
// all collections share one ActNorm a block with a plain scale, a block gives its halves back exchanged, and
// a network with batch normalisation embeds the collection.
//
// Its methods are those of [flow.Flow]. Labels are from 0 to K-1: it has no unconditional density of its own, for
// which there is [Flow.LogMarginal].
type Flow struct {
	config   FlowConfig
	network  Network
	embedder perceptron
	blocks   []flowBlock
}

// NewFlow describes the flow whose weights are (or will be made) in scope. It builds no graph.
func NewFlow(scope *model.Scope, config FlowConfig) (*Flow, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	f := &Flow{config: config, network: Network{Scope: scope}}
	f.embedder = newPerceptron("embedder", config.Collections, config.EmbedderHidden, config.EmbedderDepth, config.Embedding, config.BatchNorm)
	half := config.Dim / 2
	for i := range config.Blocks {
		name := fmt.Sprintf("sub_layers.%d.", i)
		block := flowBlock{
			norm:       ActNorm{Name: name + "norm_layer", Channels: config.Dim},
			activation: config.Activation,
			shuffle:    shuffle{name + "shuffle", config.Dim},
		}
		for side := range block.s {
			network := func(kind string) perceptron {
				return newPerceptron(fmt.Sprintf("%scoupling.%s.%d", name, kind, side), half+config.Embedding, config.Hidden, config.Depth, half, false)
			}
			block.s[side], block.t[side] = network("s"), network("t")
		}
		f.blocks = append(f.blocks, block)
	}
	return f, nil
}

// Config returns the sizes that r was made with.
func (f *Flow) Config() FlowConfig { return f.config }

// Params lists the parameters in the reference's order.
func (f *Flow) Params() []Param {
	list := f.embedder.params()
	for _, b := range f.blocks {
		list = append(list, b.norm.Params()...)
		for side := range b.s {
			list = append(append(list, b.s[side].params()...), b.t[side].params()...)
		}
		list = append(list, b.shuffle.params()...)
	}
	return list
}

// In returns the same flow for another purpose than Evaluate: Train, where batch normalisation takes the
// batch's statistics and keeps averages of them, or Start.
func (f *Flow) In(mode Mode) *Flow {
	other := *f
	other.network.Mode = mode
	return &other
}

// Condition turns labels [batch], integers from 0 to K-1, into the form that the blocks read. Its OneHot has K
// columns.
func (f *Flow) Condition(labels *Node) flow.Condition {
	return f.condition(OneHot(labels, f.config.Collections, dtypes.Float32))
}

func (f *Flow) condition(oneHot *Node) flow.Condition {
	return flow.Condition{OneHot: oneHot, Embedding: f.embedder.apply(f.network, oneHot)}
}

// Forward maps latents z [batch, dim] to codes v [batch, dim], with logDet [batch] = log|det dv/dz|.
func (f *Flow) Forward(z *Node, c flow.Condition) (v, logDet *Node) {
	v = z
	for _, block := range f.blocks {
		var d *Node
		v, d = block.forward(f.network, v, c.Embedding)
		if logDet == nil {
			logDet = d
		} else {
			logDet = Add(logDet, d)
		}
	}
	return v, logDet
}

// Inverse maps codes v [batch, dim] to the latents z [batch, dim] that Forward under the same c takes to v.
func (f *Flow) Inverse(v *Node, c flow.Condition) (z *Node) {
	z = v
	for i := len(f.blocks) - 1; i >= 0; i-- {
		z = f.blocks[i].inverse(f.network, z, c.Embedding)
	}
	return z
}

// Start is Forward on the first batch: on the way it sets each ActNorm from that batch; see [flow.Flow.Start].
// Running statistics are left alone, and the embedding is made anew with the batch's own.
func (f *Flow) Start(z *Node, c flow.Condition) (v *Node) {
	starting := f.In(Start)
	v, _ = starting.Forward(z, starting.condition(c.OneHot))
	return v
}

// LogProb is log p(z | c) in nats [batch], by the change of variables, with the code v on the way.
func (f *Flow) LogProb(z *Node, c flow.Condition) (logProb, v *Node) {
	v, logDet := f.Forward(z, c)
	return Add(flow.LogNormal(v), logDet), v
}

// LogMarginal is log p(z) in nats [batch]: that of the mean of p(z | c) over the collections.
func (f *Flow) LogMarginal(z *Node) *Node {
	k := f.config.Collections
	batch := z.Shape().Dimensions[0]
	oneHot := Reshape(BroadcastToDims(ExpandAxes(DiagonalWithValue(ScalarOne(z.Graph(), z.DType()), k), 1), k, batch, k), k*batch, k)
	repeated := Reshape(BroadcastToDims(ExpandAxes(z, 0), k, batch, f.config.Dim), k*batch, f.config.Dim)
	logProb, _ := f.LogProb(repeated, f.condition(oneHot))
	each := Reshape(logProb, k, batch)
	most := StopGradient(ReduceMax(each, 0))
	return Add(most, Log(ReduceMean(Exp(Sub(each, ExpandAxes(most, 0))), 0)))
}

// Loss is what the reference minimises: the batch's mean of -log p(z | c), without its constant.
func (f *Flow) Loss(v, logDet *Node) *Node {
	return Sub(MulScalar(ReduceAllMean(ReduceSum(Square(v), 1)), 0.5), ReduceAllMean(logDet))
}

// flowBlock is an activation normalisation, a double coupling and a shuffle.
type flowBlock struct {
	norm       ActNorm
	activation bool
	s, t       [2]perceptron
	shuffle    shuffle
}

// flowSlope is the slope of the invertible leaky ReLU for negative values. The reference leaves its
// Jacobian out of the log-determinant, and so does this.
const flowSlope = 0.9

func (b flowBlock) forward(n Network, x, embedding *Node) (y, logDet *Node) {
	loc, scale := b.norm.Affine(n, x)
	x = Mul(scale, Add(x, loc))
	logDet = BroadcastToDims(ReduceAllSum(Log(Abs(scale))), x.Shape().Dimensions[0])
	if b.activation {
		x = LeakyReLU(x, flowSlope)
	}
	kept, changed := halves(x)
	for side := range b.s {
		// The half that was changed is the one that is kept, and stands first, next.
		s, t := b.of(n, side, kept, embedding)
		kept, changed = Add(Mul(changed, Exp(s)), t), kept
		logDet = Add(logDet, ReduceSum(s, 1))
	}
	return b.shuffle.forward(n, Concatenate([]*Node{changed, kept}, 1)), logDet
}

func (b flowBlock) inverse(n Network, y, embedding *Node) *Node {
	kept, changed := halves(b.shuffle.inverse(n, y))
	for side := len(b.s) - 1; side >= 0; side-- {
		s, t := b.of(n, side, kept, embedding)
		kept, changed = Mul(Sub(changed, t), Exp(Neg(s))), kept
	}
	x := Concatenate([]*Node{changed, kept}, 1)
	if b.activation {
		x = Min(x, MulScalar(x, 1/flowSlope)) // undoes the leaky ReLU: only negative values change
	}
	return b.norm.Invert(n, x)
}

// halves splits x [batch, dim] in the middle.
func halves(x *Node) (a, b *Node) {
	half := x.Shape().Dimensions[1] / 2
	return Slice(x, AxisRange(), AxisRange(0, half)), Slice(x, AxisRange(), AxisRange(half))
}

// of returns the log-scale s in (-1, 1) and the shift t, both [batch, dim/2], for the half that is kept.
func (b flowBlock) of(n Network, side int, kept, embedding *Node) (s, t *Node) {
	x := Concatenate([]*Node{kept, embedding}, 1)
	return Tanh(b.s[side].apply(n, x)), b.t[side].apply(n, x)
}

// perceptron is a network of linear layers with leaky ReLUs between them, each after a batch normalisation
// where there is one.
type perceptron struct {
	linear []Linear
	norms  []BatchNorm
}

func newPerceptron(name string, in, hidden, depth, out int, batchNorm bool) perceptron {
	const epsilon = 1e-5
	var p perceptron
	index := 0 // the reference counts normalisations and activations, too
	for i := range depth + 2 {
		width := hidden
		if i == depth+1 {
			width = out
		}
		p.linear = append(p.linear, Linear{Name: fmt.Sprintf("%s.main.%d", name, index), In: in, Out: width})
		if in, index = width, index+1; i == depth+1 {
			break
		}
		if batchNorm {
			p.norms = append(p.norms, BatchNorm{Name: fmt.Sprintf("%s.main.%d", name, index), Channels: width, Affine: true, Epsilon: epsilon})
			index++
		}
		index++
	}
	return p
}

func (p perceptron) params() []Param {
	var list []Param
	for _, l := range p.linear {
		list = append(list, l.Params()...)
	}
	for _, norm := range p.norms {
		list = append(list, norm.Params()...)
	}
	return list
}

func (p perceptron) apply(n Network, x *Node) *Node {
	const slope = 0.01
	for i, l := range p.linear {
		x = l.Apply(n, x)
		if i == len(p.linear)-1 {
			break
		}
		if len(p.norms) > 0 {
			x = p.norms[i].Apply(n, x)
		}
		x = LeakyReLU(x, slope)
	}
	return x
}

// shuffle reorders the dimensions by a fixed order: y[j] = x[order[j]].
type shuffle struct {
	name string
	dim  int
}

func (s shuffle) params() []Param {
	return []Param{
		{Name: s.name + ".forward_shuffle_idx", Shape: []int{s.dim}, Fixed: true, DType: weights.I64, init: nn.Permutation},
		{Name: s.name + ".backward_shuffle_idx", Shape: []int{s.dim}, Fixed: true, DType: weights.I64},
	}
}

// matrix is M [dim, dim] with M[j, order[j]] = 1; a product with it is exact.
func (s shuffle) matrix(n Network, g *Graph) *Node {
	list := s.params()
	order := ConvertDType(list[0].Node(n, g), dtypes.Int32)
	m := OneHot(order, s.dim, dtypes.Float32)
	if n.Mode == Start {
		// The inverse of the order: the j with order[j] = i.
		positions := Iota(g, order.Shape(), 0)
		list[1].Update(n, Dot(ConvertDType(positions, dtypes.Float32), m).Product())
	}
	return m
}

func (s shuffle) forward(n Network, x *Node) *Node {
	return Einsum("bi,ji->bj", x, s.matrix(n, x.Graph()))
}

func (s shuffle) inverse(n Network, y *Node) *Node {
	return Dot(y, s.matrix(n, y.Graph())).Product()
}
