package probe

import (
	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/dataprism/dataprism/measure"
)

// Compute is the [measure.Compute] that takes products from the kernels of this processor.
func Compute(workers int) measure.Compute {
	p := newProducts()
	return measure.Compute{Workers: workers, Inner: func(out, a, b measure.Matrix) { p.set(out, view(a), view(b).T()) }}
}

// products computes matrix products on the calling goroutine; the rows of work that can be done at the same time are
// shared out above it. Each value is summed in one fixed order.
type products struct{ kernels *kernel.Kernels }

func newProducts() products { return products{kernel.New(kernel.Best())} }

// view is m as the kernels see it.
func view(m measure.Matrix) kernel.Matrix {
	return kernel.Matrix{Data: m.Data, Rows: m.Rows, Cols: m.Cols, RowStride: m.Cols, ColStride: 1}
}

// set computes c = a b.
func (p products) set(c measure.Matrix, a, b kernel.Matrix) {
	p.kernels.Gemm(nil, view(c), a, b, kernel.Epilogue{})
}

// add computes c = c + a b.
func (p products) add(c measure.Matrix, a, b kernel.Matrix) {
	p.kernels.Gemm(nil, view(c), a, b, kernel.Epilogue{Accumulate: true})
}

// layer computes c = activation(a b + bias), bias being a row.
func (p products) layer(c measure.Matrix, a, b kernel.Matrix, bias []float32, activation kernel.Activation) {
	p.kernels.Gemm(nil, view(c), a, b, kernel.Epilogue{Bias: bias, Activation: activation})
}

// sumRows sets to to the sum of the rows of m.
func (p products) sumRows(to []float32, m measure.Matrix) {
	clear(to)
	p.kernels.AddRows(to, m.Data)
}
