package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// A simulation draws data for which the measured value is known.
type simulation struct {
	name string
	draw func(*rand.Rand) (Estimate, error)
	want float64
}

// clusters draws units of 1 to 5 rows, each with a value that its rows share.
func clusters(units int, rng *rand.Rand) (unit []int, shared []float64) {
	for u := range units {
		x := rng.NormFloat64()
		for range 1 + rng.IntN(5) {
			unit, shared = append(unit, u), append(shared, x)
		}
	}
	return unit, shared
}

func normals(n int, rng *rand.Rand) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = rng.NormFloat64()
	}
	return out
}

// phi is the standard normal distribution function.
func phi(x float64) float64 { return distuv.UnitNormal.CDF(x) }

// paired draws n pairs, one row of class 0 and one of class 1, whose scores correlate by rho and differ by shift.
func paired(n int, rho, shift float64, rng *rand.Rand) (class, units []int, scores []float64) {
	for c := range 2 {
		for u := range n {
			class, units = append(class, c), append(units, u)
		}
	}
	scores = make([]float64, 2*n)
	for u := range n {
		both := rng.NormFloat64()
		for c := range 2 {
			scores[c*n+u] = math.Sqrt(rho)*both + math.Sqrt(1-rho)*rng.NormFloat64() + shift*float64(c)
		}
	}
	return class, units, scores
}

func positives(class []int) []bool {
	out := make([]bool, len(class))
	for i, c := range class {
		out[i] = c == 1
	}
	return out
}

func above(scores []float64, bound float64) []bool {
	out := make([]bool, len(scores))
	for i, s := range scores {
		out[i] = s > bound
	}
	return out
}

func simulations() []simulation {
	return []simulation{
		{"mean", func(rng *rand.Rand) (Estimate, error) { return Mean(normals(50, rng), nil) }, 0},
		{"mean, units of 1 to 5 rows", func(rng *rand.Rand) (Estimate, error) {
			units, shared := clusters(60, rng)
			for i := range shared {
				shared[i] += 0.5 * rng.NormFloat64()
			}
			return Mean(shared, units)
		}, 0},
		{"mean, 10 units of 8 rows", func(rng *rand.Rand) (Estimate, error) {
			values, units := make([]float64, 80), make([]int, 80)
			for u := range 10 {
				x := rng.NormFloat64()
				for k := range 8 {
					values[8*u+k], units[8*u+k] = x+rng.NormFloat64(), u
				}
			}
			return Mean(values, units)
		}, 0},
		{"ratio of means", func(rng *rand.Rand) (Estimate, error) {
			top, bottom := make([]float64, 80), make([]float64, 80)
			for i := range top {
				bottom[i] = 1 + rng.ExpFloat64()
				top[i] = bottom[i] * (0.8 + 0.3*rng.NormFloat64())
			}
			return MeanRatio(top, bottom, nil)
		}, 0.8},
		{"ratio of means, units of 1 to 5 rows", func(rng *rand.Rand) (Estimate, error) {
			units, shared := clusters(60, rng)
			top, bottom := make([]float64, len(units)), make([]float64, len(units))
			for i := range top {
				bottom[i] = 1 + rng.ExpFloat64()
				top[i] = bottom[i] * (0.8 + 0.2*shared[i] + 0.1*rng.NormFloat64())
			}
			return MeanRatio(top, bottom, units)
		}, 0.8},
		{"share", func(rng *rand.Rand) (Estimate, error) { return Proportion(above(normals(120, rng), 0.84), nil) }, 1 - phi(0.84)},
		{"share, units of 1 to 5 rows", func(rng *rand.Rand) (Estimate, error) {
			units, shared := clusters(150, rng)
			for i := range shared {
				shared[i] += 0.5 * rng.NormFloat64()
			}
			return Proportion(above(shared, 0), units)
		}, 0.5},
		{"share, 12 units of 10 rows", func(rng *rand.Rand) (Estimate, error) {
			var hits []bool
			var units []int
			for u := range 12 {
				p := 0.1 + 0.4*rng.Float64()
				for range 10 {
					hits, units = append(hits, rng.Float64() < p), append(units, u)
				}
			}
			return Proportion(hits, units)
		}, 0.3},
		{"balanced accuracy", func(rng *rand.Rand) (Estimate, error) {
			truth, predicted := make([]int, 200), make([]int, 200)
			for i := range truth {
				if i%5 == 0 {
					truth[i] = 1
				}
				predicted[i] = truth[i]
				if rng.Float64() < []float64{0.1, 0.4}[truth[i]] {
					predicted[i] = 1 - truth[i]
				}
			}
			return BalancedAccuracy(truth, predicted, 2, nil)
		}, 0.75},
		{"balanced accuracy, pairs across classes", func(rng *rand.Rand) (Estimate, error) {
			// What makes a pair's photo easy to tell makes its painting easy too.
			truth, units, _ := paired(150, 0, 0, rng)
			easy := normals(150, rng)
			predicted := make([]int, len(truth))
			for i, c := range truth {
				predicted[i] = c
				if math.Sqrt(0.7)*easy[units[i]]+math.Sqrt(0.3)*rng.NormFloat64() < -0.5 {
					predicted[i] = 1 - c
				}
			}
			return BalancedAccuracy(truth, predicted, 2, units)
		}, phi(0.5)},
		{"area under the curve", func(rng *rand.Rand) (Estimate, error) {
			scores, class := normals(150, rng), make([]int, 150)
			for i := range scores {
				if i%3 == 0 {
					class[i] = 1
					scores[i]++
				}
			}
			return AUC(scores, positives(class), nil)
		}, phi(1 / math.Sqrt2)},
		{"area under the curve, units of 1 to 5 rows", func(rng *rand.Rand) (Estimate, error) {
			units, scores := clusters(120, rng)
			class := make([]int, len(units))
			for i, u := range units {
				class[i] = u % 2
				scores[i] = math.Sqrt(0.8)*scores[i] + math.Sqrt(0.2)*rng.NormFloat64() + float64(class[i])
			}
			return AUC(scores, positives(class), units)
		}, phi(1 / math.Sqrt2)},
		{"area under the curve, pairs across classes", func(rng *rand.Rand) (Estimate, error) {
			class, units, scores := paired(80, 0.8, 1, rng)
			return AUC(scores, positives(class), units)
		}, phi(1 / math.Sqrt2)},
		{"area under the curve, 5 folds", func(rng *rand.Rand) (Estimate, error) {
			units, scores := clusters(100, rng)
			class, fold := make([]int, len(units)), make([]int, len(units))
			for i, u := range units {
				class[i], fold[i] = u%2, (u/2)%5
				scores[i] += float64(class[i]) + 3*float64(fold[i])
			}
			return StratifiedAUC(scores, positives(class), units, fold)
		}, phi(1 / math.Sqrt2)},
		{"corrected share", func(rng *rand.Rand) (Estimate, error) { return correctedShare(0.3, 150, nil, rng) }, 0.3},
		{"corrected share near none", func(rng *rand.Rand) (Estimate, error) { return correctedShare(0.02, 150, nil, rng) }, 0.02},
		{"corrected share, units of 4 rows", func(rng *rand.Rand) (Estimate, error) {
			units := make([]int, 400)
			for i := range units {
				units[i] = i / 4
			}
			return correctedShare(0.3, 400, units, rng)
		}, 0.3},
	}
}

