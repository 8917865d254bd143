package network

import (
	"errors"
	"fmt"
)

// graphModel is what an ONNX file says.
type graphModel struct {
	nodes     []node
	constants map[string]constant
	inputs    []argument // those that are no constants
	outputs   []string
}

// node is an operation.
type node struct {
	kind            string
	inputs, outputs []string
	attributes      map[string]attribute
}

// attribute is a setting of an operation.
type attribute struct {
	f      float32
	i      int64
	s      string
	t      *constant
	floats []float32
	ints   []int64
}

// argument is an input of the model; a size of -1 is open.
type argument struct {
	name string
	kind int64
	dims []int64
}

// parse reads a model.
func parse(data []byte) (*graphModel, error) {
	m := &graphModel{constants: map[string]constant{}}
	found := false
	err := fields(data, func(f field) error {
		if f.number != 7 || f.bytes == nil {
			return nil
		}
		found = true
		return m.graph(f.bytes)
	})
	switch {
	case err != nil:
		return nil, err
	case !found || len(m.nodes) == 0:
		return nil, errors.New("it holds no graph: it is no ONNX model")
	case len(m.inputs) != 1:
		return nil, fmt.Errorf("it has %d inputs, but one, of images, is needed", len(m.inputs))
	case len(m.outputs) == 0:
		return nil, errors.New("it has no outputs")
	}
	return m, nil
}

func (m *graphModel) graph(data []byte) error {
	var inputs []argument
	err := fields(data, func(f field) error {
		var err error
		switch f.number {
		case 1:
			var n node
			if n, err = parseNode(f.bytes); err == nil {
				m.nodes = append(m.nodes, n)
			}
		case 5:
			var c constant
			var name string
			if name, c, err = parseConstant(f.bytes); err != nil {
				return fmt.Errorf("the weight %q: %w", name, err)
			}
			m.constants[name] = c
		case 11:
			var a argument
			if a, err = parseArgument(f.bytes); err == nil {
				inputs = append(inputs, a)
			}
		case 12:
			var a argument
			if a, err = parseArgument(f.bytes); err == nil {
				m.outputs = append(m.outputs, a.name)
			}
		}
		return err
	})
	for _, a := range inputs {
		if _, constant := m.constants[a.name]; !constant {
			m.inputs = append(m.inputs, a)
		}
	}
	return err
}

func parseNode(data []byte) (node, error) {
	n := node{attributes: map[string]attribute{}}
	domain := ""
	err := fields(data, func(f field) error {
		switch f.number {
		case 1:
			n.inputs = append(n.inputs, string(f.bytes))
		case 2:
			n.outputs = append(n.outputs, string(f.bytes))
		case 4:
			n.kind = string(f.bytes)
		case 5:
			name, a, err := parseAttribute(f.bytes)
			if err != nil {
				return err
			}
			n.attributes[name] = a
		case 7:
			domain = string(f.bytes)
		}
		return nil
	})
	if domain != "" && domain != "ai.onnx" {
		n.kind = domain + "." + n.kind
	}
	return n, err
}

func parseAttribute(data []byte) (name string, a attribute, err error) {
	err = fields(data, func(f field) error {
		var err error
		switch f.number {
		case 1:
			name = string(f.bytes)
		case 2:
			var list []float32
			if list, err = f.floats(nil); err == nil && len(list) == 1 {
				a.f = list[0]
			}
		case 3:
			a.i = int64(f.value)
		case 4:
			a.s = string(f.bytes)
		case 5:
			var c constant
			if _, c, err = parseConstant(f.bytes); err == nil {
				a.t = &c
			}
		case 7:
			a.floats, err = f.floats(a.floats)
		case 8:
			a.ints, err = f.integers(a.ints)
		}
		return err
	})
	return name, a, err
}

// parseArgument reads a ValueInfoProto: name, and within its type of a tensor the kind of elements and the sizes.
func parseArgument(data []byte) (a argument, err error) {
	err = fields(data, func(f field) error {
		switch f.number {
		case 1:
			a.name = string(f.bytes)
		case 2:
			return fields(f.bytes, func(f field) error {
				if f.number != 1 {
					return nil
				}
				return fields(f.bytes, func(f field) error {
					switch f.number {
					case 1:
						a.kind = int64(f.value)
					case 2:
						return a.shape(f.bytes)
					}
					return nil
				})
			})
		}
		return nil
	})
	return a, err
}

func (a *argument) shape(data []byte) error {
	return fields(data, func(f field) error {
		if f.number != 1 {
			return nil
		}
		size := int64(-1)
		err := fields(f.bytes, func(f field) error {
			if f.number == 1 && f.bytes == nil {
				size = int64(f.value)
			}
			return nil
		})
		a.dims = append(a.dims, size)
		return err
	})
}
