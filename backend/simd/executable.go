package simd

import (
	"fmt"
	"sync"
	"time"
	"unsafe"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// Executable implements [compute.Executable]: a schedule of steps over planned memory. It may be executed from
// several goroutines at once; each execution has memory of its own, which the next one uses again.
type Executable struct {
	backend *Backend
	name    string

	inputNames   []string
	inputShapes  []shapes.Shape
	outputShapes []shapes.Shape

	steps   []step
	tensors []*tensor
	plan    *plan
	profile *profile // nil unless the backend keeps profiles

	mu        sync.Mutex
	idle      []*frame
	finalized bool
}

var _ compute.Executable = (*Executable)(nil)

// frame is the memory of one execution.
type frame struct {
	backend *Backend
	memory  []unsafe.Pointer // of each tensor
	arena   *memoryBlock
	inputs  []*Buffer
	taken   []bool // inputs whose memory an output has taken over
	shared  []bool // inputs whose memory is that of another input, too
	owner   map[*memoryBlock]int

	// operands and results are the arguments of the step that runs.
	operands, results []unsafe.Pointer
}

// compileSchedule turns a function into an executable.
func compileSchedule(b *Backend, fn *Function) (*Executable, error) {
	l := &lowering{backend: b, fn: fn, views: make(map[*value]view)}
	if err := l.lower(); err != nil {
		return nil, err
	}
	l.fuse()
	e := &Executable{backend: b, name: fn.builder.name}
	for _, p := range fn.parameters {
		e.inputNames = append(e.inputNames, p.node.attributes.(parameterAttributes).name)
		e.inputShapes = append(e.inputShapes, p.shape)
	}
	for _, out := range fn.outputs {
		e.outputShapes = append(e.outputShapes, out.shape)
	}
	e.tensors = l.tensors
	e.plan = planMemory(l.items, l.tensors, len(e.inputShapes), len(e.outputShapes))
	for _, it := range l.items {
		s, err := it.build(b)
		if err != nil {
			return nil, fmt.Errorf("simd: computation %q: %w", e.name, err)
		}
		e.steps = append(e.steps, s)
	}
	if b.profiling {
		e.profile = newProfile()
	}
	return e, nil
}

// build makes the step of an item.
func (it *item) build(b *Backend) (step, error) {
	switch {
	case it.step != nil:
		if p, ok := it.step.(preparedStep); ok {
			return it.step, p.prepare(b)
		}
		return it.step, nil
	case it.region != nil:
		return it.region.step(b.twin, it.writes)
	}
	program, err := b.kernels.Compile(it.fragment.program())
	if err != nil {
		return nil, err
	}
	return &pointwiseStep{fragment: it.fragment, program: program}, nil
}

// pointwiseStep runs a fragment.
type pointwiseStep struct {
	fragment *fragment
	program  *kernel.Pointwise
}

func (s *pointwiseStep) kind() string {
	for _, out := range s.fragment.outputs {
		if out.axes != nil {
			return "reduce"
		}
	}
	return "pointwise"
}

func (s *pointwiseStep) run(x *frame) error {
	x.operands, x.results = x.operands[:0], x.results[:0]
	for i := range s.fragment.inputs {
		x.operands = append(x.operands, s.fragment.inputs[i].address(x))
	}
	for i := range s.fragment.outputs {
		x.results = append(x.results, x.memory[s.fragment.outputs[i].tensor.id])
	}
	s.program.Run(x.backend.pool, x.results, x.operands)
	return nil
}

func (s *pointwiseStep) String() string { return s.kind() + " " + s.fragment.String() }

// Finalize lets go of the executable's memory.
func (e *Executable) Finalize() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.idle, e.finalized = nil, true
}

// Inputs returns the names and shapes of the parameters.
func (e *Executable) Inputs() (names []string, inputShapes []shapes.Shape) {
	return e.inputNames, e.inputShapes
}

// Outputs returns the shapes of the outputs.
func (e *Executable) Outputs() []shapes.Shape { return e.outputShapes }

