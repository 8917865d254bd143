package simd

import (
	"cmp"
	"maps"
	"slices"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute/dtypes"
)

const (
	// maxInstructions and maxOperands keep the registers of a program within the first-level cache.
	maxInstructions = 96
	maxOperands     = 32
)

// fusion merges items that feed each other.
//
// Every item has a position, and runs after all items before it. An item may be moved to the position of one that
// reads its results, and merged with it, when nobody else reads them before that position: so the order stays one in
// which the items can run, without looking for cycles.
type fusion struct {
	items    []*item // nil where an item has been merged into a later one
	producer map[*tensor]*item
	readers  map[*tensor][]*item
}

// fuse merges items where it can and returns them in the order of their positions.
func (l *lowering) fuse() {
	f := &fusion{items: l.items, producer: make(map[*tensor]*item), readers: make(map[*tensor][]*item)}
	for i, it := range f.items {
		it.position = i
		if it.fragment != nil {
			it.fragment.normalize()
		}
		for _, t := range it.writes {
			f.producer[t] = it
		}
		for _, t := range it.reads {
			f.readers[t] = append(f.readers[t], it)
		}
	}
	for i := range f.items {
		f.absorb(i)
	}
	for i := range f.items {
		f.hoist(i)
	}
	f.recompute()
	f.absorbEpilogues()
	f.advanceUpdates()
	l.items = slices.DeleteFunc(f.items, func(it *item) bool { return it == nil })
}

// hoist merges a reduction into the item that computes what is reduced, if that comes earlier only because others
// read it, too: a bias' gradient, for example, is summed while the gradient of the layer is computed.
func (f *fusion) hoist(i int) {
	it := f.items[i]
	if it == nil || it.fragment == nil || len(it.fragment.instrs) > 2 {
		return
	}
	for _, out := range it.fragment.outputs {
		if out.axes == nil {
			return
		}
	}
	var from *item
	for _, t := range it.reads {
		switch p := f.producer[t]; {
		case p == nil:
		case from == nil && p.fragment != nil:
			from = p
		case p != from:
			return
		}
	}
	if from == nil || from == it || !f.mergeFragments(from, it) {
		return
	}
	place := from.position
	f.replace(from, it)
	f.items[i], f.items[place] = nil, it
	it.position = place
}

// advanceUpdates moves what only computes outputs, such as the new value of a weight, to the place where its operands
// are known and nobody else reads the input that it may overwrite: gradients then are read while they are in the
// cache, and do not all have to be kept to the end.
func (f *fusion) advanceUpdates() {
	type placed struct {
		item *item
		key  int
	}
	var order []placed
	for i, it := range f.items {
		if it == nil {
			continue
		}
		key := 2 * i
		if it.fragment != nil && !slices.ContainsFunc(it.writes, func(t *tensor) bool { return t.home != inOutput }) {
			after := 0
			for _, t := range it.reads {
				if p := f.producer[t]; p != nil {
					after = max(after, p.position)
				}
				if t.home == inInput {
					for _, reader := range f.readers[t] {
						if reader != it {
							after = max(after, reader.position)
						}
					}
				}
			}
			if after < i {
				key = 2*after + 1
			}
		}
		order = append(order, placed{it, key})
	}
	slices.SortStableFunc(order, func(a, b placed) int { return cmp.Compare(a.key, b.key) })
	f.items = f.items[:0]
	for _, p := range order {
		f.items = append(f.items, p.item)
	}
}

// absorb merges into an item the items that feed it, and those that feed them.
func (f *fusion) absorb(i int) {
	it := f.items[i]
	for again := true; again; {
		again = false
		for _, t := range it.reads {
			from := f.producer[t]
			if from == nil || from == it || !f.movable(from, it) {
				continue
			}
			if it.fragment != nil && from.fragment != nil && f.mergeFragments(from, it) ||
				it.region != nil && from.region != nil && mergeRegions(from, it) {
				f.replace(from, it)
				again = true
				break
			}
		}
	}
}

// movable reports whether all readers of the results of from, but for it itself, run after it.
func (f *fusion) movable(from, it *item) bool {
	for _, t := range from.writes {
		for _, reader := range f.readers[t] {
			if reader != it && reader.position < it.position {
				return false
			}
		}
	}
	return true
}

