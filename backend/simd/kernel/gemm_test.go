package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// levels runs a test at each level of this machine.
func levels(t *testing.T, f func(t *testing.T, k *Kernels)) {
	for _, level := range Levels() {
		t.Run(level.String(), func(t *testing.T) { f(t, New(level)) })
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func randomFloats(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

// memoryLayout says how a test matrix lies in memory.
type memoryLayout int

const (
	asRows memoryLayout = iota
	asColumns
	scattered // no two elements side by side
	memoryLayouts

	runs = scattered // the number of layouts with elements side by side
)

// randomMatrix returns a matrix in a memoryLayout, with gap elements between lines.
func randomMatrix(r *rand.Rand, rows, cols, gap int, l memoryLayout) Matrix {
	m := Matrix{Rows: rows, Cols: cols}
	switch l {
	case asRows:
		m.RowStride, m.ColStride = cols+gap, 1
	case asColumns:
		m.RowStride, m.ColStride = 1, rows+gap
	case scattered:
		m.RowStride, m.ColStride = 3*cols+gap, 3
	}
	size := 0
	if rows > 0 && cols > 0 {
		size = (rows-1)*m.RowStride + (cols-1)*m.ColStride + 1
	}
	m.Data = randomFloats(r, size)
	return m
}

func (m Matrix) get(i, j int) float64 { return float64(m.Data[i*m.RowStride+j*m.ColStride]) }

// activation64 is the reference of the activations.
func activation64(e Epilogue, x float64) float64 {
	switch e.Activation {
	case ReLU:
		return max(x, 0)
	case LeakyReLU:
		if x < 0 {
			return float64(e.Alpha) * x
		}
	case Tanh:
		return math.Tanh(x)
	case Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case SiLU:
		return x / (1 + math.Exp(-x))
	}
	return x
}

// checkGemm compares a product with sums in float64 and checks that nothing outside of C is written.
func checkGemm(t *testing.T, k *Kernels, p *Pool, c, a, b Matrix, e Epilogue) {
	t.Helper()
	before := append([]float32(nil), c.Data...)
	k.Gemm(p, c, a, b, e)
	inC := make([]bool, len(c.Data))
	for i := range c.Rows {
		for j := range c.Cols {
			at := i*c.RowStride + j*c.ColStride
			inC[at] = true
			sum, size := 0.0, 0.1
			for l := range a.Cols {
				x := a.get(i, l) * b.get(l, j)
				sum += x
				size += math.Abs(x)
			}
			if e.Accumulate {
				sum += float64(before[at])
				size += math.Abs(float64(before[at]))
			}
			if e.Bias != nil {
				sum += float64(e.Bias[j])
				size += math.Abs(float64(e.Bias[j]))
			}
			want := activation64(e, sum)
			if got := float64(c.Data[at]); !(math.Abs(got-want) <= 2e-6*size) {
				t.Fatalf("C[%d, %d] = %v, want %v", i, j, got, want)
			}
		}
	}
	for at, in := range inC {
		if !in && c.Data[at] != before[at] {
			t.Fatalf("element %d of C's memory, which is not C's, was written", at)
		}
	}
}

func TestGemmMatchesReferenceOnEveryResidue(t *testing.T) {
	levels(t, func(t *testing.T, k *Kernels) {
		p := NewPool(2)
		defer p.Close()
		r := newRand(1)
		for m := range 30 {
			for n := range 52 {
				if (m*7+n)%3 != int(k.level)%3 && m > 2 {
					continue // each larger shape at one level
				}
				depth := r.IntN(24)
				c := randomMatrix(r, m, n, r.IntN(3), asRows)
				a := randomMatrix(r, m, depth, r.IntN(3), memoryLayout(r.IntN(int(memoryLayouts))))
				b := randomMatrix(r, depth, n, r.IntN(3), memoryLayout(r.IntN(int(memoryLayouts))))
				e := Epilogue{Accumulate: r.IntN(2) == 0, Activation: Activation(r.IntN(6)), Alpha: 0.2}
				if r.IntN(2) == 0 {
					e.Bias = randomFloats(r, n)
				}
				checkGemm(t, k, p, c, a, b, e)
			}
		}
	})
}

func TestGemmMatchesReferenceInEveryLayout(t *testing.T) {
	shapes := [][3]int{{1, 70, 33}, {5, 3, 400}, {16, 130, 70}, {64, 65, 64}, {130, 17, 330}, {201, 97, 5}, {33, 270, 40}}
	levels(t, func(t *testing.T, k *Kernels) {
		p := NewPool(3)
		defer p.Close()
		r := newRand(2)
		for _, s := range shapes {
			for mix := range memoryLayouts * memoryLayouts * memoryLayouts {
				if (int(mix)+s[0])%2 != int(k.level)%2 {
					continue
				}
				c := randomMatrix(r, s[0], s[1], r.IntN(2), mix%memoryLayouts)
				a := randomMatrix(r, s[0], s[2], r.IntN(2), mix/memoryLayouts%memoryLayouts)
				b := randomMatrix(r, s[2], s[1], r.IntN(2), mix/memoryLayouts/memoryLayouts)
				e := Epilogue{Accumulate: r.IntN(2) == 0, Activation: Activation(r.IntN(6)), Alpha: 1.5}
				if r.IntN(2) == 0 {
					e.Bias = randomFloats(r, s[1])
				}
				t.Run(fmt.Sprint(s, mix), func(t *testing.T) { checkGemm(t, k, p, c, a, b, e) })
			}
		}
	})
}

func TestBatchGemmMatchesSingleProducts(t *testing.T) {
	levels(t, func(t *testing.T, k *Kernels) {
		p := NewPool(2)
		defer p.Close()
		r := newRand(4)
		for _, s := range [][4]int{{0, 3, 4, 5}, {1, 7, 9, 3}, {5, 4, 18, 6}, {3, 80, 40, 50}, {4, 12, 33, 0}} {
			batch, m, n, depth := s[0], s[1], s[2], s[3]
			a := Matrix{randomFloats(r, batch*m*depth), m, depth, depth, 1}
			shared := Matrix{randomFloats(r, depth*n), depth, n, 1, depth}
			c := Matrix{randomFloats(r, batch*m*n), m, n, n, 1}
			want := append([]float32(nil), c.Data...)
			e := Epilogue{Accumulate: true, Activation: Tanh, Bias: randomFloats(r, n)}
			for i := range batch {
				k.Gemm(nil, Matrix{want[i*m*n:], m, n, n, 1}, Matrix{a.Data[i*m*depth:], m, depth, depth, 1}, shared, e)
			}
			k.BatchGemm(p, batch, c, a, shared, m*n, m*depth, 0, e)
			if i := firstDifference(c.Data, want); i >= 0 {
				t.Errorf("batch %v differs from single products at element %d", s, i)
			}
		}
	})
}

// firstDifference returns the first element whose bits differ, or -1.
func firstDifference(a, b []float32) int {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return i
		}
	}
	return -1
}

func TestGemmHasTheSameBitsForAnyNumberOfWorkers(t *testing.T) {
	levels(t, func(t *testing.T, k *Kernels) {
		r := newRand(5)
		for _, s := range [][3]int{{3, 300, 700}, {16, 700, 400}, {64, 200, 333}, {333, 120, 700}, {65, 33, 2000}} {
			for mix := range runs * runs {
				a := randomMatrix(r, s[0], s[2], 0, mix%runs)
				b := randomMatrix(r, s[2], s[1], 0, mix/runs)
				e := Epilogue{Bias: randomFloats(r, s[1]), Activation: SiLU}
				var want []float32
				for _, workers := range []int{1, 2, 5} {
					p := NewPool(workers)
					c := Matrix{make([]float32, s[0]*s[1]), s[0], s[1], s[1], 1}
					k.Gemm(p, c, a, b, e)
					p.Close()
					if want == nil {
						want = c.Data
					} else if i := firstDifference(c.Data, want); i >= 0 {
						t.Errorf("%v, layouts %d: element %d differs with %d workers", s, mix, i, workers)
					}
				}
			}
		}
	})
}

func TestGemmPassesOnNaNAndInf(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	levels(t, func(t *testing.T, k *Kernels) {
		for _, activation := range []Activation{NoActivation, ReLU, LeakyReLU, Tanh, Sigmoid, SiLU} {
			for _, s := range [][3]int{{1, 1, 1}, {5, 37, 20}, {70, 70, 70}} {
				for _, bad := range []float32{nan, inf} {
					m, n, depth := s[0], s[1], s[2]
					a := Matrix{make([]float32, m*depth), m, depth, depth, 1}
					b := Matrix{make([]float32, depth*n), depth, n, n, 1}
					c := Matrix{make([]float32, m*n), m, n, n, 1}
					for i := range a.Data {
						a.Data[i] = 1
					}
					for i := range b.Data {
						b.Data[i] = 1
					}
					a.Data[(m-1)*depth] = bad // the last row of C
					k.Gemm(nil, c, a, b, Epilogue{Activation: activation, Alpha: 0.1})
					for i, got := range c.Data {
						want := activation64(Epilogue{Activation: activation, Alpha: 0.1}, float64(depth))
						if i/n == m-1 {
							want = activation64(Epilogue{Activation: activation, Alpha: 0.1}, float64(bad))
						}
						if math.IsNaN(want) != math.IsNaN(float64(got)) || math.IsInf(want, 1) != math.IsInf(float64(got), 1) {
							t.Fatalf("activation %d, shape %v, %v: C[%d] = %v, want %v", activation, s, bad, i, got, want)
						}
					}
				}
			}
		}
	})
}

func TestGemmReLUOfMinusInfIsZero(t *testing.T) {
	levels(t, func(t *testing.T, k *Kernels) {
		for _, n := range []int{1, 16, 40} {
			a := Matrix{[]float32{1}, 1, 1, 1, 1}
			b := Matrix{make([]float32, n), 1, n, n, 1}
			c := Matrix{make([]float32, n), 1, n, n, 1}
			for i := range b.Data {
				b.Data[i] = float32(math.Inf(-1))
			}
			k.Gemm(nil, c, a, b, Epilogue{Activation: ReLU})
			for _, x := range c.Data {
				if x != 0 {
					t.Fatalf("ReLU(-Inf) = %v", x)
				}
			}
		}
	})
}

func TestProductsAllocateNothingInTheLongRun(t *testing.T) {
	levels(t, func(t *testing.T, k *Kernels) {
		p := NewPool(2)
		defer p.Close()
		r := newRand(6)
		a, b := randomMatrix(r, 70, 400, 0, asRows), randomMatrix(r, 400, 90, 0, asRows)
		c := randomMatrix(r, 70, 90, 0, asRows)
		conv := Conv{Batch: 2, InH: 9, InW: 9, InC: 16, OutH: 9, OutW: 9, OutC: 40, KH: 3, KW: 3, PadTop: 1, PadLeft: 1}
		in, out, filter := randomFloats(r, 2*81*16), randomFloats(r, 2*81*40), randomFloats(r, 9*16*40)
		step := func() {
			k.Gemm(p, c, a, b, Epilogue{Activation: SiLU})
			k.Gemm(p, b, a.T(), c, Epilogue{})
			k.BatchGemm(p, 2, c, a, b, 0, 0, 0, Epilogue{})
			k.Conv(p, out, in, filter, conv, Epilogue{Activation: Tanh})
			k.ConvGradInput(p, in, out, filter, conv)
			k.ConvGradFilter(p, filter, in, out, conv)
		}
		for range 20 {
			step() // which worker gets which workspace is up to chance
		}
		if n := testing.AllocsPerRun(50, step); n > 0.5 {
			t.Errorf("%v allocations a step", n)
		}
	})
}
