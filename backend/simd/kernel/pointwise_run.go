package kernel

import "unsafe"

// execution is one call of Run.
type execution struct {
	f       *Pointwise
	pass    *pass
	outputs []unsafe.Pointer
	inputs  []unsafe.Pointer
	inPlace []bool    // for each plain output of the pass: steps write it themselves
	partial *growable // results of the segments
	task    func(worker, task int)
}

// walker is the state of one task.
type walker struct {
	pass   *pass
	layout *layout
	vector *vectorTable
	memory *growable
	ptr    []unsafe.Pointer // of each slot
	inc    []uintptr        // whether it advances
	offset []int            // of each cursor, in bytes
	loaded []int            // for each load, the offset whose value is in the slot
	rows   []int            // and how many rows of it
	along  int              // index on the layout's axis of that name
	call   call

	_ [lineBytes]byte // what lies behind is on another cache line
}

// Run executes the program. outputs and inputs point to the elements with index 0 on every axis, in the program's
// order; memory is as the program's kinds and strides say. An output may be the same memory as an input of the same
// kind that is dense in the program's order; apart from that they must not overlap. A nil pool runs on the caller.
// Run allocates nothing once it has run as often side by side as it ever will.
func (f *Pointwise) Run(p *Pool, outputs, inputs []unsafe.Pointer) {
	e := f.executions.get()
	if e.task == nil {
		e.f, e.task = f, e.runTask
	}
	e.outputs = append(e.outputs[:0], outputs[:f.outputs]...)
	e.inputs = append(e.inputs[:0], inputs[:f.inputs]...)
	for _, ps := range f.passes {
		e.runPass(p, ps)
	}
	clear(e.outputs)
	clear(e.inputs)
	e.pass = nil
	f.executions.put(e)
}

func (e *execution) runPass(p *Pool, ps *pass) {
	if product(ps.layout.dims) == 0 {
		for i := range ps.folds {
			f := &ps.folds[i]
			fill(floatsAt(e.outputs[f.output], f.size), f.kind.identity())
		}
		return
	}
	e.pass = ps
	e.inPlace = e.inPlace[:0]
	for i := range ps.full {
		e.inPlace = append(e.inPlace, ps.full[i].inPlace(e.outputs, e.inputs))
	}
	if ps.segments > 1 {
		e.partial = e.f.kernels.scratch.get(0)
		e.partial.grow(ps.segments * ps.partial)
	}
	if ps.tasks == 1 {
		e.runTask(0, 0)
	} else {
		p.Run(ps.tasks, e.task)
	}
	if ps.segments > 1 {
		e.join()
		e.f.kernels.scratch.put(0, e.partial)
		e.partial = nil
	}
}

// inPlace reports whether the step that computes the output may write it at once: no later step reads an input that
// it overwrites.
func (s *store) inPlace(outputs, inputs []unsafe.Pointer) bool {
	if !s.direct {
		return false
	}
	for i, last := range s.lastly {
		if last > s.def && inputs[i] == outputs[s.output] {
			return false
		}
	}
	return true
}

// join combines the results of the segments in their order.
func (e *execution) join() {
	ps := e.pass
	w := e.f.walker(0, ps)
	for i := range ps.folds {
		f := &ps.folds[i]
		first := unsafe.Pointer(&e.partial.floats[f.partial])
		for s := 1; s < ps.segments; s++ {
			w.combine(f, first, unsafe.Pointer(&e.partial.floats[s*ps.partial+f.partial]), 1, f.size)
		}
		w.copy(e.outputs[f.output], first, 1, f.size)
	}
	e.f.dismiss(0, w)
}

// walker returns a state for one task of a pass on a worker.
func (f *Pointwise) walker(worker int, ps *pass) *walker {
	w := ps.walkers.get(worker)
	if w.pass == nil {
		w.init(ps, f.kernels.vector)
	}
	w.memory = f.kernels.scratch.get(worker)
	w.memory.grow(max(1, ps.scratch))
	for i := range ps.loads {
		w.loaded[i], w.rows[i] = -1, 0
		if ld := &ps.loads[i]; ld.how != direct {
			w.ptr[ld.slot] = w.at(ld.offset)
		}
	}
	for _, place := range ps.fixed {
		w.ptr[place.slot] = w.at(place.offset)
	}
	return w
}

// init makes the state of a pass.
func (w *walker) init(ps *pass, t *vectorTable) {
	w.pass, w.layout, w.vector = ps, &ps.layout, t
	w.ptr = ownLines[unsafe.Pointer](ps.slots)
	w.inc = ownLines[uintptr](ps.slots)
	w.offset = ownLines[int](len(ps.cursors))
	w.loaded = ownLines[int](len(ps.loads))
	w.rows = ownLines[int](len(ps.loads))
	for i := range w.inc {
		w.inc[i] = 1
	}
	for i := range ps.loads {
		if ps.loads[i].how == repeat {
			w.inc[ps.loads[i].slot] = 0
		}
	}
	for i := range ps.consts {
		w.inc[ps.consts[i].slot] = 0
		w.ptr[ps.consts[i].slot] = ps.consts[i].place()
	}
}