// Execute runs the computation. Inputs that are donated must not be used after it: an output may have their memory.
func (e *Executable) Execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) (outputs []compute.Buffer, err error) {
	if device != 0 {
		return nil, fmt.Errorf("simd: computation %q on device %d: there is only device 0", e.name, device)
	}
	if len(inputs) != len(e.inputShapes) || len(donate) != 0 && len(donate) != len(inputs) {
		return nil, fmt.Errorf("simd: computation %q takes %d inputs; %d and %d donations given",
			e.name, len(e.inputShapes), len(inputs), len(donate))
	}
	x, err := e.acquire()
	if err != nil {
		return nil, err
	}
	defer e.release(x)
	if err := e.bindInputs(x, inputs); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			outputs, err = nil, fmt.Errorf("simd: computation %q: %v", e.name, r)
		}
	}()
	results := e.bindOutputs(x, donate)
	for _, s := range e.steps {
		if e.profile != nil {
			start := time.Now()
			err = s.run(x)
			e.profile.add(s, time.Since(start))
		} else {
			err = s.run(x)
		}
		if err != nil {
			return nil, fmt.Errorf("computation %q: %w", e.name, err)
		}
	}
	for i := range donate {
		if donate[i] {
			if !x.taken[i] && x.inputs[i].block != nil {
				e.backend.memory.put(x.inputs[i].block)
			}
			x.inputs[i].block = nil
		}
	}
	return results, nil
}

// ownBuffer returns a buffer as this backend's.
func (b *Backend) ownBuffer(buffer compute.Buffer) (*Buffer, error) {
	own, ok := buffer.(*Buffer)
	switch {
	case !ok || own == nil || own.backend != b:
		return nil, fmt.Errorf("it is no buffer of this backend")
	case own.block == nil:
		return nil, fmt.Errorf("it is finalized or was donated")
	}
	return own, nil
}

// acquire returns a frame that no other execution uses.
func (e *Executable) acquire() (*frame, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.finalized || e.backend.IsFinalized() {
		return nil, fmt.Errorf("simd: computation %q is finalized", e.name)
	}
	if last := len(e.idle) - 1; last >= 0 {
		x := e.idle[last]
		e.idle = e.idle[:last]
		return x, nil
	}
	x := &frame{
		backend: e.backend,
		memory:  make([]unsafe.Pointer, len(e.tensors)),
		arena:   newMemoryBlock(e.plan.arena, 0),
		inputs:  make([]*Buffer, len(e.inputShapes)),
		taken:   make([]bool, len(e.inputShapes)),
		shared:  make([]bool, len(e.inputShapes)),
		owner:   make(map[*memoryBlock]int, len(e.inputShapes)),
	}
	for i, t := range e.tensors {
		switch t.home {
		case inArena:
			x.memory[i] = unsafe.Add(x.arena.start, t.offset)
		case inConstant:
			x.memory[i] = t.data
		}
	}
	return x, nil
}

// release gives a frame back.
func (e *Executable) release(x *frame) {
	clear(x.inputs)
	clear(x.taken)
	clear(x.shared)
	clear(x.owner)
	for i, t := range e.tensors {
		if t.home == inInput || t.home == inOutput {
			x.memory[i] = nil
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.finalized {
		e.idle = append(e.idle, x)
	}
}

// bindInputs checks the inputs and points their tensors to them.
func (e *Executable) bindInputs(x *frame, inputs []compute.Buffer) error {
	for i, input := range inputs {
		own, err := e.backend.ownBuffer(input)
		if err != nil {
			return fmt.Errorf("simd: computation %q, input %d (%s): %w", e.name, i, e.inputNames[i], err)
		}
		if !own.shape.Equal(e.inputShapes[i]) {
			return fmt.Errorf("simd: computation %q, input %d (%s): its shape is %s, the parameter's %s",
				e.name, i, e.inputNames[i], own.shape, e.inputShapes[i])
		}
		x.inputs[i] = own
		if first, ok := x.owner[own.block]; ok {
			x.shared[first], x.shared[i] = true, true
		} else {
			x.owner[own.block] = i
		}
	}
	for i, t := range e.tensors {
		if t.home == inInput {
			x.memory[i] = x.inputs[t.slot].block.start
		}
	}
	return nil
}

// bindOutputs returns the output buffers, in the memory of donated inputs where that is planned, and points their
// tensors to them.
func (e *Executable) bindOutputs(x *frame, donate []bool) []compute.Buffer {
	outputs := make([]compute.Buffer, len(e.outputShapes))
	for slot, shape := range e.outputShapes {
		own := &Buffer{backend: e.backend, shape: shape}
		for _, donor := range e.plan.donors[slot] {
			if len(donate) > 0 && donate[donor] && !x.taken[donor] && !x.shared[donor] {
				own.block, x.taken[donor] = x.inputs[donor].block, true
				break
			}
		}
		if own.block == nil {
			own.block = e.backend.memory.get(byteSize(shape))
		}
		outputs[slot] = own
	}
	for i, t := range e.tensors {
		if t.home == inOutput {
			x.memory[i] = outputs[t.slot].(*Buffer).block.start
		}
	}
	return outputs
}
