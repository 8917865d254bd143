package flow

import (
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Condition says which collection each row of a batch is from.
type Condition struct {
	OneHot    *Node // [batch, K+1]; the last column is "any"
	Embedding *Node // [batch, embedding]
}

// Condition turns labels [batch], integers in [0, K] where K means any collection, into the form that
// the layers read.
func (f *Flow) Condition(labels *Node) Condition {
	oneHot := OneHot(labels, f.config.Collections+1, dtypes.Float32)
	return Condition{OneHot: oneHot, Embedding: f.embed.forward(oneHot)}
}

// embedding is a table of one vector a collection.
type embedding struct {
	scope  *model.Scope
	config Config
}

func (e embedding) forward(oneHot *Node) *Node {
	table := nn.Weight(e.scope, oneHot.Graph(), "table", nn.Normal(1), e.config.Collections+1, e.config.Embedding)
	return Dot(oneHot, table).Product()
}
