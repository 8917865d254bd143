package trial

import "github.com/dataprism/dataprism/measure"

// Shown are a few images of one part of what experts are fitted to.
type Shown struct {
	Set    string // in the grammar
	Images measure.Images
	Class  []int
}

// Shown are the first images of each set that experts are fitted to, n of each value of the label.
func (t *Trial) Shown(n int) []Shown {
	var out []Shown
	seen := map[string]bool{}
	for _, e := range t.Experts {
		for _, a := range e.Sets {
			set := t.maker.made[a.String()]
			if set == nil || seen[a.String()] {
				continue
			}
			seen[a.String()] = true
			count := make([]int, len(t.maker.labels.Values))
			s := Shown{Set: a.String(), Images: measure.Images{H: set.Side, W: set.Side, C: set.Channels}}
			for class := range count {
				for r, c := range set.Class {
					if c == class && count[class] < n {
						count[class]++
						s.Images.N++
						s.Images.Data = append(s.Images.Data, set.Images(r, r+1).Data...)
						s.Class = append(s.Class, c)
					}
				}
			}
			out = append(out, s)
		}
	}
	return out
}
