package simd_test

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/backend/simd/kernel"
)

// layers are what models are made of; each is trained for two steps here and on the Go backend. All losses depend on
// every weight.
var layers = map[string]struct {
	build trainingModel
	batch []shapes.Shape
}{
	"convolution 3x3": {func(w *weights, batch []*Node) *Node {
		filter := w.normal(27, 3, 3, 3, 5)
		return ReduceAllMean(Square(Convolve(batch[0], filter).PadSame().Done()))
	}, []shapes.Shape{batchOf(2, 7, 6, 3)}},
	"convolution 3x3 with stride 2": {func(w *weights, batch []*Node) *Node {
		filter := w.normal(27, 3, 3, 3, 5)
		x := Add(batch[0], w.fixed(0, 1, 1, 1, 3))
		return ReduceAllMean(Square(Convolve(x, filter).Strides(2).PaddingPerDim([][2]int{{1, 1}, {1, 1}}).Done()))
	}, []shapes.Shape{batchOf(2, 9, 7, 3)}},
	"convolution 1x1": {func(w *weights, batch []*Node) *Node {
		x := Tanh(Mul(batch[0], w.fixed(1, 1, 1, 1, 4)))
		return ReduceAllMean(Square(Convolve(x, w.normal(4, 1, 1, 4, 6)).NoPadding().Done()))
	}, []shapes.Shape{batchOf(3, 4, 5, 4)}},
	"convolution 4x4 with stride 2": {func(w *weights, batch []*Node) *Node {
		return ReduceAllMean(Square(w.conv(Tanh(w.conv(batch[0], 4, 4, 2, 1)), 3, 4, 2, 1)))
	}, []shapes.Shape{batchOf(2, 8, 8, 3)}},
	"group norm": {func(w *weights, batch []*Node) *Node {
		x := Mul(batch[0], w.fixed(1, 1, 1, 1, 6))
		grouped := Reshape(x, 2, 20, 3, 2)
		mean := ReduceAndKeep(grouped, ReduceMean, 1, 3)
		centred := Sub(grouped, mean)
		variance := ReduceAndKeep(Square(centred), ReduceMean, 1, 3)
		x = Reshape(Div(centred, Sqrt(AddScalar(variance, 1e-5))), 2, 4, 5, 6)
		return ReduceAllMean(Mul(Square(x), w.fixed(1, 1, 1, 1, 6)))
	}, []shapes.Shape{batchOf(2, 4, 5, 6)}},
	"depth to space, slices and concatenation": {func(w *weights, batch []*Node) *Node {
		x := Mul(batch[0], w.fixed(1, 1, 1, 1, 8))
		x = Reshape(TransposeAllAxes(Reshape(x, 2, 3, 3, 2, 2, 2), 0, 1, 3, 2, 4, 5), 2, 6, 6, 2)
		left, right := Slice(x, AxisRange(), AxisRange(), AxisRange(0, 2)), Slice(x, AxisRange(), AxisRange(), AxisRange(2))
		return ReduceAllMean(Square(Sub(Concatenate([]*Node{right, Neg(left)}, 2), x)))
	}, []shapes.Shape{batchOf(2, 3, 3, 8)}},
	"activations": {func(w *weights, batch []*Node) *Node {
		x := Add(batch[0], w.fixed(0, 1, 9))
		softplus := Add(MaxScalar(x, 0), Log1P(Exp(Neg(Abs(x)))))
		return ReduceAllMean(Add(Mul(Tanh(x), Sigmoid(x)), Add(softplus, Mul(x, Sigmoid(x)))))
	}, []shapes.Shape{batchOf(13, 9)}},
	"log-sum-exp and softmax": {func(w *weights, batch []*Node) *Node {
		x := Mul(batch[0], w.fixed(2, 1, 7))
		top := StopGradient(ReduceAndKeep(x, ReduceMax, 1))
		logSum := Log(ReduceAndKeep(Exp(Sub(x, top)), ReduceSum, 1))
		return ReduceAllMean(Add(Square(Sub(logSum, x)), Square(Softmax(x))))
	}, []shapes.Shape{batchOf(11, 7)}},
	"embedding": {func(w *weights, batch []*Node) *Node {
		table := w.normal(1, 5, 6)
		rows := Gather(table, ConvertDType(MulScalar(Sigmoid(batch[0]), 4.9), dtypes.Int32))
		return ReduceAllMean(Square(Sub(rows, OneMinus(rows))))
	}, []shapes.Shape{batchOf(12, 1)}},
	"mean pooling": {func(w *weights, batch []*Node) *Node {
		x := Mul(batch[0], w.fixed(1, 1, 1, 1, 3))
		return ReduceAllMean(Square(MeanPool(x).Window(2).Done()))
	}, []shapes.Shape{batchOf(2, 6, 4, 3)}},
	"maximum pooling": {func(w *weights, batch []*Node) *Node {
		x := Mul(batch[0], w.fixed(1, 1, 1, 1, 3))
		return ReduceAllMean(Square(MaxPool(x).Window(2).Done()))
	}, []shapes.Shape{batchOf(2, 6, 4, 3)}},
	"clipped gradients": {func(w *weights, batch []*Node) *Node {
		y := w.dense(Tanh(w.dense(batch[0], 8)), 3)
		loss := ReduceAllMean(Square(y))
		gradients := Gradient(loss, w.nodes...)
		var norm *Node
		for _, g := range gradients {
			square := ReduceAllSum(Square(g))
			if norm == nil {
				norm = square
			} else {
				norm = Add(norm, square)
			}
		}
		clip := MinScalar(Div(ScalarOne(loss.Graph(), dtypes.Float32), Sqrt(norm)), 1)
		return Mul(loss, StopGradient(clip))
	}, []shapes.Shape{batchOf(6, 5)}},
}

