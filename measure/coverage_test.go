package measure

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// A simulation draws data for which the measured value is known.
type simulation struct {
	name string
	draw func(*rand.Rand) (Estimate, error)
	want float64
	slow bool
	// given is for measurements whose interval takes a part of the data as given: it returns the truth for that part.
	given func(*rand.Rand) (e Estimate, want float64, err error)
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

// contexts draws rows of which a quarter have a context, and others of which 0.65 do. Values are 2 higher with it. Odds
// are estimated from the counts.
func contexts(rng *rand.Rand) (values, odds []float64, units []int) {
	var has [2][]bool
	var count [2]float64
	for s, share := range []float64{0.25, 0.65} {
		more, shared := clusters(120, rng)
		for i, u := range more {
			with := rng.Float64() < share
			has[s] = append(has[s], with)
			if with {
				count[s]++
			}
			if s == 0 {
				value := 0.5*shared[i] + rng.NormFloat64()
				if with {
					value += 2
				}
				values = append(values, value)
			}
			units = append(units, 120*s+u)
		}
	}
	for s := range has {
		for _, with := range has[s] {
			own, other := count[0]/float64(len(has[0])), count[1]/float64(len(has[1]))
			if !with {
				own, other = 1-own, 1-other
			}
			odds = append(odds, math.Log(other/own))
		}
	}
	return values, odds, units
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

// shifted adds the same to every value of x.
func shifted(x Matrix, by float32) Matrix {
	for i := range x.Data {
		x.Data[i] += by
	}
	return x
}

// kidOfShift is the kernel distance of N(0, I) and N(shift, I) of d dimensions.
func kidOfShift(d, shift float64) float64 { return kidOfShiftSpread(d, shift, 1) }

// kidOfShiftSpread is the same of N(0, v I) and N(shift, v I). With s the inner product of two rows over d, the
// kernel is s³ + 3s² + 3s + 1, and the moments of s for means a and b of the rows follow from those of normal
// variables.
func kidOfShiftSpread(d, shift, v float64) float64 {
	kernel := func(a, b float64) float64 { // each component of one row has mean a, of the other b
		// Of one component's product: mean, variance and third central moment.
		mean := a * b
		variance := v*v + v*(a*a+b*b)
		third := 6 * v * v * a * b
		m1 := d * mean / d
		m2 := d*variance/(d*d) + m1*m1
		m3 := d*third/(d*d*d) + 3*m1*d*variance/(d*d) + m1*m1*m1
		return m3 + 3*m2 + 3*m1 + 1
	}
	return kernel(0, 0) + kernel(shift, shift) - 2*kernel(0, shift)
}

// withinReach is the precision and the density of made rows, by the definitions.
func withinReach(real, made Matrix, k int) (precision, density float64) {
	reach := make([]float64, real.Rows)
	for i := range reach {
		var distances []float64
		for j := range real.Rows {
			distances = append(distances, squaredDistance(real.Row(i), real.Row(j)))
		}
		slices.Sort(distances)
		reach[i] = distances[k] // the first is that of the row to itself
	}
	for j := range made.Rows {
		within := 0.0
		for i := range real.Rows {
			if squaredDistance(real.Row(i), made.Row(j)) < reach[i] {
				within++
			}
		}
		density += within / float64(k*made.Rows)
		precision += min(1, within) / float64(made.Rows)
	}
	return precision, density
}

// treated are rows of two groups of which half are true: of the first, 0.8 of the true and 0.4 of the others are
// predicted, of the second 0.3 and 0.3.
func treated(n int, rng *rand.Rand) (group []int, predicted, truth []bool) {
	for i := range 2 * n {
		g, true_ := i%2, rng.IntN(2) == 1
		p := [2][2]float64{{0.4, 0.3}, {0.8, 0.3}}
		k := 0
		if true_ {
			k = 1
		}
		group, truth = append(group, g), append(truth, true_)
		predicted = append(predicted, rng.Float64() < p[k][g])
	}
	return group, predicted, truth
}

func simulations() []simulation {
	ctx := context.Background()
	return []simulation{
		{name: "mean", draw: func(rng *rand.Rand) (Estimate, error) { return Mean(normals(50, rng), nil) }, want: 0},
		{name: "mean, units of 1 to 5 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			units, shared := clusters(60, rng)
			for i := range shared {
				shared[i] += 0.5 * rng.NormFloat64()
			}
			return Mean(shared, units)
		}, want: 0},
		{name: "mean, 10 units of 8 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			values, units := make([]float64, 80), make([]int, 80)
			for u := range 10 {
				x := rng.NormFloat64()
				for k := range 8 {
					values[8*u+k], units[8*u+k] = x+rng.NormFloat64(), u
				}
			}
			return Mean(values, units)
		}, want: 0},
		{name: "mean of losses", draw: func(rng *rand.Rand) (Estimate, error) {
			losses := make([]float64, 50)
			for i := range losses {
				losses[i] = rng.ExpFloat64()
			}
			return PositiveMean(losses, nil)
		}, want: 1},
		{name: "mean of losses, units of 1 to 5 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			units, shared := clusters(60, rng)
			for i, x := range shared {
				shared[i] = math.Exp(0.5*x-0.125) * rng.ExpFloat64()
			}
			return PositiveMean(shared, units)
		}, want: 1},
		{name: "ratio of means", draw: func(rng *rand.Rand) (Estimate, error) {
			top, bottom := make([]float64, 80), make([]float64, 80)
			for i := range top {
				bottom[i] = 1 + rng.ExpFloat64()
				top[i] = bottom[i] * (0.8 + 0.3*rng.NormFloat64())
			}
			return MeanRatio(top, bottom, nil)
		}, want: 0.8},
		{name: "mean carried over to other rows, units of 1 to 5 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			values, odds, units := contexts(rng)
			mean, _, err := Carried(values, odds, units)
			return mean, err
		}, want: 1.3},
		{name: "its change, units of 1 to 5 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			values, odds, units := contexts(rng)
			_, change, err := Carried(values, odds, units)
			return change, err
		}, want: 0.8},
		{name: "ratio of means, units of 1 to 5 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			units, shared := clusters(60, rng)
			top, bottom := make([]float64, len(units)), make([]float64, len(units))
			for i := range top {
				bottom[i] = 1 + rng.ExpFloat64()
				top[i] = bottom[i] * (0.8 + 0.2*shared[i] + 0.1*rng.NormFloat64())
			}
			return MeanRatio(top, bottom, units)
		}, want: 0.8},
		{name: "share", draw: func(rng *rand.Rand) (Estimate, error) { return Proportion(above(normals(120, rng), 0.84), nil) }, want: 1 - phi(0.84)},
		{name: "share, units of 1 to 5 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			units, shared := clusters(150, rng)
			for i := range shared {
				shared[i] += 0.5 * rng.NormFloat64()
			}
			return Proportion(above(shared, 0), units)
		}, want: 0.5},
		{name: "share, 12 units of 10 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			var hits []bool
			var units []int
			for u := range 12 {
				p := 0.1 + 0.4*rng.Float64()
				for range 10 {
					hits, units = append(hits, rng.Float64() < p), append(units, u)
				}
			}
			return Proportion(hits, units)
		}, want: 0.3},
		{name: "share, most units of one row and some of hundreds", draw: func(rng *rand.Rand) (Estimate, error) {
			var hits []bool
			var units []int
			for u := range 400 {
				hit, size := rng.Float64() < 0.2, int(min(500, math.Pow(rng.Float64(), -1/1.2)))
				for range size {
					hits, units = append(hits, hit), append(units, u)
				}
			}
			return Proportion(hits, units)
		}, want: 0.2},
		{name: "balanced accuracy", draw: func(rng *rand.Rand) (Estimate, error) {
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
		}, want: 0.75},
		{name: "balanced accuracy, pairs across classes", draw: func(rng *rand.Rand) (Estimate, error) {
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
		}, want: phi(0.5)},
		{name: "area under the curve", draw: func(rng *rand.Rand) (Estimate, error) {
			scores, class := normals(150, rng), make([]int, 150)
			for i := range scores {
				if i%3 == 0 {
					class[i] = 1
					scores[i]++
				}
			}
			return AUC(scores, positives(class), nil)
		}, want: phi(1 / math.Sqrt2)},
		{name: "area under the curve, units of 1 to 5 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			units, scores := clusters(120, rng)
			class := make([]int, len(units))
			for i, u := range units {
				class[i] = u % 2
				scores[i] = math.Sqrt(0.8)*scores[i] + math.Sqrt(0.2)*rng.NormFloat64() + float64(class[i])
			}
			return AUC(scores, positives(class), units)
		}, want: phi(1 / math.Sqrt2)},
		{name: "area under the curve, pairs across classes", draw: func(rng *rand.Rand) (Estimate, error) {
			class, units, scores := paired(80, 0.8, 1, rng)
			return AUC(scores, positives(class), units)
		}, want: phi(1 / math.Sqrt2)},
		{name: "area under the curve, 5 folds", draw: func(rng *rand.Rand) (Estimate, error) {
			units, scores := clusters(100, rng)
			class, fold := make([]int, len(units)), make([]int, len(units))
			for i, u := range units {
				class[i], fold[i] = u%2, (u/2)%5
				scores[i] += float64(class[i]) + 3*float64(fold[i])
			}
			return StratifiedAUC(scores, positives(class), units, fold)
		}, want: phi(1 / math.Sqrt2)},
		{name: "separation explained", draw: func(rng *rand.Rand) (Estimate, error) {
			part, whole, class := make([]float64, 300), make([]float64, 300), make([]int, 300)
			for i := range part {
				class[i] = i % 2
				part[i] = rng.NormFloat64() + float64(class[i])
				whole[i] = part[i] + rng.NormFloat64() + float64(class[i])
			}
			return SeparationExplained(part, whole, positives(class), nil, nil)
		}, want: (phi(1/math.Sqrt2) - 0.5) / (phi(1) - 0.5)},
		{name: "separation explained, units of 1 to 5 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			units, part := clusters(150, rng)
			whole, class, other := make([]float64, len(units)), make([]int, len(units)), normals(150, rng)
			for i, u := range units {
				class[i] = u % 2
				part[i] += float64(class[i])
				whole[i] = part[i] + other[u] + float64(class[i])
			}
			return SeparationExplained(part, whole, positives(class), units, nil)
		}, want: (phi(1/math.Sqrt2) - 0.5) / (phi(1) - 0.5)},
		{name: "KID", draw: func(rng *rand.Rand) (Estimate, error) {
			return KID(ctx, normalRows(120, 8, rng), shifted(normalRows(100, 8, rng), 0.5), nil, nil, Compute{Workers: 1})
		}, want: kidOfShift(8, 0.5)},
		{name: "KID of like samples", draw: func(rng *rand.Rand) (Estimate, error) {
			return KID(ctx, normalRows(120, 8, rng), normalRows(100, 8, rng), nil, nil, Compute{Workers: 1})
		}, want: 0},
		{name: "KID, units of 1 to 5 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			x, unitsX := clusteredRows(60, 8, 0, rng)
			y, unitsY := clusteredRows(60, 8, 60, rng)
			return KID(ctx, x, shifted(y, 0.5), unitsX, unitsY, Compute{Workers: 1})
		}, want: kidOfShiftSpread(8, 0.5, 1.09)},
		{name: "Fréchet distance less its bias", draw: func(rng *rand.Rand) (Estimate, error) {
			f, err := FrechetDistance(ctx, normalRows(300, 8, rng), shifted(normalRows(300, 8, rng), 0.5), nil, nil, Compute{})
			return f.Corrected(), err
		}, want: 2},
		{name: "Fréchet distance less its bias, units of 1 to 5 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			x, unitsX := clusteredRows(120, 8, 0, rng)
			y, unitsY := clusteredRows(120, 8, 120, rng)
			f, err := FrechetDistance(ctx, x, shifted(y, 0.5), unitsX, unitsY, Compute{})
			return f.Corrected(), err
		}, want: 2},
		{name: "precision, given the real rows", slow: true, given: func(rng *rand.Rand) (Estimate, float64, error) {
			real := normalRows(100, 2, rng)
			m, err := Manifolds(ctx, real, shifted(normalRows(120, 2, rng), 0.8), nil, nil, 3, Compute{Workers: 1})
			precision, _ := withinReach(real, shifted(normalRows(3000, 2, rng), 0.8), 3)
			return m.Precision, precision, err
		}},
		{name: "density, given the real rows", slow: true, given: func(rng *rand.Rand) (Estimate, float64, error) {
			real := normalRows(100, 2, rng)
			m, err := Manifolds(ctx, real, shifted(normalRows(120, 2, rng), 0.8), nil, nil, 3, Compute{Workers: 1})
			_, density := withinReach(real, shifted(normalRows(3000, 2, rng), 0.8), 3)
			return m.Density, density, err
		}},
		{name: "coverage, given the made rows", slow: true, given: func(rng *rand.Rand) (Estimate, float64, error) {
			made := shifted(normalRows(100, 2, rng), 0.8)
			var measured Estimate
			var truth float64
			const draws = 30
			for i := range draws + 1 {
				m, err := Manifolds(ctx, normalRows(100, 2, rng), made, nil, nil, 3, Compute{Workers: 1})
				if err != nil {
					return Estimate{}, 0, err
				}
				if i == 0 {
					measured = m.Coverage
				} else {
					truth += m.Coverage.Value / draws
				}
			}
			return measured, truth, nil
		}},
		{name: "demographic parity", draw: func(rng *rand.Rand) (Estimate, error) {
			group, predicted, truth := treated(200, rng)
			g, err := GroupGaps(predicted, truth, group, nil, 2)
			return g.DemographicParity, err
		}, want: 0.3},
		{name: "demographic parity ratio", draw: func(rng *rand.Rand) (Estimate, error) {
			group, predicted, truth := treated(200, rng)
			g, err := GroupGaps(predicted, truth, group, nil, 2)
			return g.DemographicParityRatio, err
		}, want: 0.5},
		{name: "equal opportunity", draw: func(rng *rand.Rand) (Estimate, error) {
			group, predicted, truth := treated(200, rng)
			g, err := GroupGaps(predicted, truth, group, nil, 2)
			return g.EqualOpportunity, err
		}, want: 0.5},
		{name: "equalised odds", draw: func(rng *rand.Rand) (Estimate, error) {
			group, predicted, truth := treated(200, rng)
			g, err := GroupGaps(predicted, truth, group, nil, 2)
			return g.EqualisedOdds, err
		}, want: 0.5},
		{name: "demographic parity, pairs across groups", draw: func(rng *rand.Rand) (Estimate, error) {
			group, units, scores := paired(120, 0.8, 1, rng)
			g, err := GroupGaps(above(scores, 0.5), nil, group, units, 2)
			return g.DemographicParity, err
		}, want: phi(0.5) - phi(-0.5)},
		{name: "demographic parity ratio, pairs across groups", draw: func(rng *rand.Rand) (Estimate, error) {
			group, units, scores := paired(120, 0.8, 1, rng)
			g, err := GroupGaps(above(scores, 0.5), nil, group, units, 2)
			return g.DemographicParityRatio, err
		}, want: phi(-0.5) / phi(0.5)},
		{name: "Cohen's d", draw: func(rng *rand.Rand) (Estimate, error) {
			a, b := Sample{Values: normals(60, rng)}, Sample{Values: normals(40, rng)}
			for i := range a.Values {
				a.Values[i] += 0.8
			}
			return CohensD(a, b)
		}, want: 0.8},
		{name: "Cohen's d, units of 1 to 5 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			unitsA, a := clusters(60, rng)
			unitsB, b := clusters(60, rng)
			for i := range a {
				a[i] += 0.8
			}
			for i := range unitsB {
				unitsB[i] += 60
			}
			return CohensD(Sample{a, unitsA}, Sample{b, unitsB})
		}, want: 0.8},
		{name: "Cliff's delta", draw: func(rng *rand.Rand) (Estimate, error) {
			a, b := Sample{Values: normals(60, rng)}, Sample{Values: normals(40, rng)}
			for i := range a.Values {
				a.Values[i]++
			}
			return CliffsDelta(a, b)
		}, want: 2*phi(1/math.Sqrt2) - 1},
		{name: "Kolmogorov-Smirnov distance", draw: func(rng *rand.Rand) (Estimate, error) {
			a, b := Sample{Values: normals(200, rng)}, Sample{Values: normals(150, rng)}
			for i := range a.Values {
				a.Values[i]++
			}
			d, err := KolmogorovSmirnov(a, b, rng)
			return d.Estimate, err
		}, want: phi(0.5) - phi(-0.5)},
		{name: "Kolmogorov-Smirnov distance of like samples", draw: func(rng *rand.Rand) (Estimate, error) {
			d, err := KolmogorovSmirnov(Sample{Values: normals(200, rng)}, Sample{Values: normals(150, rng)}, rng)
			return d.Estimate, err
		}, want: 0},
		{name: "total variation of labels", draw: func(rng *rand.Rand) (Estimate, error) {
			d, err := TotalVariation(drawValues(200, []float64{0.6, 0.3, 0.1}, rng), drawValues(150, []float64{0.4, 0.3, 0.3}, rng), nil, nil, 3)
			return d.Estimate, err
		}, want: 0.2},
		{name: "total variation of like labels", draw: func(rng *rand.Rand) (Estimate, error) {
			d, err := TotalVariation(drawValues(200, []float64{0.6, 0.3, 0.1}, rng), drawValues(150, []float64{0.6, 0.3, 0.1}, rng), nil, nil, 3)
			return d.Estimate, err
		}, want: 0},
		{name: "calibration error", draw: func(rng *rand.Rand) (Estimate, error) {
			// Said p in each of ten bins, it happens with p less 0.1, in the middle bins with p plus 0.1.
			p, y := make([]float64, 800), make([]bool, 800)
			for i := range p {
				p[i] = 0.15 + 0.1*float64(i%8)
				off := -0.1
				if i%8 == 3 || i%8 == 4 {
					off = 0.1
				}
				y[i] = rng.Float64() < p[i]+off
			}
			r, err := Calibration(p, y, nil, 10)
			return r.Error, err
		}, want: 0.1},
		{name: "calibration error of calibrated probabilities", draw: func(rng *rand.Rand) (Estimate, error) {
			p, y := make([]float64, 400), make([]bool, 400)
			for i := range p {
				p[i] = rng.Float64()
				y[i] = rng.Float64() < p[i]
			}
			r, err := Calibration(p, y, nil, 10)
			return r.Error, err
		}, want: 0},
		{name: "Brier score, units of 1 to 5 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			units, shared := clusters(80, rng)
			p, y := make([]float64, len(units)), make([]bool, len(units))
			for i, x := range shared {
				p[i], y[i] = 0.3, x > 0.5244005127080409 // which 0.3 are
			}
			r, err := Calibration(p, y, units, 10)
			return r.Brier, err
		}, want: 0.21},
		{name: "enrichment among the first", draw: func(rng *rand.Rand) (Estimate, error) {
			hits := make([]bool, 400)
			for i := range hits {
				hits[i] = rng.Float64() < 0.2
				if i < 60 {
					hits[i] = rng.Float64() < 0.5
				}
			}
			e, err := Enriched(hits, nil, 60)
			return e.Difference, err
		}, want: 0.3},
		{name: "corrected share", draw: func(rng *rand.Rand) (Estimate, error) { return correctedShare(0.3, 150, nil, rng) }, want: 0.3},
		{name: "corrected share near none", draw: func(rng *rand.Rand) (Estimate, error) { return correctedShare(0.02, 150, nil, rng) }, want: 0.02},
		{name: "corrected share, units of 4 rows", draw: func(rng *rand.Rand) (Estimate, error) {
			units := make([]int, 400)
			for i := range units {
				units[i] = i / 4
			}
			return correctedShare(0.3, 400, units, rng)
		}, want: 0.3},
		{name: "accuracy of a judge, units with rows of both values", draw: func(rng *rand.Rand) (Estimate, error) {
			var truth, judged, units []int
			for u := range 60 {
				hard := rng.NormFloat64()
				for k := range 5 {
					value := k % 2
					said := value
					if math.Sqrt(0.8)*hard+math.Sqrt(0.2)*rng.NormFloat64() > []float64{1.2816, 0.8416}[value] { // in 10% and in 20%
						said = 1 - value
					}
					truth, judged, units = append(truth, value), append(judged, said), append(units, u)
				}
			}
			confusion, err := CountConfusion(truth, judged, units, 2)
			if err != nil {
				return Estimate{}, err
			}
			return confusion.Accuracy()
		}, want: 0.85},
	}
}

