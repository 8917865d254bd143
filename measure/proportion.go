package measure

import "math"

// Proportion is the share of true values with Wilson's score interval. Where units is not nil, rows of one unit are
// taken as dependent: the interval is computed for the effective sample size n/deff, deff being the ratio of the
// cluster-robust variance to the binomial one, never below 1 (Rao and Scott, "A simple method for the analysis of
// clustered binary data", 1992) nor below what the sizes of units and how far their rows agree make of it, and with the
// quantile of Student's t of one degree of freedom less than there are units.
func Proportion(hits []bool, units []int) (Estimate, error) {
	n := len(hits)
	if err := checkUnits("a share", units, n); err != nil {
		return Estimate{}, err
	}
	if n == 0 {
		return Estimate{}, &InsufficientError{"a share", 0, 1, "observations"}
	}
	class := make([]int, n)
	count := 0
	for i, hit := range hits {
		if hit {
			count++
			class[i] = 1
		}
	}
	p := float64(count) / float64(n)
	low, high := wilson(p, float64(n)/designEffect(class, units, 2))
	return Estimate{p, low, high, n}, nil
}

// designEffect is how many times the variance of the shares of classes grows because rows of one unit resemble each
// other, and because few units leave their variance uncertain: n/designEffect independent rows would tell as much. It
// is the first-order correction of Rao and Scott, the ratio of the summed variances of the shares, times (t/z)².
//
// A few large units make most of that variance, and where none of them happens to have a rare class it is not seen. What
// their sizes would make of it counts if it is more: 1 + (mean size a row - 1)·rho, with the correlation rho of a unit's rows
// by how far these agree (Fleiss and Cuzick, "The reliability of dichotomous judgments", 1979). For units of one size the two
// are the same.
func designEffect(class, units []int, classes int) float64 {
	if units == nil || len(class) == 0 {
		return 1
	}
	n := float64(len(class))
	share := make([]float64, classes)
	for _, c := range class {
		share[c] += 1 / n
	}
	members := RowsOfUnits(units, len(class))
	u := float64(len(members))
	if u < 2 {
		return n
	}
	var clustered, binomial, disagree, squares float64
	for _, rows := range members {
		size := float64(len(rows))
		squares += size * size
		disagree += size
		residual := make([]float64, classes)
		for _, r := range rows {
			residual[class[r]]++
		}
		for c, count := range residual {
			d := count - share[c]*size
			clustered += d * d
			disagree -= count * count / size
		}
	}
	clustered *= u / (u - 1) / n
	for _, p := range share {
		binomial += p * (1 - p)
	}
	t := student(len(members)-1) / normal97
	if binomial < 1e-12 {
		return n / u // all rows agree: each unit counts as one observation, and there is no variance to be unsure of
	}
	var bySize float64
	if n > u {
		bySize = 1 + (squares/n-1)*(1-disagree/((n-u)*binomial))
	}
	return max(1, clustered/binomial, bySize) * t * t
}

// wilson is Wilson's score interval for a share p of n observations.
func wilson(p, n float64) (low, high float64) {
	z2 := normal97 * normal97
	centre := (p + z2/(2*n)) / (1 + z2/n)
	half := normal97 / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	low, high = max(0, centre-half), min(1, centre+half)
	// Rounding would leave out what was seen.
	return min(low, p), max(high, p)
}
