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
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
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

// subject is a layer with its weights, ready to be run.
type subject struct {
	Layer
	store   *model.Store
	backend compute.Backend
	rng     *rand.Rand
}

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
			set(v, func(start float32) float32 { return start + spread*float32(s.rng.NormFloat64()) })
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

// checkGradients compares the gradients of a random linear function of y and logDet.
func (s subject) checkGradients(x [][]float32, labels []int32) error {
	objective := func(x, labels *Node) *Node {
		y, logDet := s.Forward(x, labels)
		value := ReduceAllSum(Mul(y, Sin(AddScalar(IotaFull(y.Graph(), y.Shape()), 1))))
		if logDet != nil {
			value = Add(value, ReduceAllSum(Mul(logDet, Cos(IotaFull(y.Graph(), logDet.Shape())))))
		}
		return value
	}
	exec, err := s.exec(func(x, labels *Node) []*Node { return []*Node{objective(x, labels)} })
	if err != nil {
		return err
	}
	value := func() (float64, error) {
		out, err := exec.Exec(x, labels)
		if err != nil {
			return 0, err
		}
		return float64(tensors.ToScalar[float32](out[0])), nil
	}
	var weights []*model.Variable
	for v := range s.store.IterVariables() {
		if v.Trainable {
			weights = append(weights, v)
		}
	}
	derive, err := s.exec(func(x, labels *Node) []*Node {
		of := []*Node{x}
		for _, w := range weights {
			of = append(of, w.NodeValue(x.Graph()))
		}
		return Gradient(objective(x, labels), of...)
	})
	if err != nil {
		return err
	}
	gradients, err := derive.Exec(x, labels)
	if err != nil {
		return err
	}
	compare := func(name string, gradient float32, move func(by float32)) error {
		var values [2]float64
		for i, by := range []float32{step, -step} {
			move(by)
			if values[i], err = value(); err != nil {
				return err
			}
			move(-by)
		}
		if want := (values[0] - values[1]) / (2 * step); !agree(gradient, float32(want), quotientTolerance) {
			return fmt.Errorf("the gradient for %s is %g, the difference quotient %g", name, gradient, want)
		}
		return nil
	}
	var wrong []error
	for i, row := range gradients[0].Value().([][]float32) {
		j := s.rng.IntN(s.Dim)
		wrong = append(wrong, compare(fmt.Sprintf("x[%d, %d]", i, j), row[j], func(by float32) { x[i][j] += by }))
	}
	for i, w := range weights {
		gradient := tensors.MustCopyFlatData[float32](gradients[i+1])
		for range min(places, len(gradient)) {
			at := s.rng.IntN(len(gradient))
			wrong = append(wrong, compare(fmt.Sprintf("%s[%d]", w.Path(), at), gradient[at], func(by float32) {
				index := -1
				set(w, func(old float32) float32 {
					if index++; index == at {
						return old + by
					}
					return old
				})
			}))
		}
	}
	return errors.Join(wrong...)
}

func (s subject) exec(build func(x, labels *Node) []*Node) (*model.Exec, error) {
	return model.NewExec(s.backend, s.store, func(_ *model.Scope, in []*Node) []*Node { return build(in[0], in[1]) })
}

func (s subject) forward(x [][]float32, labels []int32) (y [][]float32, logDet []float32, err error) {
	exec, err := s.exec(func(x, labels *Node) []*Node {
		y, logDet := s.Forward(x, labels)
		if logDet == nil {
			logDet = Zeros(x.Graph(), labels.Shape())
		}
		return []*Node{y, ConvertDType(logDet, x.DType())}
	})
	if err != nil {
		return nil, nil, err
	}
	out, err := exec.Exec(x, labels)
	if err != nil {
		return nil, nil, err
	}
	return out[0].Value().([][]float32), out[1].Value().([]float32), nil
}

func (s subject) inverse(y [][]float32, labels []int32) ([][]float32, error) {
	exec, err := s.exec(func(y, labels *Node) []*Node { return []*Node{s.Inverse(y, labels)} })
	if err != nil {
		return nil, err
	}
	out, err := exec.Exec(y, labels)
	if err != nil {
		return nil, err
	}
	return out[0].Value().([][]float32), nil
}

// rows are n rows of standard normal values.
func (s subject) rows(n int) [][]float32 {
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = make([]float32, s.Dim)
		for j := range rows[i] {
			rows[i][j] = float32(s.rng.NormFloat64())
		}
	}
	return rows
}

// labels are n labels that take the conditions in turn.
func (s subject) labels(n int) []int32 {
	labels := make([]int32, n)
	for i := range labels {
		labels[i] = int32(i % s.Conditions)
	}
	return labels
}

// set gives each value of a variable another one.
func set(v *model.Variable, to func(old float32) float32) {
	values := tensors.MustCopyFlatData[float32](v.MustValue())
	for i, old := range values {
		values[i] = to(old)
	}
	v.MustSetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...))
}

func near(got, want [][]float32) error {
	for i := range want {
		for j := range want[i] {
			if !agree(got[i][j], want[i][j], valueTolerance) {
				return fmt.Errorf("at [%d, %d] %g instead of %g", i, j, got[i][j], want[i][j])
			}
		}
	}
	return nil
}

// agree reports whether two values differ by at most tolerance·(1 + |want|); what is not a number agrees with nothing.
func agree(got, want float32, tolerance float64) bool {
	return math.Abs(float64(got)-float64(want)) <= tolerance*(1+math.Abs(float64(want)))
}
