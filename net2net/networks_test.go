package net2net

import (
	"math"
	"testing"

	"github.com/dataprism/dataprism/backend/simd"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

func TestImportedNetworksAreApplied(t *testing.T) {
	backend, err := simd.New("")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	store := model.NewStore()
	m, _, err := Import(store, file(t, small()))
	if err != nil {
		t.Fatal(err)
	}
	side, channels := m.Size()
	a, f, err := m.Build(store)
	if err != nil {
		t.Fatal(err)
	}
	out, err := model.CallOnceN(backend, store, func(_ *model.Scope, in []*Node) []*Node {
		mean, _ := a.Encode(in[0])
		list := []*Node{a.Decode(mean)}
		for label := range int32(4) {
			c := f.Condition(Const(in[0].Graph(), []int32{label}))
			logProb, v := f.LogProb(mean, c)
			list = append(list, logProb, Sub(f.Inverse(v, c), mean))
		}
		return list
	}, tensors.FromFlatDataAndDimensions(make([]float32, side*side*channels), 1, side, side, channels))
	if err != nil {
		t.Fatal(err)
	}
	if got := out[0].Shape().Dimensions; got[1] != side || got[3] != channels {
		t.Errorf("the decoded image has shape %v", got)
	}
	value := func(i int) float64 { return float64(tensors.MustCopyFlatData[float32](out[i])[0]) }
	mean := 0.0
	for label := range 3 {
		mean += math.Exp(value(1+2*label)) / 3
		for _, d := range tensors.MustCopyFlatData[float32](out[2+2*label]) {
			if math.Abs(float64(d)) > 1e-4 {
				t.Errorf("under label %d, inverse and forward differ by %v", label, d)
			}
		}
	}
	if got := value(7); math.Abs(got-math.Log(mean)) > 1e-3 {
		t.Errorf("under any label, log p(z) is %v, want %v", got, math.Log(mean))
	}
}
