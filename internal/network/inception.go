package network

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/net2net"
	"github.com/dataprism/dataprism/weights"
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	tensorshape "github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// HoldsWeights says by the ending of a file's name that it holds weights without a graph, which [OpenInception] reads.
func HoldsWeights(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".safetensors", ".pth", ".pt":
		return true
	}
	return false
}

// OpenInception reads the weights of Inception v3 (Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, "Rethinking the
// Inception Architecture for Computer Vision", CVPR 2016) from a safetensors file or a PyTorch checkpoint, of any
// floating-point type and with the names of torchvision, whatever stands before them. What follows the last pooling is
// not read. It is an error that names the weight when one is missing, or is of another shape.
//
// Its features are the 2048 means over places behind the last block, called pool3, by which the Fréchet Inception
// distance is defined (Heusel et al., "GANs trained by a two time-scale update rule", NeurIPS 2017). The network is the
// one that the published distances are of, whichever file the weights are from: poolings of means count no pixels
// beyond the edges, the last block pools maxima, and images in [-1, 1] are resized to 299 pixels by linear
// interpolation between the nearest pixels, also where that makes them smaller. torchvision's own network differs in
// the poolings.
func OpenInception(backend compute.Backend, path string) (*Network, error) {
	const side, width, batch = 299, 2048, 8
	file, err := net2net.ReadFile(path)
	if err != nil {
		return nil, err
	}
	wrong := func(err error) error { return fmt.Errorf("%s: %w", path, err) }
	prefix, err := net2net.Prefix(file, "Conv2d_1a_3x3.conv.weight")
	if err != nil {
		return nil, wrong(err)
	}
	if prefix == nil {
		return nil, wrong(fmt.Errorf("of weights without a graph those of Inception v3 can be read, named as torchvision names them "+
			"(Conv2d_1a_3x3.conv.weight and so on), but these are named as in %q: give any other network as an ONNX model", file.Names(3)))
	}
	n := &Network{path: path, scale: Signed, side: [2]int{side, side}, sharp: true, channels: 3, width: width, last: true, batch: batch}
	var unread error // kept apart from how the graph tells of it
	if n.exec, err = NewExec(backend, func(x *Node) (y *Node) {
		if unread = nn.Catch(func() { y = inception{file, *prefix}.features(x) }); unread != nil {
			panic(unread)
		}
		return y
	}); err != nil {
		return nil, wrong(err)
	}
	if caught := nn.Catch(func() { _, err = n.exec.Compile(tensorshape.Make(dtypes.Float32, batch, side, side, 3)) }); caught != nil {
		err = caught
	}
	if unread != nil {
		err = unread
	}
	if err != nil {
		return nil, wrong(err)
	}
	return n, nil
}

// inception adds the layers of Inception v3 to a graph, and reads the weights of each. Values are [batch, h, w, channels].
// What is wrong with a weight is a panic, as all that is wrong in a graph.
type inception struct {
	file   *weights.File
	prefix string // of all names
}

// filter is the window of a convolution.
type filter struct {
	out, h, w int
	stride    int
	inside    bool // whether it stays inside the image; elsewhere zeros around the image keep its sides
}

func keep(out, h, w int) filter { return filter{out, h, w, 1, false} }

func inside(out, size, stride int) filter { return filter{out, size, size, stride, true} }

func (n inception) features(x *Node) *Node {
	x = n.conv(x, "Conv2d_1a_3x3", inside(32, 3, 2))
	x = n.conv(x, "Conv2d_2a_3x3", inside(32, 3, 1))
	x = n.conv(x, "Conv2d_2b_3x3", keep(64, 3, 3))
	x = windows3(x, Max, 2)
	x = n.conv(x, "Conv2d_3b_1x1", keep(80, 1, 1))
	x = n.conv(x, "Conv2d_4a_3x3", inside(192, 3, 1))
	x = windows3(x, Max, 2)
	x = n.blockA(x, "Mixed_5b.", 32)
	x = n.blockA(x, "Mixed_5c.", 64)
	x = n.blockA(x, "Mixed_5d.", 64)
	x = n.blockB(x, "Mixed_6a.")
	x = n.blockC(x, "Mixed_6b.", 128)
	x = n.blockC(x, "Mixed_6c.", 160)
	x = n.blockC(x, "Mixed_6d.", 160)
	x = n.blockC(x, "Mixed_6e.", 192)
	x = n.blockD(x, "Mixed_7a.")
	x = n.blockE(x, "Mixed_7b.", means)
	x = n.blockE(x, "Mixed_7c.", maxima)
	return ReduceMean(x, 1, 2)
}

// The blocks have the letters of torchvision's code. B and D halve the sides.

func (n inception) blockA(x *Node, at string, pool int) *Node {
	return Concatenate([]*Node{
		n.conv(x, at+"branch1x1", keep(64, 1, 1)),
		n.chain(x, at+"branch5x5", keep(48, 1, 1), keep(64, 5, 5)),
		n.chain(x, at+"branch3x3dbl", keep(64, 1, 1), keep(96, 3, 3), keep(96, 3, 3)),
		n.conv(means(x), at+"branch_pool", keep(pool, 1, 1)),
	}, -1)
}

func (n inception) blockB(x *Node, at string) *Node {
	return Concatenate([]*Node{
		n.conv(x, at+"branch3x3", inside(384, 3, 2)),
		n.chain(x, at+"branch3x3dbl", keep(64, 1, 1), keep(96, 3, 3), inside(96, 3, 2)),
		windows3(x, Max, 2),
	}, -1)
}

