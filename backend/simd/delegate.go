package simd

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Delegation: what this backend has no kernels for runs on GoMLX's Go backend.
//
//   - One operation, or a region of operations that feed each other, becomes a
//     computation of its own there and one step of the schedule here
//     (delegatedStep). Operands are copied in and results copied out.
//   - A computation with dynamic shapes runs there in whole
//     (delegatedExecutable).

// region is a computation of the Go backend made of nodes of a graph.
type region struct {
	executable compute.Executable
	inputs     []*value // in the order of the executable's parameters
	outputs    []*value
}

// newRegion builds the computation of nodes, which are in an order in which they can run. The outputs are values of
// these nodes.
func newRegion(twin compute.Backend, nodes []*node, outputs []*value) (*region, error) {
	r := &region{outputs: outputs}
	builder := twin.Builder("region")
	main := builder.Main()
	known := make(map[*value]compute.Value)
	within := make(map[*node]bool, len(nodes))
	for _, n := range nodes {
		within[n] = true
	}
	for _, n := range nodes {
		for _, in := range operandsOf(n) {
			if within[in.node] || known[in] != nil {
				continue
			}
			p, err := main.Parameter(fmt.Sprintf("x%d", len(r.inputs)), in.shape, nil)
			if err != nil {
				return nil, fmt.Errorf("simd: delegated parameter of shape %s: %w", in.shape, err)
			}
			known[in] = p
			r.inputs = append(r.inputs, in)
		}
	}
	replay := replayer{builder: builder, named: make(map[*Function]compute.Function)}
	if err := replay.nodes(main, nodes, known); err != nil {
		return nil, err
	}
	results := make([]compute.Value, len(outputs))
	for i, v := range outputs {
		results[i] = known[v]
	}
	if err := main.Return(results, nil); err != nil {
		return nil, fmt.Errorf("simd: outputs of delegated operations: %w", err)
	}
	var err error
	if r.executable, err = builder.Compile(); err != nil {
		return nil, fmt.Errorf("simd: delegated operations: %w", err)
	}
	return r, nil
}

// operandsOf returns the inputs of a node and the values around its closures that these use.
func operandsOf(n *node) []*value {
	if len(n.closures) == 0 {
		return n.inputs
	}
	operands := append([]*value(nil), n.inputs...)
	var visit func(fn *Function)
	visit = func(fn *Function) {
		use := func(v *value) {
			// A value of n's own function is captured; deeper ones are the closures' own.
			if v.node.fn == n.fn {
				operands = append(operands, v)
			}
		}
		for _, inner := range fn.nodes {
			for _, in := range inner.inputs {
				use(in)
			}
			for _, closure := range inner.closures {
				visit(closure)
			}
		}
		for _, out := range fn.outputs {
			use(out)
		}
	}
	for _, closure := range n.closures {
		visit(closure)
	}
	return operands
}

// replayer records nodes again in a builder of the Go backend.
type replayer struct {
	builder compute.Builder
	named   map[*Function]compute.Function
}

// nodes records the nodes in g. known holds the values that stand for those recorded so far, and gets those of the
// nodes.
func (r *replayer) nodes(g compute.Function, nodes []*node, known map[*value]compute.Value) error {
	for _, n := range nodes {
		in := make([]compute.Value, len(n.inputs))
		for i, v := range n.inputs {
			in[i] = known[v]
		}
		fns := make([]compute.Function, len(n.closures))
		for i, closure := range n.closures {
			var err error
			if fns[i], err = r.function(g, closure, known); err != nil {
				return err
			}
		}
		out, err := n.emit(g, in, fns)
		if err != nil {
			return fmt.Errorf("simd: delegated %s: %w", n.op, err)
		}
		for i, v := range n.outputs {
			known[v] = out[i]
		}
	}
	return nil
}

// function records fn, a closure in g or a named function.
func (r *replayer) function(g compute.Function, fn *Function, known map[*value]compute.Value) (compute.Function, error) {
	if done, ok := r.named[fn]; ok {
		return done, nil
	}
	var replayed compute.Function
	var err error
	if fn.parent != nil {
		replayed, err = g.Closure()
	} else {
		replayed, err = r.builder.NewFunction(fn.name)
	}
	if err != nil {
		return nil, fmt.Errorf("simd: delegated function %q: %w", fn.name, err)
	}
	if err := r.nodes(replayed, fn.nodes, known); err != nil {
		return nil, err
	}
	outputs := make([]compute.Value, len(fn.outputs))
	for i, v := range fn.outputs {
		outputs[i] = known[v]
	}
	if err := replayed.Return(outputs, nil); err != nil {
		return nil, fmt.Errorf("simd: outputs of delegated function %q: %w", fn.name, err)
	}
	if fn.parent == nil {
		r.named[fn] = replayed
	}
	return replayed, nil
}

