package audit

import (
	"context"
	"fmt"
	"slices"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// Difference is whether the held-out images of two collections differ in what the encoder sees of them.
type Difference struct {
	Collections [2]string         `json:"collections"`
	MMD         measure.TwoSample `json:"mmd"`  // test by the kernel discrepancy of latents
	C2ST        measure.Estimate  `json:"c2st"` // balanced accuracy of a two-layer probe that tells latents apart; chance is 0.5
	Q           float64           `json:"q"`    // false-discovery rate at which this difference and all with smaller p would stand
	// Apart are the images that make the difference: of each collection those that its flow most prefers to the
	// other's.
	Apart [2][]string `json:"apart"`
}

const (
	maxTested    = 1500 // images of a collection in a two-sample test, which keeps the kernel of all pairs
	permutations = 499
	mostApart    = 12 // images of each collection that are named
)

// measureDifferences compares every two collections.
func measureDifferences(ctx context.Context, h *HeldOut, s Settings, a *Audit) error {
	k := len(h.dataset.Collections)
	m := s.begin("comparing every two collections", k*(k-1)/2)
	for one := range k {
		for other := one + 1; other < k; other++ {
			d, err := h.difference(ctx, s, one, other)
			m.add(1)
			if err != nil {
				if err = a.skip(ctx, fmt.Sprintf("differences.%s.%s", h.name(one), h.name(other)), err); err != nil {
					return err
				}
				continue
			}
			a.Differences = append(a.Differences, d)
		}
	}
	p := make([]float64, len(a.Differences))
	for i, d := range a.Differences {
		p[i] = d.MMD.P
	}
	for i, q := range measure.FalseDiscoveryRates(p) {
		a.Differences[i].Q = q
	}
	return nil
}

func (h *HeldOut) difference(ctx context.Context, s Settings, one, other int) (Difference, error) {
	d := Difference{Collections: [2]string{h.name(one), h.name(other)}}
	var rows [2][]int
	for i, c := range []int{one, other} {
		rows[i] = choose(h.of(c), maxTested, s.Seed, stream.AuditCompared, 2*len(h.dataset.Collections)+c)
		slices.Sort(rows[i])
	}
	pair := one*len(h.dataset.Collections) + other
	var err error
	d.MMD, err = measure.MMDTest(ctx, h.Z.Select(rows[0]), h.Z.Select(rows[1]), measure.Pick(h.Units, rows[0]), measure.Pick(h.Units, rows[1]),
		permutations, stream.New(s.Seed, stream.AuditPermutations, pair), probe.Compute(s.Workers))
	if err != nil {
		return d, err
	}
	both := slices.Concat(rows[0], rows[1])
	class := make([]int, len(both))
	for i := len(rows[0]); i < len(both); i++ {
		class[i] = 1
	}
	d.C2ST, err = probe.Leakage(ctx, h.Z.Select(both), class, measure.Pick(h.Units, both), 2, probe.TwoLayer{}, s.crossValidation())
	if err != nil {
		return d, err
	}
	for i, c := range []int{one, other} {
		ranking, err := h.Typicality(c, []int{one + other - c})
		if err != nil {
			return d, err
		}
		for _, row := range ranking.Rows[:min(mostApart, len(ranking.Rows))] {
			d.Apart[i] = append(d.Apart[i], h.File(row))
		}
	}
	return d, nil
}
