package net2net

import (
	"github.com/dataprism/dataprism/flow"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Autoencoder is either of the published autoencoders.
type Autoencoder interface {
	Encode(x *Node) (mean, logVar *Node)
	Decode(z *Node) *Node
	LastLayer(g *Graph) *Node
}

// Build describes the model's networks on the weights in the store, as [Import] left them or as training will make
// them. What the model does not have is nil.
func (m *Model) Build(store *model.Store) (a Autoencoder, f *Marginal, err error) {
	scope := store.Scope("/" + AutoencoderScope)
	switch {
	case m.Small != nil:
		small, err := NewAutoencoder32(scope, *m.Small)
		if err != nil {
			return nil, nil, err
		}
		a = small
	case m.Large != nil:
		large, err := NewAutoencoder256(scope, *m.Large)
		if err != nil {
			return nil, nil, err
		}
		a = large
	}
	if m.Flow != nil {
		r, err := NewFlow(store.Scope("/"+FlowScope), *m.Flow)
		if err != nil {
			return nil, nil, err
		}
		f = &Marginal{r}
	}
	return a, f, nil
}

// Size is the side of the autoencoder's images and the number of their channels; 0 without an autoencoder.
func (m *Model) Size() (side, channels int) {
	switch {
	case m.Small != nil:
		return m.Small.Size, m.Small.Channels
	case m.Large != nil:
		return Size256, 3
	}
	return 0, 0
}

// Marginal adds the label K to the flow: under it, the density is the mean of those under the
// collections, and there are no codes.
type Marginal struct{ *Flow }

// Condition turns labels [batch], integers from 0 to K, into the form that the other methods read. Its OneHot has
// K+1 columns.
func (m *Marginal) Condition(labels *Node) flow.Condition {
	c := m.Flow.Condition(labels)
	c.OneHot = OneHot(labels, m.Config().Collections+1, dtypes.Float32)
	return c
}

// LogProb is log p(z | c), or log p(z) for the label K, in nats [batch], with the code v on the way.
func (m *Marginal) LogProb(z *Node, c flow.Condition) (logProb, v *Node) {
	logProb, v = m.Flow.LogProb(z, c)
	k := m.Config().Collections
	isAny := Reshape(Slice(c.OneHot, AxisRange(), AxisRange(k, k+1)), -1)
	return Where(GreaterThan(isAny, ZerosLike(isAny)), m.LogMarginal(z), logProb), v
}
