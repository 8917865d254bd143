package simd

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/dataprism/dataprism/backend/simd/kernel"
	"github.com/gomlx/compute/dtypes"
)

// gatherStep takes rows of a table by index, as embeddings do.
type gatherStep struct {
	table, indices, to view // dense
	count              int
	gather             *kernel.Gather
}

// lowerGather makes the step of a compute.OpTypeGather that takes whole rows along the first axis by int32 indices.
// Others are delegated.
func lowerGather(l *lowering, n *node) bool {
	a := n.attributes.(gatherAttributes)
	table, indices, out := n.inputs[0].shape, n.inputs[1].shape, n.outputs[0].shape
	whole := table.Rank() >= 1 && slices.Equal(a.startIndexMap, []int{0}) && slices.Equal(a.collapsedSliceAxes, []int{0}) &&
		slices.Equal(a.sliceSizes[1:], table.Dimensions[1:])
	if !whole || indices.DType != dtypes.Int32 || table.DType.IsPacked() || a.indexVectorAxis < indices.Rank()-1 ||
		!lastAxes(a.offsetOutputAxes, out.Rank()) {
		return false
	}
	s := &gatherStep{table: l.dense(n.inputs[0]), indices: l.dense(n.inputs[1]), count: indices.Size()}
	s.to = l.define(n.outputs[0])
	l.addStep(s, s.table.tensor, s.indices.tensor, s.to.tensor)
	return true
}

// lastAxes reports whether the axes are the last ones of a tensor, in order.
func lastAxes(axes []int, rank int) bool {
	for i, axis := range axes {
		if axis != rank-len(axes)+i {
			return false
		}
	}
	return true
}

func (s *gatherStep) kind() string { return "gather" }

func (s *gatherStep) prepare(b *Backend) (err error) {
	rows := s.table.dims[0]
	s.gather, err = b.kernels.CompileGather(rows, s.table.tensor.bytes()/rows, s.count)
	return err
}

func (s *gatherStep) run(x *frame) error {
	indices := unsafe.Slice((*int32)(s.indices.address(x)), s.count)
	s.gather.Run(x.backend.pool, s.to.address(x), s.table.address(x), indices)
	return nil
}

func (s *gatherStep) String() string {
	return fmt.Sprintf("gather rows %s of %s -> %s", s.indices, s.table, s.to)
}

// scatterStep adds rows to those of a table by index: the gradient of a gather.
type scatterStep struct {
	table, indices, updates, to view // dense
	count                       int
	scatter                     *kernel.ScatterAdd
}

// lowerScatter makes the step of a compute.OpTypeScatterSum that adds whole float32 rows along the first axis by
// int32 indices. Others are delegated.
func lowerScatter(l *lowering, n *node) bool {
	a := n.attributes.(scatterAttributes)
	table, indices, updates := n.inputs[0].shape, n.inputs[1].shape, n.inputs[2].shape
	whole := table.Rank() >= 1 && slices.Equal(a.scatterAxesToOperandAxes, []int{0}) &&
		slices.Equal(a.insertedWindowAxes, []int{0}) && lastAxes(a.updateWindowAxes, updates.Rank()) &&
		len(a.updateWindowAxes) == table.Rank()-1 &&
		slices.Equal(updates.Dimensions[updates.Rank()-len(a.updateWindowAxes):], table.Dimensions[1:])
	if !whole || indices.DType != dtypes.Int32 || table.DType != dtypes.Float32 || a.indexVectorAxis < indices.Rank()-1 {
		return false
	}
	s := &scatterStep{table: l.dense(n.inputs[0]), indices: l.dense(n.inputs[1]), updates: l.dense(n.inputs[2]),
		count: indices.Size()}
	s.to = l.define(n.outputs[0])
	l.addStep(s, s.table.tensor, s.indices.tensor, s.updates.tensor, s.to.tensor)
	return true
}

func (s *scatterStep) kind() string { return "scatter" }

func (s *scatterStep) prepare(b *Backend) (err error) {
	rows := s.table.dims[0]
	s.scatter, err = b.kernels.CompileScatterAdd(rows, s.table.size()/rows, s.count)
	return err
}

func (s *scatterStep) run(x *frame) error {
	copy(floats(x, &s.to), floats(x, &s.table))
	indices := unsafe.Slice((*int32)(s.indices.address(x)), s.count)
	s.scatter.Run(x.backend.pool, s.to.address(x), s.updates.address(x), indices)
	return nil
}

func (s *scatterStep) String() string {
	return fmt.Sprintf("scatter %s to rows %s of %s -> %s", s.updates, s.indices, s.table, s.to)
}
