//go:build !amd64

package kernel

func matrixKernelsOf(Level) matrixKernels { return portableMatrix }
