package net2net

import (
	"fmt"
	"math"
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// noise fills n values with numbers that look random.
func noise(name string, n int) []float32 {
	return fixture.Recipe{Gain: 1}.Weights(fixture.Parameter{Name: name, Shape: []int{1, n}})
}

// apply gives the layer's parameters the values that weight returns, in the reference's order, and applies it.
func apply(t *testing.T, l layer, mode Mode, weight func(Param) []float32, x []float32, dims ...int) ([]float32, *model.Scope) {
	t.Helper()
	scope := model.NewStore().RootScope().At("net")
	for _, p := range l.Params() {
		if err := p.Set(scope, weight(p)); err != nil {
			t.Fatal(err)
		}
	}
	y, err := model.CallOnce(simdtest.New(t), scope.Store(), func(_ *model.Scope, x *graph.Node) *graph.Node {
		return l.Apply(Network{Scope: scope, Mode: mode}, x)
	}, tensors.FromFlatDataAndDimensions(x, dims...))
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](y), scope
}

func fromName(p Param) []float32 { return noise(p.Name, p.size()) }

func closeTo(t *testing.T, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	for i := range got {
		if math.Abs(float64(got[i]-want[i])) > tolerance {
			t.Fatalf("value %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// transposed computes a transposed convolution by its definition: every pixel of x [batch, side, side, in] adds its
// multiple of the kernel w [in, out, k, k] to the result.
func transposed(x, w []float32, batch, side, in, out, k, stride, padding int) []float32 {
	result := (side-1)*stride - 2*padding + k
	y := make([]float32, batch*result*result*out)
	for b := range batch {
		for i := range side * side * in {
			row, column, c := i/in/side, i/in%side, i%in
			for o := range out {
				for j := range k * k {
					r, s := row*stride-padding+j/k, column*stride-padding+j%k
					if r >= 0 && r < result && s >= 0 && s < result {
						y[((b*result+r)*result+s)*out+o] += x[b*side*side*in+i] * w[(c*out+o)*k*k+j]
					}
				}
			}
		}
	}
	return y
}

func TestDoubleIsATransposedConvolution(t *testing.T) {
	for _, side := range []int{1, 2, 5} {
		l := Double{"up", 3, 2}
		x := noise("x", 2*side*side*3)
		got, _ := apply(t, l, Evaluate, fromName, x, 2, side, side, 3)
		closeTo(t, got, transposed(x, fromName(l.Params()[0]), 2, side, 3, 2, 4, 2, 1), 1e-5)
	}
}

func TestUnfoldIsATransposedConvolution(t *testing.T) {
	l := Unfold{"unfold", 5, 3, 2}
	x := noise("x", 2*5)
	got, _ := apply(t, l, Evaluate, func(p Param) []float32 {
		if p.Name == "unfold.bias" {
			return make([]float32, p.size())
		}
		return fromName(p)
	}, x, 2, 5)
	closeTo(t, got, transposed(x, fromName(l.Params()[0]), 2, 1, 5, 3, 2, 1, 0), 1e-5)
}

func TestCoverIsAConvolution(t *testing.T) {
	const batch, side, in, out = 2, 3, 4, 5
	x := noise("x", batch*side*side*in)
	cover, _ := apply(t, Cover{"c", in, out, side}, Evaluate, fromName, x, batch, side, side, in)
	conv, _ := apply(t, Conv{Name: "c", In: in, Out: out, Kernel: side, Stride: 1}, Evaluate, fromName, x, batch, side, side, in)
	closeTo(t, cover, conv, 1e-5)
}

func TestStartNormalisesTheFirstBatch(t *testing.T) {
	const rows, channels = 50, 3
	x := noise("x", rows*channels)
	for i := range x {
		x[i] = x[i]*float32(i%channels+1) + 2
	}
	y, scope := apply(t, ActNorm{"norm", channels}, Start, func(p Param) []float32 { return make([]float32, p.size()) }, x, rows, channels)
	for c := range channels {
		sum, squares := 0.0, 0.0
		for r := range rows {
			v := float64(y[r*channels+c])
			sum += v
			squares += v * v
		}
		mean := sum / rows
		variance := (squares - rows*mean*mean) / (rows - 1)
		if math.Abs(mean) > 1e-5 || math.Abs(variance-1) > 1e-4 {
			t.Errorf("channel %d has mean %v and variance %v", c, mean, variance)
		}
	}
	if v := scope.GetVariable("norm.initialized").MustValue(); tensors.ToScalar[float32](v) != 1 {
		t.Error("the layer does not say that it is initialized")
	}
}

func TestBatchNormKeepsRunningStatistics(t *testing.T) {
	x := []float32{1, 3, 5, 7} // mean 4, variance 5, of a sample 20/3
	start := func(p Param) []float32 {
		switch p.Name {
		case "bn.running_var", "bn.weight":
			return []float32{1}
		}
		return []float32{0}
	}
	l := BatchNorm{Name: "bn", Channels: 1, Affine: true}
	y, scope := apply(t, l, Train, start, x, 4, 1)
	closeTo(t, y, []float32{-1.341641, -0.447214, 0.447214, 1.341641}, 1e-5)
	for name, want := range map[string]float32{"running_mean": 0.4, "running_var": 0.9 + 2.0/3, "num_batches_tracked": 1} {
		got := tensors.MustCopyFlatData[float32](scope.GetVariable("bn." + name).MustValue())
		closeTo(t, got, []float32{want}, 1e-6)
	}
	y, _ = apply(t, l, Evaluate, start, x, 4, 1)
	closeTo(t, y, x, 1e-6)
}

func TestExportGivesBackWhatWasImported(t *testing.T) {
	layers := []layer{
		Linear{Name: "linear", In: 3, Out: 2}, Conv{Name: "conv", In: 3, Out: 2, Kernel: 3, Stride: 1},
		Cover{"cover", 3, 2, 4}, Unfold{"unfold", 3, 2, 4}, Double{"double", 3, 2},
		ActNorm{"actnorm", 3}, BatchNorm{Name: "batchnorm", Channels: 3, Affine: true},
	}
	var params []Param
	original := &weights.File{}
	for _, l := range layers {
		for _, p := range l.Params() {
			params = append(params, p)
			values := fromName(p)
			if p.DType != 0 {
				values = []float32{1}
			}
			if err := p.put(original, "net."+p.Name, values); err != nil {
				t.Fatal(err)
			}
		}
	}
	scope := model.NewStore().RootScope().At("here")
	report, err := importParams(scope, params, original, "net.")
	if err != nil || report.Err() != nil {
		t.Fatal(err, report.Err())
	}
	exported := &weights.File{}
	if err := exportParams(scope, params, exported, "net."); err != nil {
		t.Fatal(err)
	}
	for _, want := range original.Tensors() {
		got, _ := exported.Lookup(want.Name)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s changed", want.Name)
		}
	}
}

func TestImportSaysWhatIsMissingAndWhatDoesNotBelong(t *testing.T) {
	file := &weights.File{}
	if err := weights.Put(file, "net.other", []int{1}, []float32{1}); err != nil {
		t.Fatal(err)
	}
	if err := weights.Put(file, "elsewhere", []int{1}, []float32{1}); err != nil {
		t.Fatal(err)
	}
	report, err := importParams(model.NewStore().RootScope(), Linear{Name: "linear", In: 1, Out: 1}.Params(), file, "net.")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(report), "{[linear.weight linear.bias] [other]}"; got != want {
		t.Errorf("report is %s, want %s", got, want)
	}
	if report.Err() == nil {
		t.Error("a difference is no error")
	}
}

func TestMaxPool3IsThatOfGoMLX(t *testing.T) {
	x := noise("x", 2*6*8*3)
	for i := range x {
		x[i] = max(x[i], 0)
	}
	out, err := model.CallOnceN(simdtest.New(t), model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		pooled := graph.MaxPool(in[0]).Window(3).Strides(2).PaddingPerDim([][2]int{{1, 1}, {1, 1}}).Done()
		return []*graph.Node{MaxPool3(in[0]), pooled}
	}, tensors.FromFlatDataAndDimensions(x, 2, 6, 8, 3))
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1]), 0)
}

func TestConvolutionOfAnEnlargedImageIsNotToldFromThatOfItsPixels(t *testing.T) {
	const side, in, out = 5, 3, 2
	x, kernel := noise("x", 2*side*side*in), noise("kernel", 9*in*out)
	got, err := model.CallOnceN(simdtest.New(t), model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		plain := nn.Convolution(nn.Upsample(in[0]), in[1], 1, 1, 1)
		return []*graph.Node{enlarged(in[0], in[1]), plain}
	}, tensors.FromFlatDataAndDimensions(x, 2, side, side, in), tensors.FromFlatDataAndDimensions(kernel, 3, 3, in, out))
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, tensors.MustCopyFlatData[float32](got[0]), tensors.MustCopyFlatData[float32](got[1]), 1e-5)
}
