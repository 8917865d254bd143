package kernel

import (
	"slices"
	"unsafe"
)

// Pointwise is a compiled program. It may run from several goroutines at once.
type Pointwise struct {
	kernels    *Kernels
	passes     []*pass
	inputs     int
	outputs    int
	executions freeList[execution]
}

// pass is one walk over the index space: all outputs that are not reduced, or the outputs that are reduced over the
// same axes.
type pass struct {
	layout  layout
	loads   []load
	steps   []step
	full    []store
	folds   []reduced
	scratch int // floats of one task
	slots   int
	fixed   []placement // slots that lie in scratch memory
	consts  []constant
	cursors []cursor
	walkers nearList[walker]

	segments int // parts of the reduced grid
	tasks    int
	partial  int // floats of one segment's results over all folds
}

// placement is a slot in scratch memory. A slot holds where the value of a register lies and whether it advances;
// slots are numbered as registers are.
type placement struct{ slot, offset int }

// constant is a slot that holds one value.
type constant struct {
	slot   int
	memory *[2 * splat]float32
}

// step is one kernel call.
type step struct {
	run          kernelFunc
	dst, a, b, c int // slots; those that the operation does not read repeat a
}

// store is an output that keeps every element.
type store struct {
	output int
	slot   int
	kind   Kind
	cursor int
	def    int   // the step that computes the value, or -1
	direct bool  // the step may write to the output, unless a later one still reads that memory
	lastly []int // for each input of the program, the last step that reads its memory, or -1
}

// load brings an input to a slot.
type load struct {
	input   int
	slot    int
	kind    Kind
	cursor  int
	how     loading
	offset  int   // of the slot in scratch memory, unless direct
	strides []int // of the axes of the layout, in elements
}

type loading uint8

const (
	direct   loading = iota // kernels read the operand's memory
	repeat                  // one value for the whole block
	convert                 // a row of bytes or int32
	staged                  // transposed: some rows at a time
	gathered                // anything else
)

// Compile prepares a program for repeated execution: it merges axes, drops instructions that nobody reads, chooses
// blocks and places registers. A product that only an addition reads is rounded together with it, as OpFMA is. The
// error names the part of the program that is wrong.
func (k *Kernels) Compile(p Program) (*Pointwise, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	p.Instrs = fuseProducts(&p)
	f := &Pointwise{kernels: k, inputs: len(p.Inputs), outputs: len(p.Outputs)}
	// Outputs that are not reduced come last: they may overwrite inputs.
	var masks [][]bool
	groups := map[string][]int{}
	plain := []int(nil)
	for i, out := range p.Outputs {
		if out.Reduce == None {
			plain = append(plain, i)
			continue
		}
		key := maskKey(out.Axes)
		if groups[key] == nil {
			masks = append(masks, out.Axes)
		}
		groups[key] = append(groups[key], i)
	}
	for i, mask := range masks {
		outputs := groups[maskKey(mask)]
		if i == len(masks)-1 {
			outputs = append(outputs, plain...)
		}
		f.passes = append(f.passes, k.compilePass(&p, mask, outputs))
	}
	if len(masks) == 0 {
		f.passes = append(f.passes, k.compilePass(&p, make([]bool, len(p.Dims)), plain))
	}
	return f, nil
}

func maskKey(mask []bool) string {
	key := make([]byte, len(mask))
	for i, m := range mask {
		if m {
			key[i] = 1
		}
	}
	return string(key)
}

// compilePass plans the walk that computes some outputs, of which those that are reduced are reduced over the axes of
// mask.
func (k *Kernels) compilePass(p *Program, mask []bool, outputs []int) *pass {
	live := liveRegisters(p, outputs)
	strides := make([][]int, 0, len(p.Inputs))
	var used []int // the inputs that are read
	for i, in := range p.Inputs {
		if live[i] {
			used = append(used, i)
			strides = append(strides, in.Strides)
		}
	}
	// Outputs are dense, so they do not keep axes apart.
	dims, marks, strides := collapse(p.Dims, mask, strides)
	ps := &pass{layout: newLayout(dims, marks, transposedAlong(p, used, dims, strides)), slots: len(p.Inputs) + len(p.Instrs)}
	l := &ps.layout
	block := roundUp(l.blockLen(), splat)

	for i, input := range used {
		ps.addLoad(input, p.Inputs[input].Kind, strides[i], mustCopy(p, outputs, input))
	}
	ps.addSteps(k, p, live, outputs, block)
	for _, o := range outputs {
		out := p.Outputs[o]
		if out.Reduce == None {
			ps.addStore(p, o)
		} else {
			ps.addFold(k, out, o)
		}
	}
	ps.partition()
	return ps
}

// liveRegisters marks the registers that the outputs depend on.
func liveRegisters(p *Program, outputs []int) []bool {
	live := make([]bool, len(p.Inputs)+len(p.Instrs))
	for _, o := range outputs {
		live[p.Outputs[o].Register] = true
	}
	for i, in := range slices.Backward(p.Instrs) {
		if !live[len(p.Inputs)+i] {
			continue
		}
		for _, r := range in.operands() {
			live[r] = true
		}
	}
	return live
}

// cursor is how an operand moves along the axes of the grid, in bytes.
type cursor []int

