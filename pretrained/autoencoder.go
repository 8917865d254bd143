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
// their latents that are those of the prism.
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
	return &Autoencoder{autoencoder.NewCoordinates(scope, config.values(), config.Latent), config, scope, config.network()}, nil
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
// the networks' latents, and the noise of these coordinates, which is the same for all images.
func (a *Autoencoder) Encode(x *Node) (mean, logVar *Node) { return a.Coordinates.Encode(a.Latents(x)) }

// Decode maps latents z [batch, d] to images. They may be a little beyond [-1, 1].
func (a *Autoencoder) Decode(z *Node) *Node { return a.Images(a.Coordinates.Decode(z)) }

// Latents maps images x to the networks' own latents, [batch, h·w·c]. Of Gaussians they are the means.
func (a *Autoencoder) Latents(x *Node) *Node {
	if d := x.Shape().Dimensions; d[3] == 1 {
		x = BroadcastToDims(x, d[0], d[1], d[2], 3)
	}
	y := a.network.encode(net2net.Network{Scope: a.scope}, x)
	return Reshape(y, y.Shape().Dimensions[0], -1)
}

// Images maps the networks' own latents [batch, h·w·c] to images.
func (a *Autoencoder) Images(y *Node) *Node {
	s := a.config.LatentShape()
	x := a.network.decode(net2net.Network{Scope: a.scope}, Reshape(y, -1, s[0], s[1], s[2]))
	if a.config.Channels == 1 {
		x = ReduceAndKeep(x, ReduceMean, 3)
	}
	return x
}
