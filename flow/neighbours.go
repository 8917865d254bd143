package flow

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// mutual are the rows of a and b that are each other's nearest, by twice their squared distance less the mean of that of
// either to its ten nearest: without the latter, rows in the middle are the nearest to most.
func mutual(a, b *mat.Dense) [][2]int {
	distance := product(a, b.T())
	rows, cols := distance.Dims()
	square := func(m *mat.Dense, i int) float64 {
		row := m.RawRowView(i)
		sum := 0.0
		for _, x := range row {
			sum += x * x
		}
		return sum
	}
	ofB, nearA, nearB := make([]float64, cols), make([]nearest, rows), make([]nearest, cols)
	for j := range cols {
		ofB[j] = square(b, j)
	}
	for i := range rows {
		row, own := distance.RawRowView(i), square(a, i)
		for j := range row {
			row[j] = own + ofB[j] - 2*row[j]
			nearA[i].add(row[j])
			nearB[j].add(row[j])
		}
	}
	bestOfA, bestOfB := make([]int, rows), make([]int, cols)
	least := slices.Repeat([]float64{math.Inf(1)}, cols)
	for i := range rows {
		row, own := distance.RawRowView(i), math.Inf(1)
		for j := range row {
			d := 2*row[j] - nearA[i].mean() - nearB[j].mean()
			if d < own {
				own, bestOfA[i] = d, j
			}
			if d < least[j] {
				least[j], bestOfB[j] = d, i
			}
		}
	}
	var found [][2]int
	for i, j := range bestOfA {
		if bestOfB[j] == i {
			found = append(found, [2]int{i, j})
		}
	}
	return found
}

// nearest holds the ten least of values, in order.
type nearest struct {
	least [10]float64
	n     int
}

func (k *nearest) add(x float64) {
	if k.n == len(k.least) && x >= k.least[k.n-1] {
		return
	}
	if k.n < len(k.least) {
		k.n++
	}
	at := k.n - 1
	for ; at > 0 && k.least[at-1] > x; at-- {
		k.least[at] = k.least[at-1]
	}
	k.least[at] = x
}

func (k *nearest) mean() float64 {
	sum := 0.0
	for _, x := range k.least[:k.n] {
		sum += x
	}
	return sum / float64(max(1, k.n))
}
