package measure

import (
	"math/rand/v2"
	"slices"
)

// PermuteClasses deals the classes anew, as they might be if they meant nothing: the control of a probe, and a draw
// of the null distribution of a test. What ties rows together stays tied:
//
//   - units of one class exchange their classes, whatever their sizes;
//   - units of several classes (the pair of a photo and a painting) exchange with units of the same size, and within each
//     the classes change places.
//
// The number of units of each class stays, and the number of rows where units are of one size. With nil units rows
// exchange their classes. A permutation test by it is exact where the size of a unit says nothing about its class.
func PermuteClasses(class, units []int, rng *rand.Rand) []int {
	out := make([]int, len(class))
	var pure [][]int
	mixed := make(map[int][][]int) // by size
	var sizes []int
	for _, rows := range RowsOfUnits(units, len(class)) {
		if !slices.ContainsFunc(rows, func(r int) bool { return class[r] != class[rows[0]] }) {
			pure = append(pure, rows)
			continue
		}
		if mixed[len(rows)] == nil {
			sizes = append(sizes, len(rows))
		}
		mixed[len(rows)] = append(mixed[len(rows)], rows)
	}
	for i, j := range rng.Perm(len(pure)) {
		for _, r := range pure[i] {
			out[r] = class[pure[j][0]]
		}
	}
	for _, size := range sizes {
		same := mixed[size]
		for i, j := range rng.Perm(len(same)) {
			for at, from := range rng.Perm(size) {
				out[same[i][at]] = class[same[j][from]]
			}
		}
	}
	return out
}
