//go:build !linux

package memory

import "unsafe"

// adviseHugePages does nothing: the system chooses the size of pages itself.
func adviseHugePages(unsafe.Pointer, int) {}
