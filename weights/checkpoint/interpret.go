package checkpoint

import (
	"errors"
	"fmt"
)

// interpret executes the instructions with which a pickle names classes and functions and applies them. Nothing is
// called: those that describe tensors are understood, and all others give an object that only remembers its class.
func (m *machine) interpret(op opcode) error {
	switch op {
	case opGlobal:
		module, err := m.source.line()
		if err != nil {
			return err
		}
		name, err := m.source.line()
		return first(err, m.spend(len(module)+len(name)), m.push(global{module, name}))
	case opStackGlobal:
		values, err := m.popMany(2)
		if err != nil {
			return err
		}
		module, isText := values[0].(string)
		name, isText2 := values[1].(string)
		if !isText || !isText2 {
			return errors.New("the name of a class is no text")
		}
		return m.push(global{module, name})
	case opReduce, opNewObj:
		values, err := m.popMany(2)
		if err != nil {
			return err
		}
		return m.apply(values[0], values[1])
	case opNewObjEx: // class, arguments, named arguments
		values, err := m.popMany(3)
		if err != nil {
			return err
		}
		return m.apply(values[0], values[1])
	case opBuild: // sets attributes of the object below
		values, err := m.popMany(2)
		if err != nil {
			return err
		}
		made, state := values[0], values[1]
		if o, ok := made.(*object); ok {
			if attributes, ok := state.(*dict); ok && len(o.content.items) == 0 {
				o.content = attributes
			}
		}
		return m.push(made)
	case opBinPersID:
		reference, err := m.pop()
		if err != nil {
			return err
		}
		s, err := parseStorage(reference)
		if err != nil {
			return err
		}
		if known, ok := m.storages[s.key]; ok && *known != *s {
			return fmt.Errorf("storage %.20q is described in two ways", s.key)
		}
		m.storages[s.key] = s
		return first(m.spend(costContainer+costMemo), m.push(s))
	}
	return errUnknown
}

// apply pushes what class would make of arguments.
func (m *machine) apply(class, arguments any) error {
	if err := m.spend(costContainer); err != nil {
		return err
	}
	args, isTuple := arguments.(tuple)
	if !isTuple {
		return errors.New("the arguments of a class or function are " + describe(arguments))
	}
	switch class {
	case global{"collections", "OrderedDict"}:
		return m.orderedDict(args)
	case global{"torch._utils", "_rebuild_tensor"}, global{"torch._utils", "_rebuild_tensor_v2"}:
		view, err := parseTensor(args)
		return first(err, m.push(view))
	case global{"torch._utils", "_rebuild_parameter"}:
		if len(args) > 0 {
			if view, ok := args[0].(*tensorView); ok {
				return m.push(view)
			}
		}
		return errors.New("a parameter is not made of a tensor")
	}
	return m.push(&object{class: class, content: &dict{}})
}

// orderedDict makes a dictionary, empty or of one list of pairs.
func (m *machine) orderedDict(args tuple) error {
	made := &dict{}
	if len(args) > 0 {
		pairs, ok := args[0].(*list)
		if !ok {
			return errors.New("an ordered dictionary is made of " + describe(args[0]))
		}
		for _, pair := range pairs.items {
			var key, value any
			switch pair := pair.(type) {
			case tuple:
				if len(pair) != 2 {
					return errOdd
				}
				key, value = pair[0], pair[1]
			case *list:
				if len(pair.items) != 2 {
					return errOdd
				}
				key, value = pair.items[0], pair.items[1]
			default:
				return errOdd
			}
			if err := m.spend(costContainer); err != nil {
				return err
			}
			made.set(key, value)
		}
	}
	return m.push(made)
}

// parseStorage understands the reference ("storage", class, key, device, number of elements); older files add a view
// into another storage, which is None in all but very old ones.
func parseStorage(reference any) (*storage, error) {
	parts, _ := reference.(tuple)
	if len(parts) < 5 {
		return nil, errors.New("an outside reference is not one to a storage")
	}
	kind, ok1 := parts[1].(global)
	key, ok2 := parts[2].(string)
	count, ok3 := parts[4].(int64)
	if parts[0] != any("storage") || !ok1 || !ok2 || !ok3 {
		return nil, errors.New("an outside reference is not one to a storage")
	}
	if count < 0 {
		return nil, fmt.Errorf("storage %.20q has %d elements", key, count)
	}
	if len(parts) > 5 && parts[5] != nil {
		return nil, fmt.Errorf("storage %.20q is a view of another storage: save the checkpoint again with a newer PyTorch", key)
	}
	return &storage{kind, key, count}, nil
}

// parseTensor understands (storage, offset, shape, stride, ...).
func parseTensor(args tuple) (*tensorView, error) {
	if len(args) < 4 {
		return nil, errors.New("a tensor is described by too few values")
	}
	s, ok := args[0].(*storage)
	if !ok {
		return nil, errors.New("a tensor's storage is " + describe(args[0]))
	}
	offset, ok := args[1].(int64)
	if !ok {
		return nil, errors.New("a tensor's offset is " + describe(args[1]))
	}
	if offset < 0 {
		return nil, fmt.Errorf("a tensor starts at element %d of its storage", offset)
	}
	shape, err := parseIntegers(args[2])
	if err != nil {
		return nil, fmt.Errorf("a tensor's shape: %w", err)
	}
	stride, err := parseIntegers(args[3])
	if err != nil {
		return nil, fmt.Errorf("a tensor's strides: %w", err)
	}
	if len(shape) != len(stride) {
		return nil, fmt.Errorf("a tensor has %d axes and %d strides", len(shape), len(stride))
	}
	return &tensorView{s, offset, shape, stride}, nil
}

// parseIntegers returns the numbers of a tuple, each from 0 to 2^63-1.
func parseIntegers(v any) ([]int64, error) {
	const maxAxes = 64
	values, ok := v.(tuple)
	if !ok || len(values) > maxAxes {
		return nil, errors.New("not a tuple of a few numbers")
	}
	numbers := make([]int64, len(values))
	for i, value := range values {
		number, ok := value.(int64)
		if !ok || number < 0 {
			return nil, errors.New("not a tuple of numbers from 0")
		}
		numbers[i] = number
	}
	return numbers, nil
}
