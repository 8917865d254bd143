package simd

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
)

// Function implements [compute.Function]: a list of nodes in an order in which they can run.
type Function struct {
	notimplemented.Function

	builder *Builder
	name    string
	parent  *Function // of a closure
	twin    compute.Function

	nodes      []*node
	parameters []*value
	outputs    []*value
	returned   bool
}

var _ compute.Function = (*Function)(nil)

// node is one recorded operation.
type node struct {
	op       compute.OpType
	fn       *Function
	inputs   []*value
	closures []*Function // functions that the operation calls
	outputs  []*value

	// attributes are the operation's settings, of a type of its own.
	attributes any

	// emit records the operation in another function, of any backend.
	emit emitter
}

// emitter records an operation in g with the values in, which stand for the inputs of a node, and the functions fns,
// which stand for its closures.
type emitter func(g compute.Function, in []compute.Value, fns []compute.Function) ([]compute.Value, error)

// value is one output of a node; it is what this backend's [compute.Value]s are.
type value struct {
	node  *node
	index int // among the outputs of the node
	shape shapes.Shape
	twin  compute.Value
}

// parameterAttributes are those of compute.OpTypeParameter.
type parameterAttributes struct {
	name  string
	index int
}

// constantAttributes are those of compute.OpTypeConstant.
type constantAttributes struct {
	flat any // a slice that the node owns
}

// Name returns the name of the function, empty for a closure.
func (f *Function) Name() string { return f.name }

// Builder returns the builder that the function belongs to.
func (f *Function) Builder() compute.Builder { return f.builder }

// Parent returns the function that a closure was made in, otherwise nil.
func (f *Function) Parent() compute.Function {
	if f.parent == nil {
		return nil
	}
	return f.parent
}

// Closure returns a new function that may use the values of f.
func (f *Function) Closure() (compute.Function, error) {
	if err := f.checkOpen("Closure"); err != nil {
		return nil, err
	}
	twin, err := f.twin.Closure()
	if err != nil {
		return nil, fmt.Errorf("simd: closure in function %q: %w", f.name, err)
	}
	return f.builder.newFunction("", f, twin), nil
}

// Shape returns the shape of a value.
func (f *Function) Shape(v compute.Value) (shapes.Shape, error) { return f.builder.OpShape(v) }

// Parameter adds an input of the function.
func (f *Function) Parameter(name string, shape shapes.Shape, sharding *compute.ShardingSpec) (compute.Value, error) {
	attributes := parameterAttributes{name: name, index: len(f.parameters)}
	outputs, err := f.record(&node{
		op:         compute.OpTypeParameter,
		attributes: attributes,
		emit: one(func(g compute.Function, _ []compute.Value) (compute.Value, error) {
			return g.Parameter(name, shape, sharding)
		}),
	})
	if err != nil {
		return nil, err
	}
	f.parameters = append(f.parameters, outputs[0].(*value))
	f.builder.dynamic = f.builder.dynamic || slices.Contains(shape.Dimensions, shapes.DynamicDim)
	return outputs[0], nil
}

// Constant adds a value that is known now: a copy of flat.
func (f *Function) Constant(flat any, dims ...int) (compute.Value, error) {
	flatType := reflect.TypeOf(flat)
	if flatType == nil || flatType.Kind() != reflect.Slice {
		return nil, fmt.Errorf("simd: constant from a %T: want a slice", flat)
	}
	dtype := dtypes.FromGoType(flatType.Elem())
	if dtype == dtypes.InvalidDType {
		return nil, fmt.Errorf("simd: constant from a %T: its elements are of no type that tensors have", flat)
	}
	own := dtypes.MakeAnySlice(dtype, reflect.ValueOf(flat).Len())
	dtypes.CopyAnySlice(own, flat)
	dims = slices.Clone(dims)
	return f.recordOne(&node{
		op:         compute.OpTypeConstant,
		attributes: constantAttributes{flat: own},
		emit: one(func(g compute.Function, _ []compute.Value) (compute.Value, error) {
			return g.Constant(own, dims...)
		}),
	})
}

