package onnx

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/net2net"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	gomlx "github.com/gomlx/gomlx/ml/model"
)

// exported is a graph with an input x, and labels where there are any.
type exported struct {
	store  *gomlx.Store
	dims   []int
	labels []int32
	build  func(in []*Node) []*Node
}

// apartInShape are codes of two collections and of both, whose values are spread evenly in one and to both ends in the other.
func apartInShape(dim int) [][]float32 {
	rng := rand.New(rand.NewPCG(4, 4))
	codes := make([][]float32, 3)
	for i := range 300 * dim {
		even, ends := float32(3.4*rng.Float64()-1.7), float32(1-2*(i/dim%2))+0.1*float32(rng.NormFloat64())
		codes[0], codes[1] = append(codes[0], even), append(codes[1], ends)
		codes[2] = append(codes[2], []float32{even, ends}[i%2])
	}
	return codes
}

// cases are the maps of every model, small enough to be evaluated by definition.
func cases(t *testing.T) map[string]exported {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	list := map[string]exported{}

	small := gomlx.NewStore()
	ae, err := autoencoder.New(small.RootScope(), autoencoder.Config{Size: 32, Channels: 1, Latent: 4, Width: 16})
	must(err)
	list["encoder"] = exported{small, []int{1, 32, 32, 1}, nil, func(in []*Node) []*Node {
		mean, logVar := ae.Encode(in[0])
		return []*Node{Concatenate([]*Node{mean, logVar}, 1)}
	}}
	list["decoder"] = exported{small, []int{1, 4}, nil, func(in []*Node) []*Node { return []*Node{ae.Decode(in[0])} }}

	flows := gomlx.NewStore()
	f, err := flow.New(flows.RootScope(), flow.Config{Dim: 6, Collections: 2, Blocks: 3, Shared: 1, Hidden: 8, Depth: 1, Embedding: 3, OwnNorm: true, Bound: 1})
	must(err)
	labels := []int32{0, 1, 2}
	list["flow"] = exported{flows, []int{3, 6}, labels, func(in []*Node) []*Node {
		v, _ := f.Forward(in[0], f.Condition(in[1]))
		return []*Node{v}
	}}
	list["inverse"] = exported{flows, []int{3, 6}, labels, func(in []*Node) []*Node { return []*Node{f.Inverse(in[0], f.Condition(in[1]))} }}

	moved := gomlx.NewStore()
	sliced, err := flow.New(moved.RootScope(), flow.Config{Dim: 6, Collections: 2, Blocks: 1, Hidden: 8, Embedding: 3, Sliced: true, SlicedCodes: true, Bound: 1})
	must(err)
	for _, place := range []flow.Place{flow.BeforeBlocks, flow.BehindBlocks} {
		used, err := sliced.FitSlices(context.Background(), place, apartInShape(6), rand.New(rand.NewPCG(8, 8)))
		must(err)
		if used == 0 {
			t.Fatalf("no direction is used in %s", place)
		}
	}
	list["slices"] = exported{moved, []int{3, 6}, labels, func(in []*Node) []*Node {
		v, logDet := sliced.Forward(in[0], sliced.Condition(in[1]))
		return []*Node{Concatenate([]*Node{v, ExpandAxes(logDet, 1)}, 1)}
	}}
	list["inverse of slices"] = exported{moved, []int{3, 6}, labels, func(in []*Node) []*Node { return []*Node{sliced.Inverse(in[0], sliced.Condition(in[1]))} }}

	bins := gomlx.NewStore()
	parted, err := flow.New(bins.RootScope(), flow.Config{Dim: 6, Collections: 2, Blocks: 2, Hidden: 8, Embedding: 3, OwnNorm: true, Bins: 4, Bound: 1})
	must(err)
	list["bins"] = exported{bins, []int{3, 6}, labels, func(in []*Node) []*Node {
		v, logDet := parted.Forward(in[0], parted.Condition(in[1]))
		return []*Node{Concatenate([]*Node{v, ExpandAxes(logDet, 1)}, 1)}
	}}
	list["inverse of bins"] = exported{bins, []int{3, 6}, labels, func(in []*Node) []*Node { return []*Node{parted.Inverse(in[0], parted.Condition(in[1]))} }}

	references := gomlx.NewStore()
	r, err := net2net.NewFlow(references.RootScope(), net2net.FlowConfig{Dim: 6, Collections: 3, Blocks: 2, Hidden: 8, Depth: 1, Embedding: 3, EmbedderHidden: 5, EmbedderDepth: 1, BatchNorm: true})
	must(err)
	list["reference flow"] = exported{references, []int{3, 6}, labels, func(in []*Node) []*Node {
		v, logDet := r.Forward(in[0], r.Condition(in[1]))
		return []*Node{Concatenate([]*Node{v, ExpandAxes(logDet, 1)}, 1)}
	}}
	list["reference inverse"] = exported{references, []int{3, 6}, labels, func(in []*Node) []*Node { return []*Node{r.Inverse(in[0], r.Condition(in[1]))} }}

	convolutions := gomlx.NewStore()
	n := net2net.Network{Scope: convolutions.RootScope()}
	double := net2net.Double{Name: "double", In: 3, Out: 2}
	conv := net2net.Conv{Name: "conv", In: 3, Out: 4, Kernel: 3, Stride: 2, Padding: 1}
	list["transposed convolution"] = exported{convolutions, []int{2, 3, 3, 3}, nil, func(in []*Node) []*Node { return []*Node{double.Apply(n, in[0])} }}
	list["convolution and pooling"] = exported{convolutions, []int{1, 9, 9, 3}, nil, func(in []*Node) []*Node {
		return []*Node{MaxPool(conv.Apply(n, in[0])).Window(3).Strides(2).PaddingPerDim([][2]int{{1, 1}, {1, 1}}).Done()}
	}}
	list["softmax over a batch of products"] = exported{convolutions, []int{2, 3, 4}, nil, func(in []*Node) []*Node {
		scores := Softmax(Einsum("bqc,bkc->bqk", in[0], in[0]), -1)
		return []*Node{Reverse(Einsum("bqk,bkc->bqc", scores, in[0]), 1)}
	}}
	return list
}

