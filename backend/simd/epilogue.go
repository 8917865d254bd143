package simd

import (
	"slices"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute/dtypes"
)

// epilogueStep is a step that can add a bias to each column of its result and apply an activation before it stores
// it.
type epilogueStep interface {
	step
	// product returns the tensor that is computed and its sizes: all rows of all matrices, and columns.
	product() (t *tensor, rows, cols int)
	setTensor(t *tensor)
	setBias(bias view)
	setActivation(a kernel.Activation, alpha float32)
}

func (s *dotStep) product() (*tensor, int, int) {
	return s.c.view.tensor, s.batch * s.c.rows, s.c.cols
}
func (s *dotStep) setTensor(t *tensor) { s.c.view.tensor = t }
func (s *dotStep) setBias(bias view)   { s.bias = &bias }
func (s *dotStep) setActivation(a kernel.Activation, alpha float32) {
	s.epilogue.Activation, s.epilogue.Alpha = a, alpha
}

func (s *convStep) product() (*tensor, int, int) {
	return s.c.tensor, s.c.size() / s.geometry.OutC, s.geometry.OutC
}
func (s *convStep) setTensor(t *tensor) { s.c.tensor = t }
func (s *convStep) setBias(bias view)   { s.bias = &bias }
func (s *convStep) setActivation(a kernel.Activation, alpha float32) {
	s.epilogue.Activation, s.epilogue.Alpha = a, alpha
}

// absorbEpilogues moves bias and activation from fragments into the products and convolutions that feed them.
func (f *fusion) absorbEpilogues() {
	for _, it := range f.items {
		if it == nil {
			continue
		}
		s, ok := it.step.(epilogueStep)
		if conv, isConv := it.step.(*convStep); !ok || isConv && conv.form != convOutput {
			continue
		}
		t, rows, cols := s.product()
		if t.home != inArena || len(f.readers[t]) != 1 {
			continue
		}
		next := f.readers[t][0]
		if next.fragment == nil {
			continue
		}
		p := peeling{fusion: f, item: it, step: s, fragment: next.fragment, tensor: t, rows: rows, cols: cols}
		p.peel()
		if !p.found {
			continue
		}
		p.storeDirectly()
		next.fragment.prune()
		next.updateTensors()
		if len(next.fragment.outputs) == 0 {
			f.items[next.position] = nil
		}
	}
}

// peeling takes the first operations off a fragment that reads a product.
type peeling struct {
	fusion     *fusion
	item       *item
	step       epilogueStep
	fragment   *fragment
	tensor     *tensor
	rows, cols int
	found      bool
	register   register // of the product in the fragment, if it was found
}

// peel moves what it can.
func (p *peeling) peel() {
	for i, in := range p.fragment.inputs {
		if in.tensor != p.tensor {
			continue
		}
		if p.found || !in.covers() {
			p.found = false
			return
		}
		p.register, p.found = inputRegister(i), true
	}
	if p.found {
		p.peelBias()
		p.peelActivation()
	}
}

// users returns the instructions that read a register, and whether an output stores it.
func (p *peeling) users(r register) (users []int, stored bool) {
	for i := range p.fragment.instrs {
		if slices.Contains(p.fragment.instrs[i].operands(), r) {
			users = append(users, i)
		}
	}
	for _, out := range p.fragment.outputs {
		stored = stored || out.register == r
	}
	return users, stored
}

// become makes the product the value of an instruction.
func (p *peeling) become(done register) {
	for i := range p.fragment.instrs {
		args := p.fragment.instrs[i].operands()
		for j := range args {
			if args[j] == done {
				args[j] = p.register
			}
		}
	}
	for i := range p.fragment.outputs {
		if p.fragment.outputs[i].register == done {
			p.fragment.outputs[i].register = p.register
		}
	}
}

// peelBias moves an addition of one value a column.
func (p *peeling) peelBias() {
	users, stored := p.users(p.register)
	if stored || len(users) != 1 {
		return
	}
	add := p.fragment.instrs[users[0]]
	if add.op != kernel.OpAdd || add.args[0] == add.args[1] {
		return
	}
	other := add.args[0]
	if other == p.register {
		other = add.args[1]
	}
	i := other.input()
	if i < 0 || p.fragment.inputs[i].tensor.dtype != dtypes.Float32 {
		return
	}
	bias, ok := p.perColumn(p.fragment.inputs[i])
	if !ok {
		return
	}
	if from := p.fusion.producer[bias.tensor]; from != nil && from.position > p.item.position {
		return
	}
	p.step.setBias(bias)
	if !slices.Contains(p.item.reads, bias.tensor) {
		p.item.reads = append(p.item.reads, bias.tensor)
		p.fusion.readers[bias.tensor] = append(p.fusion.readers[bias.tensor], p.item)
	}
	p.become(register(users[0]))
}

