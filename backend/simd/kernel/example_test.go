package kernel_test

import (
	"fmt"

	"github.com/dataprism/dataprism/backend/simd/kernel"
)

// A product of two matrices; the second is stored transposed, which costs nothing.
func ExampleKernels_Gemm() {
	a := kernel.Matrix{Data: []float32{1, 2, 3, 4, 5, 6}, Rows: 2, Cols: 3, RowStride: 3, ColStride: 1}
	b := kernel.Matrix{Data: []float32{1, 0, 1, 0, 1, 1}, Rows: 2, Cols: 3, RowStride: 3, ColStride: 1}
	c := kernel.Matrix{Data: make([]float32, 4), Rows: 2, Cols: 2, RowStride: 2, ColStride: 1}
	kernel.New(kernel.Best()).Gemm(nil, c, a, b.T(), kernel.Epilogue{})
	fmt.Println(c.Data)
	// Output: [4 5 10 11]
}
