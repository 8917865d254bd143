package net2net

import (
	"fmt"

	"github.com/dataprism/dataprism/weights"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// LPIPS is the learned perceptual distance of Zhang et al. (2018, eq. 1): features of two images in five
// depths of VGG-16, made unit vectors at each pixel, compared channel by channel with learned weights.
//
//	d(x, y) = sum over depths of mean over pixels of w · (x̂ - ŷ)²
//
// Its weights are in scope under the names of the reference, which gets them from a file and never trains
// them: leave the scope out of what an optimiser updates.
type LPIPS struct {
	scope  *model.Scope
	slices [][]Conv // of each depth; each convolution is followed by a ReLU
	widths []int    // channels of each depth
}

// lpipsConvolutions are the numbers of the convolutions of each slice of VGG-16 among its layers.
var lpipsConvolutions = [][]int{{0, 2}, {5, 7}, {10, 12, 14}, {17, 19, 21}, {24, 26, 28}}

// NewLPIPS describes the distance whose weights are in scope. It builds no graph.
func NewLPIPS(scope *model.Scope) *LPIPS {
	l := &LPIPS{scope: scope, widths: []int{64, 128, 256, 512, 512}}
	in := 3
	for depth, numbers := range lpipsConvolutions {
		var slice []Conv
		for _, number := range numbers {
			name := fmt.Sprintf("net.slice%d.%d", depth+1, number)
			slice = append(slice, Conv{Name: name, In: in, Out: l.widths[depth], Kernel: 3, Stride: 1, Padding: 1})
			in = l.widths[depth]
		}
		l.slices = append(l.slices, slice)
	}
	return l
}

// Params lists the parameters.
func (l *LPIPS) Params() []Param {
	list := []Param{l.constant("shift"), l.constant("scale")}
	for depth, slice := range l.slices {
		for _, conv := range slice {
			list = append(list, conv.Params()...)
		}
		list = append(list, l.channelWeights(depth))
	}
	for i := range list {
		list[i].Fixed = true
	}
	return list
}

func (l *LPIPS) constant(name string) Param {
	return Param{Name: "scaling_layer." + name, Shape: []int{1, 3, 1, 1}, Layout: Channels, Fixed: true}
}

// channelWeights weighs the channels of a depth.
func (l *LPIPS) channelWeights(depth int) Param {
	return Param{Name: fmt.Sprintf("lin%d.model.1.weight", depth), Shape: []int{1, l.widths[depth], 1, 1}, Layout: Channels, Fixed: true}
}

// Load reads the weights from a file with the reference's names. All must be there.
func (l *LPIPS) Load(file *weights.File) error {
	report, err := importParams(l.scope, l.Params(), file, "")
	if err == nil {
		err = report.Err()
	}
	if err != nil {
		return fmt.Errorf("weights of LPIPS: %w", err)
	}
	return nil
}

// Distance is d(x, y) [batch] of images [batch, size, size, 3] in [-1, 1]; size is at least 16.
func (l *LPIPS) Distance(x, y *Node) *Node {
	n := Network{Scope: l.scope}
	g := x.Graph()
	batch := x.Shape().Dimensions[0]
	h := Concatenate([]*Node{x, y}, 0)
	shift, scale := l.constant("shift").Node(n, g), l.constant("scale").Node(n, g)
	h = Div(Sub(h, ExpandLeftToRank(shift, 4)), ExpandLeftToRank(scale, 4))
	var distance *Node
	for depth, slice := range l.slices {
		if depth > 0 {
			h = MaxPool2(h)
		}
		for _, conv := range slice {
			h = ReLU(conv.Apply(n, h))
		}
		unit := unitVectors(h)
		difference := Square(Sub(
			Slice(unit, AxisRange(0, batch)),
			Slice(unit, AxisRange(batch))))
		weighted := Mul(difference, ExpandLeftToRank(l.channelWeights(depth).Node(n, g), 4))
		term := ReduceMean(ReduceSum(weighted, 3), 1, 2)
		if distance == nil {
			distance = term
		} else {
			distance = Add(distance, term)
		}
	}
	return distance
}

// unitVectors divides the channels of each pixel by their norm. A pixel without features stays zero.
func unitVectors(x *Node) *Node {
	const epsilon = 1e-10
	squares := MaxScalar(ReduceAndKeep(Square(x), ReduceSum, 3), 1e-36) // keeps the root's gradient finite
	return Div(x, AddScalar(Sqrt(squares), epsilon))
}
