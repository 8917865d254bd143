// Package disjoint holds sets of numbers that are joined and never parted: what belongs together when each pair that
// does is known.
package disjoint

import "slices"

// Sets are disjoint sets of the numbers below its length. Each element is another one of its set, or itself for the
// one that stands for the set: the least. Every method changes the elements, so that goroutines must take turns.
type Sets []int32

// New returns n sets of one number each.
func New(n int) Sets {
	s := make(Sets, n)
	for i := range s {
		s[i] = int32(i)
	}
	return s
}

// Root is the least number of the set that i is in.
func (s Sets) Root(i int) int {
	for int(s[i]) != i {
		s[i] = s[s[i]] // halves the path for who comes next
		i = int(s[i])
	}
	return i
}

// Join makes one set of those of i and j.
func (s Sets) Join(i, j int) {
	a, b := s.Root(i), s.Root(j)
	s[max(a, b)] = int32(min(a, b))
}

// Groups lists the sets of two numbers and more, each in order, and in the order of their least.
func (s Sets) Groups() [][]int {
	members := map[int][]int{}
	var roots []int
	for i := range s {
		r := s.Root(i)
		if len(members[r]) == 1 {
			roots = append(roots, r)
		}
		members[r] = append(members[r], i)
	}
	slices.Sort(roots)
	out := make([][]int, len(roots))
	for k, r := range roots {
		out[k] = members[r]
	}
	return out
}