// Return sets the outputs of the function, which cannot be changed after it.
func (f *Function) Return(outputs []compute.Value, shardings []*compute.ShardingSpec) error {
	if err := f.checkOpen("Return"); err != nil {
		return err
	}
	values, twins, err := f.values("Return", outputs)
	if err != nil {
		return err
	}
	if err := f.twin.Return(twins, shardings); err != nil {
		return fmt.Errorf("simd: Return of function %q: %w", f.name, err)
	}
	f.outputs, f.returned = values, true
	return nil
}

func (f *Function) checkOpen(what string) error {
	switch {
	case f.builder.compiled:
		return fmt.Errorf("simd: %s in function %q: computation %q is compiled already", what, f.name, f.builder.name)
	case f.returned:
		return fmt.Errorf("simd: %s in function %q: it has returned already", what, f.name)
	}
	return nil
}

// values checks that the operands belong to f or to a function around it, and returns them with their twins.
func (f *Function) values(what string, operands []compute.Value) (own []*value, twins []compute.Value, err error) {
	own, twins = make([]*value, len(operands)), make([]compute.Value, len(operands))
	for i, operand := range operands {
		v, ok := operand.(*value)
		if !ok {
			return nil, nil, fmt.Errorf("simd: operand %d of %s is a %T, not a value of this backend", i, what, operand)
		}
		scope := f
		for scope != nil && scope != v.node.fn {
			scope = scope.parent
		}
		if scope == nil {
			return nil, nil, fmt.Errorf("simd: operand %d of %s in function %q is of function %q, out of its reach",
				i, what, f.name, v.node.fn.name)
		}
		own[i], twins[i] = v, v.twin
	}
	return own, twins, nil
}

// record adds a node with the given operands; the node's op, attributes, closures and emit are set. It returns the
// values of an earlier node where that computes the same.
func (f *Function) record(n *node, operands ...compute.Value) ([]compute.Value, error) {
	if err := f.checkOpen(n.op.String()); err != nil {
		return nil, err
	}
	inputs, twins, err := f.values(n.op.String(), operands)
	if err != nil {
		return nil, err
	}
	closures := make([]compute.Function, len(n.closures))
	for i, closure := range n.closures {
		closures[i] = closure.twin
	}
	outputs, err := n.emit(f.twin, twins, closures)
	if err != nil {
		return nil, fmt.Errorf("simd: %w", err)
	}
	if known := f.known(outputs); known != nil {
		return known, nil
	}
	n.fn, n.inputs = f, inputs
	n.outputs = make([]*value, len(outputs))
	values := make([]compute.Value, len(outputs))
	for i, twin := range outputs {
		shape, err := f.twin.Shape(twin)
		if err != nil {
			return nil, fmt.Errorf("simd: shape of output %d of %s: %w", i, n.op, err)
		}
		v := &value{node: n, index: i, shape: shape, twin: twin}
		n.outputs[i], values[i] = v, v
		f.builder.byTwin[twin] = v
	}
	f.nodes = append(f.nodes, n)
	return values, nil
}

// known returns the values that are recorded for the twins, or nil if one is new.
func (f *Function) known(twins []compute.Value) []compute.Value {
	values := make([]compute.Value, len(twins))
	for i, twin := range twins {
		v, ok := f.builder.byTwin[twin]
		if !ok {
			return nil
		}
		values[i] = v
	}
	return values
}

// recordOne is record for an operation with one output.
func (f *Function) recordOne(n *node, operands ...compute.Value) (compute.Value, error) {
	outputs, err := f.record(n, operands...)
	if err != nil {
		return nil, err
	}
	return outputs[0], nil
}

// one makes an emitter of a function with one output and no closures.
func one(emit func(g compute.Function, in []compute.Value) (compute.Value, error)) emitter {
	return func(g compute.Function, in []compute.Value, _ []compute.Function) ([]compute.Value, error) {
		output, err := emit(g, in)
		return []compute.Value{output}, err
	}
}

// many makes an emitter of a function with several outputs and no closures.
func many(emit func(g compute.Function, in []compute.Value) ([]compute.Value, error)) emitter {
	return func(g compute.Function, in []compute.Value, _ []compute.Function) ([]compute.Value, error) {
		return emit(g, in)
	}
}
