package weigh

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// contributed are rows of 20 contributors, whose shares of "yes" spread about 0.5 as far as is said.
func contributed(rng *rand.Rand, each int, spread float64) (y, by Label) {
	y = Label{Name: "smile", Values: []string{"no", "yes"}}
	by = Label{Name: "group"}
	for k := range 20 {
		by.Values = append(by.Values, fmt.Sprint("g", k))
		share := 0.5 + spread*(float64(k)/19-0.5)
		for range each {
			by.Class = append(by.Class, k)
			if rng.Float64() < share {
				y.Class = append(y.Class, 1)
			} else {
				y.Class = append(y.Class, 0)
			}
		}
	}
	return y, by
}

// Under the weights every contributor has the label as often as all have it, but for the smoothing.
func TestContributorWeightsGiveAllTheSameShares(t *testing.T) {
	y, by := contributed(rand.New(rand.NewPCG(1, 2)), 500, 0.8)
	weight, cut := ContributorWeights(y, by)
	var yes, all [20]float64
	var share float64
	for i, w := range weight {
		yes[by.Class[i]] += w * float64(y.Class[i])
		all[by.Class[i]] += w
		share += float64(y.Class[i]) / float64(len(weight))
	}
	for k := range 20 {
		if math.Abs(yes[k]/all[k]-share) > 0.005 {
			t.Errorf("contributor %d has a share of %.3f, all %.3f", k, yes[k]/all[k], share)
		}
	}
	if cut != 0 {
		t.Errorf("%d weights were cut", cut)
	}
}

// Contributors to whom labels were dealt at random differ as random deals do; those who differ are found.
func TestContributorsWhoDifferAreFoundAndOthersAreNot(t *testing.T) {
	found := 0
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		y, by := contributed(rng, 40, 0)
		c := compared(t, y, by, rng)
		if c.P <= 0.05 {
			found++
		}
		if math.Abs(c.Variation-c.Dealt) > 0.05 {
			t.Errorf("seed %d: dealt at random they differ by %.3f and %.3f", seed, c.Variation, c.Dealt)
		}
	}
	if found > 4 {
		t.Errorf("%d of 20 random deals are said to differ", found)
	}
	rng := rand.New(rand.NewPCG(9, 9))
	y, by := contributed(rng, 40, 0.9)
	c := compared(t, y, by, rng)
	if c.P > 0.002 || c.Variation < c.Dealt+0.1 || c.Large[0].Q > 0.05 || c.Count != 20 || len(c.Large) != 20 {
		t.Errorf("contributors from 5%% to 95%% are found to be %+v", c)
	}
}

func compared(t *testing.T, y, by Label, rng *rand.Rand) *Contributors {
	t.Helper()
	weight, _ := ContributorWeights(y, by)
	c, err := contributorsOf(context.Background(), y, by, weight, rng, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSmallContributorsAreNotJudged(t *testing.T) {
	y, by := contributed(rand.New(rand.NewPCG(3, 4)), fewRows-1, 0.5)
	if c := compared(t, y, by, rand.New(rand.NewPCG(1, 1))); len(c.Large) > 0 || c.Count != 20 || c.P != 1 {
		t.Errorf("of contributors of %d rows it is said %+v", fewRows-1, c)
	}
}