func (n inception) blockC(x *Node, at string, width int) *Node {
	return Concatenate([]*Node{
		n.conv(x, at+"branch1x1", keep(192, 1, 1)),
		n.chain(x, at+"branch7x7", keep(width, 1, 1), keep(width, 1, 7), keep(192, 7, 1)),
		n.chain(x, at+"branch7x7dbl", keep(width, 1, 1), keep(width, 7, 1), keep(width, 1, 7), keep(width, 7, 1), keep(192, 1, 7)),
		n.conv(means(x), at+"branch_pool", keep(192, 1, 1)),
	}, -1)
}

func (n inception) blockD(x *Node, at string) *Node {
	return Concatenate([]*Node{
		n.chain(x, at+"branch3x3", keep(192, 1, 1), inside(320, 3, 2)),
		n.chain(x, at+"branch7x7x3", keep(192, 1, 1), keep(192, 1, 7), keep(192, 7, 1), inside(192, 3, 2)),
		windows3(x, Max, 2),
	}, -1)
}

func (n inception) blockE(x *Node, at string, pool func(*Node) *Node) *Node {
	single := n.chain(x, at+"branch3x3", keep(384, 1, 1))
	double := n.chain(x, at+"branch3x3dbl", keep(448, 1, 1), keep(384, 3, 3))
	return Concatenate([]*Node{
		n.conv(x, at+"branch1x1", keep(320, 1, 1)),
		n.conv(single, at+"branch3x3_2a", keep(384, 1, 3)),
		n.conv(single, at+"branch3x3_2b", keep(384, 3, 1)),
		n.conv(double, at+"branch3x3dbl_3a", keep(384, 1, 3)),
		n.conv(double, at+"branch3x3dbl_3b", keep(384, 3, 1)),
		n.conv(pool(x), at+"branch_pool", keep(192, 1, 1)),
	}, -1)
}

// chain is convolutions one after the other, whose names are numbered from 1.
func (n inception) chain(x *Node, name string, filters ...filter) *Node {
	for i, f := range filters {
		x = n.conv(x, fmt.Sprintf("%s_%d", name, i+1), f)
	}
	return x
}

// conv is a convolution, its batch normalisation by stored moments, and ReLU. The normalisation is part of the kernel.
func (n inception) conv(x *Node, name string, f filter) *Node {
	const epsilon = 1e-3
	in := x.Shape().Dimensions[3]
	kernel := n.values(name+".conv.weight", f.out, in, f.h, f.w)
	scale, shift := n.values(name+".bn.weight", f.out), n.values(name+".bn.bias", f.out)
	mean, variance := n.values(name+".bn.running_mean", f.out), n.values(name+".bn.running_var", f.out)
	for o := range scale {
		scale[o] = float32(float64(scale[o]) / math.Sqrt(float64(variance[o])+epsilon))
		shift[o] -= mean[o] * scale[o]
	}
	scaled := make([]float32, len(kernel)) // [h, w, in, out], of [out, in, h, w]
	for i, v := range kernel {
		place, k, o := i%(f.h*f.w), i/(f.h*f.w)%in, i/(f.h*f.w*in)
		scaled[(place*in+k)*f.out+o] = v * scale[o]
	}
	pads := [][2]int{{f.h / 2, f.h / 2}, {f.w / 2, f.w / 2}}
	if f.inside {
		pads = [][2]int{{}, {}}
	}
	g := x.Graph()
	y := Convolve(x, Const(g, tensors.FromFlatDataAndDimensions(scaled, f.h, f.w, in, f.out))).
		StridePerAxis(f.stride, f.stride).PaddingPerDim(pads).Done()
	return net2net.ReLU(Add(y, ExpandLeftToRank(Const(g, shift), 4)))
}

// values are those of a weight of this shape.
func (n inception) values(name string, shape ...int) []float32 {
	t, there := n.file.Lookup(n.prefix + name)
	if !there {
		panic(fmt.Errorf("the weight %q of Inception v3 is missing", n.prefix+name))
	}
	if !t.HasShape(shape...) {
		panic(fmt.Errorf("the weight %q has the shape %v, that of Inception v3 has %v", t.Name, t.Shape, shape))
	}
	values, err := t.Float32s()
	if err != nil {
		panic(err)
	}
	return values
}

// windows3 joins the values of each window of 3 by 3 pixels inside the image, along one axis after the other.
func windows3(x *Node, join func(a, b *Node) *Node, stride int) *Node {
	for axis := 1; axis <= 2; axis++ {
		steps := (x.Shape().Dimensions[axis] - 3) / stride
		from := func(i int) *Node { return SliceAxis(x, axis, AxisRange(i, i+steps*stride+1).Stride(stride)) }
		x = join(join(from(0), from(1)), from(2))
	}
	return x
}

// around is x with a pixel of zeros around it.
func around(x *Node) *Node { return padded(x, [][2]int{{1, 1}, {1, 1}}, 0) }

// means are those of windows of 3 by 3 around each pixel, of the pixels that are there.
func means(x *Node) *Node {
	d := x.Shape().Dimensions
	ones := BroadcastToDims(Const(x.Graph(), [][][][]float32{{{{1}}}}), 1, d[1], d[2], 1)
	return Div(windows3(around(x), Add, 1), windows3(around(ones), Add, 1))
}

// maxima are those of windows of 3 by 3 around each pixel. No value is below zero, behind a ReLU.
func maxima(x *Node) *Node { return windows3(around(x), Max, 1) }