// addCursor makes a cursor of an operand's strides along the layout's axes.
func (ps *pass) addCursor(strides []int, size int) (index int) {
	var c cursor
	for _, g := range ps.layout.grid {
		c = append(c, strides[g.axis]*g.step*size)
	}
	ps.cursors = append(ps.cursors, c)
	return len(ps.cursors) - 1
}

// reserve places n floats in the scratch memory of a task, on a cache line.
func (ps *pass) reserve(n int) (offset int) {
	offset = ps.scratch
	ps.scratch += roundUp(n, floatsPerLine)
	return offset
}

// mustCopy reports whether an input is stored as it is beside other outputs, one of which may overwrite it before it
// has been stored.
func mustCopy(p *Program, outputs []int, input int) bool {
	return len(outputs) > 1 && slices.ContainsFunc(outputs, func(o int) bool {
		return p.Outputs[o].Register == input && p.Outputs[o].Reduce == None
	})
}

// addLoad plans how an input reaches its slot.
func (ps *pass) addLoad(input int, kind Kind, strides []int, copied bool) {
	l := &ps.layout
	ld := load{input: input, slot: input, kind: kind, cursor: ps.addCursor(strides, kind.size()), strides: strides}
	switch {
	case l.constant(strides):
		ld.how = repeat
		ld.offset = ps.reserve(splat)
	case l.contiguous(strides) && kind == F32 && !copied:
		ld.how = direct
	case l.contiguous(strides) && kind != F32:
		ld.how = convert
		ld.offset = ps.reserve(l.blockLen())
	case l.along >= 0 && isTransposed(kind, l.dims, strides, l.along):
		ld.how = staged
		ld.offset = ps.reserve(stagedRows * roundUp(l.chunk, splat))
	default:
		ld.how = gathered
		ld.offset = ps.reserve(l.blockLen())
	}
	ps.loads = append(ps.loads, ld)
}

// addSteps plans the instructions that are live, and places their results in as few registers of one block as their
// lifetimes allow.
func (ps *pass) addSteps(k *Kernels, p *Program, live []bool, outputs []int, block int) {
	last := make([]int, ps.slots) // the last step that reads a register
	kept := make([]bool, ps.slots)
	for _, o := range outputs {
		kept[p.Outputs[o].Register] = true
	}
	var order []int
	for i, in := range p.Instrs {
		if !live[len(p.Inputs)+i] || in.Op == OpConst {
			continue
		}
		for _, r := range in.operands() {
			last[r] = len(order)
		}
		order = append(order, i)
	}
	var free []int // offsets of registers that are not in use
	held := map[int]int{}
	for i, in := range p.Instrs {
		if slot := len(p.Inputs) + i; live[slot] && in.Op == OpConst {
			ps.addConstant(slot, in.Const)
		}
	}
	for n, i := range order {
		in := p.Instrs[i]
		slot := len(p.Inputs) + i
		s := step{run: k.vector.ops[in.Op], dst: slot, a: in.A, b: in.A, c: in.A}
		operands := in.operands()
		if len(operands) > 1 {
			s.b = in.B
		}
		if len(operands) > 2 {
			s.c = in.C
		}
		for _, r := range operands {
			if offset, ok := held[r]; ok && last[r] == n && !kept[r] {
				free = append(free, offset)
				delete(held, r)
			}
		}
		var offset int
		if len(free) > 0 {
			offset = free[len(free)-1]
			free = free[:len(free)-1]
		} else {
			offset = ps.reserve(block)
		}
		held[slot] = offset
		ps.fixed = append(ps.fixed, placement{slot, offset})
		ps.steps = append(ps.steps, s)
	}
}

// addConstant places a value for the whole life of the program.
func (ps *pass) addConstant(slot int, x float32) {
	c := constant{slot: slot, memory: new([2 * splat]float32)}
	fill(c.memory[:], x)
	ps.consts = append(ps.consts, c)
}

// addStore plans an output that keeps every element.
func (ps *pass) addStore(p *Program, output int) {
	out := p.Outputs[output]
	dense := rowMajor(ps.layout.dims, func(int) bool { return true })
	s := store{output: output, slot: out.Register, kind: out.Kind, cursor: ps.addCursor(dense, out.Kind.size()), def: -1}
	s.lastly = make([]int, len(p.Inputs))
	for i := range s.lastly {
		s.lastly[i] = -1
	}
	for _, ld := range ps.loads {
		if ld.how != direct {
			continue
		}
		for n, st := range ps.steps {
			if st.a == ld.slot || st.b == ld.slot || st.c == ld.slot {
				s.lastly[ld.input] = n
			}
		}
		for _, other := range p.Outputs {
			if other.Register == ld.slot {
				s.lastly[ld.input] = len(ps.steps) // read after the steps
			}
		}
	}
	for n, st := range ps.steps {
		if st.dst == out.Register {
			s.def = n
			s.direct = out.Kind == F32
		}
	}
	for _, other := range ps.full {
		if other.slot == out.Register {
			s.direct = false // the other output has the value's only place
		}
	}
	ps.full = append(ps.full, s)
}

// place returns where the values of a constant lie: on a cache line.
func (c *constant) place() unsafe.Pointer {
	p := unsafe.Pointer(c.memory)
	return unsafe.Add(p, (64-uintptr(p)%64)%64)
}