// run executes the region on operands at the given addresses and copies each result to its address.
func (r *region) run(twin compute.Backend, in, out []unsafe.Pointer) error {
	inputs := make([]compute.Buffer, len(in))
	donate := make([]bool, len(in))
	for i, v := range r.inputs {
		var err error
		if inputs[i], err = twin.BufferFromFlatData(0, flatAt(in[i], v.shape), v.shape); err != nil {
			return fmt.Errorf("simd: operand of delegated operations: %w", err)
		}
		donate[i] = true
	}
	outputs, err := r.executable.Execute(inputs, donate, 0)
	if err != nil {
		return fmt.Errorf("simd: delegated operations: %w", err)
	}
	for i, v := range r.outputs {
		if v.shape.Size() > 0 {
			if err := outputs[i].ToFlatData(flatAt(out[i], v.shape)); err != nil {
				return fmt.Errorf("simd: result of delegated operations: %w", err)
			}
		}
		if err := outputs[i].Finalize(); err != nil {
			return fmt.Errorf("simd: result of delegated operations: %w", err)
		}
	}
	return nil
}

// delegation is a set of nodes on its way to becoming a delegatedStep.
type delegation struct {
	nodes  []*node
	places map[*value]*tensor // of what the nodes read and compute
}

// step builds the region of the nodes; only the given tensors are written.
func (d *delegation) step(twin compute.Backend, writes []*tensor) (*delegatedStep, error) {
	s := &delegatedStep{nodes: d.nodes}
	var outputs []*value
	for _, n := range d.nodes {
		for _, v := range n.outputs {
			if t := d.places[v]; slices.Contains(writes, t) {
				outputs = append(outputs, v)
				s.outputs = append(s.outputs, t)
			}
		}
	}
	var err error
	if s.region, err = newRegion(twin, d.nodes, outputs); err != nil {
		return nil, err
	}
	for _, v := range s.region.inputs {
		s.inputs = append(s.inputs, d.places[v])
	}
	return s, nil
}

// delegatedStep runs a region as one step of a schedule.
type delegatedStep struct {
	region          *region
	nodes           []*node
	inputs, outputs []*tensor
}

func (s *delegatedStep) kind() string { return "delegated" }

func (s *delegatedStep) run(x *frame) error {
	in, out := make([]unsafe.Pointer, len(s.inputs)), make([]unsafe.Pointer, len(s.outputs))
	for i, t := range s.inputs {
		in[i] = x.memory[t.id]
	}
	for i, t := range s.outputs {
		out[i] = x.memory[t.id]
	}
	return s.region.run(x.backend.twin, in, out)
}

func (s *delegatedStep) String() string {
	names := make([]string, len(s.nodes))
	for i, n := range s.nodes {
		names[i] = n.op.String()
	}
	return fmt.Sprintf("delegated {%s} %v -> %v", strings.Join(names, " "), s.inputs, s.outputs)
}

// delegatedExecutable runs a whole computation on the Go backend.
type delegatedExecutable struct {
	backend *Backend
	inner   compute.Executable
}

var _ compute.Executable = (*delegatedExecutable)(nil)

func delegateComputation(b *Builder) (compute.Executable, error) {
	inner, err := b.twin.Compile()
	if err != nil {
		return nil, fmt.Errorf("simd: computation %q with dynamic shapes: %w", b.name, err)
	}
	return &delegatedExecutable{backend: b.backend, inner: inner}, nil
}

func (e *delegatedExecutable) Finalize() { e.inner.Finalize() }

func (e *delegatedExecutable) Inputs() (names []string, inputShapes []shapes.Shape) {
	return e.inner.Inputs()
}

func (e *delegatedExecutable) Outputs() []shapes.Shape { return e.inner.Outputs() }

func (e *delegatedExecutable) Execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) ([]compute.Buffer, error) {
	twins := make([]compute.Buffer, len(inputs))
	give := make([]bool, len(inputs))
	for i, input := range inputs {
		own, err := e.backend.ownBuffer(input)
		if err != nil {
			return nil, fmt.Errorf("simd: input %d: %w", i, err)
		}
		flat := flatAt(own.block.start, own.shape)
		if twins[i], err = e.backend.twin.BufferFromFlatData(device, flat, own.shape); err != nil {
			return nil, fmt.Errorf("simd: input %d: %w", i, err)
		}
		give[i] = true
	}
	results, err := e.inner.Execute(twins, give, device)
	if err != nil {
		return nil, fmt.Errorf("simd: %w", err)
	}
	for i, input := range inputs {
		if i < len(donate) && donate[i] {
			if err := input.Finalize(); err != nil {
				return nil, err
			}
		}
	}
	outputs := make([]compute.Buffer, len(results))
	for i, result := range results {
		shape, err := result.Shape()
		if err != nil {
			return nil, fmt.Errorf("simd: output %d: %w", i, err)
		}
		flat, err := result.Data()
		if err != nil {
			return nil, fmt.Errorf("simd: output %d: %w", i, err)
		}
		own := e.backend.newBuffer(shape.Clone())
		dtypes.CopyAnySlice(flatAt(own.block.start, shape), flat)
		outputs[i] = own
		if err := result.Finalize(); err != nil {
			return nil, fmt.Errorf("simd: output %d: %w", i, err)
		}
	}
	return outputs, nil
}
