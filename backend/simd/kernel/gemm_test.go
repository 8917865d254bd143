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

// checkGemm compares a product with sums in float64 and checks that nothing
// outside of C is written.
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
				if (m*7+n)%3 != int(k.level)%3 && m > 13 {
					continue // each shape of the larger ones at one level
				}
				depth := r.IntN(40)
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
	shapes := [][3]int{{1, 70, 33}, {5, 3, 400}, {16, 130, 70}, {64, 65, 64}, {130, 17, 330}, {201, 97, 5}, {33, 513, 64}, {300, 48, 700}}
	levels(t, func(t *testing.T, k *Kernels) {
		p := NewPool(3)
		defer p.Close()
		r := newRand(2)
		for _, s := range shapes {
			for mix := range memoryLayouts * memoryLayouts * memoryLayouts {
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
