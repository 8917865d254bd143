package simd

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute"
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

// lowerDot makes the step of compute.OpTypeDotGeneral. The axes of each operand are gathered into batch, free and
// contracted ones; where strides cannot count through one of these groups, the operand is copied.
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
	dims := out.shape.Dimensions
	order := l.productOrder(out, len(a.lhsBatch), lhs.shape.Rank()-len(a.lhsContracting))
	t := l.newTensor(out)
	if order != nil {
		// (A B)' = B' A'
		s.a, s.b = s.b.transposed(), s.a.transposed()
		transposed, inverse := make([]int, len(dims)), make([]int, len(dims))
		for i, axis := range order {
			transposed[i], inverse[axis] = dims[axis], i
		}
		l.views[out] = whole(t, transposed).transpose(inverse)
	} else {
		l.views[out] = whole(t, dims)
	}
	s.c = matrix{view: view{tensor: t}, rows: s.a.rows, cols: s.b.cols, rowStride: s.b.cols, colStride: 1,
		batchStride: s.a.rows * s.b.cols}
	l.addStep(s, left.view.tensor, right.view.tensor, t)
	return true
}

// productOrder returns the order of axes in which the only reader of a product wants it, if that exchanges rows and
// columns; otherwise nil. Of the axes of the product, those before rows are batch axes, those from columns on are the
// right operand's. Autodiff exchanges the gradients of weights so.
func (l *lowering) productOrder(out *value, rows, columns int) []int {
	readers := l.consumers[out]
	if len(readers) != 1 || readers[0].op != compute.OpTypeTranspose || slices.Contains(l.fn.outputs, out) {
		return nil
	}
	order := normalAxes(readers[0])
	var exchanged []int
	for axis := range rows {
		exchanged = append(exchanged, axis)
	}
	for axis := columns; axis < len(order); axis++ {
		exchanged = append(exchanged, axis)
	}
	for axis := rows; axis < columns; axis++ {
		exchanged = append(exchanged, axis)
	}
	if !slices.Equal(order, exchanged) {
		return nil
	}
	return order
}

// transposed returns the matrices with rows and columns exchanged.
func (m matrix) transposed() matrix {
	m.rows, m.cols = m.cols, m.rows
	m.rowStride, m.colStride = m.colStride, m.rowStride
	return m
}

// operandAxes is an operand of a product with its axes in three groups, each counted through by one stride.
type operandAxes struct {
	view                                      view
	batch, free, contracted                   int
	batchStride, freeStride, contractedStride int
}

// gatherAxes groups the axes of a value; the free ones are those that are neither batch nor contracted.
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
