package simd

import (
	"slices"

	"github.com/gomlx/compute"
)

// Products, convolutions and the operations that find elements by index. [compute.StandardOps] says what each of them
// computes.

// dotAttributes are those of compute.OpTypeDotGeneral.
type dotAttributes struct {
	lhsContracting, lhsBatch []int
	rhsContracting, rhsBatch []int
	config                   compute.DotGeneralConfig
}

// DotGeneral implements [compute.StandardOps].
func (f *Function) DotGeneral(lhs compute.Value, lhsContracting, lhsBatch []int,
	rhs compute.Value, rhsContracting, rhsBatch []int, config compute.DotGeneralConfig) (compute.Value, error) {
	a := dotAttributes{slices.Clone(lhsContracting), slices.Clone(lhsBatch),
		slices.Clone(rhsContracting), slices.Clone(rhsBatch), config}
	return f.recordOne(&node{op: compute.OpTypeDotGeneral, attributes: a,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.DotGeneral(in[0], a.lhsContracting, a.lhsBatch, in[1], a.rhsContracting, a.rhsBatch, a.config)
		})}, lhs, rhs)
}

// convAttributes are those of compute.OpTypeConvGeneral.
type convAttributes struct {
	axes                            compute.ConvolveAxesConfig
	strides                         []int
	paddings                        [][2]int
	inputDilations, kernelDilations []int
	channelGroups, batchGroups      int
}

// ConvGeneral implements [compute.StandardOps].
func (f *Function) ConvGeneral(input, filter compute.Value, axes compute.ConvolveAxesConfig,
	strides []int, paddings [][2]int, inputDilations, kernelDilations []int,
	channelGroups, batchGroups int) (compute.Value, error) {
	a := convAttributes{axes.Clone(), slices.Clone(strides), slices.Clone(paddings),
		slices.Clone(inputDilations), slices.Clone(kernelDilations), channelGroups, batchGroups}
	return f.recordOne(&node{op: compute.OpTypeConvGeneral, attributes: a,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.ConvGeneral(in[0], in[1], a.axes, a.strides, a.paddings, a.inputDilations, a.kernelDilations,
				a.channelGroups, a.batchGroups)
		})}, input, filter)
}

// gatherAttributes are those of compute.OpTypeGather.
type gatherAttributes struct {
	indexVectorAxis                                                 int
	offsetOutputAxes, collapsedSliceAxes, startIndexMap, sliceSizes []int
	sorted                                                          bool
}

// Gather implements [compute.StandardOps].
func (f *Function) Gather(x, indices compute.Value, indexVectorAxis int,
	offsetOutputAxes, collapsedSliceAxes, startIndexMap, sliceSizes []int, sorted bool) (compute.Value, error) {
	a := gatherAttributes{indexVectorAxis, slices.Clone(offsetOutputAxes), slices.Clone(collapsedSliceAxes),
		slices.Clone(startIndexMap), slices.Clone(sliceSizes), sorted}
	return f.recordOne(&node{op: compute.OpTypeGather, attributes: a,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.Gather(in[0], in[1], a.indexVectorAxis, a.offsetOutputAxes, a.collapsedSliceAxes,
				a.startIndexMap, a.sliceSizes, a.sorted)
		})}, x, indices)
}

// scatterAttributes are those of the compute.OpTypeScatter operations.
type scatterAttributes struct {
	indexVectorAxis                                                int
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int
	sorted, unique                                                 bool
}

// scatterFunction is the type of the scatter methods of [compute.Function].
type scatterFunction func(_ compute.Function, x, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, sorted, unique bool) (compute.Value, error)

// scatter records one of the scatter operations.
func (f *Function) scatter(op compute.OpType, emit scatterFunction, x, indices, updates compute.Value,
	a scatterAttributes) (compute.Value, error) {
	a.updateWindowAxes = slices.Clone(a.updateWindowAxes)
	a.insertedWindowAxes = slices.Clone(a.insertedWindowAxes)
	a.scatterAxesToOperandAxes = slices.Clone(a.scatterAxesToOperandAxes)
	return f.recordOne(&node{op: op, attributes: a,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return emit(g, in[0], in[1], in[2], a.indexVectorAxis, a.updateWindowAxes, a.insertedWindowAxes,
				a.scatterAxesToOperandAxes, a.sorted, a.unique)
		})}, x, indices, updates)
}

// ScatterMax implements [compute.StandardOps].
func (f *Function) ScatterMax(x, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, sorted, unique bool) (compute.Value, error) {
	return f.scatter(compute.OpTypeScatterMax, compute.Function.ScatterMax, x, indices, updates,
		scatterAttributes{indexVectorAxis, updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes, sorted, unique})
}

// ScatterMin implements [compute.StandardOps].
func (f *Function) ScatterMin(x, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, sorted, unique bool) (compute.Value, error) {
	return f.scatter(compute.OpTypeScatterMin, compute.Function.ScatterMin, x, indices, updates,
		scatterAttributes{indexVectorAxis, updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes, sorted, unique})
}

// ScatterSum implements [compute.StandardOps].
func (f *Function) ScatterSum(x, indices, updates compute.Value, indexVectorAxis int,
	updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes []int, sorted, unique bool) (compute.Value, error) {
	return f.scatter(compute.OpTypeScatterSum, compute.Function.ScatterSum, x, indices, updates,
		scatterAttributes{indexVectorAxis, updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes, sorted, unique})
}

// DynamicSlice implements [compute.StandardOps].
func (f *Function) DynamicSlice(x compute.Value, starts []compute.Value, sizes []int) (compute.Value, error) {
	sizes = slices.Clone(sizes)
	return f.recordOne(&node{op: compute.OpTypeDynamicSlice,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.DynamicSlice(in[0], in[1:], sizes)
		})}, append([]compute.Value{x}, starts...)...)
}

// DynamicUpdateSlice implements [compute.StandardOps].
func (f *Function) DynamicUpdateSlice(x, update compute.Value, starts []compute.Value) (compute.Value, error) {
	return f.recordOne(&node{op: compute.OpTypeDynamicUpdateSlice,
		emit: one(func(g compute.Function, in []compute.Value) (compute.Value, error) {
			return g.DynamicUpdateSlice(in[0], in[1], in[2:])
		})}, append([]compute.Value{x, update}, starts...)...)
}
