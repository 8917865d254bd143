package measure

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Compute is how measurements of many rows run: their time is that of the inner products of all pairs of rows. No
// field changes what is measured but for the last digits that another order of sums gives.
type Compute struct {
	Workers int // blocks of rows taken at the same time; 0 means one a processor

	// Inner sets out to a bᵀ, the inner products of the rows of a [n, d] and b [m, d]. It is called by several
	// goroutines at once. Nil means gonum's.
	Inner func(out, a, b Matrix)
}

// blockRows is how many rows of the first matrix one product takes.
const blockRows = 256

// blocks computes the inner products of the rows of a and b, and hands them to use a block of rows of a at a time:
// inner has the rows of a from from on. use is called by several goroutines at once, and must not keep inner.
func (run Compute) blocks(ctx context.Context, a, b Matrix, use func(from int, inner Matrix)) error {
	product := run.Inner
	if product == nil {
		product = gonumInner
	}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(run.workers())
	for from := 0; from < a.Rows; from += blockRows {
		work.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			part := a.Slice(from, min(from+blockRows, a.Rows))
			inner := NewMatrix(part.Rows, b.Rows)
			product(inner, part, b)
			use(from, inner)
			return nil
		})
	}
	return work.Wait()
}

// workers is how much is done at the same time.
func (run Compute) workers() int {
	if run.Workers <= 0 {
		return runtime.GOMAXPROCS(0)
	}
	return run.Workers
}

func gonumInner(out, a, b Matrix) {
	view := func(m Matrix) blas32.General {
		return blas32.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Cols, Data: m.Data}
	}
	blas32.Gemm(blas.NoTrans, blas.Trans, 1, view(a), view(b), 0, view(out))
}

// columnMeans is the mean of each column.
func columnMeans(m Matrix) []float64 {
	mean := make([]float64, m.Cols)
	for r := range m.Rows {
		for j, v := range m.Row(r) {
			mean[j] += float64(v)
		}
	}
	for j := range mean {
		mean[j] /= float64(m.Rows)
	}
	return mean
}

// minus returns m with the same row taken from each of its rows.
func minus(m Matrix, row []float64) Matrix {
	out := NewMatrix(m.Rows, m.Cols)
	for r := range m.Rows {
		to := out.Row(r)
		for j, v := range m.Row(r) {
			to[j] = float32(float64(v) - row[j])
		}
	}
	return out
}

// squaredNorms is the squared length of each row.
func squaredNorms(m Matrix) []float32 {
	out := make([]float32, m.Rows)
	for r := range out {
		var sum float64
		for _, v := range m.Row(r) {
			sum += float64(v) * float64(v)
		}
		out[r] = float32(sum)
	}
	return out
}
