package simd

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/dataprism/dataprism/backend/simd/kernel"
)

// moveStep copies elements of any type between views.
type moveStep struct {
	fill  *view // a scalar that the written tensor is filled with before, or nil
	moves []move
}

// move is one copy; the views have the same dimensions, and the tensors the same type.
type move struct {
	from, to view
	copy     *kernel.Copy
}

func (s *moveStep) kind() string { return "move" }

func (s *moveStep) prepare(b *Backend) error {
	for i := range s.moves {
		m := &s.moves[i]
		var err error
		if m.copy, err = b.kernels.CompileCopy(m.to.dims, m.to.strides, m.from.strides, m.to.tensor.dtype.Size()); err != nil {
			return fmt.Errorf("copy %s to %s: %w", m.from, m.to, err)
		}
	}
	return nil
}

func (s *moveStep) run(x *frame) error {
	if s.fill != nil {
		t := s.moves[0].to.tensor
		fillMemory(x.memory[t.id], s.fill.address(x), t.size, t.dtype.Size())
	}
	for i := range s.moves {
		m := &s.moves[i]
		m.copy.Run(x.backend.pool, m.to.address(x), m.from.address(x))
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
