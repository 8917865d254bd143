package measure

import (
	"errors"
	"math"
	"testing"
)

// The numbers of this file were computed once with numpy 2.4, scipy 1.17, scikit-learn 1.9 and fairlearn 0.15 from
// the rows that reproducible makes, as float64 of their float32 values. With x = reproducible(11, 400, 3, 0, 1):
//
//	truth = x[:,0] > 0.1
//	group = (x[:,1] > 0.4).astype(int) + (x[:,1] > -0.5).astype(int)
//	pred = (x[:,0] + 0.5*x[:,2] + 0.2*group) > 0.3
//	p, y = 1/(1 + exp(-3*x[:,0])), (x[:,2] + x[:,0]) > 0
//
// and with a = reproducible(21, 120, 1, 0, 1) and b = reproducible(22, 90, 1, 0.4, 1.3).
func referenceGroups() (truth, predicted []bool, group []int) {
	x := reproducible(11, 400, 3, 0, 1)
	for i := range x.Rows {
		row := x.Row(i)
		g := 0
		for _, edge := range []float32{-0.5, 0.4} {
			if row[1] > edge {
				g++
			}
		}
		truth, group = append(truth, float64(row[0]) > 0.1), append(group, g)
		predicted = append(predicted, float64(row[0])+0.5*float64(row[2])+0.2*float64(g) > 0.3)
	}
	return truth, predicted, group
}

func float64s(m Matrix) []float64 {
	out := make([]float64, len(m.Data))
	for i, v := range m.Data {
		out[i] = float64(v)
	}
	return out
}

func referenceSamples() (a, b Sample) {
	return Sample{Values: float64s(reproducible(21, 120, 1, 0, 1))}, Sample{Values: float64s(reproducible(22, 90, 1, 0.4, 1.3))}
}

func TestGapsAreThoseOfFairlearn(t *testing.T) {
	truth, predicted, group := referenceGroups()
	g, err := GroupGaps(predicted, truth, group, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "demographic_parity_difference", g.DemographicParity.Value, 0.2861356932153392, 1e-9)
	agree(t, "demographic_parity_ratio", g.DemographicParityRatio.Value, 0.5380952380952381, 1e-9)
	agree(t, "equalized_odds_difference", g.EqualisedOdds.Value, 0.27674418604651163, 1e-9)
	agree(t, "equal_opportunity_difference", g.EqualOpportunity.Value, 0.23113207547169812, 1e-9)
	agree(t, "false_positive_rate_difference", g.FalsePositive.Value, 0.27674418604651163, 1e-9)
	for name, e := range map[string]Estimate{"difference": g.DemographicParity, "ratio": g.DemographicParityRatio, "odds": g.EqualisedOdds} {
		if e.Low > e.Value || e.High < e.Value || e.Low < 0 || e.High > 1 || e.High-e.Low < 0.05 {
			t.Errorf("the interval of the %s is %v", name, e)
		}
	}
}

func TestGapsOfPlantedLabels(t *testing.T) {
	// The labels themselves as predictions: P(smile | long) = 0.7, P(smile | short) = 0.3.
	var truth []bool
	var group []int
	for i := range 200 {
		group = append(group, i%2)
		truth = append(truth, (i/2)%10 < 7-4*(i%2))
	}
	g, err := GroupGaps(truth, truth, group, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "demographic parity", g.DemographicParity.Value, 0.4, 1e-12)
	near(t, "its ratio", g.DemographicParityRatio.Value, 3.0/7, 1e-12)
	near(t, "equal opportunity", g.EqualOpportunity.Value, 0, 0)
	near(t, "equalised odds", g.EqualisedOdds.Value, 0, 0)
}

