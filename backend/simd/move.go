package simd

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"
)

// moveStep copies elements of any type between views.
type moveStep struct {
	fill  *view // a scalar that the written tensor is filled with before, or nil
	moves []move
}

// move is one copy; the views have the same dimensions, and the tensors the
// same type.
type move struct{ from, to view }

// moveGrain is the number of bytes that are worth a task of their own.
const moveGrain = 1 << 15

func (s *moveStep) kind() string { return "move" }

func (s *moveStep) run(x *frame) error {
	if s.fill != nil {
		t := s.moves[0].to.tensor
		fillMemory(x.memory[t.id], s.fill.address(x), t.size, t.dtype.Size())
	}
	for i := range s.moves {
		s.moves[i].run(x)
	}
	return nil
}

// fillMemory sets n elements of the given size to the one at value.
func fillMemory(to, value unsafe.Pointer, n, size int) {
	if n == 0 {
		return
	}
	all := unsafe.Slice((*byte)(to), n*size)
	copy(all, unsafe.Slice((*byte)(value), size))
	for done := size; done < len(all); done *= 2 {
		copy(all[done:], all[:done])
	}
}

// run copies the elements, row by row of the innermost axes that lie one after
// the other on both sides.
func (m *move) run(x *frame) {
	plan := planMove(m.from, m.to)
	if plan.rows == 0 {
		return
	}
	from, to := m.from.address(x), m.to.address(x)
	tasks := min(plan.rows, max(1, plan.rows*plan.rowBytes()/moveGrain))
	x.backend.pool.Run(tasks, func(task int) {
		for row := plan.rows * task / tasks; row < plan.rows*(task+1)/tasks; row++ {
			a, b := plan.offsets(row)
			plan.copyRow(unsafe.Add(to, b*plan.size), unsafe.Add(from, a*plan.size))
		}
	})
}

// movePlan is how a copy is walked: rows of n elements.
type movePlan struct {
	size             int // of an element, in bytes
	rows, n          int
	fromStep, toStep int   // within a row, in elements
	dims             []int // of the rows
	from, to         []int // their strides
}

func planMove(from, to view) movePlan {
	p := movePlan{size: from.tensor.dtype.Size(), rows: 1, n: 1, fromStep: 1, toStep: 1}
	// Axes of size one are dropped and neighbours that both sides walk as one
	// are merged.
	var dims, a, b []int
	for axis, d := range from.dims {
		last := len(dims) - 1
		switch {
		case d == 1:
		case last >= 0 && a[last] == from.strides[axis]*d && b[last] == to.strides[axis]*d:
			dims[last] *= d
			a[last], b[last] = from.strides[axis], to.strides[axis]
		default:
			dims = append(dims, d)
			a, b = append(a, from.strides[axis]), append(b, to.strides[axis])
		}
	}
	if last := len(dims) - 1; last >= 0 {
		p.n, p.fromStep, p.toStep = dims[last], a[last], b[last]
		dims, a, b = dims[:last], a[:last], b[:last]
	}
	p.rows = product(dims)
	if p.n == 0 {
		p.rows = 0
	}
	p.dims, p.from, p.to = slices.Clip(dims), a, b
	return p
}

func (p *movePlan) rowBytes() int { return p.n * p.size }

// offsets returns where a row starts on both sides, in elements.
func (p *movePlan) offsets(row int) (from, to int) {
	for axis := len(p.dims) - 1; axis >= 0; axis-- {
		i := row % p.dims[axis]
		row /= p.dims[axis]
		from += i * p.from[axis]
		to += i * p.to[axis]
	}
	return from, to
}

func (p *movePlan) copyRow(to, from unsafe.Pointer) {
	if p.fromStep == 1 && p.toStep == 1 {
		copy(unsafe.Slice((*byte)(to), p.rowBytes()), unsafe.Slice((*byte)(from), p.rowBytes()))
		return
	}
	switch p.size {
	case 1:
		copyStrided[uint8](p, to, from)
	case 2:
		copyStrided[uint16](p, to, from)
	case 4:
		copyStrided[uint32](p, to, from)
	case 8:
		copyStrided[uint64](p, to, from)
	default:
		for i := range p.n {
			a, b := unsafe.Add(from, i*p.fromStep*p.size), unsafe.Add(to, i*p.toStep*p.size)
			copy(unsafe.Slice((*byte)(b), p.size), unsafe.Slice((*byte)(a), p.size))
		}
	}
}

func copyStrided[T any](p *movePlan, to, from unsafe.Pointer) {
	size := int(unsafe.Sizeof(*new(T)))
	fromStep, toStep := p.fromStep*size, p.toStep*size
	for i := range p.n {
		*(*T)(unsafe.Add(to, i*toStep)) = *(*T)(unsafe.Add(from, i*fromStep))
	}
}

func (s *moveStep) String() string {
	parts := make([]string, len(s.moves))
	for i, m := range s.moves {
		parts[i] = fmt.Sprintf("%s -> %s", m.from, m.to)
	}
	if s.fill != nil {
		return fmt.Sprintf("move, filled with %s: %s", s.fill, strings.Join(parts, ", "))
	}
	return "move " + strings.Join(parts, ", ")
}
