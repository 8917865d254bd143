package flow

import (
	"maps"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
)

// trained is a small flow whose weights are all drawn at random, so that no layer is the identity.
type trained struct {
	*Flow
	t       *testing.T
	backend compute.Backend
	store   *model.Store
}

func newTrained(t *testing.T, config Config) trained {
	t.Helper()
	backend := simdtest.New(t)
	store := model.NewStore()
	store.RootScope().SetParam(nn.SeedParam, uint64(7))
	f, err := New(store.RootScope().At("flow"), config)
	if err != nil {
		t.Fatal(err)
	}
	tr := trained{f, t, backend, store}
	rng := rand.New(rand.NewPCG(1, 2))
	tr.forward(tr.normal(rng, 2), []int32{0, 1})
	if config.Transport {
		if err := f.SetTransport([]Moments{randomMoments(rng, config.Dim), randomMoments(rng, config.Dim)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for place := range f.slices {
		if err := f.setSlices(place, randomSteps(rng, 3, config.Dim, config.Collections+1, 3)); err != nil {
			t.Fatal(err)
		}
	}
	for v := range store.IterVariables() {
		if v.Trainable {
			values := make([]float32, v.Shape().Size())
			for i := range values {
				values[i] = float32(rng.NormFloat64()) * 0.3
			}
			if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return tr
}

func (tr trained) normal(rng *rand.Rand, n int) [][]float32 {
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = make([]float32, tr.config.Dim)
		for j := range rows[i] {
			rows[i][j] = float32(rng.NormFloat64())
		}
	}
	return rows
}

func (tr trained) run(fn func(*Flow, []*Node) []*Node, args ...any) []*tensors.Tensor {
	tr.t.Helper()
	exec, err := model.NewExec(tr.backend, tr.store, func(_ *model.Scope, inputs []*Node) []*Node { return fn(tr.Flow, inputs) })
	if err != nil {
		tr.t.Fatal(err)
	}
	out, err := exec.Exec(args...)
	if err != nil {
		tr.t.Fatal(err)
	}
	return out
}

func (tr trained) forward(z [][]float32, labels []int32) (v [][]float32, logDet []float32) {
	out := tr.run(func(f *Flow, in []*Node) []*Node {
		v, logDet := f.Forward(in[0], f.Condition(in[1]))
		return []*Node{v, logDet}
	}, z, labels)
	return out[0].Value().([][]float32), out[1].Value().([]float32)
}

func (tr trained) inverse(v [][]float32, labels []int32) [][]float32 {
	return tr.run(func(f *Flow, in []*Node) []*Node {
		return []*Node{f.Inverse(in[0], f.Condition(in[1]))}
	}, v, labels)[0].Value().([][]float32)
}

var small = Config{Dim: 6, Collections: 2, Blocks: 3, Shared: 1, Hidden: 8, Depth: 1, Embedding: 3, OwnNorm: true, Bound: 1}

func TestInverseUndoesForwardUnderEveryCondition(t *testing.T) {
	tr := newTrained(t, small)
	z := tr.normal(rand.New(rand.NewPCG(3, 4)), 9)
	labels := []int32{0, 1, 2, 0, 1, 2, 0, 1, 2}
	v, _ := tr.forward(z, labels)
	back := tr.inverse(v, labels)
	for i := range z {
		for j := range z[i] {
			if d := math.Abs(float64(z[i][j] - back[i][j])); d > 1e-4 {
				t.Errorf("row %d, dimension %d: %g came back as %g", i, j, z[i][j], back[i][j])
			}
		}
	}
}

func TestLogDetIsThatOfTheNumericJacobian(t *testing.T) {
	for name, config := range map[string]Config{
		"own norms, one shared block": small,
		"transport and own norms":     {Dim: 6, Collections: 2, Blocks: 2, Shared: 1, Hidden: 8, Embedding: 3, OwnNorm: true, Transport: true, Radial: true, Bound: 1},
		"slices":                      {Dim: 6, Collections: 2, Blocks: 1, Hidden: 8, Embedding: 3, OwnNorm: true, Sliced: true, SlicedCodes: true, Bound: 1},
		"one norm, all conditional":   {Dim: 4, Collections: 3, Blocks: 2, Hidden: 8, Depth: 2, Embedding: 3, Bound: 2},
		"all shared":                  {Dim: 4, Collections: 2, Blocks: 2, Shared: 2, Hidden: 8, Embedding: 3, OwnNorm: true, Bound: 1},
	} {
		t.Run(name, func(t *testing.T) {
			tr := newTrained(t, config)
			d := config.Dim
			const h = 1e-3
			z := tr.normal(rand.New(rand.NewPCG(5, 6)), 1)[0]
			for label := range config.Collections + 1 {
				// Rows 2i and 2i+1 step forth and back along dimension i; the last is z itself.
				var rows [][]float32
				for i := range d {
					for _, step := range []float32{h, -h} {
						row := append([]float32(nil), z...)
						row[i] += step
						rows = append(rows, row)
					}
				}
				rows = append(rows, z)
				labels := make([]int32, len(rows))
				for i := range labels {
					labels[i] = int32(label)
				}
				v, logDet := tr.forward(rows, labels)
				jacobian := mat.NewDense(d, d, nil)
				for i := range d {
					for j := range d {
						jacobian.Set(j, i, float64(v[2*i][j]-v[2*i+1][j])/(2*h))
					}
				}
				want, _ := mat.LogDet(jacobian)
				if got := float64(logDet[len(rows)-1]); math.Abs(got-want) > 5e-3 {
					t.Errorf("condition %d: logDet %g, numeric %g", label, got, want)
				}
			}
		})
	}
}

func TestStartNormalisesEveryCollection(t *testing.T) {
	config := small
	config.Shared = 0
	tr := newTrained(t, config)
	rng := rand.New(rand.NewPCG(8, 9))
	z := tr.normal(rng, 400)
	labels := make([]int32, len(z))
	for i := range z {
		labels[i] = int32(i % 2)
		for j := range z[i] {
			z[i][j] = z[i][j]*(2+3*float32(labels[i])) + 5 - 9*float32(labels[i])
		}
	}
	tr.run(func(f *Flow, in []*Node) []*Node { return []*Node{f.Start(in[0], f.Condition(in[1]))} }, z, labels)
	v := tr.run(func(f *Flow, in []*Node) []*Node {
		y, _ := f.layers[0].forward(in[0], f.Condition(in[1]))
		return []*Node{y}
	}, z, labels)[0].Value().([][]float32)
	for label := range 2 {
		var sum, squares, n float64
		for i := range v {
			if int(labels[i]) == label {
				for _, x := range v[i] {
					sum, squares, n = sum+float64(x), squares+float64(x)*float64(x), n+1
				}
			}
		}
		if mean, variance := sum/n, squares/n; math.Abs(mean) > 1e-3 || math.Abs(variance-1) > 0.02 {
			t.Errorf("collection %d after its norm: mean %g, mean square %g", label, mean, variance)
		}
	}
}

func TestSharedFlowIgnoresTheCollection(t *testing.T) {
	config := small
	config.Shared = config.Blocks
	tr := newTrained(t, config)
	z := tr.normal(rand.New(rand.NewPCG(1, 1)), 1)
	v, logDet := tr.forward([][]float32{z[0], z[0], z[0]}, []int32{0, 1, 2})
	for i := 1; i < 3; i++ {
		for j := range v[i] {
			if v[i][j] != v[0][j] || logDet[i] != logDet[0] {
				t.Fatalf("condition %d changes the code: %v, %v", i, v[0], v[i])
			}
		}
	}
}

func TestGradientOfLogProbMatchesFiniteDifferences(t *testing.T) {
	tr := newTrained(t, small)
	z := tr.normal(rand.New(rand.NewPCG(2, 3)), 4)
	labels := []int32{0, 1, 2, 1}
	objective := func(f *Flow, in []*Node) *Node {
		logProb, _ := f.LogProb(in[0], f.Condition(in[1]))
		return ReduceAllMean(logProb)
	}
	value := func() float64 {
		return float64(tr.run(func(f *Flow, in []*Node) []*Node { return []*Node{objective(f, in)} }, z, labels)[0].Value().(float32))
	}
	for v := range tr.store.IterVariables() {
		if !v.Trainable {
			continue
		}
		gradient := tr.run(func(f *Flow, in []*Node) []*Node {
			out := objective(f, in)
			return Gradient(out, v.NodeValue(out.Graph()))
		}, z, labels)[0]
		analytic := tensors.MustCopyFlatData[float32](gradient)
		values := tensors.MustCopyFlatData[float32](v.MustValue())
		const h = 2e-3
		at := len(values) / 2
		probe := func(step float32) float64 {
			moved := append([]float32(nil), values...)
			moved[at] += step
			if err := v.SetValue(tensors.FromFlatDataAndDimensions(moved, v.Shape().Dimensions...)); err != nil {
				t.Fatal(err)
			}
			return value()
		}
		numeric := (probe(h) - probe(-h)) / (2 * h)
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
		if got := float64(analytic[at]); math.Abs(got-numeric) > 2e-2*(1+math.Abs(numeric)) {
			t.Errorf("%s[%d]: gradient %g, finite difference %g", v.Path(), at, got, numeric)
		}
	}
}

func TestValidateNamesTheField(t *testing.T) {
	for field, change := range map[string]func(*Config){
		"dim":    func(c *Config) { c.Dim = 5 },
		"shared": func(c *Config) { c.Shared = 9 },
		"bound":  func(c *Config) { c.Bound = 0 },
		"hidden": func(c *Config) { c.Hidden = 0 },
		"bins":   func(c *Config) { c.Bins = 1 },
	} {
		config := small
		change(&config)
		if err := config.Validate(); err == nil {
			t.Errorf("a wrong %s passes", field)
		}
	}
}

// What is a collection's own in the flow, its norms above all, is what keeps it from leaking: decay would draw all
// collections to the same.
func TestWeightDecayLeavesNormsAndEmbeddingsAlone(t *testing.T) {
	config := DefaultConfig(4, 2)
	config.Blocks, config.Shared, config.Hidden = 2, 1, 8
	tr := newTrained(t, config)
	decayed := map[string]bool{}
	for _, w := range nn.Trainable(tr.store, "/flow/") {
		name := w.Name()
		if old, known := decayed[name]; known && old != nn.Decays(w) {
			t.Errorf("%s decays in one layer and not in another", name)
		}
		decayed[name] = nn.Decays(w)
	}
	want := map[string]bool{"weight": true, "bias": false, "loc": false, "log_scale": false, "log_exponent": false, "shift": false, "table": false}
	if !maps.Equal(decayed, want) {
		t.Errorf("decay by name is %v, want %v", decayed, want)
	}
}

func TestOtherLeavesTheTransportAndTakesTheBlocksOfAnotherCollection(t *testing.T) {
	config := small
	config.Transport = true
	shared := config
	shared.Shared = shared.Blocks
	for name, config := range map[string]Config{"blocks that see the collection": config, "none that does": shared} {
		t.Run(name, func(t *testing.T) {
			tr := newTrained(t, config)
			z := tr.normal(rand.New(rand.NewPCG(3, 4)), 4)
			own, other := []int32{0, 1, 0, 1}, []int32{1, 0, 1, 0}
			out := tr.run(func(f *Flow, in []*Node) []*Node {
				z, own, other := in[0], f.Condition(in[1]), f.Condition(in[2])
				forward, _ := f.Forward(z, own)
				_, same, alike := f.LogProbOther(z, own, own)
				_, _, taken := f.LogProbOther(z, own, other)
				moved, _ := f.layers[0].forward(z, own)
				back, _ := f.layers[0].forward(f.Inverse(taken, other), other) // where the transport alone would lead
				return []*Node{forward, alike, taken, moved, back, same}
			}, z, own, other)
			rows := func(i int) [][]float32 { return out[i].Value().([][]float32) }
			if d := farthest(rows(0), rows(5)); d > 1e-6 {
				t.Errorf("beside others a code differs by %g from itself", d)
			}
			if d := farthest(rows(0), rows(1)); d > 1e-6 {
				t.Errorf("under its own collection a code differs by %g from itself", d)
			}
			if d := farthest(rows(3), rows(4)); d > 1e-4 {
				t.Errorf("the blocks' code belongs to a latent that is %g from that of the transport", d)
			}
			if d := farthest(rows(0), rows(2)); (d < 1e-6) != (config.Shared == config.Blocks) {
				t.Errorf("with %d of %d blocks shared, another collection's blocks change a code by %g", config.Shared, config.Blocks, d)
			}
		})
	}
}

// farthest is the largest difference between two values at the same place.
func farthest(a, b [][]float32) (most float64) {
	for i := range a {
		for j := range a[i] {
			most = max(most, math.Abs(float64(a[i][j]-b[i][j])))
		}
	}
	return most
}
