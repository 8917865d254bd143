package kernel

import (
	"math"
	"unsafe"
)

// portableVector returns the kernels in plain Go. Functions are computed in float64 and rounded once.
func portableVector() *vectorTable {
	t := &vectorTable{
		loadBool:  portableLoadBool,
		storeBool: portableStoreBool,
		loadI32:   portableLoadI32,
		storeI32:  portableStoreI32,
		joinRows:  portableJoinRows,
		splatRows: portableSplatRows,
	}
	for op := range opCount {
		switch op.Operands() {
		case 1:
			t.ops[op] = unaryKernel(unaryFunc(op))
		case 2:
			t.ops[op] = binaryKernel(binaryFunc(op))
		}
	}
	t.ops[OpCopy] = portableCopy
	t.ops[OpAdd] = portableAdd
	t.ops[OpSub] = portableSub
	t.ops[OpMul] = portableMul
	t.ops[OpDiv] = portableDiv
	t.ops[OpSelect] = portableSelect
	t.ops[OpFMA] = portableFMA
	for r := Sum; r <= Min; r++ {
		t.fold[r] = foldKernel(binaryFunc(r.combine()), r.identity())
	}
	t.fold[Sum] = portableSumRows
	return t
}

// slices returns the destination and the first two operands as slices: of n elements, or of one where the operand is
// a splat.
func (c *call) slices() (dst, a, b []float32) {
	return floatsAt(c.dst, c.n), operand(c.a, c.stepA, c.n), operand(c.b, c.stepB, c.n)
}

func operand(p unsafe.Pointer, step uintptr, n int) []float32 {
	if step == 0 {
		return floatsAt(p, 1)
	}
	return floatsAt(p, n)
}

// unaryKernel makes a kernel of a function of one float.
func unaryKernel(f func(float32) float32) kernelFunc {
	return func(c *call) {
		dst, a := floatsAt(c.dst, c.n), operand(c.a, c.stepA, c.n)
		if c.stepA == 0 {
			fill(dst, f(a[0]))
			return
		}
		for i, x := range a {
			dst[i] = f(x)
		}
	}
}

// binaryKernel makes a kernel of a function of two floats.
func binaryKernel(f func(a, b float32) float32) kernelFunc {
	return func(c *call) {
		dst, a, b := c.slices()
		for i := range dst {
			dst[i] = f(a[i*int(c.stepA)], b[i*int(c.stepB)])
		}
	}
}

// foldKernel makes a kernel that reduces rows.
func foldKernel(f func(a, b float32) float32, identity float32) kernelFunc {
	return func(c *call) {
		dst, a := floatsAt(c.dst, c.rows), floatsAt(c.a, c.rows*c.n)
		for r := range dst {
			x := identity
			for _, y := range a[r*c.n : (r+1)*c.n] {
				x = f(x, y)
			}
			dst[r] = x
		}
	}
}

// portableSumRows sums short runs with four accumulators each and then the runs, which is faster and more accurate
// than one accumulator.
func portableSumRows(c *call) {
	const run = 64
	dst, a := floatsAt(c.dst, c.rows), floatsAt(c.a, c.rows*c.n)
	for r := range dst {
		row := a[r*c.n : (r+1)*c.n]
		var sum float32
		for len(row) > run {
			sum += sumRun(row[:run])
			row = row[run:]
		}
		dst[r] = sum + sumRun(row)
	}
}

func sumRun(x []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(x) >= 4 {
		s0 += x[0]
		s1 += x[1]
		s2 += x[2]
		s3 += x[3]
		x = x[4:]
	}
	for _, y := range x {
		s0 += y
	}
	return (s0 + s1) + (s2 + s3)
}

func portableCopy(c *call) {
	dst, a := floatsAt(c.dst, c.n), operand(c.a, c.stepA, c.n)
	if c.stepA == 0 {
		fill(dst, a[0])
		return
	}
	copy(dst, a)
}

