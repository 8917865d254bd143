package trial

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/measure"
)

// spoken is the outcome of a classifier that is sure of what it says.
func spoken(said, class, group []int) outcome {
	o := outcome{logProbs: measure.NewMatrix(len(said), 2), class: class, group: group, cell: group, groups: 2, cells: 2}
	for r, c := range said {
		o.logProbs.Row(r)[1-c] = float32(math.Log(1e-6))
		o.units = append(o.units, r)
	}
	return o
}

// labelled draws rows of two groups whose label is true with the given probabilities.
func labelled(n int, p [2]float64, rng *rand.Rand) (class, group []int) {
	for i := range n {
		g := i % 2
		c := 0
		if rng.Float64() < p[g] {
			c = 1
		}
		class, group = append(class, c), append(group, g)
	}
	return class, group
}

// The labels themselves, taken as predictions, have the planted parity gap, and no gap of errors.
func TestPlantedParityIsCoveredAndOddsAreEqual(t *testing.T) {
	covered := 0
	const draws = 400
	for seed := range draws {
		class, group := labelled(600, [2]float64{0.7, 0.3}, rand.New(rand.NewPCG(uint64(seed), 1)))
		c, err := cell(fits{spoken(class, class, group)}, nil, 0.05, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !c.DemographicParity.Excludes(0.4) {
			covered++
		}
		if c.EqualOpportunity.Value != 0 || c.EqualisedOdds.Value != 0 || c.FalsePositiveGap.Value != 0 {
			t.Fatalf("labels as predictions have gaps of errors: %+v", c.Metrics)
		}
	}
	if share := float64(covered) / draws; share < 0.925 || share > 0.975 {
		t.Errorf("the planted gap of 0.40 lies in %.1f%% of the intervals", 100*share)
	}
}

// A control whose decisions are flipped at random is its own diluted control: the excess covers 0, though the gap
// shrinks.
func TestFlippedDecisionsHaveNoExcess(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	covered, shrunk := 0, 0
	const draws = 10
	for seed := range draws {
		class, group := labelled(700, [2]float64{0.8, 0.2}, rng)
		flipped := append([]int(nil), class...)
		for i := range flipped {
			if rng.Float64() < 0.2 {
				flipped[i] = 1 - flipped[i]
			}
		}
		c, err := cell(fits{spoken(flipped, class, group)}, fits{spoken(class, class, group)}, 0.05, uint64(seed))
		if err != nil {
			t.Fatal(err)
		}
		d, ok := c.Difference.Diluted["demographic_parity"]
		if !ok {
			t.Fatalf("a worse classifier has no diluted control: %+v", c.Difference)
		}
		if !d.Excess.Excludes(0) {
			covered++
		}
		if c.Difference.Verdicts["demographic_parity"] == Lower {
			shrunk++
		}
		if drop := c.Difference.Drop["demographic_parity"]; drop.Excludes(0.4) && seed == 0 {
			t.Errorf("the relative drop is %v, want 0.4", drop)
		}
	}
	if covered < draws-2 || shrunk != draws {
		t.Errorf("the excess covers 0 in %d of %d draws, and the gap is smaller in %d", covered, draws, shrunk)
	}
}

// doubting is the outcome of a classifier that is right of every row, with a probability.
func doubting(p float64, class, group []int) outcome {
	o := spoken(class, class, group)
	for r, c := range class {
		o.logProbs.Row(r)[c], o.logProbs.Row(r)[1-c] = float32(math.Log(p)), float32(math.Log(1-p))
	}
	return o
}

// Fits that differ widely make an interval wide, but hold no value that a metric cannot have; a difference of losses may be
// below 0.
func TestIntervalsEndWhereMetricsDo(t *testing.T) {
	class, group := labelled(200, [2]float64{0.5, 0.5}, seeded(3))
	f := fits{doubting(0.95, class, group), doubting(0.6, class, group), doubting(0.9, class, group)}
	flat := doubting(0.8, class, group)
	c, err := cell(f, fits{flat, flat, flat}, 0.05, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range AllMetrics() {
		if e := *m.Of(&c.Metrics); e.Low < 0 || m.Share && e.High > 1 || e.Excludes(e.Value) {
			t.Errorf("the interval of %s is %v", m.Name, e)
		}
	}
	if c.LogLoss.Low != 0 || c.LogLoss.High < 1 || c.Calibration.Low != 0 || c.Difference.LogLoss.Low >= c.Difference.LogLoss.Value || c.Difference.LogLoss.Low > -1 {
		t.Errorf("log loss is %v, its difference %v, the calibration error %v", c.LogLoss, c.Difference.LogLoss, c.Calibration)
	}
}

// A loop's values end where the metrics do, too.
func TestIntervalsOfALoopEndWhereMetricsDo(t *testing.T) {
	class, group := labelled(200, [2]float64{0.5, 0.5}, seeded(3))
	l := &looped{Loop: Loop{Seeds: 2, Effect: 0.05}, trial: &Trial{maker: &maker{labels: Labels{Group: "hair", Groups: []string{"long", "short"}}}}}
	var seeds [][]generation
	for _, p := range []float64{0.95, 0.6} {
		o := doubting(p, class, group)
		g := generation{images: 200, loop: o, control: o, shares: []float64{p, 1 - p}}
		seeds = append(seeds, []generation{g, g, g})
	}
	r, err := l.result(seeds)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range r.Generations {
		for _, m := range AllMetrics() {
			for _, e := range []measure.Estimate{*m.Of(&g.Loop), *m.Of(&g.Control)} {
				if e.Low < 0 || m.Share && e.High > 1 {
					t.Errorf("generation %d: the interval of %s is %v", g.Number, m.Name, e)
				}
			}
		}
		for name, e := range g.Shares {
			if e.Low < 0 || e.High > 1 {
				t.Errorf("generation %d: the interval of the share of %s is %v", g.Number, name, e)
			}
		}
	}
}

func TestVerdictsSayWhatIntervalsSay(t *testing.T) {
	for want, e := range map[string]measure.Estimate{
		Higher: {Value: 0.2, Low: 0.1, High: 0.3, N: 9}, Lower: {Value: -0.2, Low: -0.3, High: -0.1, N: 9},
		Alike: {Value: 0, Low: -0.04, High: 0.05, N: 9}, CannotTell: {Value: 0.02, Low: -0.04, High: 0.08, N: 9},
	} {
		if got := verdict(e, 0.05); got != want {
			t.Errorf("%v is %q, want %q", e, got, want)
		}
	}
}

// Units drawn again are drawn alike for every set that holds them, once each on average.
func TestUnitsAreDrawnAlikeForAllSets(t *testing.T) {
	const n = 4000
	w := make(Weights, n)
	units := make([]int, n)
	for i := range w {
		w[i], units[i] = 1, i
	}
	all := again(w, units, n, 3, 1)
	some := again(w[:n/2], units[:n/2], n, 3, 1)
	var total float64
	for i, x := range all {
		total += x
		if i < n/2 && some[i] != x {
			t.Fatalf("unit %d is drawn %v times for one set and %v for another", i, x, some[i])
		}
	}
	if math.Abs(total/n-1) > 0.05 {
		t.Errorf("units are drawn %.3f times on average", total/n)
	}
	if distinct := (Weights(all)).Effective() / n; math.Abs(distinct-0.5) > 0.05 { // (Σn)²/Σn² of Poisson numbers is n/2
		t.Errorf("the effective share is %.3f", distinct)
	}
}

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 9)) }

