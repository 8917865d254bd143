package measure

import (
	"errors"
	"math"
	"slices"
)

// Carried is the mean that values of some rows would have among other rows, where they depend on what odds says of a row
// alone, and how far it lies from the mean among their own: the values weighed by exp(odds). odds are the log-odds of being
// one of the others, of the rows with values and then of the others, estimated from contexts that both have; units are of
// all rows, in the same order, and may be nil.
//
// The intervals are those of the linearised statistic of estimated odds (Hirano, Imbens and Ridder, "Efficient estimation of
// average treatment effects using the estimated propensity score", 2003): what of a value its odds do not tell counts with
// its weight, and what they tell with the others' number. What they tell is taken as the mean over rows of like odds.
func Carried(values, odds []float64, units []int) (mean, change Estimate, err error) {
	n := len(values)
	others := len(odds) - n
	if n == 0 || others <= 0 {
		return mean, change, errors.New("a mean carried over: it needs rows with values, and others")
	}
	if err := checkUnits("a mean carried over", units, len(odds)); err != nil {
		return mean, change, err
	}
	weights := make([]float64, n)
	top := slices.Max(odds[:n])
	var sum, weighted float64
	for i, x := range values {
		weights[i] = math.Exp(odds[i] - top)
		sum, weighted = sum+weights[i], weighted+weights[i]*x
	}
	value := weighted / sum
	plain, _ := moments(values)
	told := toldBy(values, odds)
	var among float64 // what odds tell, among the others
	for _, t := range told[n:] {
		among += t / float64(others)
	}
	influence, moved := make([]float64, len(odds)), make([]float64, len(odds))
	for i, t := range told {
		if i < n {
			influence[i] = weights[i] * (values[i] - t) / sum
			moved[i] = influence[i] - (values[i]-plain)/float64(n)
		} else {
			influence[i] = (t - among) / float64(others)
			moved[i] = influence[i]
		}
	}
	if mean, err = linearised("a mean carried over", value, influence, units); err != nil {
		return mean, change, err
	}
	change, err = linearised("a mean carried over", value-plain, moved, units)
	mean.N, change.N = n, n
	return mean, change, err
}

// toldBy is for each row the mean of the values of rows with like odds, which are cut into parts of equal size.
func toldBy(values, odds []float64) []float64 {
	const parts, least = 10, 20
	n := len(values)
	k := max(1, min(parts, n/least))
	sorted := slices.Clone(odds[:n])
	slices.Sort(sorted)
	bounds := make([]float64, 0, k-1)
	for part := 1; part < k; part++ {
		bounds = append(bounds, sorted[part*n/k])
	}
	of := func(o float64) int { // the part whose lower bound is the last not above o
		at, found := slices.BinarySearch(bounds, o)
		for found && at+1 < len(bounds) && bounds[at+1] == o {
			at++
		}
		if found {
			at++
		}
		return at
	}
	sums, counts := make([]float64, k), make([]float64, k)
	for i, x := range values {
		part := of(odds[i])
		sums[part], counts[part] = sums[part]+x, counts[part]+1
	}
	out := make([]float64, len(odds))
	for i, o := range odds {
		part := of(o)
		for counts[part] == 0 { // bounds that are equal leave parts empty
			part--
		}
		out[i] = sums[part] / counts[part]
	}
	return out
}
