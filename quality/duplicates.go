package quality

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// findCopies joins images of equal pixels, then those whose fingerprints are of copies. Images of several collections
// with the same pair are meant to show the same and are no copies of each other.
func (s *survey) findCopies(ctx context.Context, progress func(done int)) error {
	paired := func(a, b int) bool {
		return s.pair[a] != "" && s.pair[a] == s.pair[b] && s.image(a).Collection != s.image(b).Collection
	}
	same := newSets(len(s.rows))
	seen := map[uint64][]int{}
	for at := range s.rows {
		d := s.image(at).Digest
		for _, other := range seen[d] {
			if !paired(at, other) {
				same.join(at, other)
				break
			}
		}
		seen[d] = append(seen[d], at)
	}
	s.exact = same.groups()
	var one []int // of each set of equal pixels
	for at := range s.rows {
		if same.root(at) == at {
			one = append(one, at)
		}
	}
	prints := make([]*Fingerprint, len(one))
	for i, at := range one {
		prints[i] = s.image(at).Fingerprint
	}
	near, err := copies(ctx, prints, func(i, j int) bool { return paired(one[i], one[j]) }, progress)
	if err != nil {
		return err
	}
	for _, g := range near {
		for _, i := range g[1:] {
			same.join(one[g[0]], one[i])
		}
	}
	s.set = same
	return nil
}

// duplicates lists the sets of copies, and marks in every set all but the best image.
func (s *survey) duplicates() Duplicates {
	d := Duplicates{Exact: [][]string{}, Near: [][]string{}, Leaks: []Leak{}, Drop: []string{}}
	names := func(set []int) (out []string) {
		for _, at := range set {
			out = append(out, s.name(s.image(at)))
		}
		return out
	}
	for _, set := range s.exact {
		d.Exact = append(d.Exact, names(set))
	}
	for number, set := range s.set.groups() {
		first := s.image(set[0]).Digest
		if slices.ContainsFunc(set, func(at int) bool { return s.image(at).Digest != first }) {
			d.Near = append(d.Near, names(set))
		}
		best := s.best(set)
		l := Leak{}
		for _, at := range set {
			m := s.image(at)
			m.Set, m.Drop = number+1, at != best
			if m.Drop {
				d.Drop = append(d.Drop, s.name(m))
				l.Drop = append(l.Drop, s.name(m))
			}
			if m.Side == "train" {
				l.Train = append(l.Train, s.name(m))
			} else {
				l.Validation = append(l.Validation, s.name(m))
			}
		}
		if len(l.Train) > 0 && len(l.Validation) > 0 {
			d.Leaks = append(d.Leaks, l)
		}
	}
	return d
}

// best is the copy to keep: the largest, then the least compressed, then the first.
func (s *survey) best(set []int) int {
	rank := func(at int) (pixels, quality float64) {
		m := s.image(at)
		quality = m.JPEGQuality
		if math.IsNaN(quality) {
			quality = 101 // not compressed with loss, or by another kind
		}
		return float64(m.Width) * float64(m.Height), quality
	}
	return slices.MaxFunc(set, func(a, b int) int {
		pa, qa := rank(a)
		pb, qb := rank(b)
		return cmp.Or(cmp.Compare(pa, pb), cmp.Compare(qa, qb), cmp.Compare(b, a))
	})
}
