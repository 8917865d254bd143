package simd

import (
	"fmt"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// foldLimit is the size up to which a value that depends on constants alone is computed when the graph is compiled,
// in bytes.
const foldLimit = 1 << 16

// folding holds the nodes that were computed when the graph was compiled.
type folding struct {
	nodes  map[*node]bool
	values map[*value]any // flat slices
}

// foldConstants computes the nodes among reached that depend on constants alone and are small.
func foldConstants(twin compute.Backend, fn *Function, reached []*node) (*folding, error) {
	f := &folding{nodes: make(map[*node]bool), values: make(map[*value]any)}
	known := make(map[*node]bool)
	var nodes []*node
	for _, n := range reached {
		if foldable(n, known) {
			known[n] = true
			nodes = append(nodes, n)
			f.nodes[n] = n.op != compute.OpTypeConstant
		}
	}
	// What others read, or the function returns, is computed.
	needed := make(map[*value]bool)
	for _, n := range reached {
		if !known[n] {
			for _, in := range operandsOf(n) {
				needed[in] = true
			}
		}
	}
	for _, out := range fn.outputs {
		needed[out] = true
	}
	var outputs []*value
	for _, n := range nodes {
		for _, v := range n.outputs {
			if needed[v] && f.nodes[n] {
				outputs = append(outputs, v)
			}
		}
	}
	if len(outputs) == 0 {
		return f, nil
	}
	r, err := newRegion(twin, nodes, outputs)
	if err != nil {
		return nil, err
	}
	addresses := make([]unsafe.Pointer, len(outputs))
	for i, v := range outputs {
		block := newMemoryBlock(max(1, byteSize(v.shape)), 0)
		addresses[i] = block.start
		f.values[v] = flatAt(block.start, v.shape)
	}
	if err := r.run(twin, nil, addresses); err != nil {
		return nil, fmt.Errorf("constants of the graph: %w", err)
	}
	r.executable.Finalize()
	return f, nil
}

// foldable reports whether n can be computed from the known nodes.
func foldable(n *node, known map[*node]bool) bool {
	switch n.op {
	case compute.OpTypeParameter, compute.OpTypeBroadcastInDim, compute.OpTypeRNGBitGenerator:
		return false
	case compute.OpTypeConstant:
		return true
	}
	if len(n.closures) > 0 {
		return false
	}
	size := 0
	for _, v := range n.outputs {
		size += byteSize(v.shape)
	}
	if size > foldLimit {
		return false
	}
	for _, in := range n.inputs {
		if !known[in.node] {
			return false
		}
	}
	return true
}

// has reports whether the node is computed, or only read by such that are.
func (f *folding) has(n *node) bool { return f.nodes[n] }

// define makes the outputs of a folded node constants.
func (f *folding) define(l *lowering, n *node) {
	for _, v := range n.outputs {
		if flat, ok := f.values[v]; ok {
			own := dtypes.MakeAnySlice(v.shape.DType, v.shape.Size())
			dtypes.CopyAnySlice(own, flat)
			l.constant(v, own)
		}
	}
}
