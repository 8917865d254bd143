package simd_test

import (
	"math"
	"testing"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute/shapes"
)

// TestTrainingStepsEqualTheGoBackends runs whole training steps, with donated weights, here and on GoMLX's Go
// backend.
func TestTrainingStepsEqualTheGoBackends(t *testing.T) {
	simd.NeedGoBackend(t)
	for _, c := range []struct {
		name    string
		build   trainingModel
		momenta bool
		batch   []shapes.Shape
	}{
		{"flow", flowModel(2, 24), true, []shapes.Shape{batchOf(5, 128), batchOf(5, 10)}},
		{"mlp", mlp, false, []shapes.Shape{batchOf(3, 512)}},
		{"autoencoder", gan{8}.reconstruct, true, []shapes.Shape{batchOf(3, 32, 32, 3), batchOf(3, 16)}},
		{"autoencoder with PatchGAN", gan{4}.compete, true, []shapes.Shape{batchOf(2, 32, 32, 3), batchOf(2, 8)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := newTraining(t, simd.GoBackend(t), c.build, c.momenta, c.batch...)
			var losses []float32
			for range 3 {
				losses = append(losses, want.step(t))
			}
			for _, level := range kernel.Levels() {
				t.Run(level.String(), func(t *testing.T) {
					got := newTraining(t, newBackend(t, "level="+level.String()), c.build, c.momenta, c.batch...)
					for i, loss := range losses {
						if l := got.step(t); math.Abs(float64(l-loss)) > 1e-4*math.Abs(float64(loss))+1e-6 {
							t.Errorf("loss of step %d is %v, the Go backend's is %v", i, l, loss)
						}
					}
					compareStates(t, got, want)
					arena, demand := got.executable(t).PeakMemory()
					if float64(arena) > 1.3*float64(demand) {
						t.Errorf("arena of %d bytes where liveness demands %d", arena, demand)
					}
				})
			}
		})
	}
}

// compareStates compares weights and moments, relative to the largest of each.
func compareStates(t *testing.T, got, want *training) {
	t.Helper()
	for i := range want.state {
		shape, err := want.state[i].Shape()
		if err != nil {
			t.Fatal(err)
		}
		a, b := make([]float32, shape.Size()), make([]float32, shape.Size())
		if err := got.state[i].ToFlatData(a); err != nil {
			t.Fatal(err)
		}
		if err := want.state[i].ToFlatData(b); err != nil {
			t.Fatal(err)
		}
		var scale, worst float64
		for j := range b {
			scale = max(scale, math.Abs(float64(b[j])))
			worst = max(worst, math.Abs(float64(a[j])-float64(b[j])))
		}
		if !(worst <= 2e-3*scale+1e-7) {
			t.Errorf("state %d of shape %s differs by %g where the largest element is %g", i, shape, worst, scale)
		}
	}
}
