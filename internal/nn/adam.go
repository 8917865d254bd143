package nn

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Adam is the optimiser of Kingma and Ba (2015) with the decoupled weight decay of AdamW (Loshchilov and
// Hutter 2019), AMSGrad (Reddi et al. 2018), clipping by the global gradient norm, and an exponential moving
// average of the weights. Zero values switch each extra off.
type Adam struct {
	Beta1, Beta2 float64
	Epsilon      float64
	WeightDecay  float64 // of the weights that [Decays] names
	AMSGrad      bool
	Clip         float64 // largest global norm of the gradient
	EMA          float64 // decay of the averaged weights, e.g. 0.999
}

// Slots under which the optimiser keeps its state beside each weight, at the root of the store.
const (
	OptimizerScope = "optimizer"
	EMAScope       = "ema"
)

// Decays says whether weight decay applies to w: to the factors of [Dense] and [Conv] alone. Biases, the scales and
// shifts of normalisations, and embeddings are not made small by what they are for.
func Decays(w *model.Variable) bool { return w.Name() == factorName }

// Update adds to the graph one step on the weights: gradients of loss with respect to them, then w ← w -
// rate·(m̂/(sqrt(v̂)+ε) + decay·w). rate is a scalar node; step, a scalar node too, counts from 1. It returns the
// norm of the gradient before clipping.
func (a Adam) Update(store *model.Store, loss, rate, step *Node, weights []*model.Variable) (norm *Node) {
	g := loss.Graph()
	nodes := make([]*Node, len(weights))
	for i, w := range weights {
		nodes[i] = w.NodeValue(g)
	}
	return a.Apply(store, Gradient(loss, nodes...), rate, step, weights)
}

// Apply is [Adam.Update] for gradients already computed, one for each weight.
func (a Adam) Apply(store *model.Store, gradients []*Node, rate, step *Node, weights []*model.Variable) (norm *Node) {
	g := rate.Graph()
	var squares []*Node
	for _, d := range gradients {
		squares = append(squares, ReduceAllSum(Square(d)))
	}
	norm = Sqrt(sum(squares))
	clip := ScalarOne(g, rate.DType())
	if a.Clip > 0 {
		clip = Min(clip, Div(Scalar(g, rate.DType(), a.Clip), AddScalar(norm, 1e-6)))
	}
	correct := func(beta float64) *Node { // 1 - beta^step
		return OneMinus(Exp(MulScalar(step, math.Log(beta))))
	}
	correct1, correct2 := correct(a.Beta1), Sqrt(correct(a.Beta2))
	scope := store.RootScope()
	for i, w := range weights {
		d := gradients[i]
		if a.Clip > 0 {
			d = Mul(d, clip)
		}
		value := w.NodeValue(g)
		m := a.slot(scope.At(OptimizerScope).At("m"), w)
		v := a.slot(scope.At(OptimizerScope).At("v"), w)
		mean := Add(MulScalar(m.NodeValue(g), a.Beta1), MulScalar(d, 1-a.Beta1))
		square := Add(MulScalar(v.NodeValue(g), a.Beta2), MulScalar(Square(d), 1-a.Beta2))
		m.SetNodeValue(mean)
		v.SetNodeValue(square)
		denominator := square
		if a.AMSGrad {
			top := a.slot(scope.At(OptimizerScope).At("vmax"), w)
			denominator = Max(top.NodeValue(g), square)
			top.SetNodeValue(denominator)
		}
		change := Div(mean, AddScalar(Div(Sqrt(denominator), correct2), a.Epsilon))
		updated := Sub(value, Mul(change, Div(rate, correct1)))
		if a.WeightDecay > 0 && Decays(w) {
			updated = Sub(updated, Mul(value, MulScalar(rate, a.WeightDecay)))
		}
		w.SetNodeValue(updated)
		if a.EMA > 0 {
			average := emaSlot(scope, w)
			// The average must forget the start: its decay grows with the steps up to its final value.
			decay := MinScalar(Div(step, AddScalar(step, 10)), a.EMA)
			average.SetNodeValue(Add(average.NodeValue(g), Mul(OneMinus(decay), Sub(updated, average.NodeValue(g)))))
		}
	}
	return norm
}

func (a Adam) slot(scope *model.Scope, w *model.Variable) *model.Variable {
	return scopeOf(scope, w).store(func() []float32 { return make([]float32, w.Shape().Size()) }, w)
}

func emaSlot(scope *model.Scope, w *model.Variable) *model.Variable {
	return scopeOf(scope.At(EMAScope), w).store(func() []float32 {
		return tensors.MustCopyFlatData[float32](w.MustValue())
	}, w)
}

type place struct {
	scope *model.Scope
	name  string
}

// scopeOf is w's own path below scope.
func scopeOf(scope *model.Scope, w *model.Variable) place {
	return place{scope, model.JoinPath(scope.Scope(), w.Path())}
}

func (p place) store(start func() []float32, w *model.Variable) *model.Variable {
	store := p.scope.Store()
	if v := store.GetVariable(p.name); v != nil {
		return v.SetTrainable(false)
	}
	value := tensors.FromFlatDataAndDimensions(start(), w.Shape().Dimensions...)
	return store.VariableWithValue(p.name, value).SetTrainable(false)
}

func sum(nodes []*Node) *Node {
	total := nodes[0]
	for _, n := range nodes[1:] {
		total = Add(total, n)
	}
	return total
}
