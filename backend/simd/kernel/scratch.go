package kernel

import (
	"sync"
	"unsafe"
)

// scratch keeps buffers between calls, so that kernels in a steady state
// allocate nothing. It holds as many buffers as were ever in use at once.
type scratch struct {
	mu   sync.Mutex
	free []*buffer
}

// buffer is scratch memory that starts on a cache line.
type buffer struct {
	memory []float32
	floats []float32 // memory from its first cache line on
}

const floatsPerLine = 16

// get returns a buffer of at least n floats with undefined content.
func (s *scratch) get(n int) *buffer {
	s.mu.Lock()
	best := -1
	for i, b := range s.free {
		if best < 0 || better(len(b.floats), len(s.free[best].floats), n) {
			best = i
		}
	}
	var b *buffer
	if best >= 0 {
		b = s.free[best]
		last := len(s.free) - 1
		s.free[best] = s.free[last]
		s.free = s.free[:last]
	}
	s.mu.Unlock()
	if b == nil {
		b = new(buffer)
	}
	b.grow(n)
	return b
}

// better reports whether a buffer of a floats serves a request for n better
// than one of b floats: the smallest that is large enough, or else the largest.
func better(a, b, n int) bool {
	if a >= n && b >= n {
		return a < b
	}
	return a > b
}

// put gives a buffer back.
func (s *scratch) put(b *buffer) {
	s.mu.Lock()
	s.free = append(s.free, b)
	s.mu.Unlock()
}

func (b *buffer) grow(n int) {
	if n <= len(b.floats) {
		return
	}
	b.memory = make([]float32, n+floatsPerLine)
	b.floats = b.memory
	if off := uintptr(unsafe.Pointer(&b.memory[0])) % 64; off != 0 {
		b.floats = b.memory[(64-off)/4:]
	}
	b.floats = b.floats[:n]
}
