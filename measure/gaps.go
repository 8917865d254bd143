package measure

import (
	"fmt"
	"math"
)

// Rates are how a classifier of two values treats one group. A rate that no row of the group speaks of is not
// measured.
type Rates struct {
	Selected      Estimate `json:"selected"`       // P(predicted | group)
	TruePositive  Estimate `json:"true_positive"`  // P(predicted | true, group)
	FalsePositive Estimate `json:"false_positive"` // P(predicted | not true, group)
}

// Gaps are how differently a classifier of two values treats groups. Each is of the two groups that lie farthest
// apart in it, and takes their choice as given. A gap for which a group has no rate is not measured.
type Gaps struct {
	Groups []Rates `json:"groups"`

	DemographicParity      Estimate `json:"demographic_parity"`       // max - min of Selected
	DemographicParityRatio Estimate `json:"demographic_parity_ratio"` // min / max of Selected
	EqualOpportunity       Estimate `json:"equal_opportunity"`        // max - min of TruePositive
	FalsePositive          Estimate `json:"false_positive"`           // max - min of FalsePositive
	EqualisedOdds          Estimate `json:"equalised_odds"`           // the larger of the last two
}

// GroupGaps measures the gaps between groups in the predictions of a classifier against the truth: demographic parity
// (Dwork et al., "Fairness through awareness", 2012), equal opportunity and equalised odds (Hardt, Price and Srebro,
// "Equality of opportunity in supervised learning", NeurIPS 2016), as the package fairlearn defines them. Without a
// truth (nil) only demographic parity is measured.
//
// Intervals of rates are those of [Proportion], and of gaps follow from them by the recovery of variances, with the
// correlation that units with rows in both groups cause (Zou and Donner 2008; Donner and Zou, "Closed-form confidence
// intervals for functions of the normal mean and standard deviation", 2012, for the ratio).
func GroupGaps(predicted, truth []bool, group, units []int, groups int) (Gaps, error) {
	n := len(predicted)
	if err := CheckClasses("gaps between groups", group, n, groups); err != nil {
		return Gaps{}, err
	}
	if truth != nil && len(truth) != n {
		return Gaps{}, fmt.Errorf("gaps between groups: %d predictions, %d true values", n, len(truth))
	}
	if err := checkUnits("gaps between groups", units, n); err != nil {
		return Gaps{}, err
	}
	selected, err := ratesOf(predicted, group, units, groups, func(int) bool { return true })
	if err != nil {
		return Gaps{}, err
	}
	for g, e := range selected.of {
		if !e.Measured() {
			return Gaps{}, &InsufficientError{"a gap between groups", 0, 1, fmt.Sprintf("rows of group %d", g)}
		}
	}
	gaps := Gaps{Groups: make([]Rates, groups), DemographicParity: selected.gap(), DemographicParityRatio: selected.ratio()}
	for g, e := range selected.of {
		gaps.Groups[g].Selected = e
	}
	if truth == nil {
		return gaps, nil
	}
	hit, err := ratesOf(predicted, group, units, groups, func(i int) bool { return truth[i] })
	if err != nil {
		return Gaps{}, err
	}
	alarm, err := ratesOf(predicted, group, units, groups, func(i int) bool { return !truth[i] })
	if err != nil {
		return Gaps{}, err
	}
	for g := range gaps.Groups {
		gaps.Groups[g].TruePositive, gaps.Groups[g].FalsePositive = hit.of[g], alarm.of[g]
	}
	gaps.EqualOpportunity, gaps.FalsePositive = hit.gap(), alarm.gap()
	if gaps.EqualOpportunity.Measured() && gaps.FalsePositive.Measured() {
		gaps.EqualisedOdds = gaps.EqualOpportunity
		if gaps.FalsePositive.Value > gaps.EqualOpportunity.Value {
			gaps.EqualisedOdds = gaps.FalsePositive
		}
	}
	return gaps, nil
}

// groupRates are shares of the rows of each group, and how they depend on one another.
type groupRates struct {
	of          []Estimate
	correlation [][]float64 // nil where they are independent
}