// pValue draws data where there is nothing to find, and returns the p-value of a test.
type pValue struct {
	name string
	draw func(*rand.Rand) (float64, error)
}

func nulls() []pValue {
	ctx := context.Background()
	return []pValue{
		{"MMD", func(rng *rand.Rand) (float64, error) {
			test, err := MMDTest(ctx, normalRows(40, 3, rng), normalRows(50, 3, rng), nil, nil, 99, rng, Compute{Workers: 1})
			return test.P, err
		}},
		{"MMD, units of 1 to 5 rows", func(rng *rand.Rand) (float64, error) {
			x, unitsX := clusteredRows(20, 3, 0, rng)
			y, unitsY := clusteredRows(25, 3, 20, rng)
			test, err := MMDTest(ctx, x, y, unitsX, unitsY, 99, rng, Compute{Workers: 1})
			return test.P, err
		}},
		{"MMD, pairs across samples", func(rng *rand.Rand) (float64, error) {
			both := normalRows(40, 3, rng)
			side := func() Matrix {
				x := normalRows(40, 3, rng)
				for i, v := range both.Data {
					x.Data[i] += 2 * v
				}
				return x
			}
			units := everyRow(40)
			test, err := MMDTest(ctx, side(), side(), units, units, 99, rng, Compute{Workers: 1})
			return test.P, err
		}},
		{"classifier two-sample test", func(rng *rand.Rand) (float64, error) {
			class, predicted := make([]int, 150), make([]int, 150)
			for i := range class {
				class[i], predicted[i] = min(1, i%3), rng.IntN(2)
			}
			test, err := ClassifierTest(class, predicted, nil)
			return test.P, err
		}},
		{"classifier two-sample test, units of 1 to 5 rows", func(rng *rand.Rand) (float64, error) {
			units, shared := clusters(80, rng)
			class, predicted := make([]int, len(units)), make([]int, len(units))
			for i, u := range units {
				class[i] = u % 2
				if shared[i]+0.5*rng.NormFloat64() > 0.3 {
					predicted[i] = 1
				}
			}
			test, err := ClassifierTest(class, predicted, units)
			return test.P, err
		}},
		{"classifier two-sample test, pairs across samples", func(rng *rand.Rand) (float64, error) {
			class, units, scores := paired(80, 0.7, 0, rng)
			test, err := ClassifierTest(class, classesOf(above(scores, 0.2)), units)
			return test.P, err
		}},
		{"Kolmogorov-Smirnov distance", func(rng *rand.Rand) (float64, error) {
			d, err := KolmogorovSmirnov(Sample{Values: normals(200, rng)}, Sample{Values: normals(150, rng)}, rng)
			return d.P, err
		}},
		{"total variation of labels", func(rng *rand.Rand) (float64, error) {
			d, err := TotalVariation(drawValues(200, []float64{0.5, 0.3, 0.2}, rng), drawValues(150, []float64{0.5, 0.3, 0.2}, rng), nil, nil, 3)
			return d.P, err
		}},
		{"total variation of labels, units of 1 to 5 rows", func(rng *rand.Rand) (float64, error) {
			labels := func() ([]int, []int) {
				units, shared := clusters(80, rng)
				out := make([]int, len(units))
				for i, x := range shared {
					out[i] = min(2, max(0, int(x+0.3*rng.NormFloat64()+1)))
				}
				return out, units
			}
			a, unitsA := labels()
			b, unitsB := labels()
			for i := range unitsB {
				unitsB[i] += 1000
			}
			d, err := TotalVariation(a, b, unitsA, unitsB, 3)
			return d.P, err
		}},
	}
}

