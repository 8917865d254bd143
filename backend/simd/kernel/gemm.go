package kernel

import "math"

// Matrix is a view of a float32 matrix in memory: element (i, j) is
// Data[i*RowStride+j*ColStride]. Strides are in elements and at least zero.
type Matrix struct {
	Data                 []float32
	Rows, Cols           int
	RowStride, ColStride int
}

// T returns the transposed view of m.
func (m Matrix) T() Matrix {
	return Matrix{m.Data, m.Cols, m.Rows, m.ColStride, m.RowStride}
}

// Activation is a function applied to each element of a product.
type Activation int

const (
	NoActivation Activation = iota
	ReLU                    // max(x, 0)
	LeakyReLU               // x where x >= 0, Alpha*x elsewhere
	Tanh                    // tanh(x)
	Sigmoid                 // 1 / (1 + exp(-x))
	SiLU                    // x * Sigmoid(x)
)

// Epilogue is what happens to a product P before it is stored in C:
//
//	C = Activation(P + Bias)      without Accumulate
//	C = Activation(C + P + Bias)  with it
type Epilogue struct {
	Accumulate bool
	Bias       []float32 // one value for each column of C (output channel of a convolution), or nil
	Activation Activation
	Alpha      float32 // slope of LeakyReLU
}

// Gemm computes C = A B, with an epilogue. A is [M, K], B is [K, N] and C is
// [M, N], each with any strides; C overlaps neither A nor B. K may be zero:
// the product is then zero.
func (k *Kernels) Gemm(p *Pool, c, a, b Matrix, e Epilogue) {
	k.BatchGemm(p, 1, c, a, b, 0, 0, 0, e)
}

// BatchGemm computes batch products of equal shape with one epilogue. The
// operands of product i start i*strideC, i*strideA and i*strideB elements
// behind those of the first, whose Data reach to the end of the last. A stride
// of A or B may be zero: all products then share the operand.
func (k *Kernels) BatchGemm(p *Pool, batch int, c, a, b Matrix, strideC, strideA, strideB int, e Epilogue) {
	p.Run(batch*c.Rows, func(task int) {
		n, i := task/c.Rows, task%c.Rows
		for j := range c.Cols {
			var sum float32
			for l := range a.Cols {
				sum += a.Data[n*strideA+i*a.RowStride+l*a.ColStride] * b.Data[n*strideB+l*b.RowStride+j*b.ColStride]
			}
			dst := &c.Data[n*strideC+i*c.RowStride+j*c.ColStride]
			if e.Accumulate {
				sum += *dst
			}
			if e.Bias != nil {
				sum += e.Bias[j]
			}
			*dst = e.activate(sum)
		}
	})
}

// activate is the activation of one element.
func (e *Epilogue) activate(x float32) float32 {
	switch e.Activation {
	case ReLU:
		return max(x, 0)
	case LeakyReLU:
		if x < 0 {
			return e.Alpha * x
		}
	case Tanh:
		return float32(math.Tanh(float64(x)))
	case Sigmoid:
		return float32(1 / (1 + math.Exp(-float64(x))))
	case SiLU:
		return float32(float64(x) / (1 + math.Exp(-float64(x))))
	}
	return x
}

// matrixKernels are the inner loops of matrix products at one level.
type matrixKernels struct{}

func matrixKernelsOf(Level) matrixKernels { return matrixKernels{} }
