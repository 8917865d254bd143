package measure

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// judgeAs draws judgements of images of known value with the given error rates.
func judgeAs(truth []int, rates [][]float64, rng *rand.Rand) []int {
	out := make([]int, len(truth))
	for i, t := range truth {
		x := rng.Float64()
		for x > rates[t][out[i]] && out[i] < len(rates)-1 {
			x -= rates[t][out[i]]
			out[i]++
		}
	}
	return out
}

func drawValues(n int, shares []float64, rng *rand.Rand) []int {
	truth := make([]int, n)
	for i := range truth {
		x := rng.Float64()
		for x > shares[truth[i]] && truth[i] < len(shares)-1 {
			x -= shares[truth[i]]
			truth[i]++
		}
	}
	return truth
}

func confusionOf(t *testing.T, truth, judged, units []int, values int) Confusion {
	t.Helper()
	c, err := CountConfusion(truth, judged, units, values)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSharesAreCorrectedForTheJudgesErrors(t *testing.T) {
	if testing.Short() {
		t.Skip("a simulation")
	}
	rng := seeded(9)
	for name, c := range map[string]struct {
		shares []float64
		rates  [][]float64
	}{
		"a judge that finds what is not there": {[]float64{0.98, 0.02}, [][]float64{{0.8, 0.2}, {0.1, 0.9}}},
		"three values":                         {[]float64{0.1, 0.3, 0.6}, [][]float64{{0.7, 0.2, 0.1}, {0.1, 0.8, 0.1}, {0.2, 0.1, 0.7}}},
		"an absent value":                      {[]float64{1, 0}, [][]float64{{0.9, 0.1}, {0.1, 0.9}}},
	} {
		values := len(c.shares)
		covered, runs := 0, 30
		for range runs {
			known := drawValues(1500, equalShares(values), rng)
			confusion := confusionOf(t, known, judgeAs(known, c.rates, rng), nil, values)
			judged := judgeAs(drawValues(1000, c.shares, rng), c.rates, rng)
			estimates, err := Shares(judged, nil, confusion, rng)
			if err != nil {
				t.Fatal(err)
			}
			for v, e := range estimates {
				near(t, name, e.Value, c.shares[v], 0.12)
				if !e.Excludes(c.shares[v]) {
					covered++
				}
			}
		}
		if covered < runs*values*8/10 {
			t.Errorf("%s: the intervals cover the truth in %d of %d cases", name, covered, runs*values)
		}
	}
}

func equalShares(values int) []float64 {
	out := make([]float64, values)
	for i := range out {
		out[i] = 1 / float64(values)
	}
	return out
}

func TestABlindJudgeKnowsNothing(t *testing.T) {
	rng := seeded(10)
	rates := [][]float64{{0.5, 0.5}, {0.5, 0.5}}
	known := drawValues(400, equalShares(2), rng)
	estimates, err := Shares(judgeAs(known, rates, rng), nil, confusionOf(t, known, judgeAs(known, rates, rng), nil, 2), rng)
	if err != nil {
		t.Fatal(err)
	}
	if e := estimates[0]; e.High-e.Low < 0.8 {
		t.Errorf("a coin tells %v", e)
	}
}

func TestAccuracyOfAConfusionIsTheMeanOfItsRecalls(t *testing.T) {
	accuracy, err := Confusion{Counts: [][]float64{{90, 10}, {30, 70}}}.Accuracy()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "accuracy", accuracy.Value, 0.8, 1e-9)
	if accuracy.N != 200 {
		t.Errorf("n = %d, want 200", accuracy.N)
	}
}

func TestLabelSharesLeaveMissingLabelsOut(t *testing.T) {
	shares, err := LabelShares([]int{0, 1, -1, 1, 1}, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	for v, want := range []float64{0.25, 0.75, 0} {
		near(t, "share", shares[v].Value, want, 1e-12)
	}
	if shares[0].N != 4 {
		t.Errorf("n = %d, want 4", shares[0].N)
	}
	if _, err := LabelShares([]int{-1}, nil, 2); err == nil {
		t.Error("no labels should be an error")
	}
}

func TestSharesAreNotClaimedWhereTheErrorsAreUnknown(t *testing.T) {
	rng := seeded(11)
	confusion := confusionOf(t, []int{0, 0, 0, -1}, []int{0, 1, 0, 1}, nil, 2)
	_, err := Shares([]int{0, 1, 1, 0}, nil, confusion, rng)
	var unknown *UnknownErrorsError
	if !errors.As(err, &unknown) || unknown.Value != 1 || !errors.Is(err, ErrEmpty) {
		t.Errorf("shares by a judge that was never shown value 1: %v", err)
	}
}

func TestSharesOfTwoValuesAreRoganAndGladens(t *testing.T) {
	// (apparent share + specificity - 1) / (sensitivity + specificity - 1), with half an image added to each count.
	confusion := Confusion{Counts: [][]float64{{179.5, 19.5}, {29.5, 169.5}}}
	judged := make([]int, 500)
	for i := range 220 {
		judged[i] = 1
	}
	shares, err := Shares(judged, nil, confusion, seeded(12))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "share", shares[1].Value, (220.0/500+0.9-1)/(0.85+0.9-1), 1e-6)
}

func TestJudgementsThatNoMixtureExplainsAreRefused(t *testing.T) {
	// A judge that takes one in ten for the other value, and sees neither more nor less than 10% to 90% of one.
	confusion := Confusion{Counts: [][]float64{{900, 100}, {100, 900}}}
	judged := func(ones int) []int {
		out := make([]int, 1000)
		for i := range ones {
			out[i] = 1
		}
		return out
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for _, ones := range []int{80, 100, 500, 920} {
		if _, err := Shares(judged(ones), nil, confusion, rng); err != nil {
			t.Errorf("%d of 1000: %v", ones, err)
		}
	}
	for _, ones := range []int{0, 30, 980} {
		var misfit *MisfitError
		if _, err := Shares(judged(ones), nil, confusion, rng); !errors.As(err, &misfit) || !errors.Is(err, ErrEmpty) {
			t.Errorf("%d of 1000: %v", ones, err)
		}
	}
	// Few judgements leave more room.
	if _, err := Shares(judged(0)[:20], nil, confusion, rng); err != nil {
		t.Error(err)
	}
}

func TestNoCorrectedShareIsSurerThanThatOfAJudgeWithoutErrors(t *testing.T) {
	// Of three values the last is never judged, and would be often if it were there: all draws have none of it.
	confusion := Confusion{Counts: [][]float64{{400, 50, 50}, {50, 400, 50}, {20, 20, 460}}}
	judged := make([]int, 1000)
	for i := range judged {
		judged[i] = i % 2
		if i%13 == 0 {
			judged[i] = 2
		}
	}
	shares, err := Shares(judged, nil, confusion, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for v, e := range shares {
		low, high := wilson(e.Value, 1000)
		if e.Low > low || e.High < high {
			t.Errorf("value %d has %v, which is narrower than %.4f to %.4f", v, e, low, high)
		}
	}
}
