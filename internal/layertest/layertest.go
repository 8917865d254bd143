// Package layertest holds a layer of a flow to what makes it one:
//
//   - inverse(forward(x)) = x and forward(inverse(y)) = y, under every condition;
//   - logDet is log|det dy/dx| of the Jacobian that difference quotients give;
//   - the gradients for its input and for every weight are those of difference quotients;
//   - a row of the batch does not depend on the others.
//
// A layer that passes can stand anywhere in a flow and be trained there.
package layertest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
)

// Layer is an invertible map of rows [batch, Dim], each under one of a number of conditions.
type Layer struct {
	Dim        int
	Conditions int
	// Forward builds y [batch, Dim] and log|det dy/dx| [batch] at x, or nil where that is 0 for every x. Labels
	// [batch] are int32 below Conditions.
	Forward func(x, labels *Node) (y, logDet *Node)
	// Inverse builds the x [batch, Dim] that Forward takes to y.
	Inverse func(y, labels *Node) (x *Node)
}

// Check fails t for each property that the layer, whose weights are below scope, lacks. The weights that a gradient
// trains are moved away from their start at random, so that no layer passes as the identity; buffers stay as build
// has left them.
func Check(t *testing.T, backend compute.Backend, build func(scope *model.Scope) Layer) {
	t.Helper()
	if err := verify(backend, build); err != nil {
		t.Error(err)
	}
}

const (
	valueTolerance    = 1e-4 // of values, relative to 1 + |value|
	quotientTolerance = 1e-2 // of difference quotients, likewise
	step              = 2e-3 // of difference quotients
	spread            = 0.3  // of the weights around their start
	places            = 6    // of each weight that are compared with difference quotients
)

// verify returns everything that is wrong with the layer.
func verify(backend compute.Backend, build func(scope *model.Scope) Layer) error {
	store := model.NewStore()
	store.RootScope().SetParam(nn.SeedParam, uint64(7))
	s := subject{build(store.RootScope().At("layer")), store, backend, rand.New(rand.NewPCG(1, 2))}
	x, labels := s.rows(2*s.Conditions), s.labels(2*s.Conditions)
	if _, _, err := s.forward(x, labels); err != nil { // makes the weights
		return err
	}
	for v := range store.IterVariables() {
		if v.Trainable {
			moved := func(start float32) float32 { return start + spread*float32(s.rng.NormFloat64()) }
			if err := set(v, moved); err != nil {
				return err
			}
		}
	}
	return errors.Join(s.checkInverse(x, labels), s.checkRows(x, labels), s.checkLogDet(), s.checkGradients(x, labels))
}

func (s subject) checkInverse(x [][]float32, labels []int32) error {
	y, _, err := s.forward(x, labels)
	if err != nil {
		return err
	}
	if near(x, y) == nil {
		return errors.New("forward is the identity, of which nothing can be learnt")
	}
	back, err := s.inverse(y, labels)
	if err != nil {
		return err
	}
	if err := near(back, x); err != nil {
		return fmt.Errorf("inverse(forward(x)) is not x: %w", err)
	}
	back, err = s.inverse(x, labels)
	if err != nil {
		return err
	}
	if back, _, err = s.forward(back, labels); err != nil {
		return err
	}
	if err := near(back, x); err != nil {
		return fmt.Errorf("forward(inverse(y)) is not y: %w", err)
	}
	return nil
}

func (s subject) checkRows(x [][]float32, labels []int32) error {
	y, logDet, err := s.forward(x, labels)
	if err != nil {
		return err
	}
	for i := range x {
		own, ownDet, err := s.forward(x[i:i+1], labels[i:i+1])
		if err != nil {
			return err
		}
		if near(own, y[i:i+1]) != nil || !agree(ownDet[0], logDet[i], valueTolerance) {
			return fmt.Errorf("row %d has another result on its own than among other rows: %v, %v", i, own[0], y[i])
		}
	}
	return nil
}

func (s subject) checkLogDet() error {
	x := s.rows(1)[0]
	for label := range s.Conditions {
		// Rows 2i and 2i+1 step forth and back along dimension i; the last is x itself.
		var rows [][]float32
		for i := range x {
			for _, by := range []float32{step, -step} {
				row := append([]float32(nil), x...)
				row[i] += by
				rows = append(rows, row)
			}
		}
		rows = append(rows, x)
		labels := make([]int32, len(rows))
		for i := range labels {
			labels[i] = int32(label)
		}
		y, logDet, err := s.forward(rows, labels)
		if err != nil {
			return err
		}
		jacobian := mat.NewDense(s.Dim, s.Dim, nil)
		for i := range s.Dim {
			for j := range s.Dim {
				jacobian.Set(j, i, float64(y[2*i][j]-y[2*i+1][j])/(2*step))
			}
		}
		want, _ := mat.LogDet(jacobian)
		if got := logDet[len(rows)-1]; !agree(got, float32(want), quotientTolerance) {
			return fmt.Errorf("under condition %d logDet is %g, that of the numeric Jacobian %g", label, got, want)
		}
	}
	return nil
}
