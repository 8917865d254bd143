package simd

import (
	"slices"

	"github.com/gomlx/compute"
)

// lowerIdentity makes the outputs the inputs.
func lowerIdentity(l *lowering, n *node) bool {
	for i, out := range n.outputs {
		l.views[out] = l.views[n.inputs[i]]
	}
	return true
}

// lowerReshape looks at the input in other dimensions; it copies the input if its elements do not lie in a way that
// allows that.
func lowerReshape(l *lowering, n *node) bool {
	out := n.outputs[0]
	dims := out.shape.Dimensions
	if v, ok := l.views[n.inputs[0]].reshape(dims); ok {
		l.views[out] = v
		return true
	}
	v, _ := l.dense(n.inputs[0]).reshape(dims)
	l.views[out] = v
	return true
}

// lowerView makes the output a view with other strides.
func lowerView(l *lowering, n *node) bool {
	out := n.outputs[0]
	if out.shape.DType.IsPacked() {
		return false
	}
	in := l.views[n.inputs[0]]
	switch n.op {
	case compute.OpTypeSlice:
		a := n.attributes.(sliceAttributes)
		l.views[out] = in.slice(a.starts, a.limits, a.strides)
		return true
	case compute.OpTypeTranspose:
		l.views[out] = in.transpose(normalAxes(n))
	case compute.OpTypeReverse:
		l.views[out] = in.reverse(normalAxes(n))
	case compute.OpTypeBroadcastInDim:
		l.views[out] = in.broadcast(out.shape.Dimensions, normalAxes(n))
	}
	return true
}

// normalAxes returns the axes of a node with axesAttributes, counted from the front.
func normalAxes(n *node) []int {
	axes := slices.Clone(n.attributes.(axesAttributes).axes)
	for i, axis := range axes {
		if axis < 0 {
			axes[i] += n.outputs[0].shape.Rank()
		}
	}
	return axes
}

// lowerConcatenate copies each input to its place in the output.
func lowerConcatenate(l *lowering, n *node) bool {
	out := n.outputs[0]
	if out.shape.DType.IsPacked() {
		return false
	}
	axis := n.attributes.(concatenateAttributes).axis
	if axis < 0 {
		axis += out.shape.Rank()
	}
	to := l.define(out)
	s := &moveStep{}
	it := &item{position: l.position, step: s, writes: []*tensor{to.tensor}}
	starts, limits := make([]int, len(to.dims)), slices.Clone(to.dims)
	for _, in := range n.inputs {
		from := l.views[in]
		limits[axis] = starts[axis] + from.dims[axis]
		s.moves = append(s.moves, move{from: from, to: to.slice(starts, limits, nil)})
		it.reads = append(it.reads, from.tensor)
		starts[axis] = limits[axis]
	}
	l.items = append(l.items, it)
	return true
}

// lowerPad fills the output and copies the input into it.
func lowerPad(l *lowering, n *node) bool {
	out := n.outputs[0]
	if out.shape.DType.IsPacked() {
		return false
	}
	from, fill := l.views[n.inputs[0]], l.views[n.inputs[1]]
	to := l.define(out)
	place := view{tensor: to.tensor, dims: slices.Clone(from.dims), strides: slices.Clone(to.strides)}
	from.dims = slices.Clone(from.dims)
	for axis, pad := range n.attributes.(padAttributes).axes {
		step := pad.Interior + 1
		// The elements of the input that negative padding leaves.
		first, last := 0, from.dims[axis]-1
		for first <= last && pad.Start+first*step < 0 {
			first++
		}
		for last >= first && pad.Start+last*step >= to.dims[axis] {
			last--
		}
		from.offset += first * from.strides[axis]
		from.dims[axis] = last - first + 1
		place.offset += (pad.Start + first*step) * to.strides[axis]
		place.strides[axis] = step * to.strides[axis]
	}
	place.dims = from.dims
	s := &moveStep{fill: &fill}
	it := &item{position: l.position, step: s, reads: []*tensor{fill.tensor}, writes: []*tensor{to.tensor}}
	if from.size() > 0 {
		s.moves = []move{{from: from, to: place}}
		it.reads = append(it.reads, from.tensor)
	} else {
		s.moves = []move{{from: fill.broadcastTo(to.dims), to: to}}
	}
	l.items = append(l.items, it)
	return true
}
