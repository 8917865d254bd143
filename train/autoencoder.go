package train

import (
	"context"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/prism"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// autoencoderPhase trains encoder and decoder together on reconstruction + KL. Unless it has begun, the linear part is
// fitted first, and where it may learn images by heart some are set apart and watched.
func (t *trainer) autoencoderPhase(ctx context.Context, c *clock) (phase, error) {
	cfg := t.Config
	begun := c.step > 0
	if !begun && t.repeats(cfg.Autoencoder) {
		c.best = new(best)
	}
	rows, watched := t.trainRows(), [][]int(nil)
	if c.best != nil {
		rows, watched = t.apart()
	}
	if !begun && t.Model.Autoencoder.Linear {
		if err := t.fitLinear(ctx, rows); err != nil {
			return phase{}, err
		}
	}
	names := []string{"reconstruction", "kl", "gradient"}
	step, err := t.compile(names, func(in []*Node) []*Node {
		images, noise, rate, number := in[0], in[1], in[2], in[3]
		a := t.prism.Autoencoder
		mean, logVar := a.Encode(images)
		reconstructed := a.Decode(autoencoder.Sample(mean, logVar, noise))
		reconstruction := cfg.Losses.Reconstruction(images, reconstructed)
		kl := autoencoder.KL(mean, logVar)
		loss := Add(reconstruction, MulScalar(kl, cfg.Losses.KL))
		norm := optimizer(cfg.Autoencoder).Update(t.store, loss, rate, number, nn.Trainable(t.store, "/"+prism.AutoencoderScope+"/"))
		return []*Node{loss, reconstruction, kl, norm}
	})
	if err != nil {
		return phase{}, err
	}
	p := t.imagePhase(AutoencoderPhase, forAutoencoder, cfg.Autoencoder, rows, step)
	if watched != nil {
		p.watch, err = t.watchReconstruction(watched)
	}
	if t.Model.Autoencoder.Linear {
		p.end = t.fitBasis
	}
	return p, err
}

// decoderPhase trains the decoder against a patch discriminator, by no more than enough images where that is not 0; the
// encoder is frozen.
func (t *trainer) decoderPhase(enough int) (phase, error) {
	cfg := t.Config
	schedule := cfg.Decoder
	if enough > 0 {
		steps := max(1, enough/schedule.Batch)
		if t.Time == 0 || schedule.Cap {
			steps = min(steps, schedule.Steps)
		}
		schedule.Steps, schedule.Cap = steps, true
		t.note("the decoder has %d steps at the most, so that it sees no more images than the autoencoder learnt from", steps)
	}
	discriminator := autoencoder.NewDiscriminator(t.store.RootScope().At(discriminatorScope), cfg.Adversary.Width)
	names := []string{"reconstruction", "adversary", "features", "discriminator", "gradient", "discriminator_gradient"}
	step, err := t.compile(names, func(in []*Node) []*Node {
		images, noise, rate, number := in[0], in[1], in[2], in[3]
		a := t.prism.Autoencoder
		mean, logVar := a.Encode(images)
		reconstructed := a.Decode(StopGradient(autoencoder.Sample(mean, logVar, noise)))
		reconstruction := cfg.Losses.Reconstruction(images, reconstructed)
		real, realFeatures := discriminator.Judge(images)
		fake, fakeFeatures := discriminator.Judge(reconstructed)
		adversary := autoencoder.HingeGenerator(fake)
		features := autoencoder.FeatureMatching(realFeatures, fakeFeatures)
		loss := Add(reconstruction, Add(MulScalar(adversary, cfg.Adversary.Weight), MulScalar(features, cfg.Adversary.Features)))
		// Judged apart from the decoder: the discriminator must not help it.
		apart, _ := discriminator.Judge(StopGradient(reconstructed))
		judgement := autoencoder.HingeDiscriminator(real, apart)
		adam := optimizer(schedule)
		adam.Beta1 = 0.5
		decoder := nn.Trainable(t.store, "/"+prism.AutoencoderScope+"/"+autoencoder.DecoderScope+"/")
		judge := nn.Trainable(t.store, "/"+discriminatorScope+"/")
		// Both gradients are taken at the same weights, before either is updated.
		both := append(gradients(loss, decoder), gradients(judgement, judge)...)
		norm := adam.Apply(t.store, both[:len(decoder)], rate, number, decoder)
		adam.EMA = 0
		judgeNorm := adam.Apply(t.store, both[len(decoder):], rate, number, judge)
		return []*Node{loss, reconstruction, adversary, features, judgement, norm, judgeNorm}
	})
	if err != nil {
		return phase{}, err
	}
	return t.imagePhase(DecoderPhase, forDecoder, schedule, t.trainRows(), step), nil
}

// imagePhase is a phase whose steps read a batch of augmented images of the rows and the noise of their posteriors.
func (t *trainer) imagePhase(name string, use purpose, schedule Schedule, rows [][]int, step stepFunc) phase {
	picks := newOrder(t.Seed, use, rows)
	return phase{name: name, schedule: schedule,
		step: func(number int, rate float64) (float64, map[string]float64, error) {
			rng := picks.draws(number)
			batch := picks.batch(number, schedule.Batch)
			images := augmented(t.Dataset, batch, t.Config, rng)
			return step(number, rate, t.imageTensor(images), t.rowTensor(normal(rng, len(batch)*t.prism.Dim())))
		}}
}

const discriminatorScope = "discriminator"

func gradients(loss *Node, weights []*model.Variable) []*Node {
	nodes := make([]*Node, len(weights))
	for i, w := range weights {
		nodes[i] = w.NodeValue(loss.Graph())
	}
	return Gradient(loss, nodes...)
}

func optimizer(s Schedule) nn.Adam {
	return nn.Adam{Beta1: 0.9, Beta2: s.Beta2, Epsilon: 1e-8, WeightDecay: s.WeightDecay, Clip: s.Clip, EMA: s.EMA}
}
