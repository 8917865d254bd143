package simd

import (
	"fmt"
	"unsafe"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute/dtypes"
)

// matrix is a batch of matrices within a tensor, by strides in elements.
type matrix struct {
	view                 view // of the first element; only its tensor and offset are read
	rows, cols           int
	rowStride, colStride int
	batchStride          int
}

// at returns the matrix as the kernels take it.
func (m *matrix) at(x *frame, batch int) kernel.Matrix {
	extent := 1 + (m.rows-1)*m.rowStride + (m.cols-1)*m.colStride + (batch-1)*m.batchStride
	return kernel.Matrix{
		Data: unsafe.Slice((*float32)(m.view.address(x)), extent),
		Rows: m.rows, Cols: m.cols, RowStride: m.rowStride, ColStride: m.colStride,
	}
}

// dotStep multiplies a batch of matrices: c = a b, with an epilogue.
type dotStep struct {
	batch    int
	c, a, b  matrix
	bias     *view // one value a column, or nil
	epilogue kernel.Epilogue
}

func (s *dotStep) kind() string { return "dot" }

func (s *dotStep) run(x *frame) error {
	e := s.epilogue
	if s.bias != nil {
		e.Bias = unsafe.Slice((*float32)(s.bias.address(x)), s.c.cols)
	}
	x.backend.kernels.BatchGemm(x.backend.pool, s.batch, s.c.at(x, s.batch), s.a.at(x, s.batch), s.b.at(x, s.batch),
		s.c.batchStride, s.a.batchStride, s.b.batchStride, e)
	return nil
}

func (s *dotStep) String() string {
	text := fmt.Sprintf("dot %d x [%d,%d,%d] %s, %s", s.batch, s.a.rows, s.b.cols, s.a.cols, s.a.view, s.b.view)
	if s.bias != nil {
		text += fmt.Sprintf(" + bias %s", s.bias)
	}
	if s.epilogue.Activation != kernel.NoActivation {
		text += fmt.Sprintf(" then activation %d", s.epilogue.Activation)
	}
	return text + fmt.Sprintf(" -> %s", s.c.view)
}

// lowerDot makes the step of compute.OpTypeDotGeneral. The axes of each
// operand are gathered into batch, free and contracted ones; where strides
// cannot count through one of these groups, the operand is copied.
func lowerDot(l *lowering, n *node) bool {
	a := n.attributes.(dotAttributes)
	lhs, rhs, out := n.inputs[0], n.inputs[1], n.outputs[0]
	for _, v := range []*value{lhs, rhs, out} {
		if v.shape.DType != dtypes.Float32 {
			return false
		}
	}
	if d := a.config.AccumulatorDType; d != dtypes.InvalidDType && d != dtypes.Float32 {
		return false
	}
	left := l.gatherAxes(lhs, a.lhsBatch, a.lhsContracting)
	right := l.gatherAxes(rhs, a.rhsBatch, a.rhsContracting)
	s := &dotStep{
		batch: left.batch,
		a: matrix{view: left.view, rows: left.free, cols: left.contracted,
			rowStride: left.freeStride, colStride: left.contractedStride, batchStride: left.batchStride},
		b: matrix{view: right.view, rows: right.contracted, cols: right.free,
			rowStride: right.contractedStride, colStride: right.freeStride, batchStride: right.batchStride},
	}
	to := l.define(out)
	s.c = matrix{view: to, rows: left.free, cols: right.free, rowStride: right.free, colStride: 1,
		batchStride: left.free * right.free}
	l.addStep(s, left.view.tensor, right.view.tensor, to.tensor)
	return true
}

// operandAxes is an operand of a product with its axes in three groups, each
// counted through by one stride.
type operandAxes struct {
	view                                      view
	batch, free, contracted                   int
	batchStride, freeStride, contractedStride int
}

// gatherAxes groups the axes of a value; the free ones are those that are
// neither batch nor contracted.
func (l *lowering) gatherAxes(v *value, batch, contracted []int) operandAxes {
	rank := v.shape.Rank()
	taken := make([]bool, rank)
	normal := func(axes []int) []int {
		out := make([]int, len(axes))
		for i, axis := range axes {
			if axis < 0 {
				axis += rank
			}
			out[i], taken[axis] = axis, true
		}
		return out
	}
	batch, contracted = normal(batch), normal(contracted)
	var free []int
	for axis := range rank {
		if !taken[axis] {
			free = append(free, axis)
		}
	}
	group := func(from view) (operandAxes, bool) {
		o := operandAxes{view: from}
		ok := true
		run := func(axes []int) (size, stride int) {
			part := from.transpose(axes)
			stride, fits := runStride(part.dims, part.strides)
			ok = ok && fits && stride >= 0
			return part.size(), stride
		}
		o.batch, o.batchStride = run(batch)
		o.free, o.freeStride = run(free)
		o.contracted, o.contractedStride = run(contracted)
		return o, ok
	}
	if o, ok := group(l.views[v]); ok {
		return o
	}
	order := append(append(append([]int(nil), batch...), free...), contracted...)
	ordered := l.copyOf(l.views[v].transpose(order))
	inverse := make([]int, rank)
	for i, axis := range order {
		inverse[axis] = i
	}
	o, _ := group(ordered.transpose(inverse))
	return o
}
