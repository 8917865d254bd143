package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/backend/simd"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// The loss is linear in x and in the kernel, so a difference quotient is exact but for rounding.
func TestGradientsOfConvolutionsAreThoseOfDifferences(t *testing.T) {
	backend, err := simd.New("")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	const side, in, out = 6, 2, 3
	for _, c := range []struct{ kernel, stride, before, after int }{
		{4, 2, 1, 1}, {4, 1, 2, 1}, {4, 1, 1, 1}, {2, 1, 1, 1}, {2, 2, 1, 1}, {2, 2, 0, 0}, {6, 2, 2, 3}, {4, 2, 3, 2},
		{3, 1, 1, 1}, {3, 2, 1, 1}, {1, 1, 0, 0}, {5, 2, 2, 2},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, uint64(c.kernel)))
			values := func(n int) []float32 {
				v := make([]float32, n)
				for i := range v {
					v[i] = float32(rng.NormFloat64())
				}
				return v
			}
			inputs := [][]float32{values(side * side * in), values(c.kernel * c.kernel * in * out)}
			exec, err := NewExec(backend, func(x, kernel *Node) (loss, dx, dKernel *Node) {
				y := Convolution(x, kernel, c.stride, c.before, c.after)
				weights := Sin(IotaFull(y.Graph(), y.Shape()))
				loss = ReduceAllSum(Mul(y, weights))
				d := Gradient(loss, x, kernel)
				return loss, d[0], d[1]
			})
			if err != nil {
				t.Fatal(err)
			}
			run := func(x, kernel []float32) (float64, [2][]float32) {
				o, err := exec.Call(tensors.FromFlatDataAndDimensions(x, 1, side, side, in),
					tensors.FromFlatDataAndDimensions(kernel, c.kernel, c.kernel, in, out))
				if err != nil {
					t.Fatal(err)
				}
				return float64(tensors.ToScalar[float32](o[0])), [2][]float32{tensors.MustCopyFlatData[float32](o[1]), tensors.MustCopyFlatData[float32](o[2])}
			}
			loss, gradients := run(inputs[0], inputs[1])
			for which, input := range inputs {
				for i := range input {
					old := input[i]
					input[i]++
					changed, _ := run(inputs[0], inputs[1])
					input[i] = old
					if got := float64(gradients[which][i]); math.Abs(changed-loss-got) > 1e-3 {
						t.Fatalf("input %d: gradient %d is %g, the difference %g", which, i, got, changed-loss)
					}
				}
			}
		})
	}
}
