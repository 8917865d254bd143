package kernel

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dataprism/dataprism/backend/simd/internal/memory"
)

// freeList keeps values between calls, with the memory that they have grown, so that kernels in a steady state
// allocate nothing. It holds as many values as were ever in use at once.
type freeList[T any] struct {
	mu   sync.Mutex
	free []*T
}

// get returns a value that nobody else uses; its content is what the last user left, or zero.
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

// nearList is a free list whose values go to the worker that used them last, for they are in its core's cache.
type nearList[T any] struct {
	workers [8]struct {
		last atomic.Pointer[T] // what the worker put last, if nobody has it
		_    [lineBytes]byte   // the next one on another cache line
	}
	rest freeList[T]
}

func (l *nearList[T]) get(worker int) *T {
	if v := l.workers[worker%len(l.workers)].last.Swap(nil); v != nil {
		return v
	}
	return l.rest.get()
}

func (l *nearList[T]) put(worker int, v *T) {
	if !l.workers[worker%len(l.workers)].last.CompareAndSwap(nil, v) {
		l.rest.put(v)
	}
}

// ownLines returns a slice that shares no cache line with other memory.
func ownLines[T any](n int) []T {
	pad := (lineBytes - 1) / int(unsafe.Sizeof(*new(T)))
	return make([]T, pad+n+pad)[pad : pad+n]
}

// growable is scratch memory of float32 that starts on a cache line and keeps its size.
type growable struct{ floats []float32 }

const (
	lineBytes     = memory.Line
	floatsPerLine = lineBytes / 4
)

// grow returns n floats with undefined content. What an earlier call returned is no longer valid.
func (b *growable) grow(n int) []float32 {
	if n > len(b.floats) {
		b.floats = unsafe.Slice((*float32)(memory.Lines(4*n)), n)
	}
	return b.floats[:n]
}

// at returns the address of element i of s, which may be one past its end.
func at(s []float32, i int) unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(unsafe.SliceData(s)), i*4)
}