func TestGapsNeedRowsOfEachGroup(t *testing.T) {
	yes := []bool{true, true, true, true}
	if _, err := GroupGaps(yes, yes, []int{0, 0, 0, 0}, nil, 2); !errors.Is(err, ErrEmpty) {
		t.Errorf("a group without rows: %v", err)
	}
	g, err := GroupGaps(yes, yes, []int{0, 0, 1, 1}, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	if g.FalsePositive.Measured() || g.EqualisedOdds.Measured() || !g.EqualOpportunity.Measured() {
		t.Errorf("where nothing is false there are no false alarms: %+v", g)
	}
	if g, err = GroupGaps(yes, nil, []int{0, 0, 1, 1}, nil, 2); err != nil || g.EqualOpportunity.Measured() || !g.DemographicParity.Measured() {
		t.Errorf("without a truth: %+v, %v", g, err)
	}
}

func TestADilutedGapIsThatOfFlippedPredictions(t *testing.T) {
	// Flipping each prediction with probability r in expectation: rates and accuracy are linear in the flips.
	truth, predicted, group := referenceGroups()
	rates := func(flip float64) (gap, accuracy float64) {
		var selected, size [2]float64
		for i, p := range predicted {
			chance := flip // of being selected
			if p {
				chance = 1 - flip
			}
			if truth[i] {
				accuracy += chance / float64(len(truth))
			} else {
				accuracy += (1 - chance) / float64(len(truth))
			}
			g := min(1, group[i])
			selected[g] += chance
			size[g]++
		}
		return selected[1]/size[1] - selected[0]/size[0], accuracy
	}
	gap, accuracy := rates(0)
	for _, flip := range []float64{0.1, 0.3, 0.45} {
		want, lower := rates(flip)
		got, err := Diluted(gap, accuracy, lower)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "diluted gap", got, want, 1e-12)
	}
	if _, err := Diluted(0.3, 0.5, 0.5); err == nil {
		t.Error("a classifier at chance cannot be diluted")
	}
}

func TestCalibrationAgreesWithReferenceNumbers(t *testing.T) {
	x := reproducible(11, 400, 3, 0, 1)
	var p []float64
	var y []bool
	for i := range x.Rows {
		p = append(p, 1/(1+math.Exp(-3*float64(x.Row(i)[0]))))
		y = append(y, float64(x.Row(i)[2])+float64(x.Row(i)[0]) > 0)
	}
	r, err := Calibration(p, y, nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "brier_score_loss", r.Brier.Value, 0.18571822181599806, 1e-9)
	agree(t, "the calibration error of 10 bins", r.Plain, 0.06088180420899963, 1e-9)
	if r.Error.Value >= r.Plain || r.Error.Low > r.Error.Value || r.Error.High < r.Error.Value || len(r.Bins) != 10 {
		t.Errorf("the calibration error is %v of %v", r.Error, r.Plain)
	}
	if _, err := Calibration([]float64{1.1}, []bool{true}, nil, 10); err == nil {
		t.Error("a probability above 1 should be an error")
	}
}

func TestEffectSizesAgreeWithReferenceNumbers(t *testing.T) {
	a, b := referenceSamples()
	d, err := CohensD(a, b)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "Cohen's d", d.Value, -0.4895202023438292, 1e-6)
	delta, err := CliffsDelta(a, b)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "Cliff's delta", delta.Value, -0.2483333333333333, 1e-9)
	ks, err := KolmogorovSmirnov(a, b, seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "ks_2samp's statistic", ks.Value, 0.2055555555555556, 1e-9)
	if math.Abs(ks.P-0.0228823) > 0.003 { // scipy's asymptotic p-value has a correction for the sample size
		t.Errorf("the p-value is %v, want about 0.0229", ks.P)
	}
	if !d.Excludes(0) || !delta.Excludes(0) || !ks.Excludes(0) {
		t.Errorf("samples 0.4 apart: d %v, delta %v, distance %v", d, delta, ks)
	}
	_, err = CohensD(Sample{Values: []float64{1, 1}}, Sample{Values: []float64{2, 2}})
	if err == nil {
		t.Error("a difference without spread has no standard deviations")
	}
	if _, err = CliffsDelta(Sample{Values: []float64{1, math.NaN()}}, b); err == nil {
		t.Error("a value that is not a number should be an error")
	}
	if _, err = KolmogorovSmirnov(Sample{Values: []float64{1, 2}, Units: []int{0, 0}}, b, seeded(1)); !errors.Is(err, ErrEmpty) {
		t.Errorf("a sample of one unit: %v", err)
	}
}

