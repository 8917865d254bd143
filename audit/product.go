package audit

import "github.com/dataprism/dataprism/backend/simd/kernel"

// products computes matrix products on the calling goroutine; the rows of work
// that can be done at the same time are shared out above it. Each value is
// summed in one fixed order.
type products struct{ kernels *kernel.Kernels }

func newProducts() products { return products{kernel.New(kernel.Best())} }

// view is m as the kernels see it.
func (m Matrix) view() kernel.Matrix {
	return kernel.Matrix{Data: m.Data, Rows: m.Rows, Cols: m.Cols, RowStride: m.Cols, ColStride: 1}
}

// set computes c = a b.
func (p products) set(c Matrix, a, b kernel.Matrix) {
	p.kernels.Gemm(nil, c.view(), a, b, kernel.Epilogue{})
}

// add computes c = c + a b.
func (p products) add(c Matrix, a, b kernel.Matrix) {
	p.kernels.Gemm(nil, c.view(), a, b, kernel.Epilogue{Accumulate: true})
}

// layer computes c = activation(a b + bias), bias being a row.
func (p products) layer(c Matrix, a, b kernel.Matrix, bias []float32, activation kernel.Activation) {
	p.kernels.Gemm(nil, c.view(), a, b, kernel.Epilogue{Bias: bias, Activation: activation})
}
