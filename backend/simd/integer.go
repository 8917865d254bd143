package simd

import (
	"fmt"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// integerStep computes an operation on whole numbers, element by element: the comparisons, counters and indices that
// stand around a model's float32 work.
type integerStep struct {
	op    compute.OpType
	a, b  view // with the dimensions of to
	to    view // dense
	apply func(s *integerStep, x *frame)
}

// lowerInteger makes the step of a comparison or a sum of int32 or int64.
func lowerInteger(l *lowering, n *node) bool {
	in, out := n.inputs[0].shape.DType, n.outputs[0].shape
	s := &integerStep{op: n.op}
	switch in {
	case dtypes.Int32:
		s.apply = integerKernel[int32](n.op)
	case dtypes.Int64:
		s.apply = integerKernel[int64](n.op)
	}
	if s.apply == nil || n.inputs[1].shape.DType != in {
		return false
	}
	s.a, s.b = l.views[n.inputs[0]].broadcastTo(out.Dimensions), l.views[n.inputs[1]].broadcastTo(out.Dimensions)
	s.to = l.define(n.outputs[0])
	l.addStep(s, s.a.tensor, s.b.tensor, s.to.tensor)
	return true
}

// integerKernel returns what computes an operation, nil if nothing does.
func integerKernel[T int32 | int64](op compute.OpType) func(s *integerStep, x *frame) {
	switch op {
	case compute.OpTypeEqual:
		return eachPair(func(a, b T) bool { return a == b })
	case compute.OpTypeNotEqual:
		return eachPair(func(a, b T) bool { return a != b })
	case compute.OpTypeLessThan:
		return eachPair(func(a, b T) bool { return a < b })
	case compute.OpTypeLessOrEqual:
		return eachPair(func(a, b T) bool { return a <= b })
	case compute.OpTypeGreaterThan:
		return eachPair(func(a, b T) bool { return a > b })
	case compute.OpTypeGreaterOrEqual:
		return eachPair(func(a, b T) bool { return a >= b })
	case compute.OpTypeAdd:
		return eachPair(func(a, b T) T { return a + b })
	case compute.OpTypeSub:
		return eachPair(func(a, b T) T { return a - b })
	case compute.OpTypeMul:
		return eachPair(func(a, b T) T { return a * b })
	}
	return nil
}

// eachPair calls f with the elements of both operands in the order of the result.
func eachPair[T int32 | int64, R bool | int32 | int64](f func(a, b T) R) func(s *integerStep, x *frame) {
	return func(s *integerStep, x *frame) {
		size := int(unsafe.Sizeof(T(0)))
		a, b := s.a.address(x), s.b.address(x)
		to := unsafe.Slice((*R)(s.to.address(x)), s.to.size())
		last := len(s.to.dims) - 1
		columns, stepA, stepB := 1, 0, 0
		if last >= 0 {
			columns, stepA, stepB = s.to.dims[last], s.a.strides[last], s.b.strides[last]
		}
		for first := 0; first < len(to); first += columns {
			atA, atB := 0, 0
			for axis, rest := last-1, first/columns; axis >= 0; axis-- {
				i := rest % s.to.dims[axis]
				rest /= s.to.dims[axis]
				atA += i * s.a.strides[axis]
				atB += i * s.b.strides[axis]
			}
			for j := range columns {
				to[first+j] = f(*(*T)(unsafe.Add(a, (atA+j*stepA)*size)), *(*T)(unsafe.Add(b, (atB+j*stepB)*size)))
			}
		}
	}
}

func (s *integerStep) kind() string { return "integer" }

func (s *integerStep) run(x *frame) error {
	s.apply(s, x)
	return nil
}

func (s *integerStep) String() string {
	return fmt.Sprintf("integer %s %s, %s -> %s", s.op, s.a, s.b, s.to)
}
