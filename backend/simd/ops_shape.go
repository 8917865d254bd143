package simd

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// The operations that move elements, or look at them in another shape or type.
// [compute.StandardOps] says what each of them computes.

// axesAttributes are those of compute.OpTypeTranspose (the permutation), compute.OpTypeReverse (the reversed axes)
// and compute.OpTypeBroadcastInDim (the output's axis of each of the operand's).
type axesAttributes struct{ axes []int }

// Identity implements [compute.StandardOps].
func (f *Function) Identity(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeIdentity, compute.Function.Identity, x)
}

// Reshape implements [compute.StandardOps].
func (f *Function) Reshape(x compute.Value, dimensions ...int) (compute.Value, error) {
	dimensions = slices.Clone(dimensions)
	return f.recordOne(&node{op: compute.OpTypeReshape,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.Reshape(in[0], dimensions...)
		})}, x)
}

// Transpose implements [compute.StandardOps].
func (f *Function) Transpose(x compute.Value, permutation ...int) (compute.Value, error) {
	permutation = slices.Clone(permutation)
	return f.recordOne(&node{op: compute.OpTypeTranspose, attributes: axesAttributes{permutation},
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.Transpose(in[0], permutation...)
		})}, x)
}

// Reverse implements [compute.StandardOps].
func (f *Function) Reverse(x compute.Value, axes ...int) (compute.Value, error) {
	axes = slices.Clone(axes)
	return f.recordOne(&node{op: compute.OpTypeReverse, attributes: axesAttributes{axes},
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.Reverse(in[0], axes...)
		})}, x)
}

// BroadcastInDim implements [compute.StandardOps].
func (f *Function) BroadcastInDim(x compute.Value, output shapes.Shape, axes []int) (compute.Value, error) {
	output, axes = output.Clone(), slices.Clone(axes)
	return f.recordOne(&node{op: compute.OpTypeBroadcastInDim, attributes: axesAttributes{axes},
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.BroadcastInDim(in[0], output, axes)
		})}, x)
}

// sliceAttributes are those of compute.OpTypeSlice; no strides are strides of one.
type sliceAttributes struct{ starts, limits, strides []int }

// Slice implements [compute.StandardOps].
func (f *Function) Slice(x compute.Value, starts, limits, strides []int) (compute.Value, error) {
	a := sliceAttributes{slices.Clone(starts), slices.Clone(limits), slices.Clone(strides)}
	return f.recordOne(&node{op: compute.OpTypeSlice, attributes: a,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.Slice(in[0], a.starts, a.limits, a.strides)
		})}, x)
}

// concatenateAttributes are those of compute.OpTypeConcatenate.
type concatenateAttributes struct{ axis int }

// Concatenate implements [compute.StandardOps].
func (f *Function) Concatenate(axis int, operands ...compute.Value) (compute.Value, error) {
	return f.recordOne(&node{op: compute.OpTypeConcatenate, attributes: concatenateAttributes{axis},
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.Concatenate(axis, in...)
		})}, operands...)
}

// padAttributes are those of compute.OpTypePad; axes that are missing at the end are not padded.
type padAttributes struct{ axes []compute.PadAxis }

// Pad implements [compute.StandardOps].
func (f *Function) Pad(x, fill compute.Value, axes ...compute.PadAxis) (compute.Value, error) {
	axes = slices.Clone(axes)
	return f.recordOne(&node{op: compute.OpTypePad, attributes: padAttributes{axes},
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.Pad(in[0], in[1], axes...)
		})}, x, fill)
}

// iotaAttributes are those of compute.OpTypeIota.
type iotaAttributes struct{ axis int }

// Iota implements [compute.StandardOps].
func (f *Function) Iota(shape shapes.Shape, axis int) (compute.Value, error) {
	shape = shape.Clone()
	return f.recordOne(&node{op: compute.OpTypeIota, attributes: iotaAttributes{axis},
		emit: one(func(g compute.Function, _ []compute.Value) (compute.Value, error) {
			return g.Iota(shape, axis)
		})})
}

// Bitcast implements [compute.StandardOps].
func (f *Function) Bitcast(x compute.Value, dtype dtypes.DType) (compute.Value, error) {
	return f.recordOne(&node{op: compute.OpTypeBitcast,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.Bitcast(in[0], dtype)
		})}, x)
}

// ConvertDType implements [compute.StandardOps].
func (f *Function) ConvertDType(x compute.Value, dtype dtypes.DType) (compute.Value, error) {
	return f.recordOne(&node{op: compute.OpTypeConvertDType,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.ConvertDType(in[0], dtype)
		})}, x)
}

// RNGBitGenerator implements [compute.StandardOps].
func (f *Function) RNGBitGenerator(state compute.Value, shape shapes.Shape) (newState, values compute.Value, err error) {
	shape = shape.Clone()
	outputs, err := f.record(&node{op: compute.OpTypeRNGBitGenerator,
		emit: many(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
			newState, values, err := g.RNGBitGenerator(in[0], shape)
			return []compute.Value{newState, values}, err
		})}, state)
	if err != nil {
		return nil, nil, err
	}
	return outputs[0], outputs[1], nil
}

// OptimizationBarrier implements [compute.StandardOps].
func (f *Function) OptimizationBarrier(operands ...compute.Value) ([]compute.Value, error) {
	return f.record(&node{op: compute.OpTypeOptimizationBarrier,
		emit: many(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
			return g.OptimizationBarrier(in...)
		})}, operands...)
}

// SchedulingBarrier implements [compute.StandardOps].
func (f *Function) SchedulingBarrier(x compute.Value, dependencies ...compute.Value) (compute.Value, error) {
	return f.recordOne(&node{op: compute.OpTypeSchedulingBarrier,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.SchedulingBarrier(in[0], in[1:]...)
		})}, append([]compute.Value{x}, dependencies...)...)
}

// DynamicDimensionSize implements [compute.StandardOps].
func (f *Function) DynamicDimensionSize(x compute.Value, axis int) (compute.Value, error) {
	return f.recordOne(&node{op: compute.OpTypeDynamicDimensionSize,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.DynamicDimensionSize(in[0], axis)
		})}, x)
}

// DynamicShape implements [compute.StandardOps].
func (f *Function) DynamicShape(x compute.Value) (compute.Value, error) {
	return f.unary(compute.OpTypeDynamicShape, compute.Function.DynamicShape, x)
}

// DynamicReshape implements [compute.StandardOps].
func (f *Function) DynamicReshape(x compute.Value, dimensions ...compute.DynamicDimensionSpec) (compute.Value, error) {
	dimensions = slices.Clone(dimensions)
	operands := []compute.Value{x}
	for _, d := range dimensions {
		if d.Value != nil {
			operands = append(operands, d.Value)
		}
	}
	return f.recordOne(&node{op: compute.OpTypeDynamicReshape,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			given, next := slices.Clone(dimensions), 1
			for i := range given {
				if given[i].Value != nil {
					given[i].Value = in[next]
					next++
				}
			}
			return g.DynamicReshape(in[0], given...)
		})}, operands...)
}
