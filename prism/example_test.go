package prism_test

import (
	"fmt"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/prism"
	"github.com/gomlx/gomlx/ml/model"
)

// An image of the first collection, as the second would show it. The weights here are random; run.Open gives those of
// a trained run.
func ExamplePrism_Project() {
	backend, err := simd.New("")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Finalize()
	config := prism.Config{Collections: []string{"photo", "oil"}, Autoencoder: autoencoder.DefaultConfig(32, 1)}
	config.Autoencoder.Latent, config.Autoencoder.Width = 16, 16
	config.Flow = flow.DefaultConfig(16, 2)
	p, err := prism.New(backend, model.NewStore(), config, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	image := make([]float32, p.Pixels()) // side · side · channels values from -1 to 1
	z, _, err := p.Encode(image)
	if err != nil {
		fmt.Println(err)
		return
	}
	projected, err := p.Project(z, []int{0}, 1, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	shown, err := p.Decode(projected)
	fmt.Println(len(z), len(projected), len(shown), err)
	// Output: 16 16 1024 <nil>
}
