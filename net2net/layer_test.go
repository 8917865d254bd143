package net2net

import (
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/internal/layertest"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

func TestBlockOfTheFlowIsInvertibleAndDifferentiable(t *testing.T) {
	fixture.OnBackends(t, fixture.Cheap, func(t *testing.T, backend compute.Backend) {
		layertest.Check(t, backend, func(scope *model.Scope) layertest.Layer {
			f, err := NewFlow(scope, FlowConfig{Dim: 6, Collections: 2, Blocks: 1, Hidden: 8, Depth: 1, Embedding: 3, EmbedderHidden: 6, EmbedderDepth: 1, BatchNorm: true})
			if err != nil {
				t.Fatal(err)
			}
			return layertest.Layer{
				Dim: f.config.Dim, Conditions: f.config.Collections,
				Forward: func(x, labels *Node) (y, logDet *Node) {
					return f.blocks[0].forward(f.network, x, f.Condition(labels).Embedding)
				},
				Inverse: func(y, labels *Node) *Node {
					return f.blocks[0].inverse(f.network, y, f.Condition(labels).Embedding)
				},
			}
		})
	})
}
