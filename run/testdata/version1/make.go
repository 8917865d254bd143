//go:build ignore

// This program made the files beside it, in the folder that its argument names. It builds with the packages of
// revision 2cbe3bb, the last whose run folders have version 1: put it into a folder below cmd there.
//
// It trains for a few steps, and rounds the weights coarsely so that they can be packed. numbers.json holds what that
// revision computes of them.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/collection/portraits"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/train"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/weights"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// numbers are what is computed with the run: of two images whose value i is sin(0.37 i), of collection 0, and of two
// codes.
type numbers struct {
	Z         []float32   `json:"z"`
	Projected []float32   `json:"projected"` // to collection 1
	LogProb   [][]float32 `json:"log_prob"`  // under each collection
	Decoded   []float32   `json:"decoded"`   // every 97th value
	Samples   [][]float32 `json:"samples"`   // latents under each collection of codes by PCG(3, 0)
}

func main() {
	out := os.Args[1]
	work, err := os.MkdirTemp("", "")
	check(err)
	defer os.RemoveAll(work)
	ctx := context.Background()
	specs, err := portraits.Write(ctx, filepath.Join(work, "images"), portraits.Options{Count: 40, Size: 32, Seed: 1, Styles: []portraits.Style{portraits.Photo, portraits.Oil}})
	check(err)
	training := train.DefaultConfig().WithSteps(30)
	training.Autoencoder.Batch, training.Decoder.Batch, training.Flow.Batch, training.Adversary.Width = 4, 4, 8, 8
	fl := flow.DefaultConfig(4, 2)
	fl.Blocks, fl.Hidden = 2, 8
	data := prism.Data{Gray: true, Background: "#ffffff", Validation: 0.2}
	for i, s := range specs {
		data.Sources = append(data.Sources, prism.Source{Name: s.Name, Path: s.Path, Frame: collection.Frame{Side: 1 - 0.25*float64(i)}})
	}
	run := train.Run{Run: prism.Run{Version: prism.RunVersion, Seed: 5, Data: data, Model: prism.Config{
		Collections: []string{"photo", "oil"},
		Autoencoder: autoencoder.Config{Size: 32, Channels: 1, Latent: 4, Width: 16},
		Flow:        fl,
	}}, Training: training}
	d, err := collection.Open(ctx, specs, collection.Options{Size: 32, Gray: true, Seed: 5, Validation: 0.2, CacheDir: filepath.Join(work, "cache")})
	check(err)
	backend, err := simd.New("")
	check(err)
	run, err = train.Prepare(out, run, false)
	check(err)
	p, err := train.Train(ctx, backend, d, run, train.Options{Dir: out})
	check(err)
	check(p.SetFit(prism.Fit{LogProb: []float32{-20, -30}, Reconstruction: 0.5}))
	check(p.Save(out))
	round(filepath.Join(out, prism.WeightsFile))

	p, _, err = prism.Open(backend, out)
	check(err)
	images := make([]float32, 2*p.Pixels())
	for i := range images {
		images[i] = float32(math.Sin(0.37 * float64(i)))
	}
	var n numbers
	n.Z, _, err = p.Encode(images)
	check(err)
	n.Projected, err = p.Project(n.Z, []int{0, 0}, 1, 1)
	check(err)
	n.LogProb, err = p.LogProb(n.Z)
	check(err)
	decoded, err := p.Decode(n.Projected)
	check(err)
	for i := 0; i < len(decoded); i += 97 {
		n.Decoded = append(n.Decoded, decoded[i])
	}
	n.Samples, err = p.Sample(rand.New(rand.NewPCG(3, 0)), 2, 1)
	check(err)
	text, err := json.MarshalIndent(n, "", " ")
	check(err)
	check(os.WriteFile(filepath.Join(out, "numbers.json"), text, 0o644))

	model, err := os.ReadFile(filepath.Join(out, prism.WeightsFile))
	check(err)
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	check(err)
	_, err = w.Write(model)
	check(err)
	check(w.Close())
	check(os.WriteFile(filepath.Join(out, prism.WeightsFile+".gz"), packed.Bytes(), 0o644))
	config, err := os.ReadFile(filepath.Join(out, prism.ConfigFile))
	check(err)
	check(os.WriteFile(filepath.Join(out, prism.ConfigFile), []byte(strings.ReplaceAll(string(config), work, "")), 0o644))
	for _, name := range []string{prism.WeightsFile, "metrics.jsonl", "checkpoints"} {
		check(os.RemoveAll(filepath.Join(out, name)))
	}
}

// round makes the autoencoder's weights multiples of 1/32.
func round(path string) {
	file, err := weights.Read(path)
	check(err)
	var rounded weights.File
	for _, t := range file.Tensors() {
		values, err := t.Float32s()
		check(err)
		if strings.HasPrefix(t.Name, "autoencoder/") {
			for i, v := range values {
				values[i] = float32(math.Round(32*float64(v)) / 32)
			}
		}
		check(weights.Put(&rounded, t.Name, t.Shape, values))
	}
	check(weights.Write(path, &rounded))
}
