package weigh

import (
	"math"
	"math/rand/v2"

	"github.com/dataprism/dataprism/internal/stream"
)

// PoolCell is what was chosen for one cell.
type PoolCell struct {
	Label     string `json:"label"`
	Context   string `json:"context"`
	N         int    `json:"n"`         // rows that there are without the pool
	Available int    `json:"available"` // in the pool
	Chosen    int    `json:"chosen"`
	Lacking   int    `json:"lacking"` // rows that the cell is short of afterwards
}

// Pool is what was chosen from further rows.
type Pool struct {
	Context string     `json:"context"`
	Name    string     `json:"name"` // of the collection that is the pool
	Chosen  int        `json:"chosen"`
	Cells   []PoolCell `json:"cells"`
}

// FillContexts chooses up to keep rows of a pool, so that with them the label y depends on the context s as little as
// that many can make it: each next row is of the cell that lacks most, the cell (y,s) lacking N p(y)p(s) - n(y,s) of
// the N rows that there will be; p and n are those of the rows that are not in the pool. Rows of a cell are chosen at
// random. Fewer are chosen where no cell that lacks rows has any left in the pool.
func FillContexts(y, s Label, inPool []bool, keep int, rng *rand.Rand) (chosen []bool, cells []PoolCell) {
	contexts := len(s.Values)
	members := make([][]int, len(y.Values)*contexts)
	ofY, ofS, n := make([]float64, len(y.Values)), make([]float64, contexts), 0.0
	cells = make([]PoolCell, len(members))
	for k := range cells {
		cells[k].Label, cells[k].Context = y.Values[k/contexts], s.Values[k%contexts]
	}
	for i, pooled := range inPool {
		k := y.Class[i]*contexts + s.Class[i]
		if pooled {
			members[k] = append(members[k], i)
			cells[k].Available++
			continue
		}
		cells[k].N++
		ofY[y.Class[i]]++
		ofS[s.Class[i]]++
		n++
	}
	lacks := make([]float64, len(cells))
	for k := range cells {
		lacks[k] = (n+float64(keep))*ofY[k/contexts]*ofS[k%contexts]/(n*n) - float64(cells[k].N)
		rng.Shuffle(len(members[k]), func(a, b int) { members[k][a], members[k][b] = members[k][b], members[k][a] })
	}
	chosen = make([]bool, len(inPool))
	for range keep {
		most := -1
		for k := range cells {
			if len(members[k]) > 0 && lacks[k] > 0 && (most < 0 || lacks[k] > lacks[most]) {
				most = k
			}
		}
		if most < 0 {
			break
		}
		last := len(members[most]) - 1
		chosen[members[most][last]] = true
		members[most] = members[most][:last]
		cells[most].Chosen++
		lacks[most]--
	}
	for k := range cells {
		cells[k].Lacking = int(math.Round(max(0, lacks[k])))
	}
	return chosen, cells
}

// Pool adds up to keep rows of collection number pool to the others, so that a label goes less with a context; see
// [FillContexts].
func (r *Rows) Pool(label, setting string, pool int, keep Amount) (*Result, error) {
	y, s, rows, err := r.both(label, setting)
	if err != nil {
		return nil, err
	}
	part := r.at(rows)
	inPool, available := make([]bool, len(rows)), 0
	for i, c := range part.Collection {
		if inPool[i] = c == pool; inPool[i] {
			available++
		}
	}
	found := &Pool{Context: setting, Name: r.Data.Collections[pool].Name}
	if available == 0 {
		return nil, &LabelError{label, "is on no training image of " + found.Name + " that has the label " + setting + " too"}
	}
	if available == len(rows) {
		return nil, &LabelError{label, "is on no training image outside " + found.Name + " that has the label " + setting + " too"}
	}
	out := r.result("pool", label, part, label, setting)
	chosen, cells := FillContexts(y, s, inPool, keep.of(available), stream.New(r.Settings.Seed, stream.WeighPool))
	out.Weight = make([]float64, len(rows))
	for i, is := range chosen {
		if is || !inPool[i] {
			out.Weight[i] = 1
		}
		if is {
			found.Chosen++
		}
	}
	found.Cells = cells
	for _, c := range cells {
		if c.Lacking > 0 && c.Chosen == c.Available {
			out.warn("%s=%s and %s=%s lack %d images after all %d of the pool are taken", label, c.Label, setting, c.Context, c.Lacking, c.Available)
		}
	}
	out.Pool = found
	return out.finish(), nil
}

// both are a label and a context, of the rows that have both.
func (r *Rows) both(label, setting string) (y, s Label, rows []int, err error) {
	if y, err = r.Label(label, mostValues); err != nil {
		return y, s, nil, err
	}
	if s, err = r.Label(setting, mostValues); err != nil {
		return y, s, nil, err
	}
	if rows = labelled(len(r.Row), y, s); len(rows) == 0 {
		return y, s, nil, &LabelError{label, "is on no training image that has the label " + setting + " too"}
	}
	return y.at(rows), s.at(rows), rows, nil
}
