package network

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// windows are the operations that look at places near each other, [batch, channels, height, width].
var windows = map[string]operation{
	"Conv": one(convolution), "MaxPool": one(maxPool), "AveragePool": one(averagePool),
	"GlobalAveragePool": one(func(c *call) (*Node, error) { return overPlaces(c, ReduceMean) }),
	"GlobalMaxPool":     one(func(c *call) (*Node, error) { return overPlaces(c, ReduceMax) }),
}

func overPlaces(c *call, reduce func(x *Node, axes ...int) *Node) (*Node, error) {
	x := c.x(0)
	if x.Rank() != 4 {
		return nil, fmt.Errorf("it is of images, and has %d axes", x.Rank())
	}
	return ReduceAndKeep(x, reduce, 2, 3), nil
}

// window is how an operation moves over an image.
type window struct {
	size, strides, dilations []int
	pads                     [][2]int
}

// windowOf reads the settings of an operation on images of x with windows of a size.
func (c *call) windowOf(x *Node, size []int) (window, error) {
	w := window{size: size}
	if x.Rank() != 4 || len(size) != 2 {
		return w, fmt.Errorf("it is of images with two axes of places, and has %d axes and a window of %v", x.Rank(), size)
	}
	var pads []int
	for _, each := range []struct {
		name string
		into *[]int
		n    int
		fill int
	}{{"strides", &w.strides, 2, 1}, {"dilations", &w.dilations, 2, 1}, {"pads", &pads, 4, 0}} {
		list, err := c.list(each.name, 0)
		if err != nil {
			return w, err
		}
		if list == nil {
			list = slices.Repeat([]int{each.fill}, each.n)
		}
		if len(list) != each.n || slices.Min(list) < each.fill || slices.Max(list) > 1<<12 {
			return w, fmt.Errorf("%s is %v", each.name, list)
		}
		*each.into = list
	}
	if slices.Min(size) < 1 || slices.Max(size) > 1<<12 {
		return w, fmt.Errorf("the window is %v", size)
	}
	w.pads = [][2]int{{pads[0], pads[2]}, {pads[1], pads[3]}}
	if auto := c.attributes["auto_pad"].s; auto == "SAME_UPPER" || auto == "SAME_LOWER" {
		for i := range w.pads {
			d := x.Shape().Dimensions[2+i]
			out := (d + w.strides[i] - 1) / w.strides[i]
			total := max(0, (out-1)*w.strides[i]+(size[i]-1)*w.dilations[i]+1-d)
			w.pads[i] = [2]int{total / 2, total - total/2}
			if auto == "SAME_LOWER" {
				w.pads[i] = [2]int{total - total/2, total / 2}
			}
		}
	}
	if c.integer("ceil_mode", 0) != 0 {
		for i, p := range w.pads {
			reach := x.Shape().Dimensions[2+i] + p[0] + p[1] - ((size[i]-1)*w.dilations[i] + 1)
			if over := reach % w.strides[i]; reach > 0 && over > 0 {
				w.pads[i][1] += w.strides[i] - over
			}
		}
	}
	return w, nil
}

// toLast and toFirst move the channels behind the places and back.
func toLast(x *Node) *Node  { return TransposeAllAxes(x, 0, 2, 3, 1) }
func toFirst(x *Node) *Node { return TransposeAllAxes(x, 0, 3, 1, 2) }

func convolution(c *call) (*Node, error) {
	x, kernel := c.x(0), c.x(1)
	if kernel.Rank() != 4 {
		return nil, fmt.Errorf("its kernel has %d axes, not four", kernel.Rank())
	}
	w, err := c.windowOf(x, kernel.Shape().Dimensions[2:])
	if err != nil {
		return nil, err
	}
	groups := c.integer("group", 1)
	if d := kernel.Shape().Dimensions; groups < 1 || groups > int64(d[0]) || int64(x.Shape().Dimensions[1]) != groups*int64(d[1]) {
		return nil, fmt.Errorf("a kernel of the shape %v in %d groups does not go with %d channels", d, groups, x.Shape().Dimensions[1])
	}
	y := Convolve(toLast(x), TransposeAllAxes(kernel, 2, 3, 1, 0)).StridePerAxis(w.strides...).PaddingPerDim(w.pads).
		DilationPerAxis(w.dilations...).ChannelGroupCount(int(groups)).Done()
	if c.has(2) {
		y = Add(y, ExpandLeftToRank(c.x(2), 4))
	}
	return toFirst(y), nil
}

// pool prepares the window of a pooling.
func (c *call) pool() (*Node, window, error) {
	size, err := c.list("kernel_shape", 0)
	if err != nil {
		return nil, window{}, err
	}
	w, err := c.windowOf(c.x(0), size)
	if err == nil && slices.Max(w.dilations) > 1 {
		err = fmt.Errorf("windows with gaps, %v, are not supported", w.dilations)
	}
	return toLast(c.x(0)), w, err
}

func maxPool(c *call) (*Node, error) {
	x, w, err := c.pool()
	if err != nil {
		return nil, err
	}
	x = padded(x, w.pads, -math.MaxFloat32)
	return toFirst(MaxPool(x).WindowPerAxis(w.size...).StridePerAxis(w.strides...).NoPadding().Done()), nil
}

func averagePool(c *call) (*Node, error) {
	x, w, err := c.pool()
	if err != nil {
		return nil, err
	}
	sum := func(x *Node) *Node {
		return SumPool(padded(x, w.pads, 0)).WindowPerAxis(w.size...).StridePerAxis(w.strides...).NoPadding().Done()
	}
	if c.integer("count_include_pad", 0) != 0 {
		return toFirst(MulScalar(sum(x), 1/float64(w.size[0]*w.size[1]))), nil
	}
	dims := slices.Clone(x.Shape().Dimensions)
	dims[0], dims[3] = 1, 1
	places := sum(BroadcastToDims(Const(c.graph, [][][][]float32{{{{1}}}}), dims...))
	return toFirst(Div(sum(x), places)), nil
}

// padded puts a value around images [batch, height, width, channels].
func padded(x *Node, pads [][2]int, with float64) *Node {
	if pads[0] == [2]int{} && pads[1] == [2]int{} {
		return x
	}
	return Pad(x, Const(x.Graph(), float32(with)), compute.PadAxis{},
		compute.PadAxis{Start: pads[0][0], End: pads[0][1]}, compute.PadAxis{Start: pads[1][0], End: pads[1][1]}, compute.PadAxis{})
}
