package probe

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dataprism/dataprism/backend/simd/kernel"
)

func TestAdamWIsTheFormulasToTheLastBit(t *testing.T) {
	const n, steps = 1003, 7
	rng := rand.New(rand.NewPCG(3, 4))
	var got, want [4][]float32 // moments, weights, average
	for i := range got {
		got[i] = make([]float32, n)
	}
	for i := range n {
		got[2][i] = float32(rng.NormFloat64())
	}
	for i := range got {
		want[i] = slices.Clone(got[i])
	}
	kernels := kernel.New(kernel.Best())
	gradient := make([]float32, n)
	for step := 1; step <= steps; step++ {
		for i := range gradient {
			gradient[i] = float32(rng.NormFloat64() * math.Pow(10, float64(i%9-6)))
		}
		gradient[0] = 0
		kernels.AdamW(adamW(step), gradient, got[0], got[1], got[2], got[3])
		rate := float32(learningRate / (1 - math.Pow(beta1, float64(step))))
		root := float32(1 / math.Sqrt(1-math.Pow(beta2, float64(step))))
		decay := float32(1 - learningRate*weightDecay)
		for i, g := range gradient {
			m := float32(beta1*want[0][i]) + float32((1-beta1)*g)
			v := float32(beta2*want[1][i]) + float32(float32((1-beta2)*g)*g)
			w := float32(want[2][i]*decay) - float32(rate*m)/(float32(float32(math.Sqrt(float64(v)))*root)+epsilon)
			want[0][i], want[1][i], want[2][i] = m, v, w
			want[3][i] = float32(averaging*want[3][i]) + float32((1-averaging)*w)
		}
		for k := range got {
			if !slices.Equal(got[k], want[k]) {
				t.Fatalf("step %d: slice %d differs", step, k)
			}
		}
	}
}
