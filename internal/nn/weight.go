// Package nn holds the small set of layers, the optimiser and the weight handling that both stages of the model
// share, on top of GoMLX graphs.
//
// Functions that build graphs follow GoMLX's convention and panic on a wrong shape; packages that hand results to
// users run them through [Catch].
package nn

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// SeedParam is the hyper-parameter (uint64, at the root of a store) that all initial weights are drawn from.
const SeedParam = "seed"

// Init fills a weight of the given dimensions with its initial values.
type Init func(rng *rand.Rand, values []float32, dims []int)

// Zero starts a weight at 0.
func Zero(*rand.Rand, []float32, []int) {}

// One starts a weight at 1.
func One(_ *rand.Rand, values []float32, _ []int) {
	for i := range values {
		values[i] = 1
	}
}

// Eye starts a weight [n, d, d] at n identity matrices.
func Eye(_ *rand.Rand, values []float32, dims []int) {
	d := dims[len(dims)-1]
	for i := range values {
		if i/d%d == i%d {
			values[i] = 1
		}
	}
}

// Uniform draws from ±gain·sqrt(3/fanIn), which has variance gain²/fanIn: Kaiming's uniform start
// (He et al. 2015, eq. 10) with gain sqrt(2) for ReLU-like activations. The last axis counts outputs.
func Uniform(gain float64) Init {
	return func(rng *rand.Rand, values []float32, dims []int) {
		fanIn := 1
		for _, d := range dims[:len(dims)-1] {
			fanIn *= d
		}
		bound := gain * math.Sqrt(3/float64(fanIn))
		for i := range values {
			values[i] = float32((2*rng.Float64() - 1) * bound)
		}
	}
}

// Small draws from ±1/sqrt(fanIn): a start whose signal shrinks from layer to layer, for networks that normalise
// on the way.
func Small(rng *rand.Rand, values []float32, dims []int) { Uniform(1/math.Sqrt(3))(rng, values, dims) }

// Normal draws from N(0, std²).
func Normal(std float64) Init {
	return func(rng *rand.Rand, values []float32, _ []int) {
		for i := range values {
			values[i] = float32(rng.NormFloat64() * std)
		}
	}
}

// Weight returns the trainable weight called name in the scope, of shape dims in float32, making it
// with init at first use. Initial values depend on the store's seed and the weight's path alone: not
// on the backend, nor on the order in which weights are made.
func Weight(scope *model.Scope, g *graph.Graph, name string, init Init, dims ...int) *graph.Node {
	return variable(scope, name, init, true, dims).NodeValue(g)
}

// Buffer is a [Weight] that no gradient trains: running statistics, permutations, data-dependent starts.
func Buffer(scope *model.Scope, name string, init Init, dims ...int) *model.Variable {
	return variable(scope, name, init, false, dims)
}

func variable(scope *model.Scope, name string, init Init, trainable bool, dims []int) *model.Variable {
	v := scope.GetVariable(name)
	ask(scope, name, v != nil, dims)
	if v != nil {
		if got := v.Shape().Dimensions; !slices.Equal(got, dims) {
			panic(fmt.Errorf("weight %q has shape %v where the model has %v",
				strings.TrimPrefix(model.JoinPath(scope.Scope(), name), "/"), got, dims))
		}
		return v.SetTrainable(trainable)
	}
	size := 1
	for _, d := range dims {
		size *= d
	}
	values := make([]float32, size)
	init(pathRand(scope, name), values, dims)
	return scope.VariableWithValue(name, tensors.FromFlatDataAndDimensions(values, dims...)).SetTrainable(trainable)
}

func pathRand(scope *model.Scope, name string) *rand.Rand {
	seed := model.GetRootParamOr(scope.Store(), SeedParam, uint64(0))
	h := fnv.New64a()
	h.Write([]byte(model.JoinPath(scope.Scope(), name)))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// Catch runs f and returns the panic with which GoMLX reports a graph it cannot build or run as an error.
func Catch(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case error:
			err = r
		default:
			err = fmt.Errorf("%v", r)
		}
	}()
	f()
	return nil
}

// Permutation draws the numbers 0 to len(values)-1 in random order.
func Permutation(rng *rand.Rand, values []float32, _ []int) {
	for i, j := range rng.Perm(len(values)) {
		values[i] = float32(j)
	}
}
