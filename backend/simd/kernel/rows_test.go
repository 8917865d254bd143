package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestOnlyActiveUnitsPassGradients(t *testing.T) {
	minusZero := float32(math.Copysign(0, -1))
	hidden := []float32{0, minusZero, 1e-45, 1e-30, 1, math.MaxFloat32, float32(math.Inf(1)), float32(math.NaN())}
	hidden = slices.Concat(hidden, hidden, hidden)
	for _, level := range Levels() {
		for n := range hidden {
			gradient := make([]float32, n+1) // the last of which is not to be touched
			for i := range gradient {
				gradient[i] = float32(i) - 3.5
			}
			New(level).PassActive(gradient[:n], hidden)
			for i, g := range gradient {
				want := float32(i) - 3.5
				if i < n && hidden[i] == 0 {
					want = 0
				}
				if g != want {
					t.Errorf("level %v, %d units: a unit of %v passes %v of %v", level, n, hidden[i], g, float32(i)-3.5)
				}
			}
		}
	}
}

func TestRowsAreAddedInTheirOrderOnEveryLevel(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, level := range Levels() {
		for _, n := range []int{0, 1, 7, 16, 17, 33, 256} {
			for _, count := range []int{0, 1, 5} {
				to, rows := make([]float32, n+1), make([]float32, n*count)
				for _, values := range [][]float32{to, rows} {
					for i := range values {
						values[i] = float32(rng.NormFloat64())
					}
				}
				want := slices.Clone(to)
				for i, v := range rows {
					want[i%n] += v
				}
				New(level).AddRows(to[:n], rows)
				if !slices.Equal(to, want) {
					t.Errorf("level %v: the sum of %d rows of %d values is not that of one after the other", level, count, n)
				}
			}
		}
	}
}
