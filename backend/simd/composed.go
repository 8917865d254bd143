package simd

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// composer records operations one after the other and keeps the first error.
type composer struct {
	f   *Function
	err error
}

func (c *composer) keep(v compute.Value, err error) compute.Value {
	if c.err == nil {
		c.err = err
	}
	return v
}

// binary records an operation of two operands.
func (c *composer) binary(record func(x, y compute.Value) (compute.Value, error), x, y compute.Value) compute.Value {
	if c.err != nil {
		return nil
	}
	return c.keep(record(x, y))
}

// unary records an operation of one operand.
func (c *composer) unary(record func(x compute.Value) (compute.Value, error), x compute.Value) compute.Value {
	if c.err != nil {
		return nil
	}
	return c.keep(record(x))
}

// shape returns the shape of a value.
func (c *composer) shape(v compute.Value) shapes.Shape {
	if c.err != nil {
		return shapes.Invalid()
	}
	s, err := c.f.Shape(v)
	c.keep(nil, err)
	return s
}

// scalar records a float32 constant.
func (c *composer) scalar(x float64) compute.Value {
	if c.err != nil {
		return nil
	}
	return c.keep(c.f.Constant([]float32{float32(x)}))
}

// reduce records a reduction whose axes stay, with size one, and repeats its result over them.
func (c *composer) reduce(record func(x compute.Value, axes ...int) (compute.Value, error), x compute.Value, axes []int) compute.Value {
	shape := c.shape(x)
	if c.err != nil {
		return nil
	}
	var kept []int
	for axis := range shape.Dimensions {
		if !slices.Contains(axes, axis) {
			kept = append(kept, axis)
		}
	}
	return c.spread(c.keep(record(x, axes...)), shape, kept)
}

// spread repeats a value to a shape; axes are those of the shape that it has.
func (c *composer) spread(v compute.Value, shape shapes.Shape, axes []int) compute.Value {
	if c.err != nil {
		return nil
	}
	return c.keep(c.f.BroadcastInDim(v, shape, axes))
}

// composable reports whether an operation on x is composed of others: static float32 shapes are. Others are
// delegated.
func composable(operands ...compute.Value) bool {
	for _, operand := range operands {
		v, ok := operand.(*value)
		if operand != nil && (!ok || v.shape.DType != dtypes.Float32 || !isStatic(v.shape)) {
			return false
		}
	}
	return true
}

// FusedSoftmax implements [compute.FusedOps].
func (f *Function) FusedSoftmax(x compute.Value, axis int) (compute.Value, error) {
	if !composable(x) {
		return f.recordOne(&node{op: compute.OpTypeFusedSoftmax,
			emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
				return g.FusedSoftmax(in[0], axis)
			})}, x)
	}
	if rank := x.(*value).shape.Rank(); axis < 0 || axis >= rank {
		return nil, fmt.Errorf("simd: FusedSoftmax over axis %d of %d axes", axis, rank)
	}
	c := &composer{f: f}
	e := c.unary(f.Exp, c.binary(f.Sub, x, c.reduce(f.ReduceMax, x, []int{axis})))
	y := c.binary(f.Div, e, c.reduce(f.ReduceSum, e, []int{axis}))
	return y, c.err
}

// FusedGelu implements [compute.FusedOps].
func (f *Function) FusedGelu(x compute.Value, exact bool) (compute.Value, error) {
	if !composable(x) {
		return f.recordOne(&node{op: compute.OpTypeFusedGelu,
			emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
				return g.FusedGelu(in[0], exact)
			})}, x)
	}
	c := &composer{f: f}
	y := c.gelu(x, exact)
	return y, c.err
}

// gelu is x/2 (1 + erf(x/sqrt 2)), or the approximation x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) (Hendrycks and
// Gimpel 2016).
func (c *composer) gelu(x compute.Value, exact bool) compute.Value {
	var curve compute.Value
	if exact {
		curve = c.unary(c.f.Erf, c.binary(c.f.Mul, x, c.scalar(math.Sqrt2/2)))
	} else {
		cube := c.binary(c.f.Mul, x, c.binary(c.f.Mul, x, x))
		inner := c.binary(c.f.Add, x, c.binary(c.f.Mul, cube, c.scalar(0.044715)))
		curve = c.unary(c.f.Tanh, c.binary(c.f.Mul, inner, c.scalar(math.Sqrt(2/math.Pi))))
	}
	half := c.binary(c.f.Mul, x, c.scalar(0.5))
	return c.binary(c.f.Mul, half, c.binary(c.f.Add, curve, c.scalar(1)))
}

