package net2net

import (
	"fmt"
	"slices"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Param is a weight or a buffer of the reference.
type Param struct {
	Name   string        // in the reference's state dictionary
	Shape  []int         // its axes there
	Layout Layout        // how its axes are kept here
	Fixed  bool          // a buffer, which no gradient trains
	DType  weights.DType // its type there; 0 is F32. Here all are float32.
	init   nn.Init       // how it starts, given the axes here; nil is zero
}

// Layout is a way to keep a parameter. In what each says of axes, o are the output channels, i the input
// channels, h and w the sides of a kernel.
type Layout int

const (
	// Same keeps the axes.
	Same Layout = iota
	// Channels keeps [1, c, 1, 1] as [c].
	Channels
	// Matrix keeps [o, i] as [i, o].
	Matrix
	// Kernel keeps a convolution's [o, i, h, w] as [h, w, i, o].
	Kernel
	// Covering keeps [o, i, h, w] of a convolution whose kernel covers its whole input as the matrix
	// [h·w·i, o] that the flattened input is multiplied with.
	Covering
	// Unfolding keeps [i, o, h, w] of a transposed convolution of a single pixel as the matrix [i, h·w·o].
	Unfolding
	// Doubling keeps [i, o, 4, 4] of a transposed convolution with stride 2 and padding 1 as the kernel
	// [2, 2, i, 4·o] of a convolution that computes the four pixels of each 2×2 block as channels.
	Doubling
)

// view describes the elements of the parameter in our order as strides through the reference's.
type view struct {
	dims    []int // the axes here
	counts  []int // the axes here, in as many parts as they have strides
	strides []int
	offset  int
}

func (p Param) view() view {
	s := p.Shape
	switch p.Layout {
	case Channels:
		return view{dims: []int{s[1]}, counts: []int{s[1]}, strides: []int{1}}
	case Matrix:
		dims := []int{s[1], s[0]}
		return view{dims: dims, counts: dims, strides: []int{1, s[1]}}
	case Kernel, Covering:
		o, i, h, w := s[0], s[1], s[2], s[3]
		v := view{counts: []int{h, w, i, o}, strides: []int{w, 1, h * w, i * h * w}}
		v.dims = v.counts
		if p.Layout == Covering {
			v.dims = []int{h * w * i, o}
		}
		return v
	case Unfolding:
		i, o, h, w := s[0], s[1], s[2], s[3]
		return view{dims: []int{i, h * w * o}, counts: []int{i, h, w, o}, strides: []int{o * h * w, w, 1, h * w}}
	case Doubling:
		// Pixel 2q+a of a doubled row gets x[q-1+a+t]·w[3-2t-a] for t = 0, 1.
		i, o := s[0], s[1]
		return view{
			dims: []int{2, 2, i, 4 * o}, counts: []int{2, 2, i, 2, 2, o},
			strides: []int{-2 * 4, -2, o * 16, -4, -1, 16}, offset: 3*4 + 3,
		}
	default:
		v := view{dims: s, counts: s, strides: make([]int, len(s))}
		stride := 1
		for axis := len(s) - 1; axis >= 0; axis-- {
			v.strides[axis] = stride
			stride *= s[axis]
		}
		return v
	}
}

// each calls visit with the position of every element, in our order, in the reference's.
func (v view) each(visit func(position int)) {
	var walk func(axis, position int)
	walk = func(axis, position int) {
		if axis == len(v.counts) {
			visit(position)
			return
		}
		for range v.counts[axis] {
			walk(axis+1, position)
			position += v.strides[axis]
		}
	}
	walk(0, v.offset)
}

// size is the number of elements.
func (p Param) size() int {
	size := 1
	for _, axis := range p.Shape {
		size *= axis
	}
	return size
}

// FromFile reorders values from the reference's order of axes to ours.
func (p Param) FromFile(values []float32) []float32 {
	if p.Layout == Same || p.Layout == Channels {
		return slices.Clone(values)
	}
	ours := make([]float32, 0, len(values))
	p.view().each(func(position int) { ours = append(ours, values[position]) })
	return ours
}

// ToFile reorders values from our order of axes to the reference's.
func (p Param) ToFile(values []float32) []float32 {
	theirs := make([]float32, len(values))
	next := 0
	p.view().each(func(position int) {
		theirs[position] = values[next]
		next++
	})
	return theirs
}

// Dims are the parameter's axes here.
func (p Param) Dims() []int { return p.view().dims }

// Set gives the parameter its values, in the reference's order, in the scope.
func (p Param) Set(scope *model.Scope, values []float32) error {
	if len(values) != p.size() {
		return fmt.Errorf("weight %q: %d values for shape %v", p.Name, len(values), p.Shape)
	}
	return nn.Set(scope.Store(), model.JoinPath(scope.Scope(), p.Name), p.FromFile(values), p.Dims()...)
}

// variable finds or makes the parameter in the scope.
func (p Param) variable(scope *model.Scope, g *graph.Graph) *model.Variable {
	init := p.init
	if init == nil {
		init = nn.Zero
	}
	if p.Fixed {
		return nn.Buffer(scope, p.Name, init, p.Dims()...)
	}
	nn.Weight(scope, g, p.Name, init, p.Dims()...)
	return scope.GetVariable(p.Name)
}

// Node is the value of the parameter in the graph.
func (p Param) Node(n Network, g *graph.Graph) *graph.Node {
	return p.variable(n.Scope, g).NodeValue(g)
}

// Update sets the parameter, when the graph is run, to a value computed in the graph.
func (p Param) Update(n Network, value *graph.Node) {
	p.variable(n.Scope, value.Graph()).SetNodeValue(value)
}

// layer is what every layer of the package is.
type layer interface {
	Params() []Param
	Apply(Network, *graph.Node) *graph.Node
}
