package trial

import (
	"fmt"
	"strconv"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
)

// Weights are how much each row of a set counts.
type Weights []float64

// Effective is the effective number of rows, (Σw)²/Σw² (Kish, "Survey sampling", 1965): as many rows of equal weight
// would leave means as uncertain.
func (w Weights) Effective() float64 { return measure.Effective(w) }

// ones weigh all of n rows alike.
func ones(n int) Weights {
	w := make(Weights, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

// weigh makes the weights of an expert for its set: all 1 without a rule.
func (s *maker) weigh(rule string, set *Set, expert int) (Weights, error) {
	w := ones(set.Rows())
	if n, err := strconv.Atoi(rule); err == nil {
		if n > set.Rows() {
			return nil, fmt.Errorf("weights %s: the set has %d images alone", rule, set.Rows())
		}
		for _, left := range stream.New(s.seed, stream.TrialChoice, expert).Perm(set.Rows())[n:] {
			w[left] = 0
		}
		return w, nil
	}
	switch rule {
	case "":
		return w, nil
	case Even:
		return s.even(set)
	}
	t, err := readTable(rule)
	if err != nil {
		return nil, err
	}
	named, err := t.numbers("weight", 0)
	if err != nil {
		return nil, err
	}
	var total float64
	missing := 0
	for i, file := range set.File {
		weight, ok := named[file]
		if !ok {
			missing++
		}
		w[i] = weight
		total += weight
	}
	if total == 0 {
		return nil, &FileError{rule, 0, fmt.Sprintf("it gives no image of the set any weight: it names them as COLLECTION/PATH, such as %q", set.File[0])}
	}
	if missing > 0 {
		s.note("%d of %d images have no weight in %s, and do not count", missing, set.Rows(), rule)
	}
	return w, nil
}

// even gives every pair of a value of the label and a value of the context the same total weight; images without
// context count as one of their own.
func (s *maker) even(set *Set) (Weights, error) {
	if s.labels.Context == "" {
		return nil, fmt.Errorf("weights %s: name what they are to be even over with --context", Even)
	}
	count := map[[2]int]float64{}
	for i, c := range set.Class {
		count[[2]int{c, set.Context[i]}]++
	}
	w := make(Weights, set.Rows())
	for i, c := range set.Class {
		w[i] = float64(set.Rows()) / (float64(len(count)) * count[[2]int{c, set.Context[i]}])
	}
	return w, nil
}

// again draws the units of rows again, with replacement: how often each row's unit was drawn, times the row's weight.
// Units that several experts share are drawn alike for all of them.
func again(w Weights, units []int, most int, seed uint64, repeat int) Weights {
	rng := stream.New(seed, stream.TrialUnits, repeat)
	count := make([]float64, most)
	present := make([]bool, most)
	for _, u := range units {
		present[u] = true
	}
	for u := range count {
		// A Poisson number each is the multinomial draw of many units, and does not depend on which others are there.
		if n := poisson(rng.Float64()); present[u] {
			count[u] = n
		}
	}
	out := make(Weights, len(w))
	for i, u := range units {
		out[i] = w[i] * count[u]
	}
	return out
}

// poisson is the quantile of a Poisson distribution of mean 1.
func poisson(u float64) float64 {
	p, sum, k := 0.36787944117144233, 0.36787944117144233, 0.0
	for u > sum && k < 20 {
		k++
		p /= k
		sum += p
	}
	return k
}
