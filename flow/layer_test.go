package flow

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/internal/layertest"
	"github.com/dataprism/dataprism/internal/simdtest"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// TestEveryLayerIsInvertibleAndDifferentiable runs each layer of these flows on its own. A configuration that brings
// a new kind of layer gets a row.
func TestEveryLayerIsInvertibleAndDifferentiable(t *testing.T) {
	backend := simdtest.New(t)
	for name, config := range map[string]Config{
		"conditional":             {Dim: 6, Collections: 2, Blocks: 1, Hidden: 8, Depth: 1, Embedding: 3, Bound: 1},
		"transport and own norms": {Dim: 6, Collections: 2, Blocks: 1, Hidden: 8, Embedding: 3, OwnNorm: true, Transport: true, Radial: true, Bound: 1},
		"slices":                  {Dim: 6, Collections: 2, Blocks: 1, Hidden: 8, Embedding: 3, Sliced: true, SlicedCodes: true, Bound: 1},
		// Where bins meet, slopes of slopes jump, and a difference quotient across it is no gradient: here there is none.
		"three bins":               {Dim: 6, Collections: 2, Blocks: 1, Hidden: 8, Embedding: 3, Bins: 3, Bound: 1},
		"five bins":                {Dim: 6, Collections: 2, Blocks: 1, Hidden: 8, Embedding: 3, Bins: 5, Bound: 1},
		"shared by all conditions": {Dim: 4, Collections: 3, Blocks: 1, Shared: 1, Hidden: 8, Depth: 2, Embedding: 3, OwnNorm: true, Bound: 2},
	} {
		build := func(scope *model.Scope) *Flow {
			f, err := New(scope, config)
			if err != nil {
				t.Fatal(err)
			}
			if config.Transport {
				rng := rand.New(rand.NewPCG(3, 3))
				var moments []Moments
				for range config.Collections {
					moments = append(moments, randomMoments(rng, config.Dim))
				}
				if err := f.SetTransport(moments, nil); err != nil {
					t.Fatal(err)
				}
			}
			for place := range f.slices {
				if err := f.setSlices(place, randomSteps(rand.New(rand.NewPCG(4, 4)), 3, config.Dim, config.Collections+1, 3)); err != nil {
					t.Fatal(err)
				}
			}
			return f
		}
		for i, l := range build(model.NewStore().RootScope()).layers {
			t.Run(fmt.Sprintf("%s/%T", name, l), func(t *testing.T) {
				layertest.Check(t, backend, func(scope *model.Scope) layertest.Layer {
					f := build(scope)
					return layertest.Layer{
						Dim: config.Dim, Conditions: config.Collections + 1,
						Forward: func(x, labels *Node) (y, logDet *Node) { return f.layers[i].forward(x, f.Condition(labels)) },
						Inverse: func(y, labels *Node) *Node { return f.layers[i].inverse(y, f.Condition(labels)) },
					}
				})
			})
		}
	}
}