func TestLayersTrainAsOnTheGoBackend(t *testing.T) {
	simd.NeedGoBackend(t)
	for name, layer := range layers {
		t.Run(name, func(t *testing.T) {
			want := newTraining(t, simd.GoBackend(t), layer.build, true, layer.batch...)
			for range 2 {
				want.step(t)
			}
			for _, level := range kernel.Levels() {
				t.Run(level.String(), func(t *testing.T) {
					got := newTraining(t, newBackend(t, "level="+level.String()), layer.build, true, layer.batch...)
					for range 2 {
						got.step(t)
					}
					compareStates(t, got, want)
				})
			}
		})
	}
}

// TestRandomBitsAreTheGoBackends draws numbers from the same state on both backends: training is the same wherever it
// is resumed.
func TestRandomBitsAreTheGoBackends(t *testing.T) {
	draw := func(b compute.Backend) ([]float32, []uint64) {
		g := NewGraph(b, t.Name())
		state := Parameter(g, "state", compute.RNGStateShape)
		next, values := RandomNormal(state, shapes.Make(dtypes.Float32, 11, 3))
		if err := g.Compile(values, next); err != nil {
			t.Fatal(err)
		}
		input, err := b.BufferFromFlatData(0, []uint64{7, 8, 9}, compute.RNGStateShape)
		if err != nil {
			t.Fatal(err)
		}
		outputs, err := g.Executable().Execute([]compute.Buffer{input}, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		numbers, words := make([]float32, 33), make([]uint64, 3)
		if err := outputs[0].ToFlatData(numbers); err != nil {
			t.Fatal(err)
		}
		if err := outputs[1].ToFlatData(words); err != nil {
			t.Fatal(err)
		}
		return numbers, words
	}
	wantNumbers, wantWords := draw(simd.GoBackend(t))
	gotNumbers, gotWords := draw(newBackend(t, ""))
	for i := range wantNumbers {
		if d := gotNumbers[i] - wantNumbers[i]; d > 1e-5 || d < -1e-5 {
			t.Errorf("number %d is %v, want %v", i, gotNumbers[i], wantNumbers[i])
		}
	}
	// The third word is not part of the generator's state.
	if gotWords[0] != wantWords[0] || gotWords[1] != wantWords[1] {
		t.Errorf("new state %v, want %v", gotWords, wantWords)
	}
}
