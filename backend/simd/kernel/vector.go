package kernel

import (
	"math"
	"unsafe"
)

// splat is the number of equal values that a repeated operand points to: one vector of the widest level.
const splat = 16

// call is the argument of a vector kernel. The kernel reads a, b and c and writes dst, n elements each; dst may be
// equal to any of them.
//
// The steps are 1 for an operand that advances and 0 for one that points to splat equal values: one kernel serves
// every mixture of arrays and scalars. Kernels on rows read more: see vectorTable.
type call struct {
	dst, a, b, c        unsafe.Pointer
	stepA, stepB, stepC uintptr
	n                   int
	rows                int     // rows of n elements
	stride              uintptr // bytes from one row of a to the next
	dstStride           uintptr // bytes from one row of dst to the next, of transposePanel
}

// kernelFunc is a kernel written in Go or in assembly.
type kernelFunc func(*call)

// vectorTable holds the kernels on arrays of one level.
type vectorTable struct {
	ops [opCount]kernelFunc

	// fold[r] reduces each of rows rows of n floats at a, one after the other, to one float of dst.
	fold [Min + 1]kernelFunc

	loadBool, storeBool kernelFunc // bytes to floats 0 and 1, and back
	loadI32, storeI32   kernelFunc // int32 to floats, and back by truncation

	// joinRows copies rows rows of n floats at a, stride bytes apart, one after the other to dst. splatRows writes n
	// times the first float of each row instead.
	joinRows, splatRows kernelFunc

	// transposePanel transposes panel rows of n floats at a, stride bytes apart, to n rows of panel floats at dst,
	// dstStride bytes apart. n is a multiple of panel, which is 0 where there is no such kernel.
	transposePanel kernelFunc
	panel          int

	adamW func(*adamWCall) // whole vectors of panel weights; nil where there is no such kernel

	calls freeList[call] // for kernels outside of programs
}

// combine returns the operation that joins two results of a reduction.
func (r Reduction) combine() Op {
	return [...]Op{None: OpCopy, Sum: OpAdd, Product: OpMul, Max: OpMax, Min: OpMin}[r]
}

// identity returns the value of a reduction of nothing.
func (r Reduction) identity() float32 {
	switch r {
	case Product:
		return 1
	case Max:
		return float32(math.Inf(-1))
	case Min:
		return float32(math.Inf(1))
	default:
		return 0
	}
}

// floatsAt returns the n floats at p.
func floatsAt(p unsafe.Pointer, n int) []float32 { return unsafe.Slice((*float32)(p), n) }

// fill sets every element to x.
func fill(dst []float32, x float32) {
	for i := range dst {
		dst[i] = x
	}
}
