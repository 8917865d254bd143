package flow

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// slicedOnly is a flow of dim with slices at both places.
func slicedOnly(t *testing.T, dim int) *Flow {
	t.Helper()
	store := model.NewStore()
	store.RootScope().SetParam(nn.SeedParam, uint64(3))
	f, err := New(store.RootScope(), Config{Dim: dim, Collections: 2, Blocks: 1, Hidden: 8, Embedding: 3, OwnNorm: true, Sliced: true, SlicedCodes: true, Bound: 1})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// twoModes draws rows of a standard normal whose first value is moved to the right in a share of them, and brought to mean 0
// and variance 1.
func twoModes(rng *rand.Rand, n, dim int, share float64) (rows []float32) {
	const apart = 6
	scale := math.Sqrt(1 + apart*apart*share*(1-share))
	for range n {
		row := make([]float32, dim)
		for j := range row {
			row[j] = float32(rng.NormFloat64())
		}
		if rng.Float64() < share {
			row[0] += apart
		}
		row[0] = (row[0] - float32(apart*share)) / float32(scale)
		rows = append(rows, row...)
	}
	return rows
}

// Of two collections of the same moments a tenth and half of the rows are of a second mode. Slices bring them nearer, leave
// the values apart from the first alone, and keep the order of the first.
func TestSlicesBringModesTogether(t *testing.T) {
	const dim, n = 8, 3000
	backend := simdtest.New(t)
	for _, place := range []Place{BeforeBlocks, BehindBlocks} {
		f, rng := slicedOnly(t, dim), rand.New(rand.NewPCG(5, 6))
		few := twoModes(rng, n, dim, 0.1)
		half := twoModes(rng, n, dim, 0.5)
		both := slices.Concat(few[:n/2*dim], half[:n/2*dim])
		used, err := f.FitSlices(context.Background(), place, [][]float32{few, half, both}, rng)
		if err != nil {
			t.Fatal(err)
		}
		if used == 0 || used > mostSteps*dim/2 {
			t.Fatalf("%s: %d directions are used", place, used)
		}
		first := twoModes(rng, n, dim, 0.1)
		second := twoModes(rng, n, dim, 0.5)
		column := func(rows []float32, j int) []float64 {
			var out []float64
			for i := j; i < len(rows); i += dim {
				out = append(out, float64(rows[i]))
			}
			return out
		}
		sorted := func(values []float64) []float64 { values = slices.Clone(values); slices.Sort(values); return values }
		movedFirst, movedSecond := forwardSlices(t, backend, f, place, first, 0), forwardSlices(t, backend, f, place, second, 1)
		before := apartness([][]float64{sorted(column(first, 0)), sorted(column(second, 0))})
		after := apartness([][]float64{sorted(column(movedFirst, 0)), sorted(column(movedSecond, 0))})
		if after > 0.15*before {
			t.Errorf("%s: the squared distance of both along the first value is %.4f, and was %.4f", place, after, before)
		}
		if r := stat.Correlation(column(first, 0), column(movedFirst, 0), nil); r < 0.9 {
			t.Errorf("%s: what is moved has a correlation of %.3f with what it was", place, r)
		}
		for j := 1; j < dim; j++ {
			was, is := column(first, j), column(movedFirst, j)
			if d := floats.Distance(was, is, 2) / math.Sqrt(n); d > 0.2 {
				t.Errorf("%s: value %d is moved by %.3f, and is the same in both collections", place, j, d)
			}
		}
	}
}

// Collections that do not differ are not moved, however few.
func TestSlicesLeaveWhatIsAlike(t *testing.T) {
	const dim = 16
	backend := simdtest.New(t)
	rng := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{60, 300, 3000} {
		f := slicedOnly(t, dim)
		codes := make([][]float32, 3)
		for c := range codes {
			for range n * dim {
				codes[c] = append(codes[c], float32(rng.NormFloat64()))
			}
		}
		used, err := f.FitSlices(context.Background(), BeforeBlocks, codes, rng)
		if err != nil {
			t.Fatal(err)
		}
		if used > 2 {
			t.Errorf("of collections of %d rows that are alike %d directions are used", n, used)
		}
		if moved := forwardSlices(t, backend, f, BeforeBlocks, codes[0], 0); used == 0 && largestApart(moved, codes[0]) > 1e-5 {
			t.Errorf("%d rows are moved along no direction", n)
		}
	}
}

func largestApart(a, b []float32) float64 {
	largest := 0.0
	for i, x := range a {
		largest = max(largest, math.Abs(float64(x-b[i])))
	}
	return largest
}

// forwardSlices maps rows by the slices of f at a place under a label.
func forwardSlices(t *testing.T, backend compute.Backend, f *Flow, place Place, rows []float32, label int32) []float32 {
	t.Helper()
	exec, err := model.NewExec(backend, f.scope.Store(), func(_ *model.Scope, in []*Node) []*Node {
		y, _ := f.layers[f.slices[place]].forward(in[0], f.Condition(in[1]))
		return []*Node{y}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	n := len(rows) / f.config.Dim
	return tensors.MustCopyFlatData[float32](exec.MustCall(tensors.FromFlatDataAndDimensions(rows, n, f.config.Dim), slices.Repeat([]int32{label}, n))[0])
}

// randomSteps are steps of random directions and rising functions.
func randomSteps(rng *rand.Rand, steps, dim, rows, width int) []sliceStep {
	var out []sliceStep
	for i := range steps {
		k := max(1, width-i) // the others of a wider step stand still
		s := sliceStep{directions: mat.NewDense(dim, k, nil)}
		for i := range dim {
			for j := range k {
				s.directions.Set(i, j, rng.NormFloat64())
			}
		}
		s.directions = orthonormal(s.directions)
		for range rows {
			var from, to [][]float64
			for range k {
				knots := func() []float64 {
					at, x := make([]float64, len(knotShares)), -1.5
					for i := range at {
						x += 0.05 + 0.2*rng.Float64()
						at[i] = x
					}
					return at
				}
				from, to = append(from, knots()), append(to, knots())
			}
			s.from, s.to = append(s.from, from), append(s.to, to)
		}
		out = append(out, s)
	}
	return out
}

// The functions of graphs are those that steps are fitted with, within their knots and beyond, and functions turn back.
func TestSplinesOfGraphsAreThoseOfSteps(t *testing.T) {
	backend := simdtest.New(t)
	rng := rand.New(rand.NewPCG(9, 9))
	s := randomSteps(rng, 1, 4, 1, 1)[0]
	from, to := s.from[0][0], s.to[0][0]
	want := newFunction(from, to)
	var x [][]float32
	for range 400 {
		x = append(x, []float32{float32(from[0] - 1 + rng.Float64()*(from[len(from)-1]-from[0]+2))})
	}
	for _, knot := range from {
		x = append(x, []float32{float32(knot)})
	}
	knots := func(values []float64) [][][]float32 {
		row := make([]float32, len(values))
		for i, v := range values {
			row[i] = float32(v)
		}
		return [][][]float32{{row}}
	}
	out := MustExecOnceN(backend, func(x, from, to *Node) []*Node {
		f := newSpline(from, to)
		rows := x.Shape().Dimensions[0]
		each := func(n *Node) *Node { return BroadcastToDims(n, rows, 1, len(knotShares)) }
		f = spline{each(f.x), each(f.y), each(f.slope)}
		y, _ := f.forward(x)
		return []*Node{y, f.inverse(y)}
	}, x, knots(from), knots(to))
	y, back := out[0].Value().([][]float32), out[1].Value().([][]float32)
	for i := range x {
		at := float64(x[i][0])
		if d := math.Abs(float64(y[i][0]) - want.at(at)); !(d < 2e-5) {
			t.Errorf("at %g it is %g, want %g", at, y[i][0], want.at(at))
		}
		if d := math.Abs(float64(back[i][0]) - at); !(d < 2e-4) {
			t.Errorf("%g turns back to %g", at, back[i][0])
		}
	}
}

func TestSlicesAreRefused(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	f := slicedOnly(t, 4)
	if _, err := f.FitSlices(context.Background(), BeforeBlocks, make([][]float32, 2), rng); err == nil {
		t.Error("codes of two conditions are taken, where the flow has three")
	}
	config := f.config
	config.SlicedCodes = false
	plain, err := New(model.NewStore().RootScope(), config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plain.FitSlices(context.Background(), BehindBlocks, make([][]float32, 3), rng); err == nil {
		t.Error("a flow without slices fits them")
	}
}
