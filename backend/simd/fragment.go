package simd

import (
	"slices"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute/dtypes"
)

// fragment is element-wise work over an index space, possibly with reductions at its end: a [kernel.Program] before
// it is compiled. Fragments start as single operations and grow by merging.
type fragment struct {
	dims    []int
	inputs  []view // all with the fragment's dims
	instrs  []instruction
	outputs []fragmentOutput
}

// register names a value of a fragment: i is instruction i, -1-i is input i.
type register int

func inputRegister(i int) register { return register(-1 - i) }

// input returns which input the register is, or -1.
func (r register) input() int {
	if r < 0 {
		return int(-1 - r)
	}
	return -1
}

type instruction struct {
	op      kernel.Op
	args    [3]register
	literal float32 // kernel.OpConst
}

// operands returns the registers that the instruction reads.
func (in *instruction) operands() []register { return in.args[:in.op.Operands()] }

type fragmentOutput struct {
	register register
	tensor   *tensor
	reduce   kernel.Reduction
	axes     []bool // which of the fragment's are reduced; nil if none
}

// isRegister reports whether elements of a type fit the registers of programs. Of the int32 numbers only those up to
// 2**24 do so exactly: see lowerConvert.
func isRegister(dtype dtypes.DType) bool {
	return dtype == dtypes.Float32 || dtype == dtypes.Bool
}

// kindOf returns how a program reads and writes elements of a type.
func kindOf(dtype dtypes.DType) kernel.Kind {
	switch dtype {
	case dtypes.Bool:
		return kernel.Bool
	case dtypes.Int32:
		return kernel.I32
	default:
		return kernel.F32
	}
}

// operand adds a view to the fragment and returns its register. Elements that are known and equal become a constant.
func (f *fragment) operand(v view) register {
	if splat := v.tensor.splat; splat != nil {
		return f.literal(*splat)
	}
	v = v.broadcastTo(f.dims)
	for i, in := range f.inputs {
		if sameView(in, v) {
			return inputRegister(i)
		}
	}
	f.inputs = append(f.inputs, v)
	return inputRegister(len(f.inputs) - 1)
}

func sameView(a, b view) bool {
	if a.tensor != b.tensor || a.offset != b.offset {
		return false
	}
	for axis, d := range a.dims {
		if d != 1 && a.strides[axis] != b.strides[axis] {
			return false
		}
	}
	return true
}

// literal returns a register with a constant.
func (f *fragment) literal(x float32) register {
	return f.add(instruction{op: kernel.OpConst, literal: x})
}

// apply adds an operation and returns its register.
func (f *fragment) apply(op kernel.Op, args ...register) register {
	in := instruction{op: op}
	copy(in.args[:], args)
	return f.add(in)
}

func (f *fragment) add(in instruction) register {
	for i, known := range f.instrs {
		if known == in && in.literal == in.literal {
			return register(i)
		}
	}
	f.instrs = append(f.instrs, in)
	return register(len(f.instrs) - 1)
}

// store makes a register the contents of a tensor.
func (f *fragment) store(r register, t *tensor) {
	f.outputs = append(f.outputs, fragmentOutput{register: r, tensor: t})
}

// copyFragment copies a view to a tensor.
func copyFragment(from view, to *tensor) *fragment {
	f := &fragment{dims: from.dims}
	f.store(f.operand(from), to)
	return f
}

// updateTensors sets what an item of element-wise work reads and writes.
func (it *item) updateTensors() {
	it.reads, it.writes = nil, nil
	for _, in := range it.fragment.inputs {
		if !slices.Contains(it.reads, in.tensor) {
			it.reads = append(it.reads, in.tensor)
		}
	}
	for _, out := range it.fragment.outputs {
		it.writes = append(it.writes, out.tensor)
	}
}

// program returns the fragment as the kernels take it.
func (f *fragment) program() kernel.Program {
	p := kernel.Program{Dims: f.dims}
	for _, in := range f.inputs {
		p.Inputs = append(p.Inputs, kernel.Operand{Kind: kindOf(in.tensor.dtype), Strides: in.strides})
	}
	index := func(r register) int {
		if i := r.input(); i >= 0 {
			return i
		}
		return len(f.inputs) + int(r)
	}
	for _, in := range f.instrs {
		k := kernel.Instr{Op: in.op, Const: in.literal}
		for i, to := range []*int{&k.A, &k.B, &k.C}[:in.op.Operands()] {
			*to = index(in.args[i])
		}
		p.Instrs = append(p.Instrs, k)
	}
	for _, out := range f.outputs {
		p.Outputs = append(p.Outputs, kernel.Output{
			Register: index(out.register), Kind: kindOf(out.tensor.dtype), Reduce: out.reduce, Axes: out.axes})
	}
	return p
}
