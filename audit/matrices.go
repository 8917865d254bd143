package audit

import (
	"cmp"
	"slices"

	"github.com/dataprism/dataprism/measure"
)

// stacked is the rows of a, which may be empty, then those of b.
func stacked(a, b measure.Matrix) measure.Matrix {
	return measure.Matrix{Rows: a.Rows + b.Rows, Cols: b.Cols, Data: slices.Concat(a.Data, b.Data)}
}

// appended is stacked, in the memory of a where there is room: a is not to be used after.
func appended(a, b measure.Matrix) measure.Matrix {
	return measure.Matrix{Rows: a.Rows + b.Rows, Cols: b.Cols, Data: append(a.Data, b.Data...)}
}

// beside is the columns of all of m, which have the same rows.
func beside(m []measure.Matrix) measure.Matrix {
	out := measure.Matrix{Rows: m[0].Rows}
	for _, part := range m {
		out.Cols += part.Cols
	}
	for r := range out.Rows {
		for _, part := range m {
			out.Data = append(out.Data, part.Row(r)...)
		}
	}
	return out
}

// descending are the places of values, the largest first.
func descending(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	return order
}

// column is column j of m.
func column(m measure.Matrix, j int) []float64 {
	out := make([]float64, m.Rows)
	for r := range out {
		out[r] = float64(m.Row(r)[j])
	}
	return out
}

// columnsTo are the first n columns of m.
func columnsTo(m measure.Matrix, n int) measure.Matrix {
	if m.Cols == n {
		return m
	}
	out := measure.Matrix{Rows: m.Rows, Cols: n, Data: make([]float32, 0, m.Rows*n)}
	for r := range m.Rows {
		out.Data = append(out.Data, m.Row(r)[:n]...)
	}
	return out
}
