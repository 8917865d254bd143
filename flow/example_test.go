package flow_test

import (
	"fmt"
	"math"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/flow"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// A latent of collection 0 becomes a code, and the code the latent that collection 1 would have in its place.
func Example() {
	backend, err := simd.New("")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Finalize()
	store := model.NewStore()
	f, err := flow.New(store.RootScope().At("flow"), flow.DefaultConfig(4, 2))
	if err != nil {
		fmt.Println(err)
		return
	}
	exec, err := model.NewExec(backend, store, func(_ *model.Scope, z, from, to *Node) (v, same, projected *Node) {
		v, _ = f.Forward(z, f.Condition(from))
		return v, f.Inverse(v, f.Condition(from)), f.Inverse(v, f.Condition(to))
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	z := []float32{0.5, -1, 2, 0}
	out, err := exec.Call([][]float32{z}, []int32{0}, []int32{1})
	if err != nil {
		fmt.Println(err)
		return
	}
	same := out[1].Value().([][]float32)[0]
	var worst float64
	for i := range z {
		worst = max(worst, math.Abs(float64(same[i]-z[i])))
	}
	fmt.Println(out[0].Shape(), out[2].Shape(), worst < 1e-5)
	// Output: (Float32)[1, 4] (Float32)[1, 4] true
}
