package autoencoder

import (
	"github.com/dataprism/dataprism/internal/nn"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Discriminator is a PatchGAN (Isola et al. 2017): each of its outputs judges one patch of the image.
type Discriminator struct {
	scope *model.Scope
	width int
}

// NewDiscriminator describes the discriminator whose weights are below scope; width counts the channels of
// its first layer.
func NewDiscriminator(scope *model.Scope, width int) Discriminator {
	return Discriminator{scope, width}
}

// Judge returns logits [batch, h, w, 1], above 0 where a patch seems real, and the activations of the hidden
// layers, which feature matching compares.
func (d Discriminator) Judge(x *Node) (logits *Node, features []*Node) {
	const slope = 0.2
	h := x
	for i, conv := range []struct{ kernel, stride int }{{4, 2}, {4, 2}, {3, 1}} {
		layer := d.scope.At("layer_%d", i)
		h = nn.Conv(layer, h, d.width<<i, conv.kernel, conv.stride, nn.Small)
		if i > 0 {
			h = norm(layer.At("norm"), h)
		}
		h = nn.LeakyReLU(h, slope)
		features = append(features, h)
	}
	return nn.Conv(d.scope.At("logits"), h, 1, 3, 1, nn.Small), features
}

// HingeDiscriminator is the loss of the discriminator (Lim and Ye 2017): real patches above 1, fake ones below -1.
func HingeDiscriminator(real, fake *Node) *Node {
	return MulScalar(Add(
		ReduceAllMean(MaxScalar(OneMinus(real), 0)),
		ReduceAllMean(MaxScalar(OnePlus(fake), 0))), 0.5)
}

// FeatureMatching is the mean absolute difference of the discriminator's activations on originals and on
// reconstructions (Wang et al. 2018, eq. 4), averaged over its layers.
func FeatureMatching(real, fake []*Node) *Node {
	var total *Node
	for i := range real {
		term := ReduceAllMean(Abs(Sub(StopGradient(real[i]), fake[i])))
		if total == nil {
			total = term
		} else {
			total = Add(total, term)
		}
	}
	return DivScalar(total, float64(len(real)))
}

// HingeGenerator is the adversarial loss of what made the fake images: -mean(D(x')), for logits of [Discriminator.Judge].
func HingeGenerator(fake *Node) *Node { return Neg(ReduceAllMean(fake)) }