// replace makes it the item that from was, after they have been merged: the results of from that nobody else reads
// vanish.
func (f *fusion) replace(from, it *item) {
	reads := slices.Clone(from.reads)
	for _, t := range append(reads, it.reads...) {
		f.readers[t] = slices.DeleteFunc(f.readers[t], func(r *item) bool { return r == from || r == it })
	}
	needed := func(t *tensor) bool { return t.home != inArena || len(f.readers[t]) > 0 }
	if it.fragment != nil {
		it.fragment.outputs = slices.DeleteFunc(it.fragment.outputs, func(o fragmentOutput) bool {
			return !needed(o.tensor) && slices.Contains(from.writes, o.tensor)
		})
		it.updateTensors()
	} else {
		merged := append(from.reads, it.reads...)
		produced := slices.Clone(from.writes)
		it.writes = append(slices.DeleteFunc(from.writes, func(t *tensor) bool { return !needed(t) }), it.writes...)
		it.reads = nil
		for _, t := range merged {
			if !slices.Contains(produced, t) && !slices.Contains(it.reads, t) {
				it.reads = append(it.reads, t)
			}
		}
	}
	for _, t := range it.reads {
		f.readers[t] = append(f.readers[t], it)
	}
	for _, t := range it.writes {
		f.producer[t] = it
	}
	f.items[from.position] = nil
}

// mergeFragments makes the work of from a part of that of it, and reports whether that is possible. All outputs are
// kept.
func (f *fusion) mergeFragments(from, it *item) bool {
	p, c := from.fragment, it.fragment
	if len(p.instrs)+len(c.instrs) > maxInstructions ||
		len(p.inputs)+len(c.inputs)+len(p.outputs)+len(c.outputs) > maxOperands {
		return false
	}
	for _, in := range c.inputs {
		if f.producer[in.tensor] == from && !(in.covers() && in.tensor.dtype != dtypes.Int32) {
			return false
		}
	}
	registerOf := make(map[*tensor]register)
	for _, out := range p.outputs {
		if out.reduce == kernel.None {
			registerOf[out.tensor] = out.register
		} else if slices.Contains(it.reads, out.tensor) {
			return false
		}
	}
	dims, ok := refine(p.dims, c.dims)
	if !ok || !sameReductions(p, c, dims) {
		return false
	}
	merged := p.withDims(dims)
	c = c.withDims(dims)
	registers := make([]register, len(c.inputs))
	for i, in := range c.inputs {
		if r, ok := registerOf[in.tensor]; ok {
			registers[i] = r
		} else {
			registers[i] = merged.operand(in)
		}
	}
	moved := make([]register, len(c.instrs))
	translate := func(r register) register {
		if i := r.input(); i >= 0 {
			return registers[i]
		}
		return moved[r]
	}
	for i, in := range c.instrs {
		for j := range in.operands() {
			in.args[j] = translate(in.args[j])
		}
		moved[i] = merged.add(in)
	}
	for _, out := range c.outputs {
		out.register = translate(out.register)
		merged.outputs = append(merged.outputs, out)
	}
	merged.dropUnread()
	merged.normalize()
	it.fragment = merged
	return true
}

// sameReductions reports whether the outputs of both fragments that are reduced are so over the same axes: one walk
// over memory then computes them all.
func sameReductions(p, c *fragment, dims []int) bool {
	var first []bool
	for _, f := range []*fragment{p.withDims(dims), c.withDims(dims)} {
		for _, out := range f.outputs {
			switch {
			case out.axes == nil:
			case first == nil:
				first = out.axes
			case !slices.Equal(first, out.axes):
				return false
			}
		}
	}
	return true
}

// dropUnread removes inputs that no instruction and no output reads.
func (f *fragment) dropUnread() {
	read := make([]bool, len(f.inputs))
	mark := func(r register) {
		if i := r.input(); i >= 0 {
			read[i] = true
		}
	}
	for i := range f.instrs {
		for _, r := range f.instrs[i].operands() {
			mark(r)
		}
	}
	for _, out := range f.outputs {
		mark(out.register)
	}
	place := make([]register, len(f.inputs))
	var kept []view
	for i, in := range f.inputs {
		if read[i] {
			place[i] = inputRegister(len(kept))
			kept = append(kept, in)
		}
	}
	move := func(r *register) {
		if i := r.input(); i >= 0 {
			*r = place[i]
		}
	}
	for i := range f.instrs {
		for j := range f.instrs[i].operands() {
			move(&f.instrs[i].args[j])
		}
	}
	for i := range f.outputs {
		move(&f.outputs[i].register)
	}
	f.inputs = kept
}

