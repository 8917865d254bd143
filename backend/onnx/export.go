// Package onnx writes GoMLX graphs as ONNX models, which onnxruntime and other tools run.
//
// A graph is built on a backend that computes nothing and writes down each operation as an operator of ONNX
// (opset 17). Weights become constants of the model. Supported is what the models of this module use when
// they are applied: element-wise operations, comparisons, products, convolutions, reductions, maximum
// pooling, and those that move elements. Gradients, random numbers and control flow are not.
package onnx

import (
	"fmt"
	"io"

	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	gomlx "github.com/gomlx/gomlx/ml/model"
)

// Tensor is the name and shape of a model's input.
type Tensor struct {
	Name  string
	Shape shapes.Shape
}

// Write writes the graph that build makes of its inputs as an ONNX file, with these names for the outputs.
// The weights are those in store, which must not be used otherwise meanwhile. The file is written
// atomically. Errors name the operation that ONNX, or this package, does not have.
func Write(path string, store *gomlx.Store, inputs []Tensor, outputs []string, build func(in []*graph.Node) []*graph.Node) error {
	m, err := record(store, inputs, outputs, build)
	if err == nil {
		err = atomicfile.WriteFrom(path, func(w io.Writer) error { return m.encode(w) })
	}
	if err != nil {
		return fmt.Errorf("write ONNX model %s: %w", path, err)
	}
	return nil
}

// record builds the graph on a recorder.
func record(store *gomlx.Store, inputs []Tensor, outputs []string, build func(in []*graph.Node) []*graph.Node) (m *model, err error) {
	constant := store.VariablesAsConst()
	store.WithVariableAsConst(true)
	defer store.WithVariableAsConst(constant)
	r := &recorder{}
	defer func() { // GoMLX panics while it builds a graph that cannot be
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%v", fault)
		}
	}()
	exec, err := gomlx.NewExec(r, store, func(_ *gomlx.Scope, in []*graph.Node) []*graph.Node { return build(in) })
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	var sizes []shapes.Shape
	for _, in := range inputs {
		sizes = append(sizes, in.Shape)
	}
	if _, err := exec.Compile(sizes...); err != nil {
		return nil, err
	}
	return r.model(inputs, outputs)
}

// model names what was recorded.
func (r *recorder) model(inputs []Tensor, outputs []string) (*model, error) {
	f := r.last
	if f == nil || len(f.parameters) != len(inputs) || len(f.outputs) != len(outputs) {
		return nil, fmt.Errorf("the graph does not have %d inputs and %d outputs", len(inputs), len(outputs))
	}
	for i, in := range inputs {
		f.parameters[i].name = in.Name
	}
	m := &model{operators: f.operators, inputs: f.parameters}
	for i, out := range f.outputs {
		// An output of its own, for one value may be several outputs, or an input.
		named := &value{name: outputs[i], shape: out.shape}
		m.operators = append(m.operators, &operator{kind: "Identity", inputs: []*value{out}, output: named})
		m.outputs = append(m.outputs, named)
	}
	return m, nil
}
