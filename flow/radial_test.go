package flow

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/internal/simdtest"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/stat"
)

// stretched draws rows [n, dim] of a standard normal, their lengths times e^N(middle, spread²).
func stretched(rng *rand.Rand, n, dim int, middle, spread float64) []float32 {
	rows := make([]float32, 0, n*dim)
	for range n {
		by := math.Exp(middle + spread*rng.NormFloat64())
		for range dim {
			rows = append(rows, float32(by*rng.NormFloat64()))
		}
	}
	return rows
}

// logLengths are those of rows [n, dim].
func logLengths(rows []float32, dim int) []float64 {
	var out []float64
	for ; len(rows) > 0; rows = rows[dim:] {
		square := 0.0
		for _, x := range rows[:dim] {
			square += float64(x) * float64(x)
		}
		out = append(out, math.Log(square)/2)
	}
	return out
}

// Two collections of normal directions, whose lengths vary more than those of normal rows, and differently: radial
// flows make them normal, and find them likelier by what they have learnt of their lengths.
func TestLengthsBecomeThoseOfCodes(t *testing.T) {
	const dim, n = 32, 2000
	backend := simdtest.New(t)
	rng := rand.New(rand.NewPCG(4, 4))
	rows := append(stretched(rng, n, dim, 0, 0.25), stretched(rng, n, dim, 0.3, 0.4)...)
	labels := make([]int32, 2*n)
	for i := n; i < 2*n; i++ {
		labels[i] = 1
	}
	nats := map[bool]float64{}
	for _, lengths := range []bool{false, true} {
		store := model.NewStore()
		store.RootScope().SetParam(nn.SeedParam, uint64(7))
		f, err := New(store.RootScope(), Config{Dim: dim, Collections: 2, Blocks: 1, Hidden: 8, Embedding: 3, OwnNorm: true, Radial: lengths, Bound: 1})
		if err != nil {
			t.Fatal(err)
		}
		run := func(fn func(z *Node, c Condition) []*Node) []*tensors.Tensor {
			exec, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) []*Node { return fn(in[0], f.Condition(in[1])) })
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			return exec.MustCall(tensors.FromFlatDataAndDimensions(rows, 2*n, dim), labels)
		}
		run(func(z *Node, c Condition) []*Node { return []*Node{f.Start(z, c)} })
		nats[lengths] = -stat.Mean(asFloat64(run(func(z *Node, c Condition) []*Node {
			logProb, _ := f.LogProb(z, c)
			return []*Node{logProb}
		})[0]), nil)
		if !lengths {
			continue
		}
		out := tensors.MustCopyFlatData[float32](run(func(z *Node, c Condition) []*Node {
			y, _ := f.layers[0].forward(z, c)
			return []*Node{y}
		})[0])
		wantMean, wantStd := stat.MeanStdDev(logLengths(stretched(rng, 4*n, dim, 0, 0), dim), nil)
		for c := range 2 {
			mean, std := stat.MeanStdDev(logLengths(out[c*n*dim:(c+1)*n*dim], dim), nil)
			if math.Abs(mean-wantMean) > 0.01 || math.Abs(std/wantStd-1) > 0.05 {
				t.Errorf("logarithms of lengths of collection %d are %.3f ± %.3f, those of codes %.3f ± %.3f", c, mean, std, wantMean, wantStd)
			}
		}
	}
	// Of log-normal lengths with a deviation s beside that of a normal row, a normal density with the same covariance
	// lacks about d·s² less log(s√(2d)) nats: 1.2 and 3.5 here.
	if gain := nats[false] - nats[true]; gain < 1.5 {
		t.Errorf("latents are likelier by %.2f nats where lengths are learnt, want more than 1.5", gain)
	}
}

func asFloat64(t *tensors.Tensor) []float64 {
	var out []float64
	for _, x := range tensors.MustCopyFlatData[float32](t) {
		out = append(out, float64(x))
	}
	return out
}

// Codes that are scaled by tᵉ, e the exponent of all conditions, are those of latents that are scaled by t; the middle
// stays where it is.
func TestScaledCodesAreThoseOfScaledLatents(t *testing.T) {
	config := small
	config.Radial = true
	tr := newTrained(t, config)
	for name, value := range map[string]float32{"log_exponent": -1.5, "shift": 0.4} {
		path := model.JoinPath(tr.scope.At("radial").Scope(), name)
		if err := nn.Set(tr.store, path, []float32{value, value, value}, 3, 1); err != nil {
			t.Fatal(err)
		}
	}
	const by = 0.8
	rows := tr.normal(rand.New(rand.NewPCG(3, 3)), 5)
	rows[4] = make([]float32, config.Dim)
	back := tr.run(func(f *Flow, in []*Node) []*Node {
		lengths, c := f.layers[0], f.Condition(in[1])
		v, _ := lengths.forward(in[0], c)
		return []*Node{lengths.inverse(MulScalar(v, math.Pow(by, f.Exponent())), c)}
	}, rows, []int32{0, 1, 2, 1, 0})[0].Value().([][]float32)
	for i, z := range back {
		for j, x := range z {
			if want := by * float64(rows[i][j]); !(math.Abs(float64(x)-want) < 1e-5) {
				t.Errorf("latent %d of row %d is %g, want %g", j, i, x, want)
			}
		}
	}
}
