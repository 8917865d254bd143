package weigh

import (
	"math"
	"math/rand/v2"
	"testing"
)

// planted are n rows of two values in two contexts, of which a share go together.
func planted(rng *rand.Rand, n int, together float64) (y, s Label) {
	y = Label{"smile", []string{"no", "yes"}, make([]int, n)}
	s = Label{"skin", []string{"dark", "light"}, make([]int, n)}
	for i := range n {
		y.Class[i] = rng.IntN(2)
		s.Class[i] = y.Class[i]
		if rng.Float64() >= together {
			s.Class[i] = 1 - y.Class[i]
		}
	}
	return y, s
}

// Under the weights the label is independent of the context, and both are as frequent as before.
func TestContextWeightsMakeTheLabelIndependent(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, together := range []float64{0.3, 0.5, 0.8, 0.93} {
		y, s := planted(rng, 4000, together)
		weight, cells, cut := ContextWeights(y, s)
		var joint [2][2]float64
		var before, after [2]float64
		for i, w := range weight {
			joint[y.Class[i]][s.Class[i]] += w / 4000
			before[y.Class[i]] += 1.0 / 4000
			after[y.Class[i]] += w / 4000
		}
		for a := range 2 {
			if math.Abs(before[a]-after[a]) > 1e-9 {
				t.Errorf("together %g: the share of a value was %g and is %g", together, before[a], after[a])
			}
			for b := range 2 {
				if product := (joint[a][0] + joint[a][1]) * (joint[0][b] + joint[1][b]); math.Abs(joint[a][b]-product) > 1e-9 {
					t.Errorf("together %g: p(y,s) is %g, p(y)p(s) %g", together, joint[a][b], product)
				}
			}
		}
		if cut > 0 {
			t.Errorf("together %g: %d weights were cut", together, cut)
		}
		for _, c := range cells {
			apart := c.Label == "yes" && c.Context == "dark" || c.Label == "no" && c.Context == "light"
			if want := apart && together > 0.76; c.Rare != want {
				t.Errorf("together %g: %s and %s are rare: %t, PMI %g", together, c.Label, c.Context, c.Rare, *c.PMI)
			}
		}
	}
}

func TestCellsWithoutRowsAreNamedAndRareOnesCut(t *testing.T) {
	y, s := planted(rand.New(rand.NewPCG(7, 8)), 3000, 1)
	y.Class[0] = 1 - s.Class[0] // one row against 3000
	weight, cells, cut := ContextWeights(y, s)
	if weight[0] != MostWeight || cut != 1 {
		t.Errorf("the one rare row weighs %g, %d are cut", weight[0], cut)
	}
	empty := 0
	for _, c := range cells {
		if c.N == 0 {
			empty++
			if c.PMI != nil || c.Weight != 0 || !c.Few {
				t.Errorf("an empty cell is %+v", c)
			}
		}
	}
	if empty != 1 {
		t.Errorf("%d cells are empty", empty)
	}
}