// ratesOf is the share of hits among the counted rows of each group; not measured where a group has none.
func ratesOf(hits []bool, group, units []int, groups int, counted func(row int) bool) (groupRates, error) {
	rates := groupRates{of: make([]Estimate, groups)}
	influence := make([][]float64, groups)
	for g := range groups {
		var rows []int
		for i, own := range group {
			if own == g && counted(i) {
				rows = append(rows, i)
			}
		}
		influence[g] = make([]float64, len(hits))
		if len(rows) == 0 {
			continue
		}
		var err error
		if rates.of[g], err = Proportion(Pick(hits, rows), Pick(units, rows)); err != nil {
			return rates, err
		}
		for _, r := range rows {
			influence[g][r] = -rates.of[g].Value
			if hits[r] {
				influence[g][r]++
			}
		}
	}
	rates.correlation = correlations(influence, units)
	return rates, nil
}

// extremes are the groups of the highest and of the lowest rate; measured says whether all groups have one.
func (r groupRates) extremes() (high, low int, measured bool) {
	for g, e := range r.of {
		if !e.Measured() {
			return 0, 0, false
		}
		if e.Value > r.of[high].Value {
			high = g
		}
		if e.Value < r.of[low].Value {
			low = g
		}
	}
	if high == low { // all are equal
		low = len(r.of) - 1
	}
	return high, low, true
}

func (r groupRates) between(a, b int) float64 {
	if r.correlation == nil {
		return 0
	}
	return r.correlation[a][b]
}

func (r groupRates) gap() Estimate {
	high, low, measured := r.extremes()
	if !measured {
		return Estimate{}
	}
	d := r.difference(high, low)
	d.Low = max(0, d.Low)
	return d
}

// difference is the rate of group i less that of group j.
func (r groupRates) difference(i, j int) Estimate {
	a, b, rho := r.of[i], r.of[j], r.between(i, j)
	width := func(x, y float64) float64 { return math.Sqrt(max(0, x*x+y*y-2*rho*x*y)) }
	d := a.Value - b.Value
	return Estimate{
		Value: d,
		Low:   max(-1, d-width(a.Value-a.Low, b.High-b.Value)),
		High:  min(1, d+width(a.High-a.Value, b.Value-b.Low)),
		N:     a.N + b.N,
	}
}

// ratio is the lowest rate over the highest; not measured where that is 0.
func (r groupRates) ratio() Estimate {
	high, low, measured := r.extremes()
	if !measured || r.of[high].Value == 0 {
		return Estimate{}
	}
	a, b, rho := r.of[low], r.of[high], r.between(high, low)
	value := a.Value / b.Value
	bound := func(sign, edgeA, edgeB float64) float64 {
		below := edgeB * (2*b.Value - edgeB)
		if below <= 0 { // too few rows to bound the denominator
			return max(0, sign)
		}
		middle := a.Value*b.Value - rho*(a.Value-edgeA)*(edgeB-b.Value)
		return (middle + sign*math.Sqrt(max(0, middle*middle-edgeA*(2*a.Value-edgeA)*below))) / below
	}
	return Estimate{value, min(value, max(0, bound(-1, a.Low, b.High))), max(value, min(1, bound(1, a.High, b.Low))), a.N + b.N}
}

// Diluted is the gap that a classifier of two values would show if enough of its predictions were flipped at random
// to bring its accuracy down to another one: every rate p becomes r + (1-2r)p, so that a gap shrinks by
//
//	(2·to - 1) / (2·accuracy - 1)
//
// What a worse classifier's gap is smaller by than this is not owed to its being worse. The accuracy must differ from
// 1/2.
func Diluted(gap, accuracy, to float64) (float64, error) {
	if accuracy == 0.5 {
		return 0, fmt.Errorf("a diluted gap: a classifier of accuracy %v has nothing to dilute", accuracy)
	}
	return gap * (2*to - 1) / (2*accuracy - 1), nil
}
