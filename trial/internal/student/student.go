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

// Body maps a batch of inputs to the last hidden layer [batch, features].
type Body func(scope *model.Scope, x *Node) *Node

// Dense is one hidden layer of rectified units on the input, one value after the other.
func Dense(hidden int) Body {
	return func(scope *model.Scope, x *Node) *Node {
		return relu(nn.Dense(scope.At("hidden"), Linear(scope, x), hidden, nn.Uniform(math.Sqrt2)))
	}
}

// Linear has no hidden layer: it is the input, one value after the other.
func Linear(_ *model.Scope, x *Node) *Node {
	n := x.Shape().Dimensions[0]
	return Reshape(x, n, x.Shape().Size()/n)
}

// Convolutional is four-by-four convolutions of stride 2, each halving the side, and a hidden layer: about 100,000
// weights on images of 32 to 64 pixels.
func Convolutional(widths ...int) Body {
	return func(scope *model.Scope, x *Node) *Node {
		for i, width := range widths {
			x = relu(nn.Conv(scope.At("conv%d", i), x, width, 4, 2, nn.Uniform(math.Sqrt2)))
		}
		return relu(nn.Dense(scope.At("hidden"), Linear(scope, x), 64, nn.Uniform(math.Sqrt2)))
	}
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
}

// Network is a network with its weights.
type Network struct {
	Config
	store   *model.Store
	backend compute.Backend
	predict *model.Exec
}

// New makes a network with its initial weights.
func New(backend compute.Backend, c Config) (*Network, error) {
	n := &Network{Config: c, store: model.NewStore(), backend: backend}
	n.store.RootScope().SetParam(nn.SeedParam, c.Seed)
	var err error
	n.predict, err = model.NewExec(backend, n.store, func(scope *model.Scope, in []*Node) []*Node {
		_, logits := n.forward(in[0])
		return []*Node{LogSoftmax(logits)}
	})
	return n, err
}

// Close frees what the network holds outside of Go's memory.
func (n *Network) Close() { n.predict.Finalize() }

// forward is the last hidden layer and the logits of inputs.
func (n *Network) forward(x *Node) (features, logits *Node) {
	scope := n.store.RootScope().At("student")
	features = n.Body(scope, x)
	return features, nn.Dense(scope.At("out"), features, n.Classes, nn.Small)
}

// ownScope is where the weights of a network are.
const ownScope = "/student/"

// step is a compiled step of the optimiser.
type step struct {
	exec  *model.Exec
	steps int
	rate  float64
}

// compile makes steps that lower a loss of the inputs by the weights below scopes.
func (n *Network) compile(scopes []string, loss func(in []*Node) *Node) (*step, error) {
	adam := nn.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.05, Clip: 5}
	exec, err := model.NewExec(n.backend, n.store, func(_ *model.Scope, in []*Node) []*Node {
		last := len(in) - 2
		l := loss(in[:last])
		adam.Update(n.store, l, in[last], in[last+1], nn.Trainable(n.store, scopes...))
		return []*Node{l}
	})
	rate := n.Rate
	if rate == 0 {
		rate = 1e-3
	}
	return &step{exec, n.Steps, rate}, err
}

// do takes the step numbered from 0.
func (s *step) do(number int, data ...*tensors.Tensor) error {
	rate := s.rate * (0.01 + 0.99*0.5*(1+math.Cos(math.Pi*float64(number)/float64(s.steps))))
	args := make([]any, 0, len(data)+2)
	for _, d := range data {
		args = append(args, d)
	}
	args = append(args, float32(rate), float32(number+1))
	out, err := call(s.exec, args...)
	for _, d := range data {
		d.MustFinalizeAll()
	}
	if err != nil {
		return err
	}
	loss := float64(tensors.ToScalar[float32](out[0]))
	out[0].MustFinalizeAll()
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("fitting diverged at step %d: its loss is %g", number+1, loss)
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
	s, err := n.compile([]string{ownScope}, func(in []*Node) *Node {
		_, logits := n.forward(in[0])
		return CrossEntropy(Add(logits, in[2]), in[1])
	})
	if err != nil {
		return err
	}
	defer s.exec.Finalize()
	picks := newPicks(r.Weight)
	for number := range n.Steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := picks.draw(n.batch(), rng)
		if err := s.do(number, n.inputs(r, rows, rng), n.classes(r, rows), n.offsets(r, rows)); err != nil {
			return err
		}
	}
	return nil
}

// CrossEntropy is the mean of -log p(class), of logits [n, classes] and classes [n].
func CrossEntropy(logits, class *Node) *Node {
	own := OneHot(class, logits.Shape().Dimensions[1], logits.DType())
	return Neg(ReduceAllMean(ReduceSum(Mul(LogSoftmax(logits), own), 1)))
}
