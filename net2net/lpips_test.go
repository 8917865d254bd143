package net2net

import (
	"math"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

func TestLPIPSIsThatOfTheReference(t *testing.T) {
	f := fixture.Read(t, "lpips.safetensors")
	recipe := f.Recipe("gain")
	file := &weights.File{}
	for _, p := range f.Parameters("parameters") {
		values := recipe.Weights(p)
		if strings.HasPrefix(p.Name, "lin") {
			for i, v := range values {
				values[i] = float32(math.Abs(float64(v)))
			}
		}
		if err := weights.Put(file, p.Name, p.Shape, values); err != nil {
			t.Fatal(err)
		}
	}
	fixture.OnBackends(t, fixture.Dear, func(t *testing.T, backend compute.Backend) {
		store := model.NewStore()
		l := NewLPIPS(store.RootScope().At("lpips"))
		if err := l.Load(file); err != nil {
			t.Fatal(err)
		}
		exec, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) *Node { return l.Distance(in[0], in[1]) })
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Exec(nchw(f, "first"), nchw(f, "second"))
		if err != nil {
			t.Fatal(err)
		}
		compareTensors(t, "distance", out[0], vector(f, "distance"), 1e-4)
	})
}

func TestLPIPSSaysWhichWeightsAreMissing(t *testing.T) {
	err := NewLPIPS(model.NewStore().RootScope()).Load(&weights.File{})
	if err == nil || !strings.Contains(err.Error(), "net.slice1.0.weight") {
		t.Errorf("error is %v", err)
	}
}
