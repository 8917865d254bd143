package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestTransposedOperands adds a dense operand and operands whose axes lie in another order in memory, and reduces the
// result over every set of axes.
func TestTransposedOperands(t *testing.T) {
	cases := []struct {
		dims  []int
		order []int // of the axes in memory, the innermost last
	}{
		{[]int{16, 64}, []int{1, 0}},
		{[]int{37, 100}, []int{1, 0}},
		{[]int{130, 1500}, []int{1, 0}},
		{[]int{3, 20, 1100}, []int{0, 2, 1}},
		{[]int{19, 2, 70}, []int{2, 1, 0}},
		{[]int{17, 18, 65}, []int{2, 0, 1}},
		{[]int{2, 33, 3, 129}, []int{0, 3, 2, 1}},
	}
	forLevels(t, func(t *testing.T, k *Kernels) {
		pool := NewPool(2)
		defer pool.Close()
		r := rand.New(rand.NewPCG(12, 13))
		for _, c := range cases {
			n := product(c.dims)
			strides := make([]int, len(c.dims))
			next := 1
			for i := len(c.order) - 1; i >= 0; i-- {
				strides[c.order[i]] = next
				next *= c.dims[c.order[i]]
			}
			rc := randomCase{bases: []int{0, 0}}
			rc.program = Program{
				Dims:    c.dims,
				Inputs:  []Operand{denseOperand(c.dims...), {Strides: strides}},
				Instrs:  []Instr{{Op: OpMul, A: 0, B: 1}, {Op: OpSub, A: 2, B: 1}},
				Outputs: []Output{{Register: 3}, {}},
			}
			for range 2 {
				x := newTensor(F32, n)
				for i := range x.floats {
					x.floats[i] = float32(r.NormFloat64())
				}
				rc.inputs = append(rc.inputs, x)
			}
			for mask := range 1 << len(c.dims) {
				axes := make([]bool, len(c.dims))
				for i := range axes {
					axes[i] = mask>>i&1 == 1
				}
				rc.program.Outputs[1] = Output{Register: 3, Reduce: Sum, Axes: axes}
				want, magnitude := reference(rc.program, rc.inputs, rc.bases)
				got := rc.run(t, k, pool)
				for o := range want {
					for i := range want[o] {
						if d := math.Abs(float64(got[o][i]) - want[o][i]); d > 1e-6*(1+magnitude[o][i]) {
							t.Fatalf("%v in order %v, reduced %v: output %d, element %d: got %v, want %v", c.dims, c.order, axes, o, i, got[o][i], want[o][i])
						}
					}
				}
			}
		}
	})
}
