package disjoint

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

func TestSetsAreThoseOfTheirJoins(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		n := 1 + rng.IntN(30)
		sets := New(n)
		slow := make([]int, n) // of each number the least of its set
		for i := range slow {
			slow[i] = i
		}
		for range rng.IntN(2 * n) {
			i, j := rng.IntN(n), rng.IntN(n)
			sets.Join(i, j)
			a, b := slow[i], slow[j]
			for k, of := range slow {
				if of == max(a, b) {
					slow[k] = min(a, b)
				}
			}
		}
		want := [][]int{}
		for i := range n {
			if sets.Root(i) != slow[i] {
				t.Fatalf("the root of %d is %d, not %d", i, sets.Root(i), slow[i])
			}
			var set []int
			for k, of := range slow {
				if of == i {
					set = append(set, k)
				}
			}
			if len(set) > 1 {
				want = append(want, set)
			}
		}
		if got := sets.Groups(); !reflect.DeepEqual(got, want) {
			t.Fatalf("groups are %v, not %v", got, want)
		}
	}
}

func TestAChainJoinedFromItsEndIsShort(t *testing.T) {
	const n = 1 << 20
	sets := New(n)
	for i := n - 1; i > 0; i-- {
		sets.Join(i-1, i)
	}
	for i := range n {
		if sets.Root(i) != 0 {
			t.Fatalf("%d is apart", i)
		}
	}
}
