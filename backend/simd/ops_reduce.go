package simd

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// The operations that reduce axes or windows of their operand. [compute.StandardOps] says what each of them computes.

// reduceAttributes are those of the compute.OpTypeReduce operations.
type reduceAttributes struct {
	axes []int // not negative; none for all
}

// reduce records a reduction of axes of x, of all axes if none is given.
func (f *Function) reduce(op compute.OpType,
	emit func(_ compute.Function, x compute.Value, axes ...int) (compute.Value, error),
	x compute.Value, axes []int) (compute.Value, error) {
	axes = slices.Clone(axes)
	return f.recordOne(&node{op: op, attributes: reduceAttributes{axes},
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return emit(g, in[0], axes...)
		})}, x)
}

// ArgMinMax implements [compute.StandardOps].
func (f *Function) ArgMinMax(x compute.Value, axis int, outputDType dtypes.DType, isMin bool) (compute.Value, error) {
	return f.recordOne(&node{op: compute.OpTypeArgMinMax,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.ArgMinMax(in[0], axis, outputDType, isMin)
		})}, x)
}

// windowAttributes are those of compute.OpTypeReduceWindow and the compute.OpTypeSelectAndScatter operations.
type windowAttributes struct {
	reduction                       compute.ReduceOpType
	window, strides                 []int
	inputDilations, windowDilations []int
	paddings                        [][2]int
}

// ReduceWindow implements [compute.StandardOps].
func (f *Function) ReduceWindow(x compute.Value, reduction compute.ReduceOpType,
	window, strides, inputDilations, windowDilations []int, paddings [][2]int) (compute.Value, error) {
	a := windowAttributes{reduction, slices.Clone(window), slices.Clone(strides), slices.Clone(inputDilations),
		slices.Clone(windowDilations), slices.Clone(paddings)}
	return f.recordOne(&node{op: compute.OpTypeReduceWindow, attributes: a,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.ReduceWindow(in[0], a.reduction, a.window, a.strides, a.inputDilations, a.windowDilations, a.paddings)
		})}, x)
}

// SelectAndScatterMax implements [compute.StandardOps].
func (f *Function) SelectAndScatterMax(x, source compute.Value, window, strides []int, paddings [][2]int) (compute.Value, error) {
	a := windowAttributes{reduction: compute.ReduceOpMax, window: slices.Clone(window), strides: slices.Clone(strides),
		paddings: slices.Clone(paddings)}
	return f.recordOne(&node{op: compute.OpTypeSelectAndScatterMax, attributes: a,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.SelectAndScatterMax(in[0], in[1], a.window, a.strides, a.paddings)
		})}, x, source)
}

// SelectAndScatterMin implements [compute.StandardOps].
func (f *Function) SelectAndScatterMin(x, source compute.Value, window, strides []int, paddings [][2]int) (compute.Value, error) {
	a := windowAttributes{reduction: compute.ReduceOpMin, window: slices.Clone(window), strides: slices.Clone(strides),
		paddings: slices.Clone(paddings)}
	return f.recordOne(&node{op: compute.OpTypeSelectAndScatterMin, attributes: a,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.SelectAndScatterMin(in[0], in[1], a.window, a.strides, a.paddings)
		})}, x, source)
}

// ReduceBitwiseAnd implements [compute.StandardOps].
func (f *Function) ReduceBitwiseAnd(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceBitwiseAnd, compute.Function.ReduceBitwiseAnd, x, axes)
}

// ReduceBitwiseOr implements [compute.StandardOps].
func (f *Function) ReduceBitwiseOr(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceBitwiseOr, compute.Function.ReduceBitwiseOr, x, axes)
}

// ReduceBitwiseXor implements [compute.StandardOps].
func (f *Function) ReduceBitwiseXor(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceBitwiseXor, compute.Function.ReduceBitwiseXor, x, axes)
}

// ReduceLogicalAnd implements [compute.StandardOps].
func (f *Function) ReduceLogicalAnd(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceLogicalAnd, compute.Function.ReduceLogicalAnd, x, axes)
}

// ReduceLogicalOr implements [compute.StandardOps].
func (f *Function) ReduceLogicalOr(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceLogicalOr, compute.Function.ReduceLogicalOr, x, axes)
}

// ReduceLogicalXor implements [compute.StandardOps].
func (f *Function) ReduceLogicalXor(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceLogicalXor, compute.Function.ReduceLogicalXor, x, axes)
}

// ReduceMax implements [compute.StandardOps].
func (f *Function) ReduceMax(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceMax, compute.Function.ReduceMax, x, axes)
}

// ReduceMin implements [compute.StandardOps].
func (f *Function) ReduceMin(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceMin, compute.Function.ReduceMin, x, axes)
}

// ReduceProduct implements [compute.StandardOps].
func (f *Function) ReduceProduct(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceProduct, compute.Function.ReduceProduct, x, axes)
}

// ReduceSum implements [compute.StandardOps].
func (f *Function) ReduceSum(x compute.Value, axes ...int) (compute.Value, error) {
	return f.reduce(compute.OpTypeReduceSum, compute.Function.ReduceSum, x, axes)
}
