package trial

import (
	"fmt"
	"math"

	"github.com/dataprism/dataprism/measure"
)

// Metrics are how well and how fairly an expert does on a test. Experts are fitted, and decide, as if every value of
// the label were as frequent; a metric that was not measured is null.
type Metrics struct {
	BalancedAccuracy measure.Estimate `json:"balanced_accuracy"`
	AUC              measure.Estimate `json:"auc"`         // of the positive value
	LogLoss          measure.Estimate `json:"log_loss"`    // nats an image, under the test's own class shares
	Calibration      measure.Estimate `json:"calibration"` // expected calibration error, under the test's own class shares
	WorstGroup       measure.Estimate `json:"worst_group"` // lowest share right among pairs of a value of the label and one of the group (or else the context)

	DemographicParity      measure.Estimate `json:"demographic_parity"`
	DemographicParityRatio measure.Estimate `json:"demographic_parity_ratio"`
	EqualOpportunity       measure.Estimate `json:"equal_opportunity"`  // gap of true-positive rates
	FalsePositiveGap       measure.Estimate `json:"false_positive_gap"` // gap of false-positive rates
	EqualisedOdds          measure.Estimate `json:"equalised_odds"`     // the larger of the last two

	// Of counterfactual pairs: the share in which the decision changes with what the label names, as it should, and
	// with what the label does not depend on, as it should not.
	CounterfactualChange measure.Estimate `json:"counterfactual_change"`
	FactualChange        measure.Estimate `json:"factual_change"`
}

// Metric describes one of [Metrics].
type Metric struct {
	Name, Title string
	Better      int  // +1 where more is better, -1 where less is
	Gap         bool // whether it is a difference of rates, which a worse classifier has less of
	Share       bool // whether it is a share of 1
	Of          func(*Metrics) *measure.Estimate
	measure     func(outcome) (measure.Estimate, error)
}

// AllMetrics are the fields of [Metrics] in their order.
func AllMetrics() []Metric {
	return []Metric{
		{"balanced_accuracy", "balanced accuracy", 1, false, true, func(m *Metrics) *measure.Estimate { return &m.BalancedAccuracy }, outcome.balancedAccuracy},
		{"auc", "area under the curve", 1, false, true, func(m *Metrics) *measure.Estimate { return &m.AUC }, outcome.auc},
		{"log_loss", "log loss", -1, false, false, func(m *Metrics) *measure.Estimate { return &m.LogLoss }, outcome.logLoss},
		{"calibration", "calibration error", -1, false, true, func(m *Metrics) *measure.Estimate { return &m.Calibration }, outcome.calibration},
		{"worst_group", "worst group", 1, false, true, func(m *Metrics) *measure.Estimate { return &m.WorstGroup }, outcome.worstGroup},
		{"demographic_parity", "demographic parity gap", -1, true, true, func(m *Metrics) *measure.Estimate { return &m.DemographicParity },
			gap(func(g measure.Gaps) measure.Estimate { return g.DemographicParity })},
		{"demographic_parity_ratio", "demographic parity ratio", 1, false, true, func(m *Metrics) *measure.Estimate { return &m.DemographicParityRatio },
			gap(func(g measure.Gaps) measure.Estimate { return g.DemographicParityRatio })},
		{"equal_opportunity", "equal opportunity gap", -1, true, true, func(m *Metrics) *measure.Estimate { return &m.EqualOpportunity },
			gap(func(g measure.Gaps) measure.Estimate { return g.EqualOpportunity })},
		{"false_positive_gap", "false positive gap", -1, true, true, func(m *Metrics) *measure.Estimate { return &m.FalsePositiveGap },
			gap(func(g measure.Gaps) measure.Estimate { return g.FalsePositive })},
		{"equalised_odds", "equalised odds gap", -1, true, true, func(m *Metrics) *measure.Estimate { return &m.EqualisedOdds },
			gap(func(g measure.Gaps) measure.Estimate { return g.EqualisedOdds })},
		{"counterfactual_change", "changes with the label", 1, false, true, func(m *Metrics) *measure.Estimate { return &m.CounterfactualChange }, changes(roleCounterfactual)},
		{"factual_change", "changes without the label", -1, false, true, func(m *Metrics) *measure.Estimate { return &m.FactualChange }, changes(roleFactual)},
	}
}

// possible cuts the interval of a value of the metric at what the metric can be: at 0, and at 1 where it is a share.
func (m Metric) possible(e measure.Estimate) measure.Estimate {
	e.Low = max(0, e.Low)
	if m.Share {
		e.High = min(1, e.High)
	}
	return e
}

// outcome is what an expert says of rows of a test, and what is true.
type outcome struct {
	logProbs measure.Matrix // [rows, classes], under equal class shares
	class    []int
	cell     []int    // group, or else context, of the row; -1 where it has none or is of too rare a one
	group    []int    // the same of the group alone
	units    []int    // nil where no interval is asked for
	pair     []string // of counterfactual pairs, with the role in it; nil where there are none
	role     []string
	cells    int
	groups   int
}

