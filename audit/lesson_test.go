package audit

import (
	"math"
	"testing"
)

func TestCollectionsCountTheSameAmongTheImagesOfAValue(t *testing.T) {
	// 90 of value 0 and 10 of value 1 in the first collection, 10 and 30 in the second, one without a value, and one of
	// value 1 in a third.
	var value, of []int
	add := func(v, c, n int) {
		for range n {
			value, of = append(value, v), append(of, c)
		}
	}
	add(0, 0, 90)
	add(1, 0, 10)
	add(0, 1, 10)
	add(1, 1, 30)
	add(-1, 1, 1)
	add(1, 2, 1)
	sum := map[[2]int]float64{}
	for i, w := range even(value, of) {
		sum[[2]int{value[i], of[i]}] += float64(w)
	}
	for cell, want := range map[[2]int]float64{
		{0, 0}: 50, {0, 1}: 50, // of 100
		{1, 0}: 41. / 3, {1, 1}: 41. / 3, {1, 2}: 10, // of 41, but the one image counts no more than ten
	} {
		if math.Abs(sum[cell]-want) > 1e-4 {
			t.Errorf("images of value %d and collection %d count %g together, want %g", cell[0], cell[1], sum[cell], want)
		}
	}
}
