package train_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/collection/portraits"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/train"
)

// A few steps on drawn portraits. A real training has thousands, or a time: Training.Time.
func ExampleTrain() {
	dir, _ := os.MkdirTemp("", "train")
	defer os.RemoveAll(dir)
	ctx := context.Background()
	specs, err := portraits.Write(ctx, dir, portraits.Options{Size: 32, Count: 24, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := collection.Open(ctx, specs, collection.Options{Size: 32, Gray: true, CacheDir: filepath.Join(dir, "cache")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer d.Close()
	backend, err := simd.New("")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Finalize()

	task := train.Task{Training: train.DefaultConfig().WithSteps(6), Seed: 1}
	task.Model = prism.Config{Autoencoder: autoencoder.DefaultConfig(32, 1), Flow: flow.DefaultConfig(16, len(specs))}
	task.Model.Autoencoder.Latent, task.Model.Autoencoder.Width = 16, 16
	for _, s := range specs {
		task.Model.Collections = append(task.Model.Collections, s.Name)
	}
	phases := map[string]bool{}
	p, err := train.Train(ctx, backend, d, task, train.Options{Dir: dir, Progress: func(e train.Event) { phases[e.Phase] = true }})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(phases, p.Collections)
	// Output: map[autoencoder:true decoder:true flow:true] [photo oil anime]
}
