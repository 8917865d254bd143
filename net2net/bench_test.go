package net2net

import (
	"testing"

	"github.com/dataprism/dataprism/backend/simd"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// BenchmarkAutoencoder256 is the reference's large autoencoder applied to one image.
func BenchmarkAutoencoder256(b *testing.B) {
	backend, err := simd.New("")
	if err != nil {
		b.Fatal(err)
	}
	defer backend.Finalize()
	store := model.NewStore()
	config := DefaultAutoencoder256()
	a, err := NewAutoencoder256(store.RootScope().At("autoencoder"), config)
	if err != nil {
		b.Fatal(err)
	}
	measure := func(name string, fn func(x *Node) *Node, dims ...int) {
		b.Run(name, func(b *testing.B) {
			exec, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) *Node { return fn(in[0]) })
			if err != nil {
				b.Fatal(err)
			}
			size := 1
			for _, d := range dims {
				size *= d
			}
			values := make([]float32, size)
			for i := range values {
				values[i] = float32(i%199)/100 - 1
			}
			x := tensors.FromFlatDataAndDimensions(values, dims...)
			if _, err := exec.Exec(x); err != nil { // compiles
				b.Fatal(err)
			}
			for b.Loop() {
				out, err := exec.Exec(x)
				if err != nil {
					b.Fatal(err)
				}
				out[0].MustFinalizeAll()
			}
		})
	}
	measure("encode", func(x *Node) *Node {
		mean, _ := a.Encode(x)
		return mean
	}, 1, Size256, Size256, 3)
	measure("decode unfolded", func(z *Node) *Node { return a.Decode(z) }, 1, config.Latent)
	// Building the decoder makes its weights, which are what is folded, also when the benchmark above is not run.
	decode, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) *Node { return a.Decode(in[0]) })
	if err != nil {
		b.Fatal(err)
	}
	if _, err := decode.Exec(tensors.FromFlatDataAndDimensions(make([]float32, config.Latent), 1, config.Latent)); err != nil {
		b.Fatal(err)
	}
	if err := a.Fold(); err != nil {
		b.Fatal(err)
	}
	measure("decode", func(z *Node) *Node { return a.Decode(z) }, 1, config.Latent)
}
