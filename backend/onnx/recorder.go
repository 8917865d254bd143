package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
)

// recorder is a backend that writes operations down.
type recorder struct {
	notimplemented.Backend
	last *function // of the graph compiled last
}

func (r *recorder) Name() string                   { return "onnx" }
func (r *recorder) String() string                 { return "onnx" }
func (r *recorder) Description() string            { return "records graphs as ONNX models" }
func (r *recorder) Builder(string) compute.Builder { return &builder{recorder: r} }

// builder records one graph.
type builder struct {
	notimplemented.Builder
	recorder *recorder
	main     *function
}

func (b *builder) Name() string { return "onnx" }

func (b *builder) Main() compute.Function {
	if b.main == nil {
		b.main = &function{builder: b}
		b.main.ErrFn = unsupported
	}
	return b.main
}

func (b *builder) OpShape(op compute.Value) (shapes.Shape, error) {
	v, ok := op.(*value)
	if !ok {
		return shapes.Invalid(), fmt.Errorf("a value of another graph: %v", op)
	}
	return v.shape, nil
}

func (b *builder) DeviceAssignment(...compute.DeviceNum) error { return nil }

// Compile ends the recording. What it returns cannot be run.
func (b *builder) Compile() (compute.Executable, error) {
	b.recorder.last = b.main
	return executable{b.main}, nil
}

// unsupported is the error for operations that are not recorded.
func unsupported(op compute.OpType) error {
	return fmt.Errorf("operation %v has no form in ONNX here: %w", op, compute.ErrNotImplemented)
}

// executable answers questions about a recorded graph.
type executable struct{ main *function }

func (e executable) Finalize() {}

func (e executable) Inputs() (names []string, inputShapes []shapes.Shape) {
	for _, p := range e.main.parameters {
		names = append(names, p.name)
		inputShapes = append(inputShapes, p.shape)
	}
	return names, inputShapes
}

func (e executable) Outputs() (outputShapes []shapes.Shape) {
	for _, out := range e.main.outputs {
		outputShapes = append(outputShapes, out.shape)
	}
	return outputShapes
}

func (e executable) Execute([]compute.Buffer, []bool, compute.DeviceNum) ([]compute.Buffer, error) {
	return nil, errors.New("a recorded graph cannot be run")
}

// function collects the operators of a graph.
type function struct {
	notimplemented.Function
	builder    *builder
	operators  []*operator
	parameters []*value
	outputs    []*value
	count      int // of values, for their names
}

func (f *function) Name() string             { return compute.MainName }
func (f *function) Parent() compute.Function { return nil }
func (f *function) Builder() compute.Builder { return f.builder }

func (f *function) Shape(v compute.Value) (shapes.Shape, error) { return f.builder.OpShape(v) }

func (f *function) Parameter(name string, shape shapes.Shape, _ *compute.ShardingSpec) (compute.Value, error) {
	if _, ok := elementTypes[shape.DType]; !ok {
		return nil, fmt.Errorf("input %s of type %v", name, shape.DType)
	}
	v := &value{name: name, shape: shape}
	f.parameters = append(f.parameters, v)
	return v, nil
}

func (f *function) Constant(flat any, dims ...int) (compute.Value, error) {
	dtype := dtypes.FromGoType(reflect.TypeOf(flat).Elem())
	if _, ok := elementTypes[dtype]; !ok {
		return nil, fmt.Errorf("a constant of type %v", dtype)
	}
	data, err := binary.Append(nil, binary.LittleEndian, flat)
	if err != nil {
		return nil, fmt.Errorf("a constant of %v: %w", dtype, err)
	}
	return f.constant(data, shapes.Make(dtype, dims...)), nil
}

func (f *function) Return(outputs []compute.Value, _ []*compute.ShardingSpec) error {
	for _, out := range outputs {
		f.outputs = append(f.outputs, out.(*value))
	}
	return nil
}

// name makes a new name.
func (f *function) name(prefix string) string {
	f.count++
	return fmt.Sprintf("%s_%d", prefix, f.count)
}

func (f *function) constant(data []byte, shape shapes.Shape) *value {
	if data == nil {
		data = []byte{}
	}
	return &value{name: f.name("constant"), shape: shape, constant: data}
}

// integers is a constant vector, as operators take axes and sizes.
func (f *function) integers(values ...int) *value {
	var data []byte
	for _, n := range values {
		data = binary.LittleEndian.AppendUint64(data, uint64(n))
	}
	return f.constant(data, shapes.Make(dtypes.Int64, len(values)))
}

// operator records an operator and returns its result.
func (f *function) operator(kind string, shape shapes.Shape, attributes map[string]any, inputs ...*value) *value {
	out := &value{name: f.name(kind), shape: shape}
	f.operators = append(f.operators, &operator{kind: kind, inputs: inputs, output: out, attributes: attributes})
	return out
}
