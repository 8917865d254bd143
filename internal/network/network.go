// Package network runs networks of the user's on images: those that describe images by features, and those that say
// what images show. It reads ONNX files, of which it knows the operations of common image networks, and executes them
// on a GoMLX backend. Whatever is in a file, an error says what of it cannot be used.
package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/measure"
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Network is a network of the user's, ready to be run.
type Network struct {
	path            string
	scale           Scale
	side            [2]int // height and width of what it takes
	sharp           bool   // whether images are made smaller without smoothing
	channels, width int    // of what it takes, and of what it gives
	last            bool   // whether it takes channels last
	batch           int    // images that it takes at once
	exec            *Exec
	probability     bool // whether it ends in a sigmoid
}

const (
	maxFile  = 1 << 30 // bytes
	batch    = 16      // images at once, where the network leaves it open
	maxBatch = 1 << 10
)

// Open reads an ONNX file. Images of the given side are prepared for the network as the scale says; output names what
// is taken of it, "" its first output. A network that leaves its sizes open takes images as they are.
func Open(backend compute.Backend, path, output string, scale Scale, side int) (*Network, error) {
	wrong := func(err error) error { return fmt.Errorf("%s: %w", path, err) }
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	m, err := parse(data)
	if err != nil {
		return nil, wrong(err)
	}
	n := &Network{path: path, scale: scale}
	if err := n.fit(m.inputs[0], side); err != nil {
		return nil, wrong(err)
	}
	if output == "" {
		output = m.outputs[0]
	}
	if n.exec, err = NewExec(backend, func(x *Node) *Node {
		y, err := m.apply(x, output)
		if err == nil {
			y, err = vectors(y, n.last)
		}
		if err != nil {
			panic(err)
		}
		return y
	}); err != nil {
		return nil, wrong(err)
	}
	n.probability = m.endsIn(output, "Sigmoid")
	// The first run shows what the graph says of itself.
	blank, err := n.Run(context.Background(), measure.Images{N: 1, H: side, W: side, C: n.channels, Data: make([]float32, side*side*n.channels)})
	if err != nil {
		return nil, err
	}
	n.width = blank.Cols
	return n, nil
}

func readFile(path string) ([]byte, error) {
	if HoldsWeights(path) {
		return nil, fmt.Errorf("%s holds weights without the network that they are of: give an ONNX model (dataprism export writes those of a run)", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file: give an ONNX model", path)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s has more than %d bytes", path, maxFile)
	}
	return data, err
}

// endsIn says whether an output is made by an operation of a kind.
func (m *graphModel) endsIn(output, kind string) bool {
	return slices.ContainsFunc(m.nodes, func(n node) bool { return n.kind == kind && slices.Contains(n.outputs, output) })
}

// Classes is how many classes the network tells apart: as many as it gives values, and two where it gives one.
func (n *Network) Classes() int { return max(2, n.width) }

// Classify names the class of each image: that of the largest value. One value is the probability of the second of
// two classes where the network ends in a sigmoid, and its log-odds elsewhere.
func (n *Network) Classify(images measure.Images) ([]int, error) {
	scores, err := n.Run(context.Background(), images)
	if err != nil || scores.Cols > 1 {
		return measure.ArgMax(scores), err
	}
	border := float32(0)
	if n.probability {
		border = 0.5
	}
	classes := make([]int, scores.Rows)
	for i := range classes {
		if scores.Data[i] > border {
			classes[i] = 1
		}
	}
	return classes, nil
}

// Width is the number of values that the network gives for an image.
func (n *Network) Width() int { return n.width }

// Takes says what images become before the network sees them, as in "299x299, 3 channels, imagenet".
func (n *Network) Takes() string {
	return fmt.Sprintf("%dx%d, %d channels, %s", n.side[1], n.side[0], n.channels, n.scale)
}

// fit finds out what the network takes.
func (n *Network) fit(a argument, side int) error {
	if a.kind != 0 && a.kind != kindFloat {
		return fmt.Errorf("its input %q is not of 32-bit floats", a.name)
	}
	if len(a.dims) != 4 {
		return fmt.Errorf("its input %q has the shape %v, but images are [n, channels, height, width]", a.name, a.dims)
	}
	isChannels := func(d int64) bool { return d == 1 || d == 3 }
	n.last = !isChannels(a.dims[1]) && isChannels(a.dims[3])
	channels, places := a.dims[1], a.dims[2:]
	if n.last {
		channels, places = a.dims[3], a.dims[1:3]
	}
	if channels < 0 {
		channels = 3
	}
	if !isChannels(channels) {
		return fmt.Errorf("its input %q has the shape %v: one or three channels can be given to it", a.name, a.dims)
	}
	n.channels, n.batch = int(channels), batch
	if d := a.dims[0]; d > maxBatch || d == 0 {
		return fmt.Errorf("its input %q has the shape %v: at most %d images at once are given to it", a.name, a.dims, maxBatch)
	} else if d > 0 {
		n.batch = int(d)
	}
	for i, d := range places {
		if d == -1 {
			d = int64(side)
		}
		if d < 1 || d > 2048 {
			return fmt.Errorf("its input %q has the shape %v", a.name, a.dims)
		}
		n.side[i] = int(d)
	}
	return nil
}

