package weigh

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Amount is how much to keep: a number of rows or a share of them.
type Amount struct {
	N     int
	Share float64
}

// ParseAmount reads "500", "0.25" or "25%".
func ParseAmount(text string) (Amount, error) {
	wrong := fmt.Errorf("%q is neither a number of images, such as 500, nor a share of them, such as 0.25 or 25%%", text)
	number, percent := strings.CutSuffix(text, "%")
	if n, err := strconv.Atoi(number); err == nil && !percent {
		if n < 1 {
			return Amount{}, wrong
		}
		return Amount{N: n}, nil
	}
	share, err := strconv.ParseFloat(number, 64)
	if percent {
		share /= 100
	}
	if err != nil || !(share > 0 && share <= 1) {
		return Amount{}, wrong
	}
	return Amount{Share: share}, nil
}

// of is the amount of n rows.
func (a Amount) of(n int) int {
	if a.N > 0 {
		return min(a.N, n)
	}
	return int(math.Round(a.Share * float64(n)))
}

// Best chooses rows of the highest scores within each class, as many of each as its share of all, so that the classes
// keep their shares. Of equal scores the first is taken.
func Best(score []float64, class []int, classes int, keep Amount) (kept []bool) {
	members := make([][]int, classes)
	for i, c := range class {
		members[c] = append(members[c], i)
	}
	total := keep.of(len(score))
	quota := quotas(members, total, len(score))
	kept = make([]bool, len(score))
	for c, rows := range members {
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(score[b], score[a]) })
		for _, r := range rows[:quota[c]] {
			kept[r] = true
		}
	}
	return kept
}

// quotas share out total rows among classes in proportion to their sizes, by the largest remainders.
func quotas(members [][]int, total, n int) []int {
	quota := make([]int, len(members))
	order := make([]int, len(members))
	rest := make([]float64, len(members))
	left := total
	for c, rows := range members {
		exact := float64(total) * float64(len(rows)) / float64(max(1, n))
		quota[c] = int(exact)
		rest[c] = exact - float64(quota[c])
		order[c] = c
		left -= quota[c]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rest[b], rest[a]) })
	for _, c := range order[:min(left, len(order))] {
		quota[c] = min(quota[c]+1, len(members[c]))
	}
	return quota
}
