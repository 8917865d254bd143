package memory

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the size of a huge page of the common processors.
const hugePage = 2 << 20

// adviseHugePages asks the system to back a large block with huge pages: the passes over weights then miss the
// address translation cache 512 times less often. It is advice; what comes of it does not change a result.
func adviseHugePages(start unsafe.Pointer, size int) {
	if size < hugePage {
		return
	}
	// The pages that the block shares with neighbours of Go's heap may be huge, too: all of the heap is mapped in
	// multiples of a huge page.
	first := uintptr(start) &^ (hugePage - 1)
	end := (uintptr(start) + uintptr(size) + hugePage - 1) &^ (hugePage - 1)
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, first, end-first, unix.MADV_HUGEPAGE)
}
