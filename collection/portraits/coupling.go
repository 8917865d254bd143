package portraits

import (
	"math/rand/v2"
	"sort"
)

// member is a person and the collections that have a portrait of them.
type member struct {
	person Person
	styles []Style
}

// populate draws count people for each style, many of them shared.
//
// A collection's distribution p_c over the 432 combinations of attributes is a graph over a line of 432 steps, of
// area 1. People are points (x, u) that are drawn evenly from the area under the highest of these graphs; a person is
// in every collection whose graph lies above the point, u < p_c(x). The points under one graph have the density p_c,
// so every collection follows its own prevalences exactly; and any two collections A and B share a person with
// probability sum_x min(p_A(x), p_B(x)), which is the most that any coupling can reach (1 minus their distance in
// total variation), for every two collections at once. A collection takes points until it has count people.
func populate(styles []Style, count int, rng *rand.Rand) []member {
	all := allAttributes()
	density := make([][]float64, len(all)) // of each combination, by style
	upTo := make([]float64, len(all))      // cumulative height of the highest graph
	height := make([]float64, len(all))
	total := 0.0
	for i, a := range all {
		density[i] = make([]float64, len(styles))
		for k, s := range styles {
			density[i][k] = Prevalences(s).Of(a)
			height[i] = max(height[i], density[i][k])
		}
		total += height[i]
		upTo[i] = total
	}
	var people []member
	have := make([]int, len(styles))
	for missing := len(styles) * count; missing > 0; {
		i := min(sort.SearchFloat64s(upTo, rng.Float64()*total), len(all)-1)
		u := rng.Float64() * height[i]
		m := member{person: NewPerson(all[i], rng)}
		for k, s := range styles {
			if u < density[i][k] && have[k] < count {
				m.styles = append(m.styles, s)
				have[k]++
				missing--
			}
		}
		if len(m.styles) > 0 {
			people = append(people, m)
		}
	}
	return people
}

// Overlap is the expected share of one collection's people that another has too: the sum over all combinations of
// attributes of the lower probability.
func Overlap(a, b Style) float64 {
	sum := 0.0
	for _, x := range allAttributes() {
		sum += min(Prevalences(a).Of(x), Prevalences(b).Of(x))
	}
	return sum
}
