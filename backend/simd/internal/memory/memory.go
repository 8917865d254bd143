// Package memory allocates memory for tensors.
package memory

import "unsafe"

// Line is the size of a cache line, and the width of the widest vector, in bytes.
const Line = 64

// Lines returns size bytes of zeroed memory without pointers that starts on a cache line and shares none with other
// memory. Large blocks lie on huge pages where the system has them.
func Lines(size int) unsafe.Pointer {
	// Words of eight bytes are aligned for every type.
	words := make([]uint64, (size+2*Line)/8)
	start := unsafe.Pointer(unsafe.SliceData(words))
	if past := uintptr(start) % Line; past != 0 {
		start = unsafe.Add(start, Line-past)
	}
	adviseHugePages(start, size)
	return start
}
