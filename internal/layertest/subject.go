package layertest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// subject is a layer with its weights, ready to be run.
type subject struct {
	Layer
	store   *model.Store
	backend compute.Backend
	rng     *rand.Rand
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
func set(v *model.Variable, to func(old float32) float32) error {
	values := tensors.MustCopyFlatData[float32](v.MustValue())
	for i, old := range values {
		values[i] = to(old)
	}
	return v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...))
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

// agree reports whether two values differ by at most tolerance·(1 + |want|); what is not a number agrees with
// nothing.
func agree(got, want float32, tolerance float64) bool {
	return math.Abs(float64(got)-float64(want)) <= tolerance*(1+math.Abs(float64(want)))
}