// perColumn returns the values that a view has for the columns, if it repeats them in every row.
func (p *peeling) perColumn(v view) (view, bool) {
	dims, ok := refine(p.fragment.dims, []int{p.rows, p.cols})
	if !ok {
		return view{}, false
	}
	cut, ok := v.reshape(dims)
	if !ok {
		return view{}, false
	}
	stride := 1
	for axis := len(dims) - 1; axis >= 0; axis-- {
		want := 0
		if stride < p.cols {
			want = stride
		}
		if cut.strides[axis] != want {
			return view{}, false
		}
		stride *= dims[axis]
	}
	return view{tensor: v.tensor, offset: v.offset, dims: []int{p.cols}, strides: []int{1}}, true
}

// peelActivation moves a function of the product that nothing else reads.
func (p *peeling) peelActivation() {
	users, stored := p.users(p.register)
	if stored || len(users) == 0 || len(users) > 2 {
		return
	}
	instrs := p.fragment.instrs
	if len(users) == 1 {
		in := instrs[users[0]]
		switch in.op {
		case kernel.OpTanh:
			p.step.setActivation(kernel.Tanh, 0)
		case kernel.OpLogistic:
			p.step.setActivation(kernel.Sigmoid, 0)
		case kernel.OpMax:
			other := in.args[0]
			if other == p.register {
				other = in.args[1]
			}
			if x, ok := p.fragment.constantOf(other); !ok || x != 0 {
				return
			}
			p.step.setActivation(kernel.ReLU, 0)
		default:
			return
		}
		p.become(register(users[0]))
		return
	}
	// max(x, alpha*x) or x*sigmoid(x).
	inner, outer := instrs[users[0]], instrs[users[1]]
	innerUsers, innerStored := p.users(register(users[0]))
	if innerStored || len(innerUsers) != 1 || innerUsers[0] != users[1] {
		return
	}
	if !slices.Contains(outer.operands(), p.register) || !slices.Contains(outer.operands(), register(users[0])) {
		return
	}
	switch {
	case inner.op == kernel.OpLogistic && outer.op == kernel.OpMul:
		p.step.setActivation(kernel.SiLU, 0)
	case inner.op == kernel.OpMul && outer.op == kernel.OpMax:
		other := inner.args[0]
		if other == p.register {
			other = inner.args[1]
		}
		alpha, ok := p.fragment.constantOf(other)
		if !ok || alpha < 0 || alpha > 1 {
			return
		}
		p.step.setActivation(kernel.LeakyReLU, alpha)
	default:
		return
	}
	p.become(register(users[1]))
}

// storeDirectly makes the product's own tensor that of an output which is a copy of it.
func (p *peeling) storeDirectly() {
	next := p.fragment
	for i, out := range next.outputs {
		if out.register != p.register || out.axes != nil || out.tensor.dtype != dtypes.Float32 {
			continue
		}
		t := out.tensor
		p.step.setTensor(t)
		p.item.writes = []*tensor{t}
		p.fusion.producer[t] = p.item
		p.fusion.readers[t] = append(p.fusion.readers[t], p.fusion.readers[p.tensor]...)
		next.inputs[p.register.input()].tensor = t
		next.outputs = slices.Delete(next.outputs, i, i+1)
		return
	}
}

// constantOf returns the value of a register that is a constant.
func (f *fragment) constantOf(r register) (float32, bool) {
	if r >= 0 && f.instrs[r].op == kernel.OpConst {
		return f.instrs[r].literal, true
	}
	return 0, false
}

// prune removes instructions and inputs that no output depends on.
func (f *fragment) prune() {
	live := make([]bool, len(f.instrs))
	for _, out := range f.outputs {
		if out.register >= 0 {
			live[out.register] = true
		}
	}
	for i := len(f.instrs) - 1; i >= 0; i-- {
		if live[i] {
			for _, r := range f.instrs[i].operands() {
				if r >= 0 {
					live[r] = true
				}
			}
		}
	}
	place := make([]register, len(f.instrs))
	var kept []instruction
	for i, in := range f.instrs {
		if !live[i] {
			continue
		}
		args := in.operands()
		for j, r := range args {
			if r >= 0 {
				args[j] = place[r]
			}
		}
		place[i] = register(len(kept))
		kept = append(kept, in)
	}
	for i := range f.outputs {
		if r := f.outputs[i].register; r >= 0 {
			f.outputs[i].register = place[r]
		}
	}
	f.instrs = kept
	f.dropUnread()
	f.normalize()
}