// mergeRegions makes the delegated nodes of from a part of those of it, and reports whether that is possible: nodes
// of it must read the results of from as they are, not in another shape.
func mergeRegions(from, it *item) bool {
	produced := make(map[*node]bool)
	for _, n := range from.region.nodes {
		produced[n] = true
	}
	for _, n := range it.region.nodes {
		for _, in := range operandsOf(n) {
			if slices.Contains(from.writes, it.region.places[in]) && !produced[in.node] {
				return false
			}
		}
	}
	merged := &delegation{nodes: append(slices.Clone(from.region.nodes), it.region.nodes...)}
	merged.places = maps.Clone(from.region.places)
	maps.Copy(merged.places, it.region.places)
	it.region = merged
	return true
}

// normalize drops axes of size one and merges neighbours that all views and reductions walk as one.
func (f *fragment) normalize() {
	var dims []int
	strides := make([][]int, len(f.inputs))
	masks := make([][]bool, len(f.outputs))
	for axis, d := range f.dims {
		if d == 1 {
			continue
		}
		last := len(dims) - 1
		merge := last >= 0
		for i := 0; merge && i < len(f.inputs); i++ {
			merge = strides[i][last] == f.inputs[i].strides[axis]*d
		}
		for i := 0; merge && i < len(f.outputs); i++ {
			merge = f.outputs[i].axes == nil || masks[i][last] == f.outputs[i].axes[axis]
		}
		if merge {
			dims[last] *= d
		} else {
			dims = append(dims, d)
			last++
		}
		for i, in := range f.inputs {
			strides[i] = append(strides[i][:last], in.strides[axis])
		}
		for i, out := range f.outputs {
			if out.axes != nil {
				masks[i] = append(masks[i][:last], out.axes[axis])
			}
		}
	}
	f.dims = dims
	for i := range f.inputs {
		f.inputs[i].dims, f.inputs[i].strides = dims, strides[i]
	}
	for i := range f.outputs {
		if f.outputs[i].axes != nil {
			f.outputs[i].axes = masks[i]
			if masks[i] == nil {
				f.outputs[i].axes = []bool{}
			}
		}
	}
}

// refine returns dimensions that both a and b are made of by merging neighbours, if there are any.
func refine(a, b []int) ([]int, bool) {
	var dims []int
	i, j := len(a)-1, len(b)-1
	restA, restB := 1, 1
	for {
		for restA == 1 && i >= 0 {
			restA = a[i]
			i--
		}
		for restB == 1 && j >= 0 {
			restB = b[j]
			j--
		}
		if restA == 1 || restB == 1 {
			slices.Reverse(dims)
			return dims, restA == restB
		}
		d := min(restA, restB)
		if restA%d != 0 || restB%d != 0 {
			return nil, false
		}
		dims = append(dims, d)
		restA, restB = restA/d, restB/d
	}
}

// withDims returns the fragment with its axes cut finer, as refine does.
func (f *fragment) withDims(dims []int) *fragment {
	out := &fragment{dims: dims, instrs: slices.Clone(f.instrs)}
	for _, in := range f.inputs {
		cut, _ := in.reshape(dims)
		out.inputs = append(out.inputs, cut)
	}
	for _, o := range f.outputs {
		if o.axes != nil {
			// The mask is cut as the strides of a dense view are: by the axis that each new axis is a part of.
			mask := make([]bool, len(dims))
			axis, rest := len(f.dims)-1, 1
			for i := len(dims) - 1; i >= 0; i-- {
				for rest == 1 {
					rest = f.dims[axis]
					axis--
				}
				mask[i] = o.axes[axis+1]
				rest /= dims[i]
			}
			o.axes = mask
		}
		out.outputs = append(out.outputs, o)
	}
	return out
}
