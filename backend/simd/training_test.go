package simd_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// weights declares the weights of a model while its graph is built.
type weights struct {
	graph  *Graph
	shapes []shapes.Shape
	nodes  []*Node
	spread []float64 // standard deviation of the start value
	center []float64
	given  []*Node // weights that are used again, in the order of their declaration
}

// again returns weights that are the given ones, frozen or not.
func (w *weights) again(given []*Node, frozen bool) *weights {
	use := &weights{graph: w.graph}
	for _, node := range given {
		if frozen {
			node = StopGradient(node)
		}
		use.given = append(use.given, node)
	}
	return use
}

// normal declares a weight that starts with the standard deviation of a layer with the given number of inputs.
func (w *weights) normal(inputs int, dims ...int) *Node {
	return w.declare(0, 1/math.Sqrt(float64(inputs)), dims)
}

// fixed declares a weight that starts near a value.
func (w *weights) fixed(value float64, dims ...int) *Node { return w.declare(value, 0.01, dims) }

func (w *weights) declare(center, spread float64, dims []int) *Node {
	if len(w.given) > 0 {
		node := w.given[0]
		w.given = w.given[1:]
		return node
	}
	shape := shapes.Make(dtypes.Float32, dims...)
	w.shapes = append(w.shapes, shape)
	w.center, w.spread = append(w.center, center), append(w.spread, spread)
	w.nodes = append(w.nodes, Parameter(w.graph, fmt.Sprintf("w%d", len(w.shapes)), shape))
	return w.nodes[len(w.nodes)-1]
}

// model builds the loss of a batch.
type trainingModel func(w *weights, batch []*Node) (loss *Node)

// training is a compiled training step: forward, gradients, Adam. Weights and moments are donated and updated in
// place.
type training struct {
	backend compute.Backend
	graph   *Graph
	state   []compute.Buffer // weights, first moments, second moments
	batch   []compute.Buffer
	donate  []bool
}

func random(b testing.TB, backend compute.Backend, rng *rand.Rand, shape shapes.Shape, center, spread float64) compute.Buffer {
	flat := make([]float32, shape.Size())
	for i := range flat {
		flat[i] = float32(center + spread*rng.NormFloat64())
	}
	buffer, err := backend.BufferFromFlatData(0, flat, shape)
	if err != nil {
		b.Fatal(err)
	}
	return buffer
}

// adam returns the new weight and moments.
func adam(w, m, v, gradient *Node) (_, _, _ *Node) {
	m = Add(MulScalar(m, 0.9), MulScalar(gradient, 0.1))
	v = Add(MulScalar(v, 0.999), MulScalar(Square(gradient), 0.001))
	return Sub(w, MulScalar(Div(m, AddScalar(Sqrt(v), 1e-8)), 1e-4)), m, v
}

func descend(w, gradient *Node) *Node { return Sub(w, MulScalar(gradient, 1e-3)) }

// newTraining compiles the step of a model on a batch of the given shapes.
func newTraining(b testing.TB, backend compute.Backend, build trainingModel, momenta bool, batch ...shapes.Shape) *training {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	t := &training{backend: backend, graph: NewGraph(backend, b.Name())}
	var inputs []*Node
	for i, shape := range batch {
		inputs = append(inputs, Parameter(t.graph, fmt.Sprintf("batch%d", i), shape))
		t.batch = append(t.batch, random(b, backend, rng, shape, 0, 1))
	}
	w := &weights{graph: t.graph}
	loss := build(w, inputs)
	gradients := Gradient(loss, w.nodes...)
	var updated, firsts, seconds []*Node
	n := len(w.nodes)
	for i, shape := range w.shapes {
		t.state = append(t.state, random(b, backend, rng, shape, w.center[i], w.spread[i]))
	}
	if momenta {
		var m, v []*Node
		for range 2 {
			for _, shape := range w.shapes {
				t.state = append(t.state, random(b, backend, rng, shape, 0, 0))
			}
		}
		for i, shape := range w.shapes {
			m = append(m, Parameter(t.graph, fmt.Sprintf("m%d", i), shape))
		}
		for i, shape := range w.shapes {
			v = append(v, Parameter(t.graph, fmt.Sprintf("v%d", i), shape))
		}
		for i := range n {
			a, b, c := adam(w.nodes[i], m[i], v[i], gradients[i])
			updated, firsts, seconds = append(updated, a), append(firsts, b), append(seconds, c)
		}
	} else {
		for i := range n {
			updated = append(updated, descend(w.nodes[i], gradients[i]))
		}
	}
	outputs := append(append(updated, firsts...), seconds...)
	if err := t.graph.Compile(append(outputs, loss)...); err != nil {
		b.Fatal(err)
	}
	t.donate = make([]bool, len(t.batch)+len(t.state))
	for i := len(t.batch); i < len(t.donate); i++ {
		t.donate[i] = true
	}
	return t
}

// executable returns the schedule of the step.
func (t *training) executable(b testing.TB) *simd.Executable {
	e, ok := t.graph.Executable().(*simd.Executable)
	if !ok {
		b.Fatalf("the step is a %T", t.graph.Executable())
	}
	return e
}

// step runs one step and returns the loss.
func (t *training) step(b testing.TB) float32 {
	inputs := append(append([]compute.Buffer(nil), t.batch...), t.state...)
	outputs, err := t.graph.Executable().Execute(inputs, t.donate, 0)
	if err != nil {
		b.Fatal(err)
	}
	last := len(outputs) - 1
	copy(t.state, outputs[:last])
	loss := make([]float32, 1)
	if err := outputs[last].ToFlatData(loss); err != nil {
		b.Fatal(err)
	}
	if err := outputs[last].Finalize(); err != nil {
		b.Fatal(err)
	}
	return loss[0]
}

// profileOption is the backend option that SIMD_PROFILE asks for.
func profileOption() string {
	if os.Getenv("SIMD_PROFILE") != "" {
		return "profile," + os.Getenv("SIMD_PROFILE")
	}
	return ""
}

// tanhExecutable computes the tanh of n numbers.
func tanhExecutable(b testing.TB, backend compute.Backend, n int) (compute.Executable, []compute.Buffer) {
	shape := shapes.Make(dtypes.Float32, n)
	g := NewGraph(backend, b.Name())
	if err := g.Compile(Tanh(Parameter(g, "x", shape))); err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	return g.Executable(), []compute.Buffer{random(b, backend, rng, shape, 0, 1)}
}

func newBackend(t testing.TB, config string) compute.Backend {
	t.Helper()
	b, err := simd.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Finalize)
	return b
}
