package measure

import (
	"math"

	"gonum.org/v1/gonum/stat/combin"
)

// Enrichment is how much more common something is at the top of a ranking than below.
type Enrichment struct {
	Top  Estimate `json:"top"`  // share among the first K rows
	Rest Estimate `json:"rest"` // share among the others
	Base Estimate `json:"base"` // share among all
	// Difference is Top - Rest, with the correlation that units with rows in both cause.
	Difference Estimate `json:"difference"`
	// Lift is the share among the first over that among all; 0 where the latter is 0.
	Lift float64 `json:"lift"`
	// P is the probability of as many or more among the first K where the ranking means nothing: hypergeometric
	// (Fisher's exact test, one-sided) where rows are independent, and from the interval of the difference where
	// units tie them.
	P float64 `json:"p"`
}

// Enriched measures the enrichment of hits, the rows in the order of the ranking, among its first k.
func Enriched(hits []bool, units []int, k int) (Enrichment, error) {
	const what = "an enrichment"
	n := len(hits)
	if err := checkUnits(what, units, n); err != nil {
		return Enrichment{}, err
	}
	if k < 1 || k >= n {
		return Enrichment{}, &InsufficientError{what, n, k + 1, "rows"}
	}
	group := make([]int, n)
	for i := k; i < n; i++ {
		group[i] = 1
	}
	rates, err := ratesOf(hits, group, units, 2, func(int) bool { return true })
	if err != nil {
		return Enrichment{}, err
	}
	e := Enrichment{Top: rates.of[0], Rest: rates.of[1]}
	if e.Base, err = Proportion(hits, units); err != nil {
		return e, err
	}
	e.Difference = rates.difference(0, 1)
	if e.Base.Value > 0 {
		e.Lift = e.Top.Value / e.Base.Value
	}
	e.P = e.Difference.P(0) / 2
	if e.Difference.Value < 0 {
		e.P = 1 - e.P
	}
	if units == nil {
		e.P = hypergeometric(count(hits[:k]), count(hits), k, n)
	}
	return e, nil
}

func count(hits []bool) (n int) {
	for _, hit := range hits {
		if hit {
			n++
		}
	}
	return n
}

// hypergeometric is the probability of found or more hits among k rows drawn without replacement from n, of which
// hits are hits.
func hypergeometric(found, hits, k, n int) float64 {
	var p float64
	whole := combin.LogGeneralizedBinomial(float64(n), float64(k))
	for x := max(found, k-(n-hits)); x <= min(k, hits); x++ {
		p += math.Exp(combin.LogGeneralizedBinomial(float64(hits), float64(x)) + combin.LogGeneralizedBinomial(float64(n-hits), float64(k-x)) - whole)
	}
	return min(1, p)
}
