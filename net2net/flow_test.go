package net2net

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/fixture"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/weights"
	"github.com/dataprism/dataprism/weights/checkpoint"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// flowOf is the flow that a fixture's metadata describe, with the embedder that a file of its weights has.
func flowOf(t *testing.T, f fixture.File, store *model.Store, file *weights.File, prefix string) *Flow {
	t.Helper()
	first, err := file.Tensor(prefix + "embedder.main.0.weight")
	if err != nil {
		t.Fatal(err)
	}
	_, batchNorm := file.Lookup(prefix + "embedder.main.1.running_mean")
	step, layers := 2, 0
	if batchNorm {
		step = 3
	}
	for known := true; known; layers++ {
		_, known = file.Lookup(fmt.Sprintf("%sembedder.main.%d.weight", prefix, (layers+1)*step))
	}
	r, err := NewFlow(store.RootScope().At("flow"), FlowConfig{
		Dim: f.Int("D"), Collections: f.Int("classes"), Blocks: f.Int("flows"), Hidden: f.Int("hidden"), Depth: f.Int("depth"),
		Embedding: f.Int("embedding"), EmbedderHidden: first.Shape[0], EmbedderDepth: layers - 2, BatchNorm: batchNorm,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func importAll(t *testing.T, r *Flow, file *weights.File, prefix string) {
	t.Helper()
	report, err := importParams(r.network.Scope, r.Params(), file, prefix)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Err(); err != nil {
		t.Fatal(err)
	}
}

// compare fails when a value differs from the reference by more than tolerance times the largest of them. It
// returns the difference relative to that.
func compare(t *testing.T, name string, got, want []float32, tolerance float64) float64 {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	var worst, scale float64
	for i := range got {
		scale = max(scale, math.Abs(float64(want[i])))
		if d := math.Abs(float64(got[i] - want[i])); !(d <= worst) {
			worst = d
		}
	}
	if !(worst <= tolerance*scale) {
		t.Errorf("%s differs by %g, the values reach %g", name, worst, scale)
	}
	return worst / max(scale, math.SmallestNonzeroFloat32)
}

func flat(x *tensors.Tensor) []float32 { return tensors.MustCopyFlatData[float32](x) }

// execute runs a graph of two inputs, catching what GoMLX panics with.
func execute(t *testing.T, backend compute.Backend, store *model.Store, fn func(x, labels *Node) []*Node, args ...any) []*tensors.Tensor {
	t.Helper()
	exec, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) []*Node { return fn(in[0], in[1]) })
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Exec(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func fixtureLabels(t *testing.T, f fixture.File) *tensors.Tensor {
	t.Helper()
	tensor, err := f.Tensor("label")
	if err != nil {
		t.Fatal(err)
	}
	wide, err := tensor.Int64s()
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int32, len(wide))
	for i, label := range wide {
		labels[i] = int32(label)
	}
	return tensors.FromFlatDataAndDimensions(labels, len(labels))
}

func TestReferenceTrainsAsTheReferenceDoes(t *testing.T) {
	const valueTolerance, gradientTolerance = 1e-4, 1e-3
	f := fixture.Read(t, "flow.safetensors")
	fixture.OnBackends(t, fixture.Cheap, func(t *testing.T, backend compute.Backend) {
		store := model.NewStore()
		r := flowOf(t, f, store, f.File, "init/")
		importAll(t, r, f.File, "init/")
		x := tensors.FromFlatDataAndDimensions(f.Values("x"), f.Shape("x")...)
		labels := fixtureLabels(t, f)

		execute(t, backend, store, func(x, labels *Node) []*Node {
			return []*Node{r.Start(x, r.Condition(labels))}
		}, x, labels)

		var trained []*model.Variable
		adam := nn.Adam{Beta1: f.Float("beta1"), Beta2: f.Float("beta2"), Epsilon: 1e-8, AMSGrad: f.Text("amsgrad") == "True"}
		exec, err := model.NewExec(backend, store, func(_ *model.Scope, in []*Node) []*Node {
			g := in[0].Graph()
			training := r.In(Train)
			v, logDet := training.Forward(in[0], training.Condition(in[1]))
			loss := r.Loss(v, logDet)
			trained = nn.Trainable(store, "/flow/")
			values := make([]*Node, len(trained))
			for i, w := range trained {
				values[i] = w.NodeValue(g)
			}
			gradients := Gradient(loss, values...)
			adam.Apply(store, gradients, Scalar(g, v.DType(), f.Float("lr")), in[2], trained)
			return append([]*Node{loss, v, logDet}, gradients...)
		})
		if err != nil {
			t.Fatal(err)
		}
		losses := f.Values("losses")
		byName := map[string]Param{}
		for _, p := range r.Params() {
			byName[p.Name] = p
		}
		for step := range losses {
			out, err := exec.Exec(x, labels, float32(step+1))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, fmt.Sprintf("loss of step %d", step), flat(out[0]), losses[step:step+1], valueTolerance)
			if step > 0 {
				continue
			}
			t.Logf("step 0: code differs by %.1g, logdet by %.1g", compare(t, "step0/code", flat(out[1]), f.Values("step0/code"), valueTolerance),
				compare(t, "step0/logdet", flat(out[2]), f.Values("step0/logdet"), valueTolerance))
			worst, compared := 0.0, 0
			for i, w := range trained {
				name := strings.TrimPrefix(w.Path(), "/flow/")
				if r.cancels(name) {
					continue
				}
				got := byName[name].ToFile(flat(out[3+i]))
				worst = max(worst, compare(t, "grad0/"+name, got, f.Values("grad0/"+name), gradientTolerance))
				compared++
			}
			t.Logf("step 0: %d gradients differ by at most %.1g", compared, worst)
		}

		final := &weights.File{}
		if err := exportParams(r.network.Scope, r.Params(), final, "final/"); err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for _, want := range f.Tensors() {
			name, ok := strings.CutPrefix(want.Name, "final/")
			if !ok || r.cancels(name) {
				continue
			}
			got, err := final.Tensor(want.Name)
			if err != nil {
				t.Error(err)
				continue
			}
			if got.DType != want.DType {
				t.Errorf("%s is of type %v, want %v", want.Name, got.DType, want.DType)
			}
			values, err := got.Float32s()
			if err != nil {
				t.Fatal(err)
			}
			tolerance := gradientTolerance
			if strings.HasSuffix(name, "running_mean") {
				tolerance += biasWander(len(losses), f.Float("lr")) / largest(f.Values(want.Name))
			}
			worst = max(worst, compare(t, want.Name, values, f.Values(want.Name), tolerance))
		}
		t.Logf("weights after %d steps differ by at most %.1g", len(losses), worst)

		importAll(t, r, f.File, "final/")
		checkMaps(t, backend, store, r, f, x, labels, valueTolerance)
	})
}

// cancels reports whether a parameter's gradient is zero but for rounding, which Adam then blows up to steps
// of its full rate in a random direction: a bias before a batch normalisation, which subtracts it again.
func (r *Flow) cancels(name string) bool {
	for i := range r.embedder.norms {
		if name == r.embedder.linear[i].Name+".bias" {
			return true
		}
	}
	return false
}

// biasWander bounds by how much two running means, of a batch normalisation behind a bias that cancels, differ
// after some steps: the biases part by up to twice the rate a step, and each batch counts for a tenth.
func biasWander(steps int, rate float64) float64 {
	sum := 0.0
	for step := range steps {
		sum += 2 * rate * float64(step)
	}
	return 0.1 * sum
}

func largest(values []float32) float64 {
	most := 0.0
	for _, v := range values {
		most = max(most, math.Abs(float64(v)))
	}
	return most
}

// checkMaps compares forward, inverse and transfers to every label in evaluation.
func checkMaps(t *testing.T, backend compute.Backend, store *model.Store, r *Flow, f fixture.File, x, labels *tensors.Tensor, tolerance float64) {
	out := execute(t, backend, store, func(x, labels *Node) []*Node {
		v, logDet := r.Forward(x, r.Condition(labels))
		list := []*Node{v, logDet, r.Inverse(v, r.Condition(labels))}
		for label := range r.config.Collections {
			list = append(list, r.Inverse(v, r.Condition(AddScalar(ZerosLike(labels), float64(label)))))
		}
		return list
	}, x, labels)
	names := []string{"eval/code", "eval/logdet", "eval/inverse"}
	for label := range r.config.Collections {
		names = append(names, fmt.Sprintf("eval/transfer_to_%d", label))
	}
	for i, name := range names {
		t.Logf("%s differs by %.1g", name, compare(t, name, flat(out[i]), f.Values(name), tolerance))
	}
}

func TestReferenceReadsTheAuthorsCheckpoints(t *testing.T) {
	f := fixture.Read(t, "lightning.safetensors")
	c, err := checkpoint.Read(fixture.Path(t, "lightning.ckpt"))
	if err != nil {
		t.Fatal(err)
	}
	fixture.OnBackends(t, fixture.Cheap, func(t *testing.T, backend compute.Backend) {
		store := model.NewStore()
		r := flowOf(t, f, store, c.Weights, "flow.")
		importAll(t, r, c.Weights, "flow.")
		latents := tensors.FromFlatDataAndDimensions(f.Values("latent"), f.Shape("latent")...)
		out := execute(t, backend, store, func(z, labels *Node) []*Node {
			v, logDet := r.Forward(z, r.Condition(labels))
			other := r.Condition(Sub(OnesLike(labels), labels))
			return []*Node{v, logDet, r.Inverse(v, other)}
		}, latents, fixtureLabels(t, f))
		for i, name := range []string{"code", "logdet", "transfer"} {
			t.Logf("%s differs by %.1g", name, compare(t, name, flat(out[i]), f.Values(name), 1e-4))
		}
	})
}

func TestReferenceMarginalIsTheMeanOverCollections(t *testing.T) {
	fixture.OnBackends(t, fixture.Cheap, func(t *testing.T, backend compute.Backend) {
		store := model.NewStore()
		r, err := NewFlow(store.RootScope(), FlowConfig{Dim: 4, Collections: 3, Blocks: 2, Hidden: 8, Depth: 1,
			Embedding: 3, EmbedderHidden: 6, EmbedderDepth: 1, BatchNorm: true, Activation: true})
		if err != nil {
			t.Fatal(err)
		}
		z := tensors.FromFlatDataAndDimensions([]float32{0.3, -1, 2, 0.1, 1, 1, -0.5, 0.2}, 2, 4)
		out := execute(t, backend, store, func(z, _ *Node) []*Node {
			list := []*Node{r.LogMarginal(z)}
			for label := range 3 {
				c := r.Condition(Const(z.Graph(), []int32{int32(label), int32(label)}))
				logProb, v := r.LogProb(z, c)
				list = append(list, logProb, Sub(r.Inverse(v, c), z))
			}
			return list
		}, z, int32(0))
		for row := range 2 {
			mean := 0.0
			for label := range 3 {
				mean += math.Exp(float64(flat(out[1+2*label])[row])) / 3
			}
			if got := float64(flat(out[0])[row]); math.Abs(got-math.Log(mean)) > 1e-4 {
				t.Errorf("log p(z) of row %d is %v, want %v", row, got, math.Log(mean))
			}
		}
		for label := range 3 {
			for _, d := range flat(out[2+2*label]) {
				if math.Abs(float64(d)) > 1e-5 {
					t.Errorf("with the activation, inverse and forward differ by %v", d)
				}
			}
		}
	})
}
