package kernel

import (
	"testing"
	"unsafe"
)

// bench runs a program on two workers at every level. Its inputs and outputs are distinct, but for those that
// overwrite names: output to input.
func bench(b *testing.B, p Program, overwrites map[int]int) {
	for _, level := range Levels() {
		b.Run(level.String(), func(b *testing.B) {
			pool := NewPool(2)
			defer pool.Close()
			f, err := New(level).Compile(p)
			if err != nil {
				b.Fatal(err)
			}
			traffic := 0
			var in, out []unsafe.Pointer
			for _, operand := range p.Inputs {
				n := 1
				for axis, d := range p.Dims {
					n += (d - 1) * operand.Strides[axis]
				}
				x := make([]float32, n)
				for i := range x {
					x[i] = float32(i%1000)/500 - 1
				}
				in = append(in, unsafe.Pointer(&x[0]))
				traffic += 4 * n
			}
			for i, o := range p.Outputs {
				n := outputSize(p.Dims, o)
				traffic += 4 * n
				if input, ok := overwrites[i]; ok {
					out = append(out, in[input])
					continue
				}
				out = append(out, unsafe.Pointer(&make([]float32, n)[0]))
			}
			f.Run(pool, out, in)
			b.SetBytes(int64(traffic))
			b.ReportAllocs()
			for b.Loop() {
				f.Run(pool, out, in)
			}
		})
	}
}

// dense returns an operand that is stored as the index space is.
func denseOperand(dims ...int) Operand {
	return Operand{Strides: rowMajor(dims, func(int) bool { return true })}
}

func benchUnary(b *testing.B, op Op) {
	const n = 1_000_000
	bench(b, Program{
		Dims: []int{n}, Inputs: []Operand{denseOperand(n)}, Instrs: []Instr{{Op: op}}, Outputs: []Output{{Register: 1}},
	}, nil)
}

func BenchmarkTanh(b *testing.B)     { benchUnary(b, OpTanh) }
func BenchmarkExp(b *testing.B)      { benchUnary(b, OpExp) }
func BenchmarkLog(b *testing.B)      { benchUnary(b, OpLog) }
func BenchmarkLogistic(b *testing.B) { benchUnary(b, OpLogistic) }
func BenchmarkSqrt(b *testing.B)     { benchUnary(b, OpSqrt) }
func BenchmarkNeg(b *testing.B)      { benchUnary(b, OpNeg) }

// adam is one step of the optimiser over n parameters: p, m, v and g in; p, m and v out, in place.
func adam(n int) Program {
	return Program{
		Dims:   []int{n},
		Inputs: []Operand{denseOperand(n), denseOperand(n), denseOperand(n), denseOperand(n)},
		Instrs: []Instr{
			{Op: OpConst, Const: 0.9},     // 4
			{Op: OpConst, Const: 0.1},     // 5
			{Op: OpMul, A: 1, B: 4},       // 6
			{Op: OpMul, A: 3, B: 5},       // 7
			{Op: OpAdd, A: 6, B: 7},       // 8: m
			{Op: OpConst, Const: 0.999},   // 9
			{Op: OpConst, Const: 0.001},   // 10
			{Op: OpMul, A: 2, B: 9},       // 11
			{Op: OpSquare, A: 3},          // 12
			{Op: OpMul, A: 12, B: 10},     // 13
			{Op: OpAdd, A: 11, B: 13},     // 14: v
			{Op: OpSqrt, A: 14},           // 15
			{Op: OpConst, Const: 1e-8},    // 16
			{Op: OpAdd, A: 15, B: 16},     // 17
			{Op: OpDiv, A: 8, B: 17},      // 18
			{Op: OpConst, Const: -0.0003}, // 19
			{Op: OpMul, A: 18, B: 19},     // 20
			{Op: OpAdd, A: 0, B: 20},      // 21: p
		},
		Outputs: []Output{{Register: 21}, {Register: 8}, {Register: 14}},
	}
}

func BenchmarkAdam10M(b *testing.B)  { bench(b, adam(10_000_000), map[int]int{0: 0, 1: 1, 2: 2}) }
func BenchmarkAdam100K(b *testing.B) { bench(b, adam(100_000), map[int]int{0: 0, 1: 1, 2: 2}) }

// BenchmarkBiasTanh adds a row to each row and takes tanh.
func BenchmarkBiasTanh(b *testing.B) {
	dims := []int{16384, 256}
	bench(b, Program{
		Dims:    dims,
		Inputs:  []Operand{denseOperand(dims...), {Strides: []int{0, 1}}},
		Instrs:  []Instr{{Op: OpAdd, A: 0, B: 1}, {Op: OpTanh, A: 2}},
		Outputs: []Output{{Register: 3}},
	}, nil)
}

// BenchmarkBiasGradient multiplies with a derivative and sums the rows.
func BenchmarkBiasGradient(b *testing.B) {
	dims := []int{16384, 256}
	bench(b, Program{
		Dims:    dims,
		Inputs:  []Operand{denseOperand(dims...), denseOperand(dims...)},
		Instrs:  []Instr{{Op: OpMul, A: 0, B: 1}},
		Outputs: []Output{{Register: 2}, {Register: 2, Reduce: Sum, Axes: []bool{true, false}}},
	}, nil)
}

func benchSum(b *testing.B, dims []int, axes ...bool) {
	bench(b, Program{Dims: dims, Inputs: []Operand{denseOperand(dims...)}, Outputs: []Output{{Reduce: Sum, Axes: axes}}}, nil)
}

func BenchmarkSumAll(b *testing.B)       { benchSum(b, []int{16_000_000}, true) }
func BenchmarkSumRows(b *testing.B)      { benchSum(b, []int{16000, 1000}, false, true) }
func BenchmarkSumShortRows(b *testing.B) { benchSum(b, []int{1_000_000, 16}, false, true) }
func BenchmarkSumColumns(b *testing.B)   { benchSum(b, []int{16000, 1000}, true, false) }
func BenchmarkSumMiddle(b *testing.B)    { benchSum(b, []int{64, 4096, 64}, false, true, false) }

func BenchmarkMaxRows(b *testing.B) {
	dims := []int{16000, 1000}
	bench(b, Program{Dims: dims, Inputs: []Operand{denseOperand(dims...)}, Outputs: []Output{{Reduce: Max, Axes: []bool{false, true}}}}, nil)
}

// BenchmarkNormalise subtracts a number of each row and multiplies with one.
func BenchmarkNormalise(b *testing.B) {
	dims := []int{65536, 64}
	row := Operand{Strides: []int{1, 0}}
	bench(b, Program{
		Dims:    dims,
		Inputs:  []Operand{denseOperand(dims...), row, row},
		Instrs:  []Instr{{Op: OpSub, A: 0, B: 1}, {Op: OpMul, A: 3, B: 2}},
		Outputs: []Output{{Register: 4}},
	}, nil)
}
