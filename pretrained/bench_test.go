package pretrained

import (
	"fmt"
	"testing"

	"github.com/dataprism/dataprism/backend/simd"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// BenchmarkAutoencoder is one image: encoded, and decoded.
func BenchmarkAutoencoder(b *testing.B) {
	backend, err := simd.New("")
	if err != nil {
		b.Fatal(err)
	}
	defer backend.Finalize()
	for _, c := range []Config{
		{TAESD: &TAESDConfig{Width: 64, Channels: 4}, Size: 256, Channels: 3, Latent: 2},
		{KL: &KLConfig{[]int{128, 256, 512, 512}, 2, 4, true}, Size: 256, Channels: 3, Latent: 2},
	} {
		a, err := New(model.NewStore().Scope("/autoencoder"), c)
		if err != nil {
			b.Fatal(err)
		}
		s := c.LatentShape()
		run := func(name string, fn func(x *Node) *Node, dims ...int) {
			b.Run(fmt.Sprintf("%s-%d/%s", c.Name(), c.Size, name), func(b *testing.B) {
				exec, err := model.NewExec(backend, a.scope.Store(), func(_ *model.Scope, in []*Node) []*Node { return []*Node{fn(in[0])} })
				if err != nil {
					b.Fatal(err)
				}
				defer exec.Finalize()
				size := 1
				for _, d := range dims {
					size *= d
				}
				x := tensors.FromFlatDataAndDimensions(make([]float32, size), dims...)
				for b.Loop() {
					out := exec.MustCall(x)
					out[0].MustFinalizeAll()
				}
			})
		}
		run("encode", a.Latents, 1, c.Size, c.Size, 3)
		run("decode", a.Images, 1, s[0]*s[1]*s[2])
	}
}
