package autoencoder

import (
	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
)

// Losses weighs the terms of the reconstruction loss; see [Losses.Reconstruction].
type Losses struct {
	Laplacian float64 `yaml:"laplacian" json:"laplacian"`
	SSIM      float64 `yaml:"ssim" json:"ssim"`
	KL        float64 `yaml:"kl" json:"kl"`
}

// DefaultLosses were found by measurement on faces of [MeasuredSize].
func DefaultLosses() Losses { return Losses{Laplacian: 0.5, SSIM: 0.2, KL: 5e-5} }

// MeasuredSize is the side, in pixels, of the images on which the weights of losses were found.
const MeasuredSize = 48

// LossesFor are the losses for images of a size: from [MeasuredSize] on, the divergence counts by the inverse of the number of
// pixels. It is a sum over latents, and the rest a mean over pixels: only so is the noise of a latent worth the same share of an
// image.
func LossesFor(size int) Losses {
	l := DefaultLosses()
	if size > MeasuredSize {
		l.KL *= MeasuredSize * MeasuredSize / float64(size*size)
	}
	return l
}

// Reconstruction is L1 + Laplacian·(Laplacian pyramid L1) + SSIM·(1 - SSIM), a scalar.
func (l Losses) Reconstruction(x, reconstructed *Node) *Node {
	loss := L1(x, reconstructed)
	if l.Laplacian > 0 {
		loss = Add(loss, MulScalar(LaplacianL1(x, reconstructed), l.Laplacian))
	}
	if l.SSIM > 0 {
		loss = Add(loss, MulScalar(OneMinus(SSIM(x, reconstructed)), l.SSIM))
	}
	return loss
}

// L1 is the mean absolute difference.
func L1(x, y *Node) *Node { return ReduceAllMean(Abs(Sub(x, y))) }

// LaplacianL1 is the sum over the bands of a Laplacian pyramid of the mean absolute difference (Bojanowski
// et al. 2018, section 2.2, unweighted): each band holds what a resolution adds to the next coarser one.
func LaplacianL1(x, y *Node) *Node {
	const bands = 3
	difference := Sub(x, y)
	var total *Node
	for range bands {
		coarse := nn.AveragePool(difference)
		band := ReduceAllMean(Abs(Sub(difference, nn.Upsample(coarse))))
		if total == nil {
			total = band
		} else {
			total = Add(total, band)
		}
		difference = coarse
	}
	return Add(total, ReduceAllMean(Abs(difference)))
}

// SSIM is the mean structural similarity (Wang et al. 2004, eq. 13) over 7×7 windows every second pixel, of
// images in [-1, 1]: 1 for equal images.
func SSIM(x, y *Node) *Node {
	const window, stride = 7, 2
	const c1, c2 = 0.01 * 0.01, 0.03 * 0.03 // of images in [0, 1]
	x, y = unit(x), unit(y)
	mean := func(v *Node) *Node { return windowMean(v, window, stride) }
	mx, my := mean(x), mean(y)
	xx := Sub(mean(Square(x)), Square(mx))
	yy := Sub(mean(Square(y)), Square(my))
	xy := Sub(mean(Mul(x, y)), Mul(mx, my))
	luminance := Div(AddScalar(MulScalar(Mul(mx, my), 2), c1), AddScalar(Add(Square(mx), Square(my)), c1))
	structure := Div(AddScalar(MulScalar(xy, 2), c2), AddScalar(Add(xx, yy), c2))
	return ReduceAllMean(Mul(luminance, structure))
}

// unit brings images from [-1, 1] to [0, 1] and to one plane a row: [batch·channels, h, w].
func unit(x *Node) *Node {
	d := x.Shape().Dimensions
	if d[3] > 1 {
		x = TransposeAllAxes(x, 0, 3, 1, 2)
	}
	return MulScalar(OnePlus(Reshape(x, d[0]*d[3], d[1], d[2])), 0.5)
}

// windowMean averages planes [n, h, w] over windows, as one product with a band matrix for each axis, which
// costs less than a pooling and its gradient.
func windowMean(x *Node, window, stride int) *Node {
	d := x.Shape().Dimensions
	band := func(side int) *Node {
		outputs := (side-window)/stride + 1
		rows := make([][]float32, side)
		for i := range rows {
			rows[i] = make([]float32, outputs)
			for j := range outputs {
				if i >= j*stride && i < j*stride+window {
					rows[i][j] = 1 / float32(window)
				}
			}
		}
		return Const(x.Graph(), rows)
	}
	x = Dot(Reshape(x, d[0]*d[1], d[2]), band(d[2])).Product() // [n·h, w']
	w := x.Shape().Dimensions[1]
	x = TransposeAllAxes(Reshape(x, d[0], d[1], w), 0, 2, 1)
	return Dot(Reshape(x, d[0]*w, d[1]), band(d[1])).Product() // [n·w', h']
}

// KL is the divergence of q(z | x) from N(0, I), summed over dimensions, in nats: its mean over the batch
// (Kingma and Welling 2014, appendix B).
func KL(mean, logVar *Node) *Node {
	each := SubScalar(Sub(Add(Square(mean), Exp(logVar)), logVar), 1)
	return ReduceAllMean(MulScalar(ReduceSum(each, 1), 0.5))
}
