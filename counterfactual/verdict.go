package counterfactual

import "github.com/dataprism/dataprism/measure"

// verdicts are what judges say of the images of all rows so far: whether each is as it should be.
type verdicts struct {
	*work
	shows     [3][]bool   // self, factual, counterfactual
	unchanged [2][][]bool // of the factual and the counterfactual image: [further label][row]
}

// pass judges the images that were made of the rows from from on, and says of each row whether all of them show what
// they should.
func (v *verdicts) pass(m *made, from int) (keep []bool) {
	n := m.features[0].Rows
	keep = make([]bool, n)
	var said [3][][]int // by image and judge
	for k := range said {
		for _, j := range v.judges {
			said[k] = append(said[k], j.judge(m.features[k], from))
		}
	}
	for i := range n {
		r := from + i
		value, aside := v.truth[0][r], v.truth[1][r]
		wanted := [3][2]int{{value, aside}, {value, v.newAside[r]}, {v.newOne[r], aside}}
		keep[i] = true
		for k := range said {
			shows := said[k][0][i] == wanted[k][0] && said[k][1][i] == wanted[k][1]
			v.shows[k] = append(v.shows[k], shows)
			keep[i] = keep[i] && shows
		}
	}
	for side := range v.unchanged {
		if v.unchanged[side] == nil {
			v.unchanged[side] = make([][]bool, len(v.judges)-2)
		}
		for k := range v.unchanged[side] {
			for i := range n {
				v.unchanged[side][k] = append(v.unchanged[side][k], said[side+1][k+2][i] == said[0][k+2][i])
			}
		}
	}
	return keep
}

// result counts what judges said, by cell.
func (v *verdicts) result() (*Result, error) {
	out := &Result{Label: v.plan.Label, Apart: v.plan.Apart, Tried: len(v.row), Cells: []CellResult{}, Others: []Unchanged{}}
	all, every := make([]bool, len(v.row)), make([]int, len(v.row))
	for i := range all {
		every[i] = i
		all[i] = v.shows[0][i] && v.shows[1][i] && v.shows[2][i]
		if all[i] {
			out.Pairs++
		}
	}
	share := func(to *measure.Estimate, hits []bool, rows []int) (err error) {
		*to, err = measure.Proportion(measure.Pick(hits, rows), measure.Pick(v.units, rows))
		return err
	}
	for at, each := range v.plan.cells {
		var rows []int
		for i, place := range v.place {
			if place == at {
				rows = append(rows, i)
			}
		}
		c := CellResult{Collection: v.plan.data.Collections[each.collection].Name, Tried: len(rows)}
		for _, part := range []struct {
			to   *measure.Estimate
			hits []bool
		}{{&c.Kept, all}, {&c.Self, v.shows[0]}, {&c.Factual, v.shows[1]}, {&c.Counterfactual, v.shows[2]}} {
			if err := share(part.to, part.hits, rows); err != nil {
				return nil, err
			}
		}
		out.Cells = append(out.Cells, c)
	}
	for k, j := range v.judges[2:] {
		u := Unchanged{Label: j.label}
		for side, to := range []*measure.Estimate{&u.Factual, &u.Counterfactual} {
			if err := share(to, v.unchanged[side][k], every); err != nil {
				return nil, err
			}
		}
		out.Others = append(out.Others, u)
	}
	return out, nil
}
