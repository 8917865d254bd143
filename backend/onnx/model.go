package onnx

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Versions of the format that are written: of the file, and of the set of operators. Runtimes since 2022 know both.
const (
	irVersion    = 8
	opsetVersion = 17
)

// value is a tensor that an operator makes, an input, or a constant.
type value struct {
	name     string
	shape    shapes.Shape
	constant []byte // little-endian elements; nil for what is computed
}

// operator is a node of an ONNX graph.
type operator struct {
	kind       string
	inputs     []*value
	output     *value
	attributes map[string]any // int, []int, float32
}

// elementTypes are the numbers of the element types in the format.
var elementTypes = map[dtypes.DType]int64{
	dtypes.Float32: 1, dtypes.Uint8: 2, dtypes.Int8: 3, dtypes.Uint16: 4, dtypes.Int16: 5, dtypes.Int32: 6,
	dtypes.Int64: 7, dtypes.Bool: 9, dtypes.Float64: 11, dtypes.Uint32: 12, dtypes.Uint64: 13,
}

// model is a graph of operators in an order in which they can be run.
type model struct {
	operators       []*operator
	inputs, outputs []*value
}

// encode writes the model, without what its outputs do not depend on.
func (m *model) encode(w io.Writer) error {
	graph := &message{}
	needed, constants := m.needed()
	for _, op := range needed {
		graph.message(1, op.message())
	}
	graph.text(2, "dataprism")
	for _, c := range constants {
		graph.message(5, c.tensor())
	}
	for _, in := range m.inputs {
		graph.message(11, in.info())
	}
	for _, out := range m.outputs {
		graph.message(12, out.info())
	}
	opset := &message{}
	opset.integer(2, opsetVersion)
	whole := &message{}
	whole.integer(1, irVersion)
	whole.text(2, "dataprism")
	whole.message(7, graph)
	whole.message(8, opset)
	if whole.size > math.MaxInt32 {
		return fmt.Errorf("the model takes %d bytes, an ONNX file may have 2^31-1", whole.size)
	}
	return whole.writeTo(w)
}

// needed returns the operators, in order, and the constants that the outputs depend on.
func (m *model) needed() (operators []*operator, constants []*value) {
	used := map[*value]bool{}
	for _, out := range m.outputs {
		used[out] = true
	}
	for i := len(m.operators) - 1; i >= 0; i-- {
		op := m.operators[i]
		if !used[op.output] {
			continue
		}
		operators = append(operators, op)
		for _, in := range op.inputs {
			if in.constant != nil && !used[in] {
				constants = append(constants, in)
			}
			used[in] = true
		}
	}
	slices.Reverse(operators)
	slices.Reverse(constants)
	return operators, constants
}

func (op *operator) message() *message {
	m := &message{}
	for _, in := range op.inputs {
		m.text(1, in.name)
	}
	m.text(2, op.output.name)
	m.text(4, op.kind)
	for _, name := range slices.Sorted(maps.Keys(op.attributes)) {
		m.message(5, attribute(name, op.attributes[name]))
	}
	return m
}

// attribute is a named constant of an operator.
func attribute(name string, v any) *message {
	const typeFloat, typeInt, typeInts = 1, 2, 7
	m := &message{}
	m.text(1, name)
	switch v := v.(type) {
	case float32:
		m.float(2, v)
		m.integer(20, typeFloat)
	case int:
		m.integer(3, int64(v))
		m.integer(20, typeInt)
	case []int:
		for _, n := range v {
			m.integer(8, int64(n))
		}
		m.integer(20, typeInts)
	}
	return m
}

// tensor is a constant with its elements.
func (v *value) tensor() *message {
	m := &message{}
	for _, d := range v.shape.Dimensions {
		m.integer(1, int64(d))
	}
	m.integer(2, elementTypes[v.shape.DType])
	m.text(8, v.name)
	m.bytes(9, v.constant)
	return m
}

// info is the name, type and shape of an input or an output.
func (v *value) info() *message {
	shape := &message{}
	for _, d := range v.shape.Dimensions {
		dimension := &message{}
		dimension.integer(1, int64(d))
		shape.message(1, dimension)
	}
	tensor := &message{}
	tensor.integer(1, elementTypes[v.shape.DType])
	tensor.message(2, shape)
	kind := &message{}
	kind.message(1, tensor)
	m := &message{}
	m.text(1, v.name)
	m.message(2, kind)
	return m
}
