package network

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// value is what an operation works on: something that is computed from the images, or a constant.
type value struct {
	node  *Node // float32; nil for a constant
	known constant
}

// dims is the shape of a value.
func (v value) dims() []int {
	if v.node != nil {
		return v.node.Shape().Dimensions
	}
	return v.known.dims
}

// whole says that a value is a constant of integers.
func (v value) whole() bool { return v.node == nil && v.known.floats == nil }

// ints are the integers of a constant.
func (v value) ints() ([]int, error) {
	if v.node != nil {
		return nil, fmt.Errorf("a shape or an axis depends on what the images show, which is not supported")
	}
	out := make([]int, len(v.known.ints))
	for i, x := range v.known.ints {
		out[i] = int(max(-maxElements, min(maxElements, x)))
	}
	return out, nil
}

// asFloats are the values of a constant as floats.
func (c constant) asFloats() []float32 {
	if c.floats != nil {
		return c.floats
	}
	out := make([]float32, len(c.ints))
	for i, x := range c.ints {
		out[i] = float32(x)
	}
	return out
}

// in is the value as a node of the graph.
func (v value) in(g *Graph) *Node {
	if v.node != nil {
		return v.node
	}
	return Const(g, tensors.FromFlatDataAndDimensions(slices.Clone(v.known.asFloats()), v.known.dims...))
}

// integers is a constant of integers along one axis.
func integers(list []int) value {
	c := constant{dims: []int{len(list)}, ints: make([]int64, len(list))}
	for i, x := range list {
		c.ints[i] = int64(x)
	}
	return value{known: c}
}

// axisOf is an axis from 0 of one that may be counted from the end.
func axisOf(axis int64, rank int) (int, error) {
	if axis < 0 {
		axis += int64(rank)
	}
	if axis < 0 || axis >= int64(rank) {
		return 0, fmt.Errorf("there is no axis %d of %d", axis, rank)
	}
	return int(axis), nil
}
