package measure

import (
	"fmt"

	"gonum.org/v1/gonum/stat/distuv"
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

// checkUnits verifies one unit for each of n rows, or none at all.
func checkUnits(what string, units []int, n int) error {
	if units != nil && len(units) != n {
		return fmt.Errorf("%s: %d units for %d rows", what, len(units), n)
	}
	return nil
}

// sumByUnit adds up the values of each unit, in the order of first appearance.
func sumByUnit(values []float64, units []int) []float64 {
	if units == nil {
		return values
	}
	place := make(map[int]int)
	var sums []float64
	for i, x := range values {
		at, seen := place[units[i]]
		if !seen {
			at = len(sums)
			place[units[i]] = at
			sums = append(sums, 0)
		}
		sums[at] += x
	}
	return sums
}

// normal97 is the 97.5% quantile of the standard normal distribution.
const normal97 = 1.959963984540054

// student is the 97.5% quantile of Student's t distribution.
func student(degrees int) float64 { return studentOf(float64(degrees)) }

func studentOf(degrees float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: degrees}.Quantile(0.975)
}
