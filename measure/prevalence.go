package measure

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// LabelShares is the share of each value among labelled rows, with Wilson's interval; rows whose label is missing
// (negative) are left out.
func LabelShares(label, units []int, values int) ([]Estimate, error) {
	var known, ties []int
	for r, l := range label {
		if l < 0 {
			continue
		}
		known = append(known, l)
		if units != nil {
			ties = append(ties, units[r])
		}
	}
	if err := CheckClasses("labels", known, len(known), values); err != nil {
		return nil, err
	}
	out := make([]Estimate, values)
	for v := range out {
		hits := make([]bool, len(known))
		for i, l := range known {
			hits[i] = l == v
		}
		var err error
		if out[v], err = Proportion(hits, ties); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Shares is the share of each value among judged images, corrected for the judge's errors. A judge that takes every
// tenth man for a woman would find women in a collection of men only; the shares p that are returned maximise the
// likelihood of the judgements given the error rates P(judged|true) of the confusion, which for two values is Rogan
// and Gladen's estimate ("Estimating prevalence from the results of a screening test", 1978), also known as Forman's
// adjusted count ("Counting positives accurately despite inaccurate classification", 2005), where that lies within
// [0, 1]; it is found by the EM iteration of Saerens, Latinne and Decaestecker (2002).
//
// The interval holds the middle 95% of shares for judgements and error rates drawn from their posteriors under
// Jeffreys' prior, rows of one unit counting as dependent in both. A judge no better than chance gives an interval
// near [0, 1], as it must. A value of which no image was counted is an [UnknownErrorsError]: what the judge makes of
// it is not known. Judgements that no mixture of values explains are a [MisfitError]: the judge errs on these images
// otherwise than it did where its errors were counted, so that no share can be claimed.
func Shares(judged, units []int, confusion Confusion, rng *rand.Rand) ([]Estimate, error) {
	values := len(confusion.Counts)
	if len(judged) == 0 {
		return nil, &InsufficientError{"a corrected share", 0, 1, "judged images"}
	}
	if err := CheckClasses("judged images", judged, len(judged), values); err != nil {
		return nil, err
	}
	if err := checkUnits("corrected shares", units, len(judged)); err != nil {
		return nil, err
	}
	counts, rates := make([]float64, values), make([][]float64, values)
	for _, j := range judged {
		counts[j]++
	}
	for t := range rates {
		if confusion.total(t) < leastCounted {
			return nil, &UnknownErrorsError{t, int(confusion.total(t))}
		}
		rates[t] = confusion.rates(t)
	}
	point := correctedShares(counts, rates)
	effect := designEffect(judged, units, values)
	if err := fits(counts, point, rates, confusion, effect); err != nil {
		return nil, err
	}

	effective := scaled(counts, 1/effect)
	draws := make([][]float64, values) // of each value's share
	for range shareResamples {
		again := dirichlet(effective, rng)
		for t := range rates {
			rates[t] = dirichlet(scaled(confusion.Counts[t], 1/confusion.effect(t)), rng)
		}
		for v, p := range correctedShares(again, rates) {
			draws[v] = append(draws[v], p)
		}
	}
	out := make([]Estimate, values)
	for v := range out {
		slices.Sort(draws[v])
		low, high := SortedQuantile(draws[v], 0.025), SortedQuantile(draws[v], 0.975)
		// At the border of the simplex all draws can fall on the point, or to one side of it: no judge that errs
		// tells more than one that does not.
		least, most := wilson(point[v], float64(len(judged))/effect)
		out[v] = Estimate{point[v], min(low, least), max(high, most), len(judged)}
	}
	return out, nil
}

// fits says whether a mixture of the values explains how often each was judged: a share of judgements must not be
// farther from what the mixture makes expected than four of its standard deviations, with those of the error rates.
func fits(counts, point []float64, rates [][]float64, confusion Confusion, effect float64) error {
	const most = 4
	var n float64
	for _, c := range counts {
		n += c
	}
	for j, c := range counts {
		var expected, variance float64
		for t, p := range point {
			r := rates[t][j]
			expected += p * r
			variance += p * p * r * (1 - r) / (confusion.total(t) / confusion.effect(t))
		}
		seen := c / n
		variance += expected * (1 - expected) / (n / effect)
		if d := seen - expected; d*d > most*most*variance {
			return &MisfitError{j, seen, expected}
		}
	}
	return nil
}

// MisfitError says that a judge's errors are not those that were counted.
type MisfitError struct {
	Value          int     // numbered as in the confusion
	Seen, Expected float64 // share of judgements, and the nearest that any mixture of values makes expected
}

func (e *MisfitError) Error() string {
	return fmt.Sprintf("the judge sees value %d in %.0f%% of the images, where no mixture of values would make it see more or less than about %.0f%%: its errors on them are not those that were counted",
		e.Value, 100*e.Seen, 100*e.Expected)
}

// Is makes every MisfitError an [ErrEmpty].
func (e *MisfitError) Is(target error) bool { return target == ErrEmpty }

// leastCounted is the fewest images of a value that a confusion must have counted.
const leastCounted = 1

// UnknownErrorsError says that a judge's errors on a value are not known.
type UnknownErrorsError struct {
	Value   int // numbered as in the confusion
	Counted int // images of it
}

func (e *UnknownErrorsError) Error() string {
	return fmt.Sprintf("the judge's errors on value %d are not known: %d images of it were counted", e.Value, e.Counted)
}

// Is makes every UnknownErrorsError an [ErrEmpty].
func (e *UnknownErrorsError) Is(target error) bool { return target == ErrEmpty }

// shareResamples is fewer than a plain bootstrap's, as each is an iteration.
const shareResamples = 1000

func scaled(values []float64, by float64) []float64 {
	out := make([]float64, len(values))
	for i, x := range values {
		out[i] = x * by
	}
	return out
}

// correctedShares maximises sum over j of counts[j] log(sum over t of p[t] rates[t][j]) over the simplex, by EM from
// the uniform p.
func correctedShares(counts []float64, rates [][]float64) []float64 {
	const iterations, tolerance = 2000, 1e-9
	values := len(counts)
	var total float64
	for _, n := range counts {
		total += n
	}
	p, next := make([]float64, values), make([]float64, values)
	for t := range p {
		p[t] = 1 / float64(values)
	}
	for range iterations {
		clear(next)
		for j, n := range counts {
			if n == 0 {
				continue
			}
			var mixed float64
			for t := range p {
				mixed += p[t] * rates[t][j]
			}
			for t := range p {
				next[t] += n / total * p[t] * rates[t][j] / mixed
			}
		}
		var moved float64
		for t := range p {
			moved = max(moved, next[t]-p[t], p[t]-next[t])
		}
		p, next = next, p
		if moved < tolerance {
			break
		}
	}
	// EM nears the border of the simplex ever more slowly: a small share that still shrinks is on its way to nothing.
	var sum float64
	for t := range p {
		if p[t] < absent && p[t] < next[t] {
			p[t] = 0
		}
		sum += p[t]
	}
	for t := range p {
		p[t] /= sum
	}
	return p
}

// absent is the share below which a share that shrinks is taken as zero.
const absent = 1e-3

// dirichlet draws rates from their posterior given counts and half an image for each outcome (Jeffreys' prior):
// unlike resampled counts, it keeps some doubt about an error that was not seen.
func dirichlet(counts []float64, rng *rand.Rand) []float64 {
	out := make([]float64, len(counts))
	var sum float64
	for j, n := range counts {
		out[j] = distuv.Gamma{Alpha: n + 0.5, Beta: 1, Src: rng}.Rand()
		sum += out[j]
	}
	for j := range out {
		out[j] /= sum
	}
	return out
}