// at is the outcome on some of the rows, without units: for the value alone.
func (o outcome) at(rows []int) outcome {
	return outcome{o.logProbs.Select(rows), measure.Pick(o.class, rows), measure.Pick(o.cell, rows), measure.Pick(o.group, rows), nil, measure.Pick(o.pair, rows), measure.Pick(o.role, rows), o.cells, o.groups}
}

// errNotAsked says that a metric has no meaning in a trial.
var errNotAsked = fmt.Errorf("it is not asked for: %w", measure.ErrEmpty)

func (o outcome) balancedAccuracy() (measure.Estimate, error) {
	return measure.BalancedAccuracy(o.class, measure.ArgMax(o.logProbs), o.logProbs.Cols, o.units)
}

func (o outcome) auc() (measure.Estimate, error) {
	if o.logProbs.Cols != 2 {
		return measure.Estimate{}, errNotAsked
	}
	scores, positive := make([]float64, len(o.class)), make([]bool, len(o.class))
	for r, c := range o.class {
		row := o.logProbs.Row(r)
		scores[r], positive[r] = float64(row[1]-row[0]), c == 1
	}
	return measure.AUC(scores, positive, o.units)
}

// probabilities are those of the classes under the class shares of the rows themselves: p(y | x) q(y), normalised.
func (o outcome) probabilities() [][]float64 {
	share := make([]float64, o.logProbs.Cols)
	for _, c := range o.class {
		share[c] += 1 / float64(len(o.class))
	}
	out := make([][]float64, len(o.class))
	for r := range out {
		p, total := make([]float64, len(share)), 0.0
		for c, lp := range o.logProbs.Row(r) {
			p[c] = math.Exp(float64(lp)) * share[c]
			total += p[c]
		}
		for c := range p {
			p[c] = min(1, p[c]/max(total, math.SmallestNonzeroFloat64))
		}
		out[r] = p
	}
	return out
}

func (o outcome) logLoss() (measure.Estimate, error) {
	losses := make([]float64, len(o.class))
	for r, p := range o.probabilities() {
		losses[r] = -math.Log(max(p[o.class[r]], 1e-12)) // a certain error costs 28 nats, not infinitely many
	}
	return measure.PositiveMean(losses, o.units)
}

// calibrationBins are the bins of the calibration error.
const calibrationBins = 10

func (o outcome) calibration() (measure.Estimate, error) {
	said, happened := make([]float64, len(o.class)), make([]bool, len(o.class))
	for r, p := range o.probabilities() {
		if len(p) == 2 {
			said[r], happened[r] = p[1], o.class[r] == 1
			continue
		}
		best := 0
		for c := range p {
			if p[c] > p[best] {
				best = c
			}
		}
		said[r], happened[r] = p[best], o.class[r] == best
	}
	reliability, err := measure.Calibration(said, happened, o.units, calibrationBins)
	return reliability.Error, err
}

func (o outcome) worstGroup() (measure.Estimate, error) {
	if o.cells == 0 {
		return measure.Estimate{}, errNotAsked
	}
	said := measure.ArgMax(o.logProbs)
	var right []bool
	var cell, rows []int
	for r, c := range o.class {
		if o.cell[r] >= 0 {
			right, cell, rows = append(right, said[r] == c), append(cell, c*o.cells+o.cell[r]), append(rows, r)
		}
	}
	e, _, err := measure.WorstGroup(right, cell, measure.Pick(o.units, rows), o.logProbs.Cols*o.cells, leastOfGroup/2)
	return e, err
}

// gap measures one of the gaps between the groups that the test has enough of.
func gap(of func(measure.Gaps) measure.Estimate) func(outcome) (measure.Estimate, error) {
	return func(o outcome) (measure.Estimate, error) {
		if o.groups < 2 || o.logProbs.Cols != 2 {
			return measure.Estimate{}, errNotAsked
		}
		said := measure.ArgMax(o.logProbs)
		var predicted, truth []bool
		var group, rows []int
		for r, g := range o.group {
			if g >= 0 {
				predicted, truth = append(predicted, said[r] == 1), append(truth, o.class[r] == 1)
				group, rows = append(group, g), append(rows, r)
			}
		}
		gaps, err := measure.GroupGaps(predicted, truth, group, measure.Pick(o.units, rows), o.groups)
		if err != nil {
			return measure.Estimate{}, err
		}
		return of(gaps), nil
	}
}

// changes is the share of pairs in which the decision on the version of a role is another than on the original.
func changes(role string) func(outcome) (measure.Estimate, error) {
	return func(o outcome) (measure.Estimate, error) {
		first, other := map[string]int{}, map[string]int{}
		for r, pair := range o.pair {
			_, seen := first[pair]
			switch {
			case pair == "":
			case o.role[r] == roleSelf || o.role[r] == roleOriginal && !seen:
				first[pair] = r
			case o.role[r] == role:
				other[pair] = r
			}
		}
		said := measure.ArgMax(o.logProbs)
		var changed []bool
		var rows []int
		for r, pair := range o.pair {
			if at, both := other[pair]; both && at == r {
				if original, both := first[pair]; both {
					changed, rows = append(changed, said[r] != said[original]), append(rows, r)
				}
			}
		}
		if len(changed) == 0 {
			return measure.Estimate{}, errNotAsked
		}
		return measure.Proportion(changed, measure.Pick(o.units, rows))
	}
}
