package simd

import (
	"cmp"
	"slices"

	"github.com/dataprism/dataprism/backend/simd/internal/memory"
)

// plan places the tensors of a schedule in memory.
type plan struct {
	arena  int // bytes of the arena
	demand int // bytes that the tensors alive at the worst step take
	worst  int // that step

	// donors[slot] are the inputs whose memory output slot may take over, if they are donated and no other output has
	// taken it.
	donors [][]int
}

// lifetime is the stretch of the schedule in which the tensors that share one piece of memory are in use.
type lifetime struct {
	tensors     []*tensor
	first, last int // steps, both included
	bytes       int
	offset      int
}

// planMemory gives every arena tensor an offset, so that tensors that are alive at the same time do not overlap, and
// finds the donors of outputs.
//
// A step that may compute in place writes over an operand that nobody reads later: both then share one lifetime.
// Lifetimes are placed one by one, large ones first, each at the lowest offset that is free throughout.
func planMemory(items []*item, tensors []*tensor, inputs, outputs int) *plan {
	first, last := make([]int, len(tensors)), make([]int, len(tensors))
	for i := range first {
		first[i], last[i] = -1, -1
	}
	for i, it := range items {
		for _, t := range it.writes {
			if first[t.id] < 0 {
				first[t.id] = i
			}
			last[t.id] = i
		}
		for _, t := range it.reads {
			last[t.id] = i
		}
	}
	p := &plan{donors: make([][]int, outputs)}
	taken := make(map[*tensor]bool) // operands whose memory has a new owner
	of := make(map[*tensor]*lifetime)
	var lifetimes []*lifetime
	for i, it := range items {
		for _, pair := range it.inPlace() {
			from, to := pair[0], pair[1]
			if last[from.id] != i || from.bytes() != to.bytes() {
				continue
			}
			switch {
			case to.home == inOutput && from.home == inInput:
				p.donors[to.slot] = append(p.donors[to.slot], from.slot)
			case taken[from]:
				continue
			case to.home == inArena && from.home == inArena && of[to] == nil:
				share := of[from]
				share.tensors = append(share.tensors, to)
				share.last = last[to.id]
				of[to] = share
			default:
				continue
			}
			taken[from] = true
		}
		for _, t := range it.writes {
			if t.home == inArena && of[t] == nil {
				of[t] = &lifetime{tensors: []*tensor{t}, first: first[t.id], last: last[t.id], bytes: t.bytes()}
				lifetimes = append(lifetimes, of[t])
			}
		}
	}
	p.findDonors(tensors, first, last, taken)
	p.place(lifetimes, len(items))
	return p
}

// inPlace returns the pairs of an operand and a result of the item that may be the same memory.
func (it *item) inPlace() [][2]*tensor {
	if it.fragment == nil {
		return nil
	}
	var pairs [][2]*tensor
	for _, out := range it.fragment.outputs {
		if out.axes != nil {
			continue
		}
		for _, in := range it.fragment.inputs {
			if in.tensor.dtype == out.tensor.dtype && in.covers() && it.readsOnce(in.tensor) {
				pairs = append(pairs, [2]*tensor{in.tensor, out.tensor})
			}
		}
	}
	return pairs
}

// readsOnce reports whether the item's work reads a tensor through one view.
func (it *item) readsOnce(t *tensor) bool {
	n := 0
	for _, in := range it.fragment.inputs {
		if in.tensor == t {
			n++
		}
	}
	return n == 1
}

// findDonors gives outputs without a donor the memory of inputs that nobody reads any more when the output is first
// written.
func (p *plan) findDonors(tensors []*tensor, first, last []int, taken map[*tensor]bool) {
	free := make(map[int][]*tensor) // by size
	for _, t := range tensors {
		if t.home == inInput && !taken[t] {
			free[t.bytes()] = append(free[t.bytes()], t)
		}
	}
	for _, t := range tensors {
		if t.home != inOutput || len(p.donors[t.slot]) > 0 || first[t.id] < 0 {
			continue
		}
		candidates := free[t.bytes()]
		for i, c := range candidates {
			if last[c.id] < first[t.id] {
				p.donors[t.slot] = []int{c.slot}
				free[t.bytes()] = slices.Delete(candidates, i, i+1)
				break
			}
		}
	}
}

// place chooses the offsets of the lifetimes.
func (p *plan) place(lifetimes []*lifetime, steps int) {
	alive := make([]int, steps+1)
	for _, lt := range lifetimes {
		lt.bytes = (lt.bytes + memory.Line - 1) / memory.Line * memory.Line
		alive[lt.first] += lt.bytes
		alive[lt.last+1] -= lt.bytes
	}
	now := 0
	for i, change := range alive {
		now += change
		if now > p.demand {
			p.demand, p.worst = now, i
		}
	}
	slices.SortStableFunc(lifetimes, func(a, b *lifetime) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.first, b.first))
	})
	var placed []*lifetime // by offset
	for _, lt := range lifetimes {
		offset := 0
		for _, other := range placed {
			if other.last < lt.first || other.first > lt.last {
				continue
			}
			if other.offset-offset >= lt.bytes {
				break
			}
			offset = max(offset, other.offset+other.bytes)
		}
		lt.offset = offset
		at, _ := slices.BinarySearchFunc(placed, lt, func(a, b *lifetime) int {
			return cmp.Compare(a.offset, b.offset)
		})
		placed = slices.Insert(placed, at, lt)
		p.arena = max(p.arena, offset+lt.bytes)
		for _, t := range lt.tensors {
			t.offset = offset
		}
	}
}
