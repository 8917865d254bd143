//go:build !amd64

package kernel

// vectorFor returns the kernels on arrays of a level.
func vectorFor(Level) *vectorTable { return portableVector() }
