package simd

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// item is a piece of work on its way to becoming a step: either a fragment of element-wise work, which can still
// merge with others, or nodes that are delegated, which can too, or a step of its own.
type item struct {
	position int // items run in this order
	fragment *fragment
	region   *delegation
	step     step

	reads, writes []*tensor
}

// lowering turns the nodes of a function into items.
type lowering struct {
	backend *Backend
	fn      *Function
	views   map[*value]view // where each value lies
	tensors []*tensor
	items   []*item

	position  int // of the items that are made now
	reached   []*node
	consumers map[*value][]*node
}

// lowerer makes the items of a node and sets the views of its outputs. It reports false, and leaves no trace, where
// it has no kernel for the node.
type lowerer func(l *lowering, n *node) bool

// lowererOf returns the lowerer of an operation, nil where it is always delegated.
func lowererOf(op compute.OpType) lowerer {
	if _, ok := unaryOps[op]; ok {
		return lowerUnary
	}
	if _, ok := binaryOps[op]; ok {
		return lowerBinary
	}
	switch op {
	case compute.OpTypeIdentity, compute.OpTypeOptimizationBarrier, compute.OpTypeSchedulingBarrier:
		return lowerIdentity
	case compute.OpTypeReshape:
		return lowerReshape
	case compute.OpTypeTranspose, compute.OpTypeReverse, compute.OpTypeBroadcastInDim, compute.OpTypeSlice:
		return lowerView
	case compute.OpTypeWhere:
		return lowerWhere
	case compute.OpTypeClamp:
		return lowerClamp
	case compute.OpTypeConvertDType:
		return lowerConvert
	case compute.OpTypeReduceSum, compute.OpTypeReduceMax, compute.OpTypeReduceMin, compute.OpTypeReduceProduct:
		return lowerReduce
	case compute.OpTypeConcatenate:
		return lowerConcatenate
	case compute.OpTypePad:
		return lowerPad
	case compute.OpTypeDotGeneral:
		return lowerDot
	case compute.OpTypeConvGeneral:
		return lowerConv
	case compute.OpTypeRNGBitGenerator:
		return lowerRandom
	case compute.OpTypeGather:
		return lowerGather
	case compute.OpTypeScatterSum:
		return lowerScatter
	case compute.OpTypeReduceWindow:
		return lowerWindow
	}
	return nil
}

// lower makes the items of all nodes that the outputs depend on.
func (l *lowering) lower() error {
	l.reached = reachable(l.fn)
	l.consumers = make(map[*value][]*node)
	for _, n := range l.reached {
		for _, in := range operandsOf(n) {
			l.consumers[in] = append(l.consumers[in], n)
		}
	}
	folded, err := foldConstants(l.backend.twin, l.fn, l.reached)
	if err != nil {
		return err
	}
	for i, n := range l.reached {
		l.position = i
		switch {
		case n.op == compute.OpTypeParameter:
			t := l.newTensor(n.outputs[0])
			t.home, t.slot = inInput, n.attributes.(parameterAttributes).index
			l.views[n.outputs[0]] = whole(t, n.outputs[0].shape.Dimensions)
		case n.op == compute.OpTypeConstant:
			l.constant(n.outputs[0], n.attributes.(constantAttributes).flat)
		case folded.has(n):
			folded.define(l, n)
		default:
			l.node(n)
		}
	}
	l.position = len(l.reached)
	l.outputs()
	return nil
}

// node makes the items of one node.
func (l *lowering) node(n *node) {
	if f := lowererOf(n.op); f != nil && !hasEmpty(n) && f(l, n) {
		return
	}
	d := &delegation{nodes: []*node{n}, places: make(map[*value]*tensor)}
	it := &item{position: l.position, region: d}
	for _, in := range operandsOf(n) {
		t := l.dense(in).tensor
		d.places[in] = t
		it.reads = append(it.reads, t)
	}
	for _, out := range n.outputs {
		t := l.define(out).tensor
		d.places[out] = t
		it.writes = append(it.writes, t)
	}
	l.items = append(l.items, it)
}

// hasEmpty reports whether an operand or output has no elements.
func hasEmpty(n *node) bool {
	for _, vs := range [][]*value{n.inputs, n.outputs} {
		for _, v := range vs {
			if v.shape.Size() == 0 {
				return true
			}
		}
	}
	return false
}

