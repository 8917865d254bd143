package simd_test

import (
	"fmt"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/gomlx/gomlx/core/graph"
)

// The backend takes the place of any other: graphs, gradients and training stay as they are.
func ExampleNew() {
	backend, err := simd.New("")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Finalize()
	exec, err := graph.NewExec(backend, func(x *graph.Node) (y, slope *graph.Node) {
		y = graph.ReduceAllSum(graph.Mul(x, graph.Square(x)))
		return y, graph.Gradient(y, x)[0]
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := exec.Call([]float32{1, 2, 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out[0].Value(), out[1].Value())
	// Output: 36 [3 12 27]
}