func portableAdd(c *call) {
	dst, a, b := c.slices()
	switch {
	case len(a) == len(dst) && len(b) == len(dst):
		for i := range dst {
			dst[i] = a[i] + b[i]
		}
	case len(a) == len(dst):
		y := b[0]
		for i := range dst {
			dst[i] = a[i] + y
		}
	default:
		x := a[0]
		for i := range dst {
			dst[i] = x + b[i*int(c.stepB)]
		}
	}
}

func portableSub(c *call) {
	dst, a, b := c.slices()
	switch {
	case len(a) == len(dst) && len(b) == len(dst):
		for i := range dst {
			dst[i] = a[i] - b[i]
		}
	case len(a) == len(dst):
		y := b[0]
		for i := range dst {
			dst[i] = a[i] - y
		}
	default:
		x := a[0]
		for i := range dst {
			dst[i] = x - b[i*int(c.stepB)]
		}
	}
}

func portableMul(c *call) {
	dst, a, b := c.slices()
	switch {
	case len(a) == len(dst) && len(b) == len(dst):
		for i := range dst {
			dst[i] = a[i] * b[i]
		}
	case len(a) == len(dst):
		y := b[0]
		for i := range dst {
			dst[i] = a[i] * y
		}
	default:
		x := a[0]
		for i := range dst {
			dst[i] = x * b[i*int(c.stepB)]
		}
	}
}

func portableDiv(c *call) {
	dst, a, b := c.slices()
	for i := range dst {
		dst[i] = a[i*int(c.stepA)] / b[i*int(c.stepB)]
	}
}

func portableSelect(c *call) {
	dst, a, b := c.slices()
	z := operand(c.c, c.stepC, c.n)
	for i := range dst {
		if a[i*int(c.stepA)] != 0 {
			dst[i] = b[i*int(c.stepB)]
		} else {
			dst[i] = z[i*int(c.stepC)]
		}
	}
}

func portableFMA(c *call) {
	dst, a, b := c.slices()
	z := operand(c.c, c.stepC, c.n)
	for i := range dst {
		dst[i] = a[i*int(c.stepA)]*b[i*int(c.stepB)] + z[i*int(c.stepC)]
	}
}

func portableLoadBool(c *call) {
	dst, a := floatsAt(c.dst, c.n), unsafe.Slice((*uint8)(c.a), c.n)
	for i, x := range a {
		dst[i] = truth(x != 0)
	}
}

func portableStoreBool(c *call) {
	dst, a := unsafe.Slice((*bool)(c.dst), c.n), operand(c.a, c.stepA, c.n)
	for i := range dst {
		dst[i] = a[i*int(c.stepA)] != 0
	}
}

func portableLoadI32(c *call) {
	dst, a := floatsAt(c.dst, c.n), unsafe.Slice((*int32)(c.a), c.n)
	for i, x := range a {
		dst[i] = float32(x)
	}
}

func portableStoreI32(c *call) {
	dst, a := unsafe.Slice((*int32)(c.dst), c.n), operand(c.a, c.stepA, c.n)
	for i := range dst {
		dst[i] = truncateI32(a[i*int(c.stepA)])
	}
}

// truncateI32 converts towards zero; what does not fit, and NaN, becomes math.MinInt32, as the vector instructions
// have it.
func truncateI32(x float32) int32 {
	if x >= math.MinInt32 && x < -math.MinInt32 {
		return int32(x)
	}
	return math.MinInt32
}

func portableJoinRows(c *call) {
	dst := floatsAt(c.dst, c.rows*c.n)
	for r := range c.rows {
		copy(dst[r*c.n:(r+1)*c.n], floatsAt(unsafe.Add(c.a, uintptr(r)*c.stride), c.n))
	}
}

func portableSplatRows(c *call) {
	dst := floatsAt(c.dst, c.rows*c.n)
	for r := range c.rows {
		fill(dst[r*c.n:(r+1)*c.n], *(*float32)(unsafe.Add(c.a, uintptr(r)*c.stride)))
	}
}
