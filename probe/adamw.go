package probe

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/dataprism/dataprism/backend/simd/kernel"
)

const (
	beta1, beta2 = 0.9, 0.999
	epsilon      = 1e-8
)

// adamW is one step of AdamW (Loshchilov and Hutter, 2019) and of the running average of weights, for n of them, as one
// program of the kernels: it takes as long as the products of a step where a loop over the weights does it.
type adamW struct{ program *kernel.Pointwise }

// newAdamW compiles the step. Each operation is rounded by itself, as in the formulas: the program of kernels joins the sum
// of a product into one rounding, but not a difference, so that sums are written as differences of the negative.
func newAdamW(k *kernel.Kernels, n int) (adamW, error) {
	p := kernel.Program{Dims: []int{n}}
	input := func(stride int) int {
		p.Inputs = append(p.Inputs, kernel.Operand{Strides: []int{stride}})
		return len(p.Inputs) - 1
	}
	gradient, first, second, weights, average := input(1), input(1), input(1), input(1), input(1)
	rate, root := input(0), input(0)
	do := func(op kernel.Op, operands ...int) int {
		in := kernel.Instr{Op: op}
		for i, at := range []*int{&in.A, &in.B}[:len(operands)] {
			*at = operands[i]
		}
		p.Instrs = append(p.Instrs, in)
		return len(p.Inputs) + len(p.Instrs) - 1
	}
	times := func(register int, c float32) int {
		p.Instrs = append(p.Instrs, kernel.Instr{Op: kernel.OpConst, Const: c})
		return do(kernel.OpMul, register, len(p.Inputs)+len(p.Instrs)-1)
	}
	m := do(kernel.OpSub, times(first, beta1), times(gradient, -(1-beta1)))
	v := do(kernel.OpSub, times(second, beta2), do(kernel.OpMul, times(gradient, -(1-beta2)), gradient))
	p.Instrs = append(p.Instrs, kernel.Instr{Op: kernel.OpConst, Const: -epsilon})
	negative := len(p.Inputs) + len(p.Instrs) - 1
	scale := do(kernel.OpSub, do(kernel.OpMul, do(kernel.OpSqrt, v), root), negative)
	w := do(kernel.OpSub, times(weights, 1-learningRate*weightDecay), do(kernel.OpDiv, do(kernel.OpMul, rate, m), scale))
	a := do(kernel.OpSub, times(average, averaging), times(w, -(1-averaging)))
	for _, register := range []int{m, v, w, a} {
		p.Outputs = append(p.Outputs, kernel.Output{Register: register})
	}
	compiled, err := k.Compile(p)
	if err != nil {
		return adamW{}, fmt.Errorf("a step of AdamW: %w", err)
	}
	return adamW{compiled}, nil
}

// step is number step, from 1.
func (a adamW) step(step int, gradient, first, second, weights, average []float32) {
	n := float64(step)
	rate := float32(learningRate / (1 - math.Pow(beta1, n)))
	root := float32(1 / math.Sqrt(1-math.Pow(beta2, n)))
	at := func(s []float32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }
	m, v, w, mean := at(first), at(second), at(weights), at(average)
	a.program.Run(nil, []unsafe.Pointer{m, v, w, mean}, []unsafe.Pointer{at(gradient), m, v, w, mean, unsafe.Pointer(&rate), unsafe.Pointer(&root)})
}