// input makes the values of x.
func (e exported) input() []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	size := 1
	for _, d := range e.dims {
		size *= d
	}
	values := make([]float32, size)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	return values
}

// run computes the graph, after giving every weight, also those that start at zero, a value.
func (e exported) run(t *testing.T, backend compute.Backend) []float32 {
	t.Helper()
	args := []any{tensors.FromFlatDataAndDimensions(e.input(), e.dims...)}
	if e.labels != nil {
		args = append(args, tensors.FromFlatDataAndDimensions(e.labels, len(e.labels)))
	}
	var out []*tensors.Tensor
	for range 2 { // the first run makes the weights
		exec, err := gomlx.NewExec(backend, e.store, func(_ *gomlx.Scope, in []*Node) []*Node { return e.build(in) })
		if err != nil {
			t.Fatal(err)
		}
		if out, err = exec.Exec(args...); err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(3, 4))
		for _, w := range nn.Trainable(e.store, "/") {
			values := make([]float32, w.Shape().Size())
			for i := range values {
				values[i] = float32(rng.NormFloat64() * 0.3)
			}
			if err := w.SetValue(tensors.FromFlatDataAndDimensions(values, w.Shape().Dimensions...)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return tensors.MustCopyFlatData[float32](out[0])
}

func (e exported) write(t *testing.T, path string) error {
	t.Helper()
	inputs := []Tensor{{"x", shapes.Make(dtypes.Float32, e.dims...)}}
	if e.labels != nil {
		inputs = append(inputs, Tensor{"label", shapes.Make(dtypes.Int32, len(e.labels))})
	}
	return Write(path, e.store, inputs, []string{"y"}, e.build)
}

func TestModelsComputeWhatTheirGraphsDo(t *testing.T) {
	backend := simdtest.New(t)
	for name, e := range cases(t) {
		t.Run(name, func(t *testing.T) {
			want := e.run(t, backend)
			path := filepath.Join(t.TempDir(), "model.onnx")
			if err := e.write(t, path); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			inputs := map[string]array{"x": {dims: e.dims}, "label": {dims: []int{len(e.labels)}}}
			x, label := inputs["x"], inputs["label"]
			for _, v := range e.input() {
				x.values = append(x.values, float64(v))
			}
			for _, v := range e.labels {
				label.values = append(label.values, float64(v))
			}
			inputs["x"], inputs["label"] = x, label
			outputs, err := evaluate(data, inputs)
			if err != nil {
				t.Fatal(err)
			}
			got := outputs["y"].values
			if len(got) != len(want) {
				t.Fatalf("%d values, want %d", len(got), len(want))
			}
			for i, v := range got {
				if math.Abs(v-float64(want[i])) > 1e-4*(1+math.Abs(v)) {
					t.Fatalf("value %d is %v, want %v", i, v, want[i])
				}
			}
		})
	}
}

func TestWritingTwiceGivesTheSameBytes(t *testing.T) {
	e := cases(t)["flow"]
	e.run(t, simdtest.New(t))
	var files [2][]byte
	for i := range files {
		path := filepath.Join(t.TempDir(), "model.onnx")
		if err := e.write(t, path); err != nil {
			t.Fatal(err)
		}
		var err error
		if files[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if string(files[0]) != string(files[1]) {
		t.Error("the files differ")
	}
}

func TestOperationsWithoutAFormAreNamed(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "model.onnx")
	e := exported{gomlx.NewStore(), []int{2, 3}, nil, func(in []*Node) []*Node {
		return []*Node{Real(FFT(ConvertDType(in[0], dtypes.Complex64)))}
	}}
	err := e.write(t, path)
	if err == nil || !strings.Contains(err.Error(), "ConvertDType") || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v", err)
	}
	if entries, _ := os.ReadDir(folder); len(entries) > 0 {
		t.Errorf("%v is left behind", entries)
	}
}
