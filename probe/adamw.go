package probe

import (
	"math"

	"github.com/dataprism/dataprism/backend/simd/kernel"
)

const (
	beta1, beta2 = 0.9, 0.999
	epsilon      = 1e-8
)

// adamW is step number step, from 1, of AdamW (Loshchilov and Hutter, 2019) and of the running average of weights.
func adamW(step int) kernel.AdamW {
	n := float64(step)
	return kernel.AdamW{
		First: [2]float32{beta1, 1 - beta1}, Second: [2]float32{beta2, 1 - beta2},
		Rate: float32(learningRate / (1 - math.Pow(beta1, n))),
		Root: float32(1 / math.Sqrt(1-math.Pow(beta2, n))), Epsilon: epsilon,
		Decay: 1 - learningRate*weightDecay, Average: [2]float32{averaging, 1 - averaging},
	}
}
