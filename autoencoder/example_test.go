package autoencoder_test

import (
	"fmt"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/backend/simd"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

func Example() {
	backend, err := simd.New("")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Finalize()
	store := model.NewStore()
	config := autoencoder.DefaultConfig(32, 1)
	config.Latent, config.Width = 16, 16
	a, err := autoencoder.New(store.RootScope().At("autoencoder"), config)
	if err != nil {
		fmt.Println(err)
		return
	}
	exec, err := model.NewExec(backend, store, func(_ *model.Scope, x *Node) (z, reconstruction *Node) {
		mean, _ := a.Encode(x)
		return mean, a.Decode(mean)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	images := tensors.FromShape(shapes.Make(dtypes.Float32, 2, 32, 32, 1)) // two grey images, values from -1 to 1
	out, err := exec.Call(images)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out[0].Shape(), out[1].Shape())
	// Output: (Float32)[2, 16] (Float32)[2, 32, 32, 1]
}
