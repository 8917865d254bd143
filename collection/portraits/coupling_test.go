package portraits

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestPrevalencesAreDistributions(t *testing.T) {
	for _, s := range Styles() {
		sum := 0.0
		for _, a := range allAttributes() {
			sum += Prevalences(s).Of(a)
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Errorf("%v: the probabilities of all attributes add up to %v", s, sum)
		}
	}
}

func TestNewPersonHasTheAttributesAskedFor(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, a := range allAttributes() {
		p := NewPerson(a, rng)
		if p.Attributes() != a {
			t.Errorf("asked for %+v, got %+v", a, p.Attributes())
		}
		if p != p.inRange() {
			t.Errorf("a person is out of range: %+v", p)
		}
	}
}

func TestEveryCollectionFollowsItsPrevalences(t *testing.T) {
	const count = 4000
	people := populate(Styles(), count, rand.New(rand.NewPCG(5, 6)))
	for _, s := range Styles() {
		seen := map[string]map[string]int{}
		n := 0
		for _, m := range people {
			for _, style := range m.styles {
				if style != s {
					continue
				}
				n++
				for attribute, value := range m.person.Labels() {
					if seen[attribute] == nil {
						seen[attribute] = map[string]int{}
					}
					seen[attribute][value]++
				}
			}
		}
		if n != count {
			t.Fatalf("%v has %d people, not %d", s, n, count)
		}
		for attribute, values := range seen {
			for value, k := range values {
				share, ok := Prevalences(s).Share(attribute, value)
				if !ok {
					t.Fatalf("%v: no prevalence of %s = %s", s, attribute, value)
				}
				// Five deviations of a binomial count.
				bound := 5*math.Sqrt(count*share*(1-share)) + 1e-9
				if math.Abs(float64(k)-count*share) > bound {
					t.Errorf("%v: %d of %d people have %s = %s, planted is %.2f", s, k, count, attribute, value, share)
				}
			}
		}
	}
}

func TestAttributesAreIndependentGivenTheCollection(t *testing.T) {
	const count = 6000
	people := populate(Styles(), count, rand.New(rand.NewPCG(7, 8)))
	for _, s := range Styles() {
		p := Prevalences(s)
		both := 0
		for _, m := range people {
			for _, style := range m.styles {
				if a := m.person.Attributes(); style == s && a.LongHair && a.Smile {
					both++
				}
			}
		}
		share := p.LongHair * p.Smile
		if d := math.Abs(float64(both) - count*share); d > 5*math.Sqrt(count*share*(1-share)) {
			t.Errorf("%v: %d of %d people smile under long hair, independence gives %.0f", s, both, count, count*share)
		}
	}
}

func TestAsManyPeopleAreSharedAsThePrevalencesAllow(t *testing.T) {
	const count = 4000
	people := populate(Styles(), count, rand.New(rand.NewPCG(9, 10)))
	for i, a := range Styles() {
		for _, b := range Styles()[i+1:] {
			shared := 0
			for _, m := range people {
				in := map[Style]bool{}
				for _, s := range m.styles {
					in[s] = true
				}
				if in[a] && in[b] {
					shared++
				}
			}
			// The collections do not fill up at the same moment, which costs a few pairs at the end: the order of the
			// square root.
			want := count * Overlap(a, b)
			if d := math.Abs(float64(shared) - want); d > 5*math.Sqrt(want)+3 {
				t.Errorf("%v and %v share %d people, the overlap is %.0f", a, b, shared, want)
			}
			t.Logf("%v and %v: %d of %d people are shared", a, b, shared, count)
		}
	}
}

func TestTheSameStylesAloneHaveNoPairs(t *testing.T) {
	for _, m := range populate([]Style{Oil}, 50, rand.New(rand.NewPCG(1, 1))) {
		if len(m.styles) != 1 {
			t.Fatalf("a person of the only collection is in %v", m.styles)
		}
	}
}

func TestTheTableStatesEveryPrevalence(t *testing.T) {
	table := Table()
	for _, row := range []string{
		"| attribute | photo | oil | anime |",
		"| hair = long | 50% | 30% | 90% |",
		"| beard = yes | 40% | 75% | 3% |",
		"| hair_colour = vivid | 5% | 0% | 35% |",
	} {
		if !strings.Contains(table, row+"\n") {
			t.Errorf("the table has no row %s:\n%s", row, table)
		}
	}
}
