package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAdamWIsTheSameToTheLastBitOnEveryLevel(t *testing.T) {
	step := AdamW{
		First: [2]float32{0.9, 0.1}, Second: [2]float32{0.999, 0.001}, Rate: 0.01, Root: 3.2, Epsilon: 1e-8, Decay: 0.999,
		Average: [2]float32{0.99, 0.01},
	}
	for _, level := range Levels() {
		for _, n := range []int{0, 1, 7, 8, 15, 16, 17, 33, 1003} {
			rng := rand.New(rand.NewPCG(3, uint64(n)))
			var got, want [5][]float32 // gradient, moments, weights, average
			for i := range got {
				got[i] = make([]float32, n+1) // the last of which is not to be touched
				for j := range got[i] {
					got[i][j] = float32(rng.NormFloat64() * math.Pow(10, float64(j%9-6)))
				}
			}
			for j := range got[2] {
				got[2][j] = float32(math.Abs(float64(got[2][j])))
			}
			got[0][0], got[2][0] = 0, 0
			for i := range got {
				want[i] = slices.Clone(got[i])
			}
			New(level).AdamW(step, got[0][:n], got[1], got[2], got[3], got[4])
			step.portable(want[0][:n], want[1], want[2], want[3], want[4])
			for i := range got {
				if !slices.Equal(got[i], want[i]) {
					t.Errorf("level %v: array %d of %d weights differs", level, i, n)
				}
			}
		}
	}
}
