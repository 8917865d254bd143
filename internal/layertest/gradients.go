package layertest

import (
	"errors"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

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
	compare := func(name string, gradient float32, move func(by float32) error) error {
		var values [2]float64
		for i, by := range []float32{step, -step} {
			if err := move(by); err != nil {
				return err
			}
			if values[i], err = value(); err != nil {
				return err
			}
			if err := move(-by); err != nil {
				return err
			}
		}
		if want := (values[0] - values[1]) / (2 * step); !agree(gradient, float32(want), quotientTolerance) {
			return fmt.Errorf("the gradient for %s is %g, the difference quotient %g", name, gradient, want)
		}
		return nil
	}
	var wrong []error
	for i, row := range gradients[0].Value().([][]float32) {
		j := s.rng.IntN(s.Dim)
		wrong = append(wrong, compare(fmt.Sprintf("x[%d, %d]", i, j), row[j], func(by float32) error {
			x[i][j] += by
			return nil
		}))
	}
	for i, w := range weights {
		gradient := tensors.MustCopyFlatData[float32](gradients[i+1])
		for range min(places, len(gradient)) {
			at := s.rng.IntN(len(gradient))
			wrong = append(wrong, compare(fmt.Sprintf("%s[%d]", w.Path(), at), gradient[at], func(by float32) error {
				index := -1
				return set(w, func(old float32) float32 {
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
