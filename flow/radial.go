package flow

import (
	"math"

	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// radial changes the length of a row and keeps its direction: with r = |x|,
//
//	y = x·|y|/r,    log|y| = shift_c + exponent_c·log r,    log|det dy/dx| = d·log(|y|/r) + log exponent_c
//
// Latents of images are of about the same density in all directions once they are white, but not of about the same
// length, as those of a Gaussian in many dimensions are: busy pictures lie far out, plain ones near the middle. This is
// Gaussianisation by the radius (Lyu and Simoncelli, "Nonlinear extraction of independent components of natural images
// using radial Gaussianization", 2009) with a power of the radius, so that it has an inverse in closed form.
type radial struct {
	scope *model.Scope
	dim   int
	rows  int // conditions
}

// tiny keeps the logarithm of a length of 0 finite.
const tiny = 1e-12

// weights are of each condition, [rows, 1].
func (r radial) weights(g *Graph) (shift, logExponent *Node) {
	return nn.Weight(r.scope, g, "shift", nn.Zero, r.rows, 1), nn.Weight(r.scope, g, "log_exponent", nn.Zero, r.rows, 1)
}

// at are the weights of each row of the batch, [batch, 1].
func (r radial) at(c Condition) (shift, logExponent *Node) {
	shift, logExponent = r.weights(c.OneHot.Graph())
	return Dot(c.OneHot, shift).Product(), Dot(c.OneHot, logExponent).Product()
}

// logLength is that of each row, [batch, 1].
func logLength(x *Node) *Node {
	return MulScalar(Log(AddScalar(ReduceAndKeep(Square(x), ReduceSum, 1), tiny)), 0.5)
}

func (r radial) forward(x *Node, c Condition) (y, logDet *Node) {
	shift, logExponent := r.at(c)
	from := logLength(x)
	change := Sub(Add(shift, Mul(Exp(logExponent), from)), from)
	return Mul(x, Exp(change)), Squeeze(Add(MulScalar(change, float64(r.dim)), logExponent), 1)
}

func (r radial) inverse(y *Node, c Condition) (x *Node) {
	shift, logExponent := r.at(c)
	to := logLength(y)
	from := Div(Sub(to, shift), Exp(logExponent))
	return Mul(y, Exp(Sub(from, to)))
}

// start sets the weights so that the logarithms of this batch's lengths get the mean and the standard deviation that
// those of a standard normal have, over each condition's own rows. A condition of fewer than eight rows takes the
// moments of the whole.
func (r radial) start(x *Node, c Condition) {
	const least = 8
	mean, std := normalLogLength(r.dim)
	own, ownStd := ownMoments(logLength(x), c, least)
	exponent := Reciprocal(MaxScalar(DivScalar(ownStd, std), 0.5)) // never more than 2, where all are of one length
	r.weights(x.Graph())
	r.scope.GetVariable("shift").SetNodeValue(Neg(SubScalar(Mul(exponent, own), mean)))
	r.scope.GetVariable("log_exponent").SetNodeValue(Log(exponent))
}

// normalLogLength are the mean and the standard deviation of the logarithm of the length of a standard normal in dim
// dimensions, by the first terms of the digamma and trigamma functions.
func normalLogLength(dim int) (mean, std float64) {
	d := float64(dim)
	return (math.Log(d) - 1/d) / 2, math.Sqrt((1 + 1/d) / (2 * d))
}

// Exponent is the power of the length of latents, in the mean of the collections, that the length of codes goes by: codes
// that are scaled by tᵉ lie t times as far from the middle in latents, as far as the blocks are affine. It is 1
// for flows that leave lengths as they are.
func (f *Flow) Exponent() float64 {
	v := f.scope.At("radial").GetVariable("log_exponent")
	if v == nil {
		return 1
	}
	sum := 0.0
	for _, log := range nn.Float64s(v)[:f.config.Collections] {
		sum += math.Exp(log)
	}
	return sum / float64(f.config.Collections)
}