func TestTotalVariationOfLabels(t *testing.T) {
	a, b := referenceSamples()
	digitised := func(s Sample) []int {
		var out []int
		for _, v := range s.Values {
			bin := 0
			for _, edge := range []float64{-0.5, 0, 0.5} {
				if v >= edge {
					bin++
				}
			}
			out = append(out, bin)
		}
		return append(out, -1) // missing
	}
	d, err := TotalVariation(digitised(a), digitised(b), nil, nil, 4)
	if err != nil {
		t.Fatal(err)
	}
	const plain, chi2P = 0.2055555555555556, 0.00995958327587114 // scipy's chi2_contingency
	if d.Value >= plain || d.Value < plain-0.05 || d.N != 210 {
		t.Errorf("the total variation is %v, of %v before correction", d, plain)
	}
	agree(t, "the p-value", d.P, chi2P, 1e-6)
	// Far apart, and of many rows, there is nothing to correct.
	far, err := TotalVariation(make([]int, 5000), append(make([]int, 2500), ones(2500)...), nil, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "total variation", far.Value, 0.5, 1e-9)
}

func ones(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

func TestEnrichmentIsFishersExactTest(t *testing.T) {
	// 17 of the 60 hits of 500 rows are among the first 50: scipy.stats.hypergeom.sf(16, 500, 60, 50).
	hits := make([]bool, 500)
	for i := range 17 {
		hits[2*i] = true
	}
	for i := range 43 {
		hits[60+10*i] = true
	}
	e, err := Enriched(hits, nil, 50)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "the p-value", e.P, 1.188842163604006e-05, 1e-6)
	near(t, "top", e.Top.Value, 17.0/50, 1e-12)
	near(t, "rest", e.Rest.Value, 43.0/450, 1e-12)
	near(t, "base", e.Base.Value, 60.0/500, 1e-12)
	near(t, "lift", e.Lift, 17.0/50/(60.0/500), 1e-12)
	if !e.Difference.Excludes(0) {
		t.Errorf("the difference is %v", e.Difference)
	}
	units := make([]int, 500)
	for i := range units {
		units[i] = i
	}
	tied, err := Enriched(hits, units, 50)
	if err != nil {
		t.Fatal(err)
	}
	if tied.P > 1e-3 || tied.P < 1e-9 {
		t.Errorf("with units of one row the p-value is %v", tied.P)
	}
	if _, err := Enriched(hits, nil, 500); !errors.Is(err, ErrEmpty) {
		t.Errorf("the top of everything: %v", err)
	}
}

func TestAClassifierThatTellsNothingHasNoSmallP(t *testing.T) {
	truth, predicted := make([]int, 200), make([]int, 200)
	for i := range truth {
		truth[i], predicted[i] = i%2, (i/2)%2
	}
	even, err := ClassifierTest(truth, predicted, nil)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "accuracy", even.Statistic, 0.5, 1e-12)
	near(t, "p", even.P, 0.5, 1e-9)
	copy(predicted, truth)
	for i := range 60 { // 140 of 200 are right
		predicted[i] = 1 - truth[i]
	}
	sure, err := ClassifierTest(truth, predicted, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Accuracy 0.7 is (0.7 - 0.5) / sqrt(0.25/200) = 5.66 standard errors off.
	if near(t, "accuracy", sure.Statistic, 0.7, 1e-12); sure.P > 1e-7 || sure.P < 1e-9 {
		t.Errorf("140 of 200 right has p = %v", sure.P)
	}
	units := make([]int, 200)
	for i := range units {
		units[i] = i / 20
	}
	if tied, err := ClassifierTest(truth, predicted, units); err != nil || tied.P < 100*sure.P {
		t.Errorf("ten units of twenty rows: %+v, %v", tied, err)
	}
	constant, err := ClassifierTest(truth, make([]int, 200), nil)
	if err != nil || constant.P != 1 {
		t.Errorf("a constant prediction: %+v, %v", constant, err)
	}
	if _, err := ClassifierTest([]int{0, 0, 1}, []int{0, 0, 1}, nil); !errors.Is(err, ErrEmpty) {
		t.Errorf("one row of a sample: %v", err)
	}
}
