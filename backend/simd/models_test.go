package simd_test

import (
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// The models of the benchmarks, as bench/reference.py builds them in PyTorch.

func batchOf(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }

func leaky(x *Node, slope float64) *Node { return Max(x, MulScalar(x, slope)) }

// dense is x·W + b.
func (w *weights) dense(x *Node, out int) *Node {
	in := x.Shape().Dimensions[1]
	y := Dot(x, w.normal(in, in, out)).Product()
	return Add(y, ExpandLeftToRank(w.fixed(0, out), 2))
}

// mlp is 12 layers of 512 with tanh.
func mlp(w *weights, batch []*Node) *Node {
	x := batch[0]
	for range 12 {
		x = Tanh(w.dense(x, 512))
	}
	return ReduceAllMean(Square(x))
}

// flowModel is the reference's flow, which has 20 blocks, on latents of 128.
func flowModel(blocks, hidden int) trainingModel {
	const latent = 128
	network := func(w *weights, x, condition *Node) *Node {
		x = Concatenate([]*Node{x, condition}, 1)
		for range 3 {
			x = leaky(w.dense(x, hidden), 0.01)
		}
		return w.dense(x, latent/2)
	}
	return func(w *weights, batch []*Node) *Node {
		z, condition := batch[0], batch[1]
		rng := rand.New(rand.NewPCG(3, 4))
		var logDet *Node
		add := func(x *Node) {
			if logDet == nil {
				logDet = x
			} else {
				logDet = Add(logDet, x)
			}
		}
		for range blocks {
			loc, scale := w.fixed(0, 1, latent), w.fixed(1, 1, latent)
			z = Mul(scale, Add(z, loc))
			add(ReduceAllSum(Log(Abs(scale))))
			a, b := Slice(z, AxisRange(), AxisRange(0, latent/2)), Slice(z, AxisRange(), AxisRange(latent/2))
			for range 2 {
				s, t := Tanh(network(w, a, condition)), network(w, a, condition)
				b = Add(Mul(b, Exp(s)), t)
				add(ReduceSum(s, 1))
				a, b = b, a
			}
			z = Concatenate([]*Node{a, b}, 1)
			matrix := make([][]float32, latent)
			for i, j := range rng.Perm(latent) {
				matrix[i] = make([]float32, latent)
				matrix[i][j] = 1
			}
			z = Dot(z, Const(z.Graph(), matrix)).Product()
		}
		return ReduceAllMean(Sub(MulScalar(ReduceSum(Square(z), 1), 0.5), logDet))
	}
}

// conv is a convolution with a filter of 4 x 4 unless size says otherwise. The gradient for the input is given
// explicitly: GoMLX's own is shifted by a pixel where filters are of even size.
func (w *weights) conv(x *Node, out, size, stride, pad int) *Node {
	in := x.Shape().Dimensions[3]
	filter := w.normal(in*size*size, size, size, in, out)
	side := x.Shape().Dimensions[1]
	var dy *Node
	input := IdentityWithCustomGradient(x, func(_, _ *Node) *Node { return transposed(dy, filter, side, stride, pad) })
	paddings := [][2]int{{pad, pad}, {pad, pad}}
	y := Convolve(input, filter).StridePerAxis(stride, stride).PaddingPerDim(paddings).Done()
	return IdentityWithCustomGradient(y, func(_, v *Node) *Node {
		dy = v
		return v
	})
}

// transposed is the gradient of a convolution's input [batch, side, side, in] from that of its output, for a filter
// [size, size, in, out].
func transposed(dy, filter *Node, side, stride, pad int) *Node {
	size := filter.Shape().Dimensions[0]
	spread := (dy.Shape().Dimensions[1]-1)*stride + 1
	start := size - 1 - pad
	padding := [2]int{start, side + size - 1 - spread - start}
	axes := compute.ConvolveAxesConfig{
		InputBatch: 0, InputSpatial: []int{1, 2}, InputChannels: 3,
		KernelSpatial: []int{0, 1}, KernelInputChannels: 3, KernelOutputChannels: 2,
		OutputBatch: 0, OutputSpatial: []int{1, 2}, OutputChannels: 3,
	}
	return Convolve(dy, Reverse(filter, 0, 1)).AxesConfig(axes).PaddingPerDim([][2]int{padding, padding}).
		InputDilationPerAxis(stride, stride).Done()
}

// double is a transposed convolution with a filter of 4 x 4, stride 2 and padding 1, by one with a filter of 2 x 2:
// each of the four pixels of a block of the result sees 2 x 2 pixels of x.
func (w *weights) double(x *Node, out int) *Node {
	d := x.Shape().Dimensions
	n, h := d[0], d[1]
	for axis := 1; axis <= 2; axis++ {
		edge := x.Shape().Clone()
		edge.Dimensions[axis] = 1
		zeros := Zeros(x.Graph(), edge)
		x = Concatenate([]*Node{zeros, x, zeros}, axis)
	}
	y := Reshape(w.conv(x, 4*out, 2, 1, 0), n, h+1, h+1, 2, 2, out)
	var rows []*Node
	for a := range 2 {
		var columns []*Node
		for b := range 2 {
			columns = append(columns,
				Slice(y, AxisRange(), AxisRange(a, a+h), AxisRange(b, b+h), AxisElem(a), AxisElem(b), AxisRange()))
		}
		rows = append(rows, Concatenate(columns, 4))
	}
	y = Concatenate(rows, 3)
	return Reshape(TransposeAllAxes(y, 0, 1, 3, 2, 4, 5), n, 2*h, 2*h, out)
}

// actNorm scales and shifts channels.
func (w *weights) actNorm(x *Node) *Node {
	c := x.Shape().Dimensions[3]
	return Mul(w.fixed(1, 1, 1, 1, c), Add(x, w.fixed(0, 1, 1, 1, c)))
}

// batchNorm normalises channels over the batch, then scales and shifts them.
func (w *weights) batchNorm(x *Node) *Node {
	c := x.Shape().Dimensions[3]
	mean := ReduceAndKeep(x, ReduceMean, 0, 1, 2)
	centred := Sub(x, mean)
	variance := ReduceAndKeep(Square(centred), ReduceMean, 0, 1, 2)
	normal := Mul(centred, Reciprocal(Sqrt(AddScalar(variance, 1e-5))))
	return Add(Mul(normal, w.fixed(1, 1, 1, 1, c)), w.fixed(0, 1, 1, 1, c))
}

// gan is the 32-pixel autoencoder and its PatchGAN; channels are those of the first layer, 64 in the reference.
type gan struct{ channels int }

// autoencode maps an image [batch, 32, 32, 3] and noise [batch, 2 channels] to the reconstruction and the divergence
// of the latent.
func (m gan) autoencode(w *weights, image, noise *Node) (decoded, kl *Node) {
	n, c := image.Shape().Dimensions[0], m.channels
	x := image
	for _, channels := range []int{c, 2 * c, 4 * c, 8 * c} {
		x = leaky(w.actNorm(w.conv(x, channels, 4, 2, 1)), 0.2)
	}
	moments := w.dense(Reshape(x, n, 4*8*c), 4*c)
	mean, logVariance := Slice(moments, AxisRange(), AxisRange(0, 2*c)), Slice(moments, AxisRange(), AxisRange(2*c))
	logVariance = ClipScalar(logVariance, -30, 10)
	z := Add(mean, Mul(Exp(MulScalar(logVariance, 0.5)), noise))
	kl = MulScalar(ReduceAllMean(Sub(Add(Square(mean), Exp(logVariance)), AddScalar(logVariance, 1))), float64(c))
	x = Reshape(w.dense(z, 4*8*c), n, 2, 2, 8*c)
	for _, channels := range []int{4 * c, 2 * c, c} {
		x = leaky(w.actNorm(w.double(x, channels)), 0.2)
	}
	return Tanh(w.double(x, 3)), kl
}

// discriminate is the PatchGAN: images [batch, 32, 32, 3] to logits.
func (m gan) discriminate(w *weights, x *Node) *Node {
	c := m.channels
	x = leaky(w.conv(x, c, 4, 2, 1), 0.2)
	for i, channels := range []int{2 * c, 4 * c, 8 * c} {
		x = leaky(w.batchNorm(w.conv(x, channels, 4, min(2, 3-i), 1)), 0.2)
	}
	return w.conv(x, 1, 4, 1, 1)
}

// reconstruct is the training of the autoencoder alone.
func (m gan) reconstruct(w *weights, batch []*Node) *Node {
	decoded, kl := m.autoencode(w, batch[0], batch[1])
	return Add(ReduceAllMean(Abs(Sub(decoded, batch[0]))), MulScalar(kl, 1e-6))
}

// compete trains the autoencoder against the PatchGAN, and the PatchGAN with the hinge loss, in one step.
func (m gan) compete(w *weights, batch []*Node) *Node {
	decoded, kl := m.autoencode(w, batch[0], batch[1])
	loss := Add(ReduceAllMean(Abs(Sub(decoded, batch[0]))), MulScalar(kl, 1e-6))
	first := len(w.nodes)
	fake := m.discriminate(w, StopGradient(decoded))
	own := w.nodes[first:]
	real := m.discriminate(w.again(own, false), batch[0])
	hinge := Add(ReduceAllMean(MaxScalar(OneMinus(real), 0)), ReduceAllMean(MaxScalar(OnePlus(fake), 0)))
	judged := m.discriminate(w.again(own, true), decoded)
	return Add(Sub(loss, MulScalar(ReduceAllMean(judged), 0.1)), MulScalar(hinge, 0.5))
}
