package measure

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Distance is a distance of two distributions between 0, where they are the same, and 1, where they share nothing.
type Distance struct {
	Estimate
	P float64 `json:"p"` // of one as large in samples of one distribution
}

// KolmogorovSmirnov is the largest difference of the distribution functions of two samples. P is that of Kolmogorov's
// limiting distribution (Smirnov 1939), corrected for the number of rows (Stephens 1970), at the samples' effective
// numbers of rows, units counting as in [Proportion].
//
// A largest difference is too large on average, and never 0. The interval is that of the difference of the shares
// below the value at which the functions lie farthest apart, moved down by the bias that a bootstrap of units finds;
// its lower end is 0 where P is above 0.05.
func KolmogorovSmirnov(a, b Sample, rng *rand.Rand) (Distance, error) {
	unitsA, unitsB, err := checkPair("the Kolmogorov-Smirnov distance", a, b)
	if err != nil {
		return Distance{}, err
	}
	values := slices.Concat(a.Values, b.Values)
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(values[i], values[j]) })
	weight := make([]float64, len(values))
	for i := range weight {
		weight[i] = 1
	}
	largest, at := farthestApart(values, order, weight, len(a.Values))
	hits := make([]bool, len(values))
	for i, x := range values {
		hits[i] = x <= at
	}
	rates, err := sharesOfTwo(hits, len(a.Values), unitsA, unitsB)
	if err != nil {
		return Distance{}, err
	}
	n := float64(len(a.Values)) / designEffect(classesOf(hits[:len(a.Values)]), a.Units, 2)
	m := float64(len(b.Values)) / designEffect(classesOf(hits[len(a.Values):]), b.Units, 2)
	members := RowsOfUnits(append(slices.Clone(unitsA), unitsB...), len(values))
	const draws = 200
	var bias float64
	for range draws {
		clear(weight)
		for range members {
			for _, r := range members[rng.IntN(len(members))] {
				weight[r]++
			}
		}
		again, _ := farthestApart(values, order, weight, len(a.Values))
		bias += (again - largest) / draws
	}
	d := Distance{rates.gap(), kolmogorov(largest, n*m/(n+m))}
	d.Low, d.High = min(largest, max(0, d.Low-bias)), max(largest, d.High-bias)
	if d.P > 0.05 {
		d.Low = 0
	}
	return d, nil
}

// farthestApart is the largest difference of the weighted distribution functions of the first n values and of the
// others, and the value at which it is found. order lists the values from the smallest to the largest.
func farthestApart(values []float64, order []int, weight []float64, n int) (largest, at float64) {
	var total, below [2]float64
	for i, w := range weight {
		total[sideOf(i, n)] += w
	}
	for k, i := range order {
		below[sideOf(i, n)] += weight[i]
		if k+1 < len(order) && values[order[k+1]] == values[i] {
			continue
		}
		if d := math.Abs(below[0]/max(total[0], 1) - below[1]/max(total[1], 1)); d > largest {
			largest, at = d, values[i]
		}
	}
	return largest, at
}

func sideOf(i, n int) int {
	if i < n {
		return 0
	}
	return 1
}

// sharesOfTwo are the shares of hits among the first n rows and among the others.
func sharesOfTwo(hits []bool, n int, unitsA, unitsB []int) (groupRates, error) {
	group := make([]int, len(hits))
	for i := n; i < len(hits); i++ {
		group[i] = 1
	}
	return ratesOf(hits, group, append(slices.Clone(unitsA), unitsB...), 2, func(int) bool { return true })
}

func classesOf(hits []bool) []int {
	class := make([]int, len(hits))
	for i, hit := range hits {
		if hit {
			class[i] = 1
		}
	}
	return class
}

// kolmogorov is the probability of a distance of d or more of the distribution functions of n rows and of what they
// are drawn from: that the supremum of a Brownian bridge exceeds it, scaled.
func kolmogorov(d, n float64) float64 {
	x := d * (math.Sqrt(n) + 0.12 + 0.11/math.Sqrt(n))
	if x < 0.2 {
		return 1 // but for 1e-12; the series below converges slowly there
	}
	var sum float64
	for k := 1.0; k <= 100; k++ {
		term := math.Exp(-2 * k * k * x * x)
		sum += 2 * math.Pow(-1, k-1) * term
		if term < 1e-17 {
			break
		}
	}
	return min(1, max(0, sum))
}

