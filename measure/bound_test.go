package measure

import (
	"errors"
	"math"
	"slices"
	"testing"
)

func TestFewNewScoresLieBelowTheBound(t *testing.T) {
	// However few scores there are, no more than about 1 in 200 new ones of the same kind may be refused.
	const tail = 1.0 / 200
	rng := seeded(31)
	for name, c := range map[string]struct {
		draw func() float64
		most float64
	}{
		"normal": {rng.NormFloat64, 1.3 * tail},
		"skewed": {func() float64 { return -math.Exp(0.3 * rng.NormFloat64()) }, 3 * tail},
	} {
		for _, n := range []int{5, 20, 50, 100, 199, 400, 2000} {
			refused, total := 0, 0
			for range 200 {
				scores := make([]float64, n)
				for i := range scores {
					scores[i] = c.draw()
				}
				bound, err := LowerBound(scores, tail)
				if err != nil {
					t.Fatal(err)
				}
				for range 200 {
					total++
					if c.draw() < bound {
						refused++
					}
				}
			}
			if share := float64(refused) / float64(total); share > c.most {
				t.Errorf("%s scores: %.2f%% of new ones are below the bound of %d", name, 100*share, n)
			}
		}
	}
}

func TestTheBoundOfManyScoresIsAnOrderStatistic(t *testing.T) {
	scores := make([]float64, 999)
	for i := range scores {
		scores[i] = float64(i + 1)
	}
	slices.Reverse(scores)
	bound, err := LowerBound(scores, 1.0/200)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "bound", bound, 5, 0)
	if _, err := LowerBound(scores[:1], 0.01); !errors.Is(err, ErrEmpty) {
		t.Errorf("the bound of one score: %v", err)
	}
}
