package audit

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// product sets c = a b for row-major matrices, with a or b read transposed
// where said. Each value of c is summed in one fixed order.
func product(c, a, b Matrix, transposeA, transposeB bool) {
	m, k, n := a.Rows, a.Cols, b.Cols
	ta, tb := blas.NoTrans, blas.NoTrans
	if transposeA {
		m, k, ta = a.Cols, a.Rows, blas.Trans
	}
	if transposeB {
		n, tb = b.Rows, blas.Trans
	}
	gonum.Implementation{}.Sgemm(ta, tb, m, n, k, 1, a.Data, a.Cols, b.Data, b.Cols, 0, c.Data, c.Cols)
}
