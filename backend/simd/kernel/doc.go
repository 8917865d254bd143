// Package kernel holds the inner loops of the simd backend: matrix products and convolutions, element-wise functions,
// reductions and data movement on float32 arrays, in assembly where a processor's vectors are known and in plain Go
// everywhere else.
//
// Kernels of several levels may live in one process, which is how the tests compare them. A kernel's result depends
// on its level and on nothing else: the same inputs give the same bits for any number of workers.
package kernel
