package flow

import (
	"context"
	"errors"
	"fmt"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
)

// Pair says that latent I of collection A and latent J of collection B are of the same content.
type Pair struct{ A, I, B, J int }

// Alignment is what [Flow.AlignTransport] found.
type Alignment struct {
	Prior      float64 // how many pairs the optimal transport counted as; +Inf where pairs said nothing that holds for others
	Neighbours bool    // whether codes that are each other's nearest counted as pairs, too
	// Left is the squared distance in images that is left between pairs that were held back, over that without turns.
	Left float64
}

// AlignTransport turns the codes of each collection so that those of pairs agree. The moments of a collection say nothing
// of it: turned codes are as likely as before. With the codes y of the transport, and D, how far codes move images, the
// turns R_c are orthogonal and maximise
//
//	Σ_pairs ⟨y_a D R_a, y_b D R_b⟩ + prior·Σ_c tr R_c
//
// in turn for each c: an orthogonal Procrustes problem (Schönemann 1966) with a matrix Langevin prior about the optimal
// transport. Few pairs are helped by what they align: in further rounds codes that are each other's nearest count as pairs,
// too, nearness corrected for hubs (Conneau and others 2018: "Word translation without parallel data"). How much the prior
// counts, and whether neighbours do, is decided by pairs that are held back; where nothing helps those, nothing is turned.
//
// z[c] are latents [n_c, dim] of collection c, scale is as for [Flow.SetTransport], which comes first.
func (f *Flow) AlignTransport(ctx context.Context, z [][]float32, scale []float64, pairs []Pair) (Alignment, error) {
	for _, p := range pairs {
		if p.A == p.B || min(p.A, p.B, p.I, p.J) < 0 || max(p.A, p.B) >= len(z) ||
			p.I >= len(z[p.A])/f.config.Dim || p.J >= len(z[p.B])/f.config.Dim {
			return Alignment{}, fmt.Errorf("flow: %+v is no pair of latents of two collections", p)
		}
	}
	a, err := f.aligner(ctx, z, scale)
	if err != nil {
		return Alignment{}, err
	}
	found, turns, err := a.align(pairs)
	if err != nil {
		return Alignment{}, err
	}
	return found, f.turn(turns)
}

// Neighbours are the latents of every two collections whose codes by the transport are each other's nearest, of a few
// thousand of each collection.
func (f *Flow) Neighbours(ctx context.Context, z [][]float32, scale []float64) ([]Pair, error) {
	a, err := f.aligner(ctx, z, scale)
	if err != nil {
		return nil, err
	}
	return a.neighbours(a.still()), ctx.Err()
}

// aligner holds the codes of the latents by the transport.
func (f *Flow) aligner(ctx context.Context, z [][]float32, scale []float64) (*aligner, error) {
	if err := f.canAlign("latents", len(z)); err != nil {
		return nil, err
	}
	dim := f.config.Dim
	scale, err := f.scaleOf(scale)
	if err != nil {
		return nil, err
	}
	metric := mat.NewSymDense(dim, nil)
	codes := make([]*mat.Dense, len(z))
	for c := range z {
		mean, matrix, inverse := f.transportOf(c)
		moved := product(inverse, mat.NewDiagDense(dim, scale))
		metric.AddSym(metric, symmetric(product(moved, moved.T())))
		centred := mat.NewDense(len(z[c])/dim, dim, nil)
		for i, x := range z[c] {
			centred.Set(i/dim, i%dim, float64(x)-mean[i%dim])
		}
		codes[c] = product(centred, matrix)
	}
	return newAligner(ctx, codes, metric)
}

// canAlign says why the transport cannot be aligned by what is given of so many collections.
func (f *Flow) canAlign(what string, collections int) error {
	if !f.config.Transport {
		return fmt.Errorf("flow: this flow has no transport to align")
	}
	if collections != f.config.Collections {
		return fmt.Errorf("flow: %s of %d collections are given, the flow has %d", what, collections, f.config.Collections)
	}
	return nil
}

// variable is one of the transport's weights.
func (f *Flow) variable(name string) *model.Variable {
	return f.scope.Store().GetVariable(f.weight(name))
}

// transportOf are the mean, the matrix and its inverse of condition c.
func (f *Flow) transportOf(c int) (mean []float64, matrix, inverse *mat.Dense) {
	dim := f.config.Dim
	part := func(name string, size int) []float64 { return nn.Float64s(f.variable(name))[c*size : (c+1)*size] }
	return part("mean", dim), mat.NewDense(dim, dim, part("matrix", dim*dim)), mat.NewDense(dim, dim, part("inverse", dim*dim))
}

// turn multiplies what each collection's transport gives by an orthogonal matrix. Its log-determinant stays.
func (f *Flow) turn(turns []*mat.Dense) error {
	dim := f.config.Dim
	var matrices, inverses []float32
	for c := range f.config.Collections + 1 {
		_, w, back := f.transportOf(c)
		if c < len(turns) {
			w, back = product(w, turns[c]), product(turns[c].T(), back)
		}
		matrices, inverses = appendDense(matrices, w), appendDense(inverses, back)
	}
	rows := f.config.Collections + 1
	return errors.Join(f.set("matrix", matrices, rows, dim, dim), f.set("inverse", inverses, rows, dim, dim))
}
