package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// mathCase is a function with the error allowed in units of the last place.
type mathCase struct {
	op   Op
	ulps float64
	want func(float64) float64
}

func mathCases() []mathCase {
	return []mathCase{
		{OpExp, 2, math.Exp},
		{OpExpm1, 2, math.Expm1},
		{OpLog, 2, math.Log},
		{OpLog1p, 2, math.Log1p},
		{OpTanh, 2, math.Tanh},
		{OpLogistic, 2, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
		{OpSqrt, 0.5, math.Sqrt},
		{OpRsqrt, 2, func(x float64) float64 { return 1 / math.Sqrt(x) }},
		{OpSin, 2, math.Sin},
		{OpCos, 2, math.Cos},
		{OpErf, 2, math.Erf},
		{OpFloor, 0, math.Floor},
		{OpCeil, 0, math.Ceil},
		{OpRound, 0, math.RoundToEven},
		{OpTrunc, 0, math.Trunc},
	}
}

// ulpError returns the distance of got from want in units of the last place of a float32 of that size.
func ulpError(got float32, want float64) float64 {
	rounded := float32(want)
	switch {
	case math.IsNaN(want):
		if got != got {
			return 0
		}
		return math.Inf(1)
	case math.IsInf(float64(rounded), 0) || math.IsInf(float64(got), 0):
		if got == rounded {
			return 0
		}
		return math.Inf(1)
	case want == 0 || rounded == 0 && got == 0:
		if got == 0 && math.Signbit(float64(got)) == math.Signbit(want) {
			return 0
		}
	}
	_, exponent := math.Frexp(want)
	unit := math.Ldexp(1, max(exponent-24, -149))
	return math.Abs(float64(got)-want) / unit
}

// apply runs a kernel on one operand.
func apply(k *Kernels, op Op, x []float32) []float32 {
	y := make([]float32, len(x))
	if len(x) == 0 {
		return y
	}
	k.vector.ops[op](&call{dst: unsafe.Pointer(&y[0]), a: unsafe.Pointer(&x[0]), b: unsafe.Pointer(&x[0]), stepA: 1, stepB: 1, n: len(x)})
	return y
}

// specials are the values where functions have their edges.
func specials() []float32 {
	inf := float32(math.Inf(1))
	x := []float32{0, 1, 2, 0.5, 3, inf, math.MaxFloat32, math.SmallestNonzeroFloat32, 1e-39, 0x1p-126, 0x1p-127, 1e-20, 1e20, 1e-7, 0.92, 4,
		88, 88.72283, 88.73, 89, 87.33654, 103.9, 104, 150, 17, 9, 10, 20, 1.5, 2.5, 8388607.5, 16777216, 32768, 32769, 1e9, math.Pi, math.Pi / 2,
		0.70710677, 0.99999994, 1.0000001, 1.4142135}
	for _, v := range x {
		x = append(x, -v)
	}
	return append(x, float32(math.NaN()))
}

func TestFunctionsAreWithinTheirError(t *testing.T) {
	forLevels(t, func(t *testing.T, k *Kernels) {
		step := uint32(40009) // about a hundred thousand floats of the 2**32
		if testing.Short() {
			step = 400009
		}
		var x []float32
		for bits := uint32(0); ; bits += step {
			x = append(x, math.Float32frombits(bits))
			if bits > math.MaxUint32-step {
				break
			}
		}
		r := rand.New(rand.NewPCG(7, 8))
		for range len(x) / 2 {
			x = append(x, float32(r.NormFloat64()*math.Exp(4*r.Float64()-2)))
		}
		x = append(x, specials()...)
		for _, c := range mathCases() {
			y := apply(k, c.op, x)
			worst, at := 0.0, float32(0)
			for i := range x {
				if e := ulpError(y[i], c.want(float64(x[i]))); e > worst {
					worst, at = e, x[i]
				}
			}
			if t.Logf("%v: at most %.3f ulp, at %v", c.op, worst, at); worst > c.ulps {
				t.Errorf("%v(%v) = %v, want %v: %.3g ulp", c.op, at, apply(k, c.op, []float32{at})[0], c.want(float64(at)), worst)
			}
		}
	})
}

// TestOperationsOnSpecialValues compares all pairs of edge values with Go.
func TestOperationsOnSpecialValues(t *testing.T) {
	var a, b []float32
	for _, x := range specials() {
		for _, y := range specials() {
			a, b = append(a, x), append(b, y)
		}
	}
	forLevels(t, func(t *testing.T, k *Kernels) {
		for op := OpNeg; op <= OpXor; op++ {
			if op > OpErf && op < OpFloor || op >= OpSqrt && op <= OpErf {
				continue // has a test of its own
			}
			y := make([]float32, len(a))
			k.vector.ops[op](&call{dst: unsafe.Pointer(&y[0]), a: unsafe.Pointer(&a[0]), b: unsafe.Pointer(&b[0]), stepA: 1, stepB: 1, n: len(a)})
			for i := range y {
				var want float32
				if op.Operands() == 1 {
					want = unaryFunc(op)(a[i])
				} else {
					want = binaryFunc(op)(a[i], b[i])
				}
				if math.Float32bits(y[i]) != math.Float32bits(want) && !(y[i] != y[i] && want != want) {
					t.Fatalf("%v(%v, %v) = %v, want %v", op, a[i], b[i], y[i], want)
				}
			}
		}
	})
}

// TestEveryLengthAndStep runs each operation on all lengths up to a few vectors, with operands that advance and
// operands that do not, in place.
func TestEveryLengthAndStep(t *testing.T) {
	const room = 80
	forLevels(t, func(t *testing.T, k *Kernels) {
		r := rand.New(rand.NewPCG(9, 10))
		for op := OpCopy; op < opCount; op++ {
			for n := range 70 {
				for steps := range 1 << op.Operands() {
					var x [3][]float32
					var c call
					for i := range x {
						x[i] = make([]float32, room)
						for j := range x[i] {
							x[i][j] = float32(1 + r.IntN(5))
						}
						if steps>>i&1 == 0 {
							fill(x[i], x[i][0])
						}
					}
					want := make([]float32, n)
					for j := range want {
						regs := []float64{float64(x[0][j]), float64(x[1][j]), float64(x[2][j])}
						want[j] = float32(evaluate(Instr{Op: op, A: 0, B: 1, C: 2}, regs))
					}
					y := make([]float32, room)
					if steps&1 == 1 {
						y = x[0] // in place
					}
					after := y[n]
					c = call{dst: unsafe.Pointer(&y[0]), a: unsafe.Pointer(&x[0][0]), b: unsafe.Pointer(&x[1][0]), c: unsafe.Pointer(&x[2][0]),
						stepA: uintptr(steps & 1), stepB: uintptr(steps >> 1 & 1), stepC: uintptr(steps >> 2 & 1), n: n}
					k.vector.ops[op](&c)
					for j := range want {
						if ulpError(y[j], float64(want[j])) > 2 {
							t.Fatalf("%v, n=%d, steps=%b, element %d: got %v, want %v", op, n, steps, j, y[j], want[j])
						}
					}
					if y[n] != after {
						t.Fatalf("%v, n=%d: written beyond the end", op, n)
					}
				}
			}
		}
	})
}

func TestFoldsOfSpecialValues(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	forLevels(t, func(t *testing.T, k *Kernels) {
		for n := 1; n < 150; n++ {
			for at := range n {
				for _, special := range []float32{nan, inf, -inf, 7} {
					x := make([]float32, n)
					fill(x, 2)
					x[at] = special
					for r := Sum; r <= Min; r++ {
						want := r.identity()
						for _, v := range x {
							want = binaryFunc(r.combine())(want, v)
						}
						if r == Product && n > 100 {
							continue
						}
						var got float32
						k.vector.fold[r](&call{dst: unsafe.Pointer(&got), a: unsafe.Pointer(&x[0]), n: n, rows: 1})
						if got != want && !(got != got && want != want) {
							t.Fatalf("reduction %d of %d with %v at %d: got %v, want %v", r, n, special, at, got, want)
						}
					}
				}
			}
		}
	})
}