// reachable returns the nodes that the outputs of fn depend on and its parameters, in their order.
func reachable(fn *Function) []*node {
	needed := make(map[*node]bool)
	for _, out := range fn.outputs {
		needed[out.node] = true
	}
	for i := len(fn.nodes) - 1; i >= 0; i-- {
		if n := fn.nodes[i]; needed[n] {
			for _, in := range operandsOf(n) {
				needed[in.node] = true
			}
		}
	}
	var nodes []*node
	for _, n := range fn.nodes {
		if needed[n] || n.op == compute.OpTypeParameter {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// newTensor returns a new tensor for the elements of a value.
func (l *lowering) newTensor(v *value) *tensor {
	t := &tensor{id: len(l.tensors), dtype: v.shape.DType, size: v.shape.Size()}
	l.tensors = append(l.tensors, t)
	return t
}

// define gives a value a new tensor of its own.
func (l *lowering) define(v *value) view {
	dims := v.shape.Dimensions
	l.views[v] = whole(l.newTensor(v), dims)
	return l.views[v]
}

// constant defines a value with elements that are known.
func (l *lowering) constant(v *value, flat any) {
	view := l.define(v)
	t := view.tensor
	t.home = inConstant
	bytes := dtypes.UnsafeByteSliceFromAny(flat)
	block := newMemoryBlock(max(1, len(bytes)), 0)
	copy(unsafe.Slice((*byte)(block.start), len(bytes)), bytes)
	t.data = block.start
	t.splat = splatOf(flat)
}

// splatOf returns the value of all elements as a register holds it, or nil if they differ or are of another type than
// registers.
func splatOf(flat any) *float32 {
	switch flat := flat.(type) {
	case []float32:
		return equalElements(flat, func(x float32) float32 { return x })
	case []int32:
		return equalElements(flat, func(x int32) float32 { return float32(x) })
	case []bool:
		return equalElements(flat, func(x bool) float32 {
			if x {
				return 1
			}
			return 0
		})
	}
	return nil
}

func equalElements[T comparable](flat []T, register func(T) float32) *float32 {
	if len(flat) == 0 {
		return nil
	}
	for _, x := range flat[1:] {
		if x != flat[0] {
			return nil
		}
	}
	x := register(flat[0])
	return &x
}

// dense returns where a value lies in row-major order from the start of a tensor, and copies it there if it is only a
// view of one.
func (l *lowering) dense(v *value) view {
	from := l.views[v]
	if from.covers() {
		return from
	}
	to := l.copyOf(from)
	l.views[v] = to
	return to
}

// copyOf makes an item that copies a view to a tensor of its own.
func (l *lowering) copyOf(from view) view {
	t := &tensor{id: len(l.tensors), dtype: from.tensor.dtype, size: from.size()}
	l.tensors = append(l.tensors, t)
	to := whole(t, from.dims)
	if isRegister(t.dtype) && from.covers() {
		// It may become one more output of what computes the tensor.
		l.addFragment(copyFragment(from, t))
	} else {
		l.addStep(&moveStep{moves: []move{{from: from, to: to}}}, from.tensor, to.tensor)
	}
	return to
}

// addStep makes an item of a step that reads all tensors but the last, which it writes.
func (l *lowering) addStep(s step, tensors ...*tensor) {
	last := len(tensors) - 1
	l.items = append(l.items, &item{position: l.position, step: s, reads: slices.Clip(tensors[:last]), writes: tensors[last:]})
}

// addFragment makes an item of element-wise work.
func (l *lowering) addFragment(f *fragment) {
	it := &item{position: l.position, fragment: f}
	it.updateTensors()
	l.items = append(l.items, it)
}

// outputs makes the outputs of the function tensors of their own.
func (l *lowering) outputs() {
	for slot, out := range l.fn.outputs {
		from := l.views[out]
		t := from.tensor
		if !from.covers() || t.home != inArena || !isWritten(l.items, t) {
			to := l.copyOf(from)
			t = to.tensor
		}
		t.home, t.slot = inOutput, slot
	}
}

// isWritten reports whether an item writes the tensor.
func isWritten(items []*item, t *tensor) bool {
	for _, it := range items {
		for _, w := range it.writes {
			if w == t {
				return true
			}
		}
	}
	return false
}

// step is one piece of work of a schedule.
type step interface {
	fmt.Stringer
	// kind names the sort of work for profiles.
	kind() string
	run(x *frame) error
}

// preparedStep is a step with work to do once, when the schedule is made.
type preparedStep interface {
	prepare(b *Backend) error
}
