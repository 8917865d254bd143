package net2net

import (
	"testing"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// BenchmarkReferenceTrainingStep is a step of the published configuration, of 179 million parameters, on the
// published batch: forward, backward and Adam with AMSGrad.
func BenchmarkReferenceTrainingStep(b *testing.B) {
	const dim, collections, batch = 128, 2, 15
	backend, err := simd.New("")
	if err != nil {
		b.Fatal(err)
	}
	defer backend.Finalize()
	store := model.NewStore()
	r, err := NewFlow(store.RootScope().At("flow"), DefaultFlow(dim, collections))
	if err != nil {
		b.Fatal(err)
	}
	training := r.In(Train)
	adam := nn.Adam{Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-8, AMSGrad: true}
	exec, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) *Node {
		v, logDet := training.Forward(in[0], training.Condition(in[1]))
		loss := r.Loss(v, logDet)
		adam.Update(store, loss, Scalar(loss.Graph(), loss.DType(), 1e-4), in[2], nn.Trainable(store, "/flow/"))
		return loss
	})
	if err != nil {
		b.Fatal(err)
	}
	latents := make([]float32, batch*dim)
	for i := range latents {
		latents[i] = float32(i%37)/18 - 1
	}
	labels := make([]int32, batch)
	for i := range labels {
		labels[i] = int32(i % collections)
	}
	step := float32(0)
	run := func() {
		step++
		out, err := exec.Exec(tensors.FromFlatDataAndDimensions(latents, batch, dim), tensors.FromFlatDataAndDimensions(labels, batch), step)
		if err != nil {
			b.Fatal(err)
		}
		out[0].MustFinalizeAll()
	}
	run() // compiles
	for b.Loop() {
		run()
	}
}