// correctedShare is the share of value 1 by a judge of sensitivity 0.85 and specificity 0.9 that was counted on as
// many images of each value as are judged; rows of one unit show the same and are often judged the same.
func correctedShare(share float64, n int, units []int, rng *rand.Rand) (Estimate, error) {
	draw := func(share float64) (truth, judged []int) {
		truth, judged = make([]int, n), make([]int, n)
		var shows, slips float64
		for i := range truth {
			if units == nil || i == 0 || units[i] != units[i-1] {
				shows, slips = rng.Float64(), rng.Float64()
			}
			if rng.Float64() < 0.2 {
				slips = rng.Float64()
			}
			if shows < share {
				truth[i] = 1
			}
			judged[i] = truth[i]
			if slips < []float64{0.1, 0.15}[truth[i]] {
				judged[i] = 1 - truth[i]
			}
		}
		return truth, judged
	}
	truth, judged := draw(0.5)
	confusion, err := CountConfusion(truth, judged, units, 2)
	if err != nil {
		return Estimate{}, err
	}
	_, judged = draw(share)
	shares, err := Shares(judged, units, confusion, rng)
	if err != nil {
		return Estimate{}, err
	}
	return shares[1], nil
}

// coverage is the share of runs in which the interval of s holds the truth.
func (s simulation) coverage(runs int) (float64, error) {
	covered := 0
	rng := seeded(uint64(len(s.name)))
	for range runs {
		e, err := s.draw(rng)
		if err != nil {
			return 0, err
		}
		if e.Low > e.Value || e.High < e.Value {
			return 0, fmt.Errorf("%v does not hold its own value", e)
		}
		if !e.Excludes(s.want) {
			covered++
		}
	}
	return float64(covered) / float64(runs), nil
}

func TestIntervalsCoverTheTruth(t *testing.T) {
	// Of 200 runs, an interval of 95% covers between 91 and 98.5% but for one simulation in a hundred.
	for _, s := range simulations() {
		t.Run(s.name, func(t *testing.T) {
			share, err := s.coverage(200)
			if err != nil {
				t.Fatal(err)
			}
			if share < 0.91 || share > 0.985 {
				t.Errorf("the interval holds the truth in %.1f%% of runs, want about 95%%", 100*share)
			}
		})
	}
}

// BenchmarkCoverage prints the coverage table of docs/statistics.md: go test -run none -bench Coverage -benchtime 1x.
func BenchmarkCoverage(b *testing.B) {
	for b.Loop() {
		for _, s := range simulations() {
			share, err := s.coverage(4000)
			if err != nil {
				b.Fatal(err)
			}
			fmt.Printf("| %s | %.1f%% |\n", s.name, 100*share)
		}
	}
}