// A cell's interval holds the accuracy that a fit to so many rows has on average, over training rows, test rows and
// seeds.
func TestIntervalsCoverWhatFitsHaveOnAverage(t *testing.T) {
	const draws, rows, repeats = 120, 60, 4
	someRows := func(n int, rng *rand.Rand) *Set {
		s := &Set{Side: 1, Channels: 1}
		x := measure.NewMatrix(n, 3)
		for i := range n {
			s.Class, s.Units, s.Under, s.Group, s.Context = append(s.Class, i%2), append(s.Units, i), append(s.Under, 0), append(s.Group, -1), append(s.Context, -1)
			for j := range 3 {
				x.Row(i)[j] = float32(rng.NormFloat64())
			}
			x.Row(i)[0] += float32(i % 2)
		}
		s.features = &x
		return s
	}
	var accuracies []float64
	var cells []measure.Estimate
	for seed := range uint64(draws) {
		rng := seeded(seed)
		train, test := someRows(rows, rng), someRows(150, rng)
		all := make(Weights, rows)
		for i := range all {
			all[i] = 1
		}
		var f fits
		for r := range repeats + 1 {
			j := &job{maker: &maker{seed: seed}, train: train, test: test, weight: all, classes: 2, repeat: r}
			if r > 0 {
				j.weight = again(all, train.Units, rows, seed, r)
			}
			said, err := fitLinear(t.Context(), j)
			if err != nil {
				t.Fatal(err)
			}
			f = append(f, outcome{logProbs: said, class: test.Class, units: test.Units, cell: test.Group, group: test.Group})
		}
		e, err := f.across(AllMetrics()[0])
		if err != nil {
			t.Fatal(err)
		}
		accuracies, cells = append(accuracies, e.Value), append(cells, e)
	}
	truth, err := measure.Mean(accuracies, nil)
	if err != nil {
		t.Fatal(err)
	}
	covered := 0
	for _, e := range cells {
		if !e.Excludes(truth.Value) {
			covered++
		}
	}
	if share := float64(covered) / draws; share < 0.9 {
		t.Errorf("%.1f%% of the intervals hold the mean accuracy of %.3f", 100*share, truth.Value)
	}
}
