package simd

import (
	"slices"

	"github.com/dataprism/dataprism/backend/simd/kernel"
)

// recompute lets later fragments compute cheap values again from what is kept anyway, instead of keeping them too:
// the backward pass of max(x, 0.01*x) then reads x alone.
func (f *fusion) recompute() {
	for _, it := range f.items {
		if it == nil || it.fragment == nil {
			continue
		}
		for again := true; again; {
			again = false
			for o := range it.fragment.outputs {
				if f.recomputeOutput(it, o) {
					again = true
					break
				}
			}
		}
	}
}

// recomputeOutput makes the readers of an output compute it themselves, if all can, and reports whether the output
// was removed.
func (f *fusion) recomputeOutput(it *item, o int) bool {
	again, sources := it.fragment.expression(o)
	if again == nil {
		return false
	}
	t := it.fragment.outputs[o].tensor
	readers := slices.Clone(f.readers[t])
	for _, reader := range readers {
		if reader.fragment == nil {
			return false
		}
		for _, u := range sources {
			if !f.aliveAt(u, reader) {
				return false
			}
		}
	}
	defer func() { f.producer[t] = it }()
	for _, reader := range readers {
		from := &item{fragment: again.withDims(again.dims)}
		f.producer[t] = from
		if !f.mergeFragments(from, reader) {
			return false
		}
		reader.fragment.outputs = slices.DeleteFunc(reader.fragment.outputs, func(out fragmentOutput) bool { return out.tensor == t })
		reader.fragment.prune()
		reader.updateTensors()
		f.readers[t] = slices.DeleteFunc(f.readers[t], func(r *item) bool { return r == reader })
		for _, u := range sources {
			if !slices.Contains(f.readers[u], reader) {
				f.readers[u] = append(f.readers[u], reader)
			}
		}
	}
	it.fragment.outputs = slices.Delete(it.fragment.outputs, o, o+1)
	it.fragment.prune()
	it.updateTensors()
	return true
}

// expression returns a fragment that computes an output of p from tensors that are kept, and these, if one cheap
// operation does that; otherwise nil.
func (p *fragment) expression(o int) (*fragment, []*tensor) {
	out := p.outputs[o]
	if out.axes != nil || out.register < 0 || out.tensor.home != inArena || len(p.outputs) == 1 {
		return nil, nil
	}
	in := p.instrs[out.register]
	if !isCheap(in.op) && !(isModerate(in.op) && out.tensor.bytes() >= cachedBytes) {
		return nil, nil
	}
	f := &fragment{dims: []int{out.tensor.size}}
	var sources []*tensor
	args := in.operands()
	for i, r := range args {
		if x, ok := p.constantOf(r); ok {
			args[i] = f.literal(x)
			continue
		}
		u := p.keptAs(r, o)
		if u == nil {
			return nil, nil
		}
		args[i] = f.operand(whole(u, f.dims))
		sources = append(sources, u)
	}
	if len(sources) == 0 {
		return nil, nil
	}
	f.store(f.add(in), out.tensor)
	return f, sources
}

// keptAs returns a tensor, other than output o, that holds a register.
func (p *fragment) keptAs(r register, o int) *tensor {
	if i := r.input(); i >= 0 {
		if in := p.inputs[i]; in.covers() && isRegister(in.tensor.dtype) {
			return in.tensor
		}
		return nil
	}
	for i, out := range p.outputs {
		if i != o && out.register == r && out.axes == nil && isRegister(out.tensor.dtype) {
			return out.tensor
		}
	}
	return nil
}

// aliveAt reports whether a tensor is kept until the item runs, whoever reads it.
func (f *fusion) aliveAt(t *tensor, it *item) bool {
	if t.home == inConstant || t.home == inOutput {
		return true
	}
	return slices.ContainsFunc(f.readers[t], func(r *item) bool { return r.position >= it.position })
}

// cachedBytes is the size from which on a tensor is not expected to be in the cache any more when it is read much
// later.
const cachedBytes = 1 << 20

// isModerate reports whether an operation takes less time than reading its result from main memory, and writing it
// there before.
func isModerate(op kernel.Op) bool {
	switch op {
	case kernel.OpExp, kernel.OpTanh, kernel.OpLogistic, kernel.OpSqrt, kernel.OpDiv:
		return true
	}
	return false
}

// isCheap reports whether an operation takes less time than reading its result from memory.
func isCheap(op kernel.Op) bool {
	switch op {
	case kernel.OpCopy, kernel.OpNeg, kernel.OpAbs, kernel.OpSquare, kernel.OpNot,
		kernel.OpAdd, kernel.OpSub, kernel.OpMul, kernel.OpMax, kernel.OpMin,
		kernel.OpEq, kernel.OpNe, kernel.OpLt, kernel.OpLe, kernel.OpGt, kernel.OpGe,
		kernel.OpAnd, kernel.OpOr, kernel.OpXor, kernel.OpSelect:
		return true
	}
	return false
}