// TotalVariation is half the sum over values of the absolute difference of their shares among two sets of labels, of
// which those that are missing (negative) are left out: how many of one set would have to change to be like the
// other. P is that of Pearson's chi-square test at the effective numbers of rows (Rao and Scott 1981).
//
// Shares of samples differ even where those of what they were drawn from do not: the value is less by what normal
// errors of the shares add to it on average (Kumar, Liang and Ma, "Verified uncertainty calibration", NeurIPS 2019,
// for sums of this form), though not below 0. The interval is that of the linearised sum; its lower end is 0 where P
// is above 0.05.
func TotalVariation(a, b, unitsA, unitsB []int, values int) (Distance, error) {
	const what = "the total variation of labels"
	var err error
	if a, unitsA, err = knownLabels(what, a, unitsA, values); err != nil {
		return Distance{}, err
	}
	if b, unitsB, err = knownLabels(what, b, unitsB, values); err != nil {
		return Distance{}, err
	}
	shareA, shareB := sharesOf(a, values), sharesOf(b, values)
	n := float64(len(a)) / designEffect(a, unitsA, values)
	m := float64(len(b)) / designEffect(b, unitsB, values)
	var sum, excess, chi float64
	degrees := -1
	for v := range values {
		d := shareA[v] - shareB[v]
		sum += math.Abs(d) / 2
		sigma := math.Sqrt(shareA[v]*(1-shareA[v])/n + shareB[v]*(1-shareB[v])/m)
		excess += absoluteExcess(d, sigma) / 2
		if pooled := (n*shareA[v] + m*shareB[v]) / (n + m); pooled > 0 {
			chi += d * d / (pooled * (1/n + 1/m))
			degrees++
		}
	}
	sign := func(v int) float64 { return math.Copysign(0.5, shareA[v]-shareB[v]) }
	influence := make([]float64, 0, len(a)+len(b))
	add := func(labels []int, share []float64, factor float64) {
		var mean float64
		for v, p := range share {
			mean += sign(v) * p
		}
		for _, l := range labels {
			influence = append(influence, factor*(sign(l)-mean)/float64(len(labels)))
		}
	}
	add(a, shareA, 1)
	add(b, shareB, -1)
	own, other := numbered(unitsA, unitsB, len(a), len(b))
	e, err := linearised(what+" with an interval", max(0, sum-excess), influence, append(slices.Clone(own), other...))
	if err != nil {
		return Distance{}, err
	}
	d := Distance{Estimate{e.Value, max(0, e.Low), min(1, e.High), e.N}, 1}
	if degrees > 0 {
		d.P = distuv.ChiSquared{K: float64(degrees)}.Survival(chi)
	}
	if d.P > 0.05 {
		d.Low = 0
	}
	return d, nil
}

// knownLabels leaves out the rows whose label is missing.
func knownLabels(what string, labels, units []int, values int) (known, ties []int, err error) {
	if err := checkUnits(what, units, len(labels)); err != nil {
		return nil, nil, err
	}
	var rows []int
	for r, l := range labels {
		if l >= 0 {
			rows = append(rows, r)
		}
	}
	known, ties = Pick(labels, rows), Pick(units, rows)
	if n := len(RowsOfUnits(ties, len(known))); n < 2 {
		return nil, nil, &InsufficientError{what, n, 2, "independent labels of each set"}
	}
	return known, ties, CheckClasses(what, known, len(known), values)
}

func sharesOf(class []int, classes int) []float64 {
	share := make([]float64, classes)
	for _, c := range class {
		share[c] += 1 / float64(len(class))
	}
	return share
}

// absoluteExcess is E|X| - |mean| of a normal variable X: by how much an error makes the absolute value of a
// difference too large on average.
func absoluteExcess(mean, sigma float64) float64 {
	if sigma == 0 {
		return 0
	}
	z := math.Abs(mean) / sigma
	return sigma*math.Sqrt(2/math.Pi)*math.Exp(-z*z/2) - 2*math.Abs(mean)*distuv.UnitNormal.Survival(z)
}
