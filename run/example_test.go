package run_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/collection/portraits"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/train"
)

// From folders of images to a run folder with the trained prism and its evaluation. The few steps are for show.
func ExampleJob_Train() {
	dir, _ := os.MkdirTemp("", "run")
	defer os.RemoveAll(dir)
	ctx := context.Background()
	specs, err := portraits.Write(ctx, filepath.Join(dir, "images"), portraits.Options{Size: 32, Count: 40, Styles: []portraits.Style{portraits.Photo, portraits.Oil}})
	if err != nil {
		fmt.Println(err)
		return
	}
	training := train.DefaultConfig().WithSteps(6)
	c := run.Config{Version: run.Version, Seed: 1, Training: &training, Data: run.Data{Gray: true, Background: "#ffffff", Validation: 0.3}}
	for _, spec := range specs {
		source, err := run.SourceOf(spec)
		if err != nil {
			fmt.Println(err)
			return
		}
		c.Data.Sources = append(c.Data.Sources, source)
		c.Model.Collections = append(c.Model.Collections, spec.Name)
	}
	c.Model.Autoencoder, c.Model.Flow = autoencoder.DefaultConfig(32, 1), flow.DefaultConfig(16, len(specs))
	c.Model.Autoencoder.Latent, c.Model.Autoencoder.Width = 16, 16

	backend, err := simd.New("")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Finalize()
	folder, err := run.Take(filepath.Join(dir, "RUN"), false)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer folder.Close()
	job := run.Job{Folder: folder, Cache: filepath.Join(dir, "cache")}
	evaluation, err := job.Train(ctx, backend, c)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, _, err := run.Open(backend, folder.Dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Collections, evaluation.Reconstruction.L1.N)
	// Output: [photo oil] 24
}
