package measure

import (
	"fmt"
	"math/rand/v2"
)

// Units joins rows that share any key: keys holds one or more columns (such as pair and group) of one value a row,
// and rows with the same non-empty value in the same column get the same unit, transitively. Units are numbered from
// 0 in the order of their first row. A row with no key is a unit of its own.
func Units(rows int, keys ...[]string) ([]int, error) {
	parent := make([]int, rows)
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for k, column := range keys {
		if column == nil {
			continue
		}
		if len(column) != rows {
			return nil, fmt.Errorf("key column %d has %d values for %d rows", k, len(column), rows)
		}
		first := make(map[string]int)
		for i, key := range column {
			if key == "" {
				continue
			}
			if j, seen := first[key]; seen {
				a, b := root(j), root(i)
				parent[max(a, b)] = min(a, b)
			} else {
				first[key] = i
			}
		}
	}
	units := make([]int, rows)
	number := make(map[int]int)
	for i := range units {
		r := root(i)
		if _, seen := number[r]; !seen {
			number[r] = len(number)
		}
		units[i] = number[r]
	}
	return units, nil
}

// rowsOfUnits lists the rows of each unit, units in the order of first row.
func RowsOfUnits(units []int, rows int) [][]int {
	var members [][]int
	place := make(map[int]int)
	for r := range rows {
		if units == nil {
			members = append(members, []int{r})
			continue
		}
		at, seen := place[units[r]]
		if !seen {
			at = len(members)
			place[units[r]] = at
			members = append(members, nil)
		}
		members[at] = append(members[at], r)
	}
	return members
}

// pick returns the values at the given rows; nil stays nil.
func Pick[T any](values []T, rows []int) []T {
	if values == nil {
		return nil
	}
	out := make([]T, len(rows))
	for i, r := range rows {
		out[i] = values[r]
	}
	return out
}

// PermuteClasses is the control of a probe on labels that mean nothing: it returns the classes dealt anew. Whole
// units change places with units of the same size where units is not nil, so that what ties rows together stays.
func PermuteClasses(class, units []int, rng *rand.Rand) []int {
	out := make([]int, len(class))
	bySize := make(map[int][][]int)
	var sizes []int
	for _, rows := range RowsOfUnits(units, len(class)) {
		if bySize[len(rows)] == nil {
			sizes = append(sizes, len(rows))
		}
		bySize[len(rows)] = append(bySize[len(rows)], rows)
	}
	for _, size := range sizes {
		same := bySize[size]
		for i, j := range rng.Perm(len(same)) {
			for r := range size {
				out[same[i][r]] = class[same[j][r]]
			}
		}
	}
	return out
}