// FusedLayerNorm implements [compute.FusedOps].
func (f *Function) FusedLayerNorm(x compute.Value, axes []int, epsilon float64, gamma, beta compute.Value) (compute.Value, error) {
	axes = slices.Clone(axes)
	if !composable(x, gamma, beta) || !validAxes(axes, x.(*value).shape.Rank()) {
		given, restore := optional(x, gamma, beta)
		return f.recordOne(&node{op: compute.OpTypeFusedLayerNorm,
			emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
				in = restore(in)
				return g.FusedLayerNorm(in[0], axes, epsilon, in[1], in[2])
			})}, given...)
	}
	c := &composer{f: f}
	shape := c.shape(x)
	n := 1
	for _, axis := range axes {
		n *= shape.Dimensions[axis]
	}
	mean := func(v compute.Value) compute.Value {
		return c.binary(f.Mul, c.reduce(f.ReduceSum, v, axes), c.scalar(1/float64(n)))
	}
	centred := c.binary(f.Sub, x, mean(x))
	variance := mean(c.binary(f.Mul, centred, centred))
	y := c.binary(f.Mul, centred, c.unary(f.Rsqrt, c.binary(f.Add, variance, c.scalar(epsilon))))
	// gamma and beta have the normalised axes.
	if gamma != nil {
		y = c.binary(f.Mul, y, c.spread(gamma, shape, axes))
	}
	if beta != nil {
		y = c.binary(f.Add, y, c.spread(beta, shape, axes))
	}
	return y, c.err
}

// validAxes reports whether axes are increasing and within a rank.
func validAxes(axes []int, rank int) bool {
	for i, axis := range axes {
		if axis < 0 || axis >= rank || i > 0 && axis <= axes[i-1] {
			return false
		}
	}
	return len(axes) > 0
}

// FusedDense implements [compute.FusedOps].
func (f *Function) FusedDense(x, weight, bias compute.Value, config compute.DenseConfig) (compute.Value, error) {
	if !composable(x, weight, bias) || !hasActivation(config.Activation) {
		given, restore := optional(x, weight, bias)
		return f.recordOne(&node{op: compute.OpTypeFusedDense,
			emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
				in = restore(in)
				return g.FusedDense(in[0], in[1], in[2], config)
			})}, given...)
	}
	c := &composer{f: f}
	contracted := 0
	if config.WeightLayout == compute.DenseLayoutOutputsInput {
		contracted = c.shape(weight).Rank() - 1
	}
	y := c.keep(f.DotGeneral(x, []int{c.shape(x).Rank() - 1}, nil, weight, []int{contracted}, nil, compute.DotGeneralConfig{}))
	if bias != nil && c.err == nil {
		shape, own := c.shape(y), c.shape(bias).Rank()
		axes := make([]int, own)
		for i := range axes {
			axes[i] = shape.Rank() - own + i
		}
		y = c.binary(f.Add, y, c.spread(bias, shape, axes))
	}
	y = c.activation(y, config.Activation)
	return y, c.err
}

// hasActivation reports whether the activation is composed here.
func hasActivation(a compute.ActivationType) bool {
	return a >= compute.ActivationNone && a <= compute.ActivationTanh
}

// activation records an activation.
func (c *composer) activation(x compute.Value, a compute.ActivationType) compute.Value {
	switch a {
	case compute.ActivationGelu:
		return c.gelu(x, true)
	case compute.ActivationRelu:
		return c.binary(c.f.Max, x, c.scalar(0))
	case compute.ActivationSilu:
		return c.binary(c.f.Mul, x, c.unary(c.f.Logistic, x))
	case compute.ActivationHardSwish:
		// x min(max(x + 3, 0), 6) / 6
		inner := c.binary(c.f.Add, c.binary(c.f.Mul, x, c.scalar(1.0/6)), c.scalar(0.5))
		return c.binary(c.f.Mul, x, c.binary(c.f.Min, c.binary(c.f.Max, inner, c.scalar(0)), c.scalar(1)))
	case compute.ActivationTanh:
		return c.unary(c.f.Tanh, x)
	default:
		return x
	}
}
