package weigh

import (
	"math"

	"github.com/dataprism/dataprism/measure"
)

// MostWeight is the cap of weights whose mean is 1: rows beyond it would decide alone what is learnt.
const MostWeight = 10

// Effective is how many rows of equal weight tell as much as weighted ones, (sum w)²/sum w² (Kish, "Survey sampling",
// 1965, section 11.7): of rows, and of units, whose weight is that of their rows together. Units are fewer where rows
// belong together.
type Effective struct {
	Rows  float64 `json:"rows"`
	Units float64 `json:"units"`
}

// EffectiveOf is Kish's number for weights; units tie rows together and may be nil. It is 0 where all weights are.
func EffectiveOf(weight []float64, units []int) Effective {
	var ofUnits []float64
	for _, rows := range measure.RowsOfUnits(units, len(weight)) {
		sum := 0.0
		for _, r := range rows {
			sum += weight[r]
		}
		ofUnits = append(ofUnits, sum)
	}
	return Effective{measure.Effective(weight), measure.Effective(ofUnits)}
}

// capped scales weights to the mean 1 and none above most, in place, and returns how many were cut. What is cut goes
// to the others in proportion. most must be above 1.
func capped(weight []float64, most float64) int {
	cut := make([]bool, len(weight))
	for {
		var free float64
		room, changed := float64(len(weight)), 0
		for i, w := range weight {
			if cut[i] {
				room -= most
			} else {
				free += w
			}
		}
		if free == 0 || room <= 0 {
			break
		}
		for i := range weight {
			if cut[i] {
				continue
			}
			if weight[i] *= room / free; weight[i] > most {
				changed++
			}
		}
		if changed == 0 {
			break
		}
		for i := range weight {
			if weight[i] > most {
				weight[i], cut[i] = most, true
			}
		}
	}
	n := 0
	for _, c := range cut {
		if c {
			n++
		}
	}
	return n
}

// resampled is how often each of n rows is taken when as many are drawn in proportion to their weights: the
// systematic draw, in which a row of weight w of mean 1 comes floor(w) or ceil(w) times. start in [0, 1) is the
// random start.
func resampled(weight []float64, start float64) []int {
	total := 0.0
	for _, w := range weight {
		total += w
	}
	times := make([]int, len(weight))
	if total == 0 {
		return times
	}
	sum, drawn := 0.0, 0
	for i, w := range weight {
		sum += w * float64(len(weight)) / total
		upTo := min(int(math.Ceil(sum-start)), len(weight))
		times[i] = max(0, upTo-drawn)
		drawn += times[i]
	}
	return times
}
