package simd

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
)

// Builder implements [compute.Builder].
//
// A graph is recorded twice: as nodes of this package, and in a builder of the Go backend, its twin. The twin checks
// arguments, infers shapes and merges operations that are recorded twice. It also is what runs, in whole, where a
// graph is of a kind that this backend does not schedule (dynamic shapes).
type Builder struct {
	notimplemented.Builder

	name    string
	backend *Backend
	twin    compute.Builder
	main    *Function
	names   map[string]bool

	// byTwin finds the value that a value of the twin stands for.
	byTwin   map[compute.Value]*value
	dynamic  bool // a parameter has a dimension that only an execution knows
	compiled bool
}

var _ compute.Builder = (*Builder)(nil)

// Builder returns a builder of a computation.
func (b *Backend) Builder(name string) compute.Builder {
	twin := b.twin.Builder(name)
	builder := &Builder{
		name:    name,
		backend: b,
		twin:    twin,
		names:   map[string]bool{compute.MainName: true},
		byTwin:  make(map[compute.Value]*value),
	}
	builder.main = builder.newFunction(compute.MainName, nil, twin.Main())
	return builder
}

// newFunction returns an empty function. What it has no method for is an error that says so.
func (b *Builder) newFunction(name string, parent *Function, twin compute.Function) *Function {
	f := &Function{builder: b, name: name, parent: parent, twin: twin}
	f.Function.ErrFn = func(op compute.OpType) error {
		return fmt.Errorf("simd: operation %s: %w", op, compute.ErrNotImplemented)
	}
	return f
}

// Name returns the name of the computation.
func (b *Builder) Name() string { return b.name }

// Main returns the function that is compiled.
func (b *Builder) Main() compute.Function { return b.main }

// NewFunction returns a new function that others can call. Its name must be unique in the computation.
func (b *Builder) NewFunction(name string) (compute.Function, error) {
	if name == "" || b.names[name] {
		return nil, fmt.Errorf("simd: new function %q of %q: the name must be new and not empty", name, b.name)
	}
	twin, err := b.twin.NewFunction(name)
	if err != nil {
		return nil, fmt.Errorf("simd: new function %q of %q: %w", name, b.name, err)
	}
	b.names[name] = true
	return b.newFunction(name, nil, twin), nil
}

// OpShape returns the shape of a value.
func (b *Builder) OpShape(op compute.Value) (shapes.Shape, error) {
	v, ok := op.(*value)
	if !ok || v.node.fn.builder != b {
		return shapes.Invalid(), fmt.Errorf("simd: shape of a %T that is no value of computation %q", op, b.name)
	}
	return v.shape, nil
}

// Compile turns the main function into an executable. The builder cannot be used after it.
func (b *Builder) Compile() (compute.Executable, error) {
	if b.compiled {
		return nil, fmt.Errorf("simd: computation %q is compiled already", b.name)
	}
	if !b.main.returned {
		return nil, fmt.Errorf("simd: computation %q: call Return on its main function before Compile", b.name)
	}
	b.compiled = true
	defer func() { b.twin, b.byTwin = nil, nil }()
	if b.dynamic {
		return delegateComputation(b)
	}
	return compileSchedule(b.backend, b.main)
}
