package pretrained

import (
	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/net2net"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// network is an encoder and a decoder. Images have 3 channels.
type network interface {
	params() []net2net.Param
	// encode maps images [batch, h, w, 3] to latents.
	encode(n net2net.Network, x *Node) *Node
	// decode maps latents to images [batch, h, w, 3].
	decode(n net2net.Network, y *Node) *Node
}

// groupNorm normalises x [batch, h, w, channels] over space and groups of channels, then scales and shifts each channel.
type groupNorm struct {
	name             string
	channels, groups int
	epsilon          float64 // added to the variance
}

func (g groupNorm) params() []net2net.Param {
	return []net2net.Param{{Name: g.name + ".weight", Shape: []int{g.channels}}, {Name: g.name + ".bias", Shape: []int{g.channels}}}
}

func (g groupNorm) apply(n net2net.Network, x *Node) *Node {
	list := g.params()
	return nn.NormaliseGroups(x, g.groups, g.epsilon, list[0].Node(n, x.Graph()), list[1].Node(n, x.Graph()))
}

// Autoencoder is the networks with their weights below scope, named as diffusers names them, and the coordinates of
// whole latents that are those of the prism.
type Autoencoder struct {
	autoencoder.Coordinates
	config  Config
	scope   *model.Scope
	network network
}

// New describes the autoencoder whose weights are below scope, or will be; see [File.Set]. It builds no graph.
func New(scope *model.Scope, config Config) (*Autoencoder, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return &Autoencoder{autoencoder.NewCoordinates(scope, config.Values(), config.Latent), config, scope, config.network()}, nil
}

// network describes the networks.
func (c Config) network() network {
	if c.TAESD != nil {
		return newTAESD(*c.TAESD)
	}
	return newKL(*c.KL)
}

// Config returns the sizes that a was made with.
func (a *Autoencoder) Config() Config { return a.config }

// Encode maps images x to the mean and the logarithm of the variance of q(z | x), each [batch, d]: the coordinates of
// whole latents, and the noise of these coordinates, which is the same for all images.
func (a *Autoencoder) Encode(x *Node) (mean, logVar *Node) { return a.Compress(a.Latents(x)) }

// Decode maps latents z [batch, d] to images. They may be a little beyond [-1, 1].
func (a *Autoencoder) Decode(z *Node) *Node { return a.Images(a.Expand(z)) }

// Latents maps images x to whole latents, [batch, values] with those of [Config.Values], whose y is not weighted yet: the
// networks' own, of Gaussians the means, then the thumbnail.
func (a *Autoencoder) Latents(x *Node) *Node {
	d := x.Shape().Dimensions
	rgb := x
	if d[3] == 1 {
		rgb = BroadcastToDims(x, d[0], d[1], d[2], 3)
	}
	y := Reshape(a.network.encode(net2net.Network{Scope: a.scope}, rgb), d[0], -1)
	if !a.config.Thumbnail {
		return y
	}
	f := a.config.factor()
	thumbnail := ReduceMean(Reshape(x, d[0], d[1]/f, f, d[2]/f, f, d[3]), 2, 4)
	return Concatenate([]*Node{y, Reshape(thumbnail, d[0], -1)}, 1)
}

// Images maps whole latents [batch, values] to images. Their thumbnail goes unused.
func (a *Autoencoder) Images(whole *Node) *Node {
	y, _ := a.parts(whole)
	s := a.config.LatentShape()
	x := a.network.decode(net2net.Network{Scope: a.scope}, Reshape(y, -1, s[0], s[1], s[2]))
	if a.config.Channels == 1 {
		x = ReduceAndKeep(x, ReduceMean, 3)
	}
	return x
}

// parts are the networks' own of whole latents, and the thumbnail: nil without one.
func (a *Autoencoder) parts(whole *Node) (y, thumbnail *Node) {
	if !a.config.Thumbnail {
		return whole, nil
	}
	n := a.config.networkValues()
	return Slice(whole, AxisRange(), AxisRange(0, n)), Slice(whole, AxisRange(), AxisRange(n))
}

// Compress maps whole latents to the mean and the logarithm of the variance of z, as [Autoencoder.Encode] maps their images.
func (a *Autoencoder) Compress(whole *Node) (mean, logVar *Node) {
	if y, thumbnail := a.parts(whole); thumbnail != nil {
		whole = Concatenate([]*Node{Mul(y, a.weight(whole.Graph())), thumbnail}, 1)
	}
	return a.Coordinates.Encode(whole)
}

// Expand maps latents z [batch, d] to whole latents: what the components hold of them.
func (a *Autoencoder) Expand(z *Node) *Node {
	whole := a.Coordinates.Decode(z)
	if y, thumbnail := a.parts(whole); thumbnail != nil {
		whole = Concatenate([]*Node{Div(y, a.weight(z.Graph())), thumbnail}, 1)
	}
	return whole
}

// The place of ω among the weights.
const (
	wholeScope = "whole"
	weightName = "weight"
)

// weight is ω, [1, 1].
func (a *Autoencoder) weight(g *Graph) *Node {
	return ExpandAxes(nn.Buffer(a.scope.At(wholeScope), weightName, nn.One, 1).NodeValue(g), 0)
}

// SetWeight sets ω, with which the components were found; see [Config.Weigh]. Graphs built before go on without it.
func (a *Autoencoder) SetWeight(weight float64) error {
	return nn.Set(a.scope.Store(), model.JoinPath(a.scope.At(wholeScope).Scope(), weightName), []float32{float32(weight)}, 1)
}
