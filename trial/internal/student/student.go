// Package student holds small networks that are fitted by a number of steps which does not depend on how many images
// there are, so that what differs between two of them is what they saw. They run on any GoMLX backend.
package student

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/measure"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Body maps a batch of inputs to a last hidden layer of so many units.
type Body struct {
	units int
	of    func(scope *model.Scope, x *Node, start nn.Init) *Node // [batch, units], of weights that begin so
}

// Dense is one hidden layer of rectified units on the input, one value after the other.
func Dense(hidden int) Body {
	return Body{hidden, func(scope *model.Scope, x *Node, start nn.Init) *Node {
		n := x.Shape().Dimensions[0]
		return relu(nn.Dense(scope.At("hidden"), Reshape(x, n, x.Shape().Size()/n), hidden, start))
	}}
}

// Convolutional is four-by-four convolutions of stride 2, each halving the side, and a hidden layer: about 100,000
// weights on images of 32 to 64 pixels.
func Convolutional(widths ...int) Body {
	last := Dense(64)
	return Body{last.units, func(scope *model.Scope, x *Node, start nn.Init) *Node {
		for i, width := range widths {
			x = relu(nn.Conv(scope.At("conv%d", i), x, width, 4, 2, start))
		}
		return last.of(scope, x, start)
	}}
}

func relu(x *Node) *Node { return MaxScalar(x, 0) }

// Config describes a network and how it is fitted.
type Config struct {
	Body    Body
	Input   []int // dimensions of the input of one row
	Classes int
	Steps   int
	Batch   int     // rows a step; 0 means 64
	Rate    float64 // peak of the learning rate, which falls along half a cosine; 0 means 0.001
	Drop    float64 // share of the units of the last hidden layer that [Network.Fit] leaves out of each row and step (dropout)
	Seed    uint64  // of the initial weights
}

func (c Config) batch() int {
	if c.Batch == 0 {
		return 64
	}
	return c.Batch
}

// width is the number of values of the input of one row.
func (c Config) width() int {
	w := 1
	for _, d := range c.Input {
		w *= d
	}
	return w
}

// Rows are rows of known class.
type Rows struct {
	N      int
	Fill   func(to []float32, row int, rng *rand.Rand) // writes the input of a row; what is random in it comes from rng
	Class  []int
	Weight []float32      // a row is drawn in proportion to it
	Offset measure.Matrix // [N, classes] log-probabilities added to the logits while they are fitted; without rows none
	Cue    measure.Matrix // [N, values] what the low head of a [MixedCapacity] sees, and all that it sees
}

// Network is a network with its weights.
type Network struct {
	Config
	store   *model.Store
	backend compute.Backend
	predict *model.Exec
	start   nn.Init // of the weights of Body
}

// New makes a network with its initial weights.
func New(backend compute.Backend, c Config) (*Network, error) {
	n := &Network{Config: c, store: model.NewStore(), backend: backend, start: nn.Uniform(math.Sqrt2)}
	n.store.RootScope().SetParam(nn.SeedParam, c.Seed)
	var err error
	n.predict, err = model.NewExec(backend, n.store, func(scope *model.Scope, in []*Node) []*Node {
		_, logits := n.forward(in[0], nil)
		return []*Node{LogSoftmax(logits)}
	})
	return n, err
}

// Close frees what the network holds outside of Go's memory.
func (n *Network) Close() { n.predict.Finalize() }

// forward is the last hidden layer and the logits of inputs; kept is what the layer is multiplied by, or nothing.
func (n *Network) forward(x *Node, kept []*Node) (features, logits *Node) {
	scope := n.store.RootScope().At("student")
	features = n.Body.of(scope, x, n.start)
	for _, k := range kept {
		features = Mul(features, k)
	}
	return features, nn.Dense(scope.At("out"), features, n.Classes, nn.Small)
}

// ownScope is where the weights of a network are.
const ownScope = "/student/"

// fit takes n.Steps steps of Adam, each of which lowers, by the weights below scopes, a loss of the tensors that batch
// makes for it.
func (n *Network) fit(ctx context.Context, scopes []string, loss func(in []*Node) *Node, batch func() ([]*tensors.Tensor, error)) error {
	adam := nn.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.05, Clip: 5}
	exec, err := model.NewExec(n.backend, n.store, func(_ *model.Scope, in []*Node) []*Node {
		last := len(in) - 2
		l := loss(in[:last])
		adam.Update(n.store, l, in[last], in[last+1], nn.Trainable(n.store, scopes...))
		return []*Node{l}
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	peak := n.Rate
	if peak == 0 {
		peak = 1e-3
	}
	for number := range n.Steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := batch()
		if err != nil {
			return err
		}
		rate := peak * (0.01 + 0.99*0.5*(1+math.Cos(math.Pi*float64(number)/float64(n.Steps))))
		if err := lower(exec, data, float32(rate), float32(number+1)); err != nil {
			return fmt.Errorf("step %d: %w", number+1, err)
		}
	}
	return nil
}

// lower runs a graph that takes a step on data, which it frees. A loss that is no finite number is an error.
func lower(exec *model.Exec, data []*tensors.Tensor, numbers ...float32) error {
	var args []any
	for _, d := range data {
		args = append(args, d)
	}
	for _, x := range numbers {
		args = append(args, x)
	}
	out, err := call(exec, args...)
	for _, d := range data {
		d.MustFinalizeAll()
	}
	if err != nil {
		return err
	}
	loss := tensors.ToScalar[float32](out[0])
	out[0].MustFinalizeAll()
	if loss-loss != 0 {
		return fmt.Errorf("fitting diverged: the loss is %g", loss)
	}
	return nil
}

// call runs a graph; a graph that cannot be built or run is an error.
func call(exec *model.Exec, args ...any) (out []*tensors.Tensor, err error) {
	if caught := nn.Catch(func() { out, err = exec.Exec(args...) }); caught != nil {
		err = caught
	}
	return out, err
}

// Fit takes the steps, each on rows drawn with replacement in proportion to their weights, by cross-entropy.
func (n *Network) Fit(ctx context.Context, r Rows, rng *rand.Rand) error {
	picks := newPicks(r.Weight)
	return n.fit(ctx, []string{ownScope}, func(in []*Node) *Node {
		_, logits := n.forward(in[0], in[3:])
		return CrossEntropy(Add(logits, in[2]), in[1])
	}, func() ([]*tensors.Tensor, error) {
		rows := picks.draw(n.batch(), rng)
		data := []*tensors.Tensor{n.inputs(r, rows, rng), n.classes(r, rows), n.offsets(r, rows)}
		return append(data, n.kept(len(rows), rng)...), nil
	})
}

// CrossEntropy is the mean of -log p(class), of logits [n, classes] and classes [n].
func CrossEntropy(logits, class *Node) *Node {
	own := OneHot(class, logits.Shape().Dimensions[1], logits.DType())
	return Neg(ReduceAllMean(ReduceSum(Mul(LogSoftmax(logits), own), 1)))
}
