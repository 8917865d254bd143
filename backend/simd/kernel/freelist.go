package kernel

import (
	"sync"
	"unsafe"
)

// freeList keeps values between calls, with the memory that they have grown,
// so that kernels in a steady state allocate nothing. It holds as many values
// as were ever in use at once.
type freeList[T any] struct {
	mu   sync.Mutex
	free []*T
}

// get returns a value that nobody else uses; its content is what the last user
// left, or zero.
func (l *freeList[T]) get() *T {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := len(l.free) - 1; last >= 0 {
		v := l.free[last]
		l.free = l.free[:last]
		return v
	}
	return new(T)
}

// put gives a value back.
func (l *freeList[T]) put(v *T) {
	l.mu.Lock()
	l.free = append(l.free, v)
	l.mu.Unlock()
}

// growable is scratch memory of float32 that starts on a cache line and keeps its size.
type growable struct{ floats []float32 }

// lineBytes is the size of a cache line.
const lineBytes = 4 * floatsPerLine

// grow returns n floats with undefined content. What an earlier call returned
// is no longer valid.
func (b *growable) grow(n int) []float32 {
	if n > len(b.floats) {
		memory := make([]float32, n+lineBytes/4)
		skip := 0
		if past := uintptr(unsafe.Pointer(&memory[0])) % lineBytes; past != 0 {
			skip = int(lineBytes-past) / 4
		}
		b.floats = memory[skip : skip+n]
	}
	return b.floats[:n]
}

// at returns the address of element i of s, which may be one past its end.
func at(s []float32, i int) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(unsafe.SliceData(s)), i*4)
}
