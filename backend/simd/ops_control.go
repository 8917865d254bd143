package simd

import (
	"fmt"

	"github.com/gomlx/compute"
)

// Calls, loops, branches and sorting: the operations that run other functions.

// ownFunctions checks that functions given to an operation are of this computation and complete.
func (f *Function) ownFunctions(op compute.OpType, given ...compute.Function) ([]*Function, error) {
	own := make([]*Function, len(given))
	for i, g := range given {
		fn, ok := g.(*Function)
		if !ok || fn == nil || fn.builder != f.builder {
			return nil, fmt.Errorf("simd: function %d of %s is not of computation %q", i, op, f.builder.name)
		}
		if !fn.returned {
			return nil, fmt.Errorf("simd: function %d of %s: call its Return first", i, op)
		}
		own[i] = fn
	}
	return own, nil
}

// Call records the operations of target with inputs in place of its parameters.
func (f *Function) Call(target compute.Function, inputs ...compute.Value) ([]compute.Value, error) {
	fns, err := f.ownFunctions(compute.OpTypeCall, target)
	if err != nil {
		return nil, err
	}
	fn := fns[0]
	if len(inputs) != len(fn.parameters) {
		return nil, fmt.Errorf("simd: Call of function %q with %d inputs: it has %d parameters",
			fn.name, len(inputs), len(fn.parameters))
	}
	own, _, err := f.values("Call", inputs)
	if err != nil {
		return nil, err
	}
	inlined := make(map[*value]compute.Value, len(fn.nodes))
	for i, p := range fn.parameters {
		if !p.shape.Equal(own[i].shape) {
			return nil, fmt.Errorf("simd: Call of function %q: input %d has shape %s, its parameter %s",
				fn.name, i, own[i].shape, p.shape)
		}
		inlined[p] = own[i]
	}
	for _, n := range fn.nodes {
		if len(n.closures) > 0 {
			// A closure refers to the values of fn itself: keep the call.
			return f.record(&node{op: compute.OpTypeCall, closures: fns,
				emit: func(g compute.Function, in []compute.Value, fns []compute.Function) ([]compute.Value, error) {
					return g.Call(fns[0], in...)
				}}, inputs...)
		}
	}
	for _, n := range fn.nodes {
		if n.op == compute.OpTypeParameter {
			continue
		}
		operands := make([]compute.Value, len(n.inputs))
		for i, in := range n.inputs {
			operands[i] = inlined[in]
		}
		outputs, err := f.record(&node{op: n.op, attributes: n.attributes, emit: n.emit}, operands...)
		if err != nil {
			return nil, fmt.Errorf("simd: Call of function %q: %w", fn.name, err)
		}
		for i, v := range n.outputs {
			inlined[v] = outputs[i]
		}
	}
	outputs := make([]compute.Value, len(fn.outputs))
	for i, v := range fn.outputs {
		outputs[i] = inlined[v]
	}
	return outputs, nil
}

// Sort implements [compute.Function].
func (f *Function) Sort(comparator compute.Function, axis int, stable bool, inputs ...compute.Value) ([]compute.Value, error) {
	fns, err := f.ownFunctions(compute.OpTypeSort, comparator)
	if err != nil {
		return nil, err
	}
	return f.record(&node{op: compute.OpTypeSort, closures: fns,
		emit: func(g compute.Function, in []compute.Value, fns []compute.Function) ([]compute.Value, error) {
			return g.Sort(fns[0], axis, stable, in...)
		}}, inputs...)
}

// While implements [compute.Function].
func (f *Function) While(condition, body compute.Function, state ...compute.Value) ([]compute.Value, error) {
	fns, err := f.ownFunctions(compute.OpTypeWhile, condition, body)
	if err != nil {
		return nil, err
	}
	return f.record(&node{op: compute.OpTypeWhile, closures: fns,
		emit: func(g compute.Function, in []compute.Value, fns []compute.Function) ([]compute.Value, error) {
			return g.While(fns[0], fns[1], in...)
		}}, state...)
}

// If implements [compute.Function].
func (f *Function) If(condition compute.Value, onTrue, onFalse compute.Function) ([]compute.Value, error) {
	fns, err := f.ownFunctions(compute.OpTypeIf, onTrue, onFalse)
	if err != nil {
		return nil, err
	}
	return f.record(&node{op: compute.OpTypeIf, closures: fns,
		emit: func(g compute.Function, in []compute.Value, fns []compute.Function) ([]compute.Value, error) {
			return g.If(in[0], fns[0], fns[1])
		}}, condition)
}