// clusteredRows are rows of units of 1 to 5, numbered from first on, that resemble each other within a unit.
func clusteredRows(units, columns, first int, rng *rand.Rand) (Matrix, []int) {
	var unit []int
	var data []float32
	for u := range units {
		centre := normalRows(1, columns, rng)
		for range 1 + rng.IntN(5) {
			unit = append(unit, first+u)
			for _, v := range centre.Data {
				data = append(data, v+0.3*float32(rng.NormFloat64()))
			}
		}
	}
	return Matrix{len(unit), columns, data}, unit
}

func everyRow(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// uniformity is the p-value of the Kolmogorov-Smirnov test of the p-values of s against the uniform distribution.
// Each is spread over the values that ties hide, as p - U/(what steps it can take) would be.
func (s pValue) uniformity(runs int) (float64, error) {
	rng := seeded(uint64(len(s.name)))
	values := make([]float64, runs)
	for i := range values {
		p, err := s.draw(rng)
		if err != nil {
			return 0, err
		}
		values[i] = p
	}
	slices.Sort(values)
	var d float64
	for i, p := range values {
		d = max(d, math.Abs(p-float64(i)/float64(runs)), math.Abs(float64(i+1)/float64(runs)-p))
	}
	return kolmogorov(d, float64(runs)), nil
}

func TestPValuesOfNullsAreUniform(t *testing.T) {
	if testing.Short() {
		t.Skip("draws thousands of data sets")
	}
	for _, s := range nulls() {
		t.Run(s.name, func(t *testing.T) {
			p, err := s.uniformity(120)
			if err != nil {
				t.Fatal(err)
			}
			if p < 0.002 {
				t.Errorf("the p-values are not uniform: p = %.2g", p)
			}
		})
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
		want := s.want
		var e Estimate
		var err error
		if s.given != nil {
			e, want, err = s.given(rng)
		} else {
			e, err = s.draw(rng)
		}
		if err != nil {
			return 0, err
		}
		if e.Low > e.Value || e.High < e.Value {
			return 0, fmt.Errorf("%v does not hold its own value", e)
		}
		if !e.Excludes(want) {
			covered++
		}
	}
	return float64(covered) / float64(runs), nil
}

func TestIntervalsCoverTheTruth(t *testing.T) {
	if testing.Short() {
		t.Skip("draws thousands of data sets")
	}
	// Of 200 runs, an interval of 95% covers between 91 and 98.5% but for one simulation in a hundred.
	for _, s := range simulations() {
		t.Run(s.name, func(t *testing.T) {
			runs, low, high := 200, 0.91, 0.985
			if s.slow {
				runs, low, high = 30, 0.79, 1
			}
			share, err := s.coverage(runs)
			if err != nil {
				t.Fatal(err)
			}
			if share < low || share > high {
				t.Errorf("the interval holds the truth in %.1f%% of runs, want about 95%%", 100*share)
			}
		})
	}
}

// BenchmarkCoverage prints the coverage table of docs/statistics.md: go test -run none -bench Coverage -benchtime 1x.
func BenchmarkCoverage(b *testing.B) {
	for b.Loop() {
		for _, s := range simulations() {
			runs := 2000
			if s.slow {
				runs = 500
			}
			share, err := s.coverage(runs)
			if err != nil {
				b.Fatal(err)
			}
			fmt.Printf("| %s | %.1f%% |\n", s.name, 100*share)
		}
		for _, s := range nulls() {
			p, err := s.uniformity(1000)
			if err != nil {
				b.Fatal(err)
			}
			fmt.Printf("| %s | %.2f |\n", s.name, p)
		}
	}
}
