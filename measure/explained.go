package measure

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Explained is the share of the variance of y that a linear model of the columns of x, their squares and products
// predicts on rows that it was not fitted to:
//
//	1 - sum (y - ŷ)² / sum (y - ȳ)²
//
// ŷ being of ten folds by units, fitted by least squares with a small ridge. It lies below 0 where nothing is
// explained.
func Explained(y []float64, x Matrix, units []int, rng *rand.Rand) (Estimate, error) {
	const folds, ridge = 10, 1e-3
	if err := x.Check("what explains"); err != nil {
		return Estimate{}, err
	}
	if len(y) != x.Rows {
		return Estimate{}, fmt.Errorf("%d values are explained by %d rows", len(y), x.Rows)
	}
	members := RowsOfUnits(units, x.Rows)
	design := quadratic(x)
	if need := folds * design.Cols; len(members) < need {
		return Estimate{}, &InsufficientError{"the share of variance explained", len(members), need, "independent rows"}
	}
	fold := make([]int, x.Rows)
	for i, u := range rng.Perm(len(members)) {
		for _, r := range members[u] {
			fold[r] = i % folds
		}
	}
	mean, _ := moments(y)
	missed, total := make([]float64, len(y)), make([]float64, len(y))
	for f := range folds {
		weights, err := leastSquares(y, design, ridge, func(r int) bool { return fold[r] != f })
		if err != nil {
			return Estimate{}, err
		}
		for r := range y {
			if fold[r] != f {
				continue
			}
			d := y[r]
			for j, v := range design.Row(r) {
				d -= weights[j] * float64(v)
			}
			missed[r], total[r] = d*d, (y[r]-mean)*(y[r]-mean)
		}
	}
	share, err := MeanRatio(missed, total, units)
	if err != nil {
		return Estimate{}, err
	}
	return Estimate{1 - share.Value, 1 - share.High, 1 - share.Low, share.N}, nil
}

// quadratic are the standardised columns of x, their squares and products, and a constant.
func quadratic(x Matrix) Matrix {
	d := x.Cols
	out := NewMatrix(x.Rows, 1+d+d*(d+1)/2)
	mean, spread := columnMeans(x), make([]float64, d)
	for r := range x.Rows {
		for j, v := range x.Row(r) {
			spread[j] += (float64(v) - mean[j]) * (float64(v) - mean[j]) / float64(x.Rows)
		}
	}
	for r := range x.Rows {
		to := out.Row(r)
		to[0] = 1
		for j, v := range x.Row(r) {
			if spread[j] > 0 {
				to[1+j] = float32((float64(v) - mean[j]) / math.Sqrt(spread[j]))
			}
		}
		at := 1 + d
		for i := range d {
			for j := i; j < d; j++ {
				to[at] = to[1+i] * to[1+j]
				at++
			}
		}
	}
	return out
}

// leastSquares fits y to the columns of x on the rows that are used.
func leastSquares(y []float64, x Matrix, ridge float64, used func(row int) bool) ([]float64, error) {
	d := x.Cols
	normal, target := mat.NewSymDense(d, nil), mat.NewVecDense(d, nil)
	n := 0.0
	for r := range y {
		if !used(r) {
			continue
		}
		n++
		row := x.Row(r)
		for i, v := range row {
			target.SetVec(i, target.AtVec(i)+float64(v)*y[r])
			for j := i; j < d; j++ {
				normal.SetSym(i, j, normal.At(i, j)+float64(v)*float64(row[j]))
			}
		}
	}
	for i := range d {
		normal.SetSym(i, i, normal.At(i, i)+ridge*n)
	}
	var factor mat.Cholesky
	if !factor.Factorize(normal) {
		return nil, fmt.Errorf("the columns that explain cannot be fitted: they hold values that are not finite")
	}
	var weights mat.VecDense
	if err := factor.SolveVecTo(&weights, target); err != nil {
		return nil, err
	}
	return weights.RawVector().Data, nil
}