// dismiss gives a walker and its memory back, and lets go of the operands.
func (f *Pointwise) dismiss(worker int, w *walker) {
	ps := w.pass
	f.kernels.scratch.put(worker, w.memory)
	w.memory = nil
	for i := range ps.loads {
		w.ptr[ps.loads[i].slot] = nil
	}
	for _, place := range ps.fixed {
		w.ptr[place.slot] = nil
	}
	w.call = call{}
	ps.walkers.put(worker, w)
}

// at returns the scratch memory at an offset in floats.
func (w *walker) at(offset int) unsafe.Pointer {
	return unsafe.Pointer(&w.memory.floats[offset])
}

// runTask computes one part of the grid.
func (e *execution) runTask(worker, task int) {
	ps := e.pass
	l := &ps.layout
	w := e.f.walker(worker, ps)
	if ps.segments == 1 {
		for kept := l.kept * task / ps.tasks; kept < l.kept*(task+1)/ps.tasks; kept++ {
			e.runKept(w, kept, 0, l.folded, -1)
		}
	} else {
		kept, segment := task/ps.segments, task%ps.segments
		e.runKept(w, kept, l.folded*segment/ps.segments, l.folded*(segment+1)/ps.segments, segment)
	}
	e.f.dismiss(worker, w)
}

// runKept computes the blocks from first to end that belong to one position of the kept axes, and what they are
// reduced to.
func (e *execution) runKept(w *walker, kept, first, end, segment int) {
	ps := e.pass
	l := &ps.layout
	rows, full := 0, l.blockLen()
	for folded := first; folded < end; folded++ {
		rows = w.seek(kept, folded)
		n := rows * l.inner
		if !l.reduced[l.split] {
			full = n // a tile of a kept axis is equally short in all blocks
		}
		e.runBlock(w, rows, n)
		for i := range ps.folds {
			f := &ps.folds[i]
			if f.levels > 0 {
				w.accumulate(f, folded-first, n, full)
			} else {
				w.finish(f, e.result(w, f, segment), w.ptr[f.slot], w.inc[f.slot], false, rows, n)
			}
		}
		e.storeBlock(w, n)
	}
	for i := range ps.folds {
		if f := &ps.folds[i]; f.levels > 0 {
			w.finish(f, e.result(w, f, segment), w.total(f, end-first, full), 1, true, rows, full)
		}
	}
}

// result returns where the results of the walker's position go: to the output, or to the part of a segment.
func (e *execution) result(w *walker, f *reduced, segment int) unsafe.Pointer {
	base := e.outputs[f.output]
	if segment >= 0 {
		base = unsafe.Pointer(&e.partial.floats[segment*e.pass.partial+f.partial])
	}
	return unsafe.Add(base, w.offset[f.cursor])
}

// seek moves all cursors to a block and returns the rows of its tile.
func (w *walker) seek(kept, folded int) (rows int) {
	l := w.layout
	rows = l.chunk
	clear(w.offset)
	for g := len(l.grid) - 1; g >= 0; g-- {
		a := &l.grid[g]
		rest := &kept
		if l.reduced[a.axis] {
			rest = &folded
		}
		index := *rest
		if index >= a.size {
			index %= a.size
			*rest /= a.size
		} else {
			*rest = 0
		}
		if a.axis == l.along {
			w.along = index
		}
		if a.split {
			rows = min(rows, l.dims[a.axis]-index*l.chunk)
		}
		for i, c := range w.pass.cursors {
			w.offset[i] += index * c[g]
		}
	}
	return rows
}

// runBlock loads and computes one block.
func (e *execution) runBlock(w *walker, rows, n int) {
	ps := e.pass
	for i := range ps.loads {
		ld := &ps.loads[i]
		offset := w.offset[ld.cursor]
		at := unsafe.Add(e.inputs[ld.input], offset)
		if ld.how == direct {
			w.ptr[ld.slot] = at
			continue
		}
		if ld.how == staged {
			w.stage(ld, i, at, offset, n)
			continue
		}
		if w.rows[i] >= rows && w.loaded[i] == offset {
			continue // the operand repeats itself from block to block
		}
		w.load(ld, at, rows, n)
		w.loaded[i], w.rows[i] = offset, rows
	}
	for i, inPlace := range e.inPlace {
		if s := &ps.full[i]; inPlace {
			w.ptr[s.slot] = unsafe.Add(e.outputs[s.output], w.offset[s.cursor])
		}
	}
	c := &w.call
	c.n = n
	for i := range ps.steps {
		s := &ps.steps[i]
		c.dst = w.ptr[s.dst]
		c.a, c.stepA = w.ptr[s.a], w.inc[s.a]
		c.b, c.stepB = w.ptr[s.b], w.inc[s.b]
		c.c, c.stepC = w.ptr[s.c], w.inc[s.c]
		s.run(c)
	}
}

// storeBlock writes the outputs that the steps have not written themselves.
func (e *execution) storeBlock(w *walker, n int) {
	ps := e.pass
	for i, inPlace := range e.inPlace {
		if inPlace {
			continue
		}
		s := &ps.full[i]
		c := &w.call
		c.dst = unsafe.Add(e.outputs[s.output], w.offset[s.cursor])
		c.a, c.stepA, c.n = w.ptr[s.slot], w.inc[s.slot], n
		switch s.kind {
		case Bool:
			w.vector.storeBool(c)
		case I32:
			w.vector.storeI32(c)
		default:
			w.vector.ops[OpCopy](c)
		}
	}
}