// apply adds the operations that output needs to the graph of x.
func (m *graphModel) apply(x *Node, output string) (*Node, error) {
	values := make(map[string]value, len(m.constants)+len(m.nodes))
	for name, c := range m.constants {
		values[name] = value{known: c}
	}
	values[m.inputs[0].name] = value{node: x}
	needed := m.needed(output)
	for i, n := range m.nodes {
		if !needed[i] {
			continue
		}
		do, known := operations[n.kind]
		if !known {
			return nil, fmt.Errorf("its operation %s is not supported", n.kind)
		}
		c := &call{node: n, graph: x.Graph()}
		for _, name := range n.inputs {
			v, there := values[name]
			if !there && name != "" {
				return nil, fmt.Errorf("operation %d, %s, needs %q, which nothing before it gives", i+1, n.kind, name)
			}
			c.in = append(c.in, v)
		}
		if len(n.inputs) == 0 && n.kind != "Constant" || len(n.inputs) > 0 && !c.has(0) {
			return nil, fmt.Errorf("operation %d, %s, has no input", i+1, n.kind)
		}
		results, err := c.done(do)
		if err != nil {
			return nil, fmt.Errorf("operation %d, %s: %w", i+1, n.kind, err)
		}
		for k, name := range n.outputs {
			if k < len(results) {
				values[name] = results[k]
			}
		}
	}
	y, there := values[output]
	if !there || y.node == nil {
		return nil, fmt.Errorf("it has no output %q that depends on images", output)
	}
	return y.node, nil
}

// needed says which operations an output rests on.
func (m *graphModel) needed(output string) []bool {
	wanted := map[string]bool{output: true}
	needed := make([]bool, len(m.nodes))
	for i, n := range slices.Backward(m.nodes) {
		if slices.ContainsFunc(n.outputs, func(name string) bool { return name != "" && wanted[name] }) {
			needed[i] = true
			for _, name := range n.inputs {
				wanted[name] = true
			}
		}
	}
	return needed
}

// done adds the operation. GoMLX tells what cannot be by panics.
func (c *call) done(do operation) (results []value, err error) {
	if caught := nn.Catch(func() { results, err = do(c) }); caught != nil {
		err = errors.New(firstLine(caught))
	}
	for _, r := range results {
		if err == nil && r.node != nil {
			_, err = count(r.node.Shape().Dimensions)
		}
	}
	return results, err
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// vectors makes one vector of each image's values: of maps and of tokens their mean.
func vectors(y *Node, last bool) (*Node, error) {
	switch y.Rank() {
	case 2:
		return y, nil
	case 3:
		return ReduceMean(y, 1), nil
	case 4:
		if last {
			return ReduceMean(y, 1, 2), nil
		}
		return ReduceMean(y, 2, 3), nil
	}
	return nil, fmt.Errorf("what it gives has %d axes, and is no vector for each image", y.Rank())
}

// Run gives the network images in [-1, 1] and returns what it says of each, [n, Width]. It ends with the context.
func (n *Network) Run(ctx context.Context, images measure.Images) (measure.Matrix, error) {
	out := measure.Matrix{Rows: images.N}
	size := n.side[0] * n.side[1] * n.channels
	for from := 0; from < images.N; from += n.batch {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		to := min(images.N, from+n.batch)
		input := make([]float32, n.batch*size)
		for i := from; i < to; i++ {
			n.prepare(input[(i-from)*size:(i-from+1)*size], images.Image(i), images.H, images.W, images.C)
		}
		dims := []int{n.batch, n.channels, n.side[0], n.side[1]}
		if n.last {
			dims = []int{n.batch, n.side[0], n.side[1], n.channels}
		}
		var results []*tensors.Tensor
		var err error
		if caught := nn.Catch(func() { results, err = n.exec.Call(tensors.FromFlatDataAndDimensions(input, dims...)) }); caught != nil {
			err = caught
		}
		if err != nil {
			return out, fmt.Errorf("%s: %s", n.path, firstLine(err))
		}
		if d := results[0].Shape().Dimensions; len(d) != 2 || d[0] != n.batch {
			return out, fmt.Errorf("%s: of %d images it makes the shape %v: it is made for another number of them (export it with an open batch)", n.path, n.batch, d)
		}
		if err := tensors.ConstFlatData(results[0], func(flat []float32) {
			out.Cols = len(flat) / n.batch
			out.Data = append(out.Data, flat[:out.Cols*(to-from)]...)
		}); err != nil {
			return out, err
		}
		results[0].MustFinalizeAll()
	}
	for _, v := range out.Data {
		if v-v != 0 || math.Abs(float64(v)) > 1e30 {
			return out, fmt.Errorf("%s: what it gives is not finite", n.path)
		}
	}
	return out, nil
}
