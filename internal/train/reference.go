package train

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/net2net"
	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/internal/reference"
	"github.com/dataprism/dataprism/prism"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Reference is what the training of the reference's models needs beside the schedules. Their phases are two:
//
//	autoencoder  encoder and decoder, and a PatchGAN against them, in turn on each batch
//	flow         the conditional flow on samples of the latents, by maximum likelihood
type Reference struct {
	Losses autoencoder.Net2NetLosses `yaml:"losses" json:"losses"`
	LPIPS  string                    `yaml:"lpips,omitempty" json:"lpips,omitempty"` // file of the perceptual distance's weights; empty leaves it out
}

// baseRate is the reference's learning rate for each image of a batch; it is constant.
const baseRate = 4.5e-6

// DefaultReferenceConfig is the published training of a model of the reference.
func DefaultReferenceConfig(m *reference.Model) Config {
	const flowBatch, beta2 = 15, 0.9
	batch, start := 12, 10_001
	if m.Large != nil {
		batch, start = 3, 75_001
	}
	return Config{
		Autoencoder: Schedule{Steps: 2 * start, Share: 0.7, Batch: batch, Rate: baseRate * float64(batch), Beta2: beta2},
		Decoder:     Schedule{Beta2: beta2}, // no steps: it is left out
		Flow:        Schedule{Steps: 20_000, Share: 0.3, Batch: flowBatch, Rate: baseRate * flowBatch, Beta2: beta2},
		Latents:     Latents{Noise: 1},
		Reference: &Reference{Losses: autoencoder.Net2NetLosses{
			KL: 1e-6, Perceptual: 1, DiscriminatorWeight: 0.5, DiscriminatorStart: start,
		}},
	}
}

// validateReference says what cannot be trained with the reference's schedule.
func (c Config) validateReference() error {
	l := c.Reference.Losses
	switch {
	case c.Decoder.Steps > 0:
		return errors.New("train: the reference has no decoder phase: set decoder.steps to 0")
	case c.Latents.LabelDropout > 0:
		return errors.New("train: the reference's flow has no label for any collection: set latents.label_dropout to 0")
	case !(l.KL >= 0) || !(l.Perceptual >= 0) || !(l.DiscriminatorWeight >= 0):
		return errors.New("train: the weights of the reference's losses must not be negative")
	case l.DiscriminatorStart < 0:
		return fmt.Errorf("train: losses.discriminator_start is %d, but must not be negative", l.DiscriminatorStart)
	}
	return nil
}

// checkReference says whether model and training are both the reference's, or neither, and whether the model is whole
// and the perceptual distance there.
func (r Run) checkReference() error {
	m := r.Model.Reference
	if (m == nil) != (r.Training.Reference == nil) {
		return errors.New("train: the model and its training must both be the reference's, or neither")
	}
	if m == nil {
		return nil
	}
	if m.Flow == nil || m.Small == nil && m.Large == nil {
		return errors.New("train: the model must have an autoencoder and a flow")
	}
	path := r.Training.Reference.LPIPS
	if path == "" {
		return nil
	}
	if _, channels := m.Size(); channels != 3 {
		return fmt.Errorf("train: the perceptual distance is for images of 3 channels, not %d", channels)
	}
	_, err := readLPIPS(model.NewStore().RootScope(), path)
	return err
}

// readLPIPS reads the weights of the perceptual distance into the scope.
func readLPIPS(scope *model.Scope, path string) (*autoencoder.LPIPS, error) {
	file, err := reference.ReadFile(path)
	if err != nil {
		return nil, err
	}
	l := autoencoder.NewLPIPS(scope)
	if err := l.Load(file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// Scopes of what stage one of the reference is trained with, beside the discriminator.
const (
	lossScope       = "loss"
	perceptualScope = "perceptual"
)

// net2net is the autoencoder of the reference in two of its modes.
func (t *trainer) net2net() (training autoencoder.Net2Net, starting autoencoder.Net2Net, err error) {
	scope, m := t.store.RootScope().At(prism.AutoencoderScope), t.prism.Config.Reference
	if m.Large != nil {
		a, err := autoencoder.NewNet2Net256(scope, *m.Large)
		if err != nil {
			return nil, nil, err
		}
		return a.In(autoencoder.Train), a.In(autoencoder.Start), nil
	}
	a, err := autoencoder.NewNet2Net32(scope, *m.Small)
	if err != nil {
		return nil, nil, err
	}
	return a.In(autoencoder.Train), a.In(autoencoder.Start), nil
}

// net2netTraining is the reference's loss of stage one, with the networks that it needs.
func (t *trainer) net2netTraining(a autoencoder.Net2Net) (autoencoder.Net2NetTraining, error) {
	root, cfg := t.store.RootScope(), t.Config.Reference
	training := autoencoder.Net2NetTraining{
		Scope: root.At(lossScope), Autoencoder: a, Losses: cfg.Losses,
		Discriminator: autoencoder.NewPatchGAN(root.At(discriminatorScope), t.Dataset.Channels),
	}
	if cfg.LPIPS == "" {
		return training, nil
	}
	var err error
	training.Perceptual, err = readLPIPS(root.At(perceptualScope), cfg.LPIPS)
	return training, err
}

// referenceAutoencoderPhase trains stage one as the reference does: on each batch a step of the autoencoder, and then,
// with what it makes of the batch afterwards, one of the discriminator.
func (t *trainer) referenceAutoencoderPhase() (phase, error) {
	cfg := t.Config
	a, starting, err := t.net2net()
	if err != nil {
		return phase{}, err
	}
	training, err := t.net2netTraining(a)
	if err != nil {
		return phase{}, err
	}
	adam := autoencoder.Net2NetOptimizer()
	adam.Beta2, adam.Clip = cfg.Autoencoder.Beta2, cfg.Autoencoder.Clip
	start, err := t.compile(nil, func(in []*Node) []*Node {
		return []*Node{ReduceAllMean(training.Start(starting, in[0], in[1]))}
	})
	if err != nil {
		return phase{}, err
	}
	improve, err := t.compile([]string{"kl", "adversary", "adversary_weight", "log_variance", "total", "gradient"}, func(in []*Node) []*Node {
		images, noise, rate, number := in[0], in[1], in[2], in[3]
		terms := training.AutoencoderLoss(images, noise, number)
		norm := adam.Update(t.store, terms.Loss, rate, number, nn.Trainable(t.store, "/"+prism.AutoencoderScope+"/", "/"+lossScope+"/"))
		// What is watched for divergence is the reconstruction: the adversary's weight makes the total jump.
		return []*Node{terms.Reconstruction, terms.KL, terms.Generator, terms.Weight, terms.LogVariance, terms.Loss, norm}
	})
	if err != nil {
		return phase{}, err
	}
	judge, err := t.compile(nil, func(in []*Node) []*Node {
		images, noise, rate, number := in[0], in[1], in[2], in[3]
		loss := training.DiscriminatorLoss(images, noise, number)
		adam.Update(t.store, loss, rate, number, nn.Trainable(t.store, "/"+discriminatorScope+"/"))
		return []*Node{loss}
	})
	if err != nil {
		return phase{}, err
	}
	picks := newOrder(t.Seed, AutoencoderPhase, t.trainRows())
	return phase{name: AutoencoderPhase, schedule: cfg.Autoencoder, budget: cfg.budget(cfg.Autoencoder), constant: true,
		step: func(number int, rate float64) (float64, map[string]float64, error) {
			rng := stepRand(t.Seed, AutoencoderPhase, number)
			batch := picks.batch(number, cfg.Autoencoder.Batch)
			images := augmented(t.Dataset, batch, cfg, rng)
			run := func(step stepFunc) (float64, map[string]float64, error) {
				return step(number, rate, t.imageTensor(images), t.rowTensor(normal(rng, len(batch)*t.prism.Dim())))
			}
			if number == 0 {
				if _, _, err := run(start); err != nil {
					return 0, nil, err
				}
			}
			loss, terms, err := run(improve)
			if err != nil {
				return 0, nil, err
			}
			terms["discriminator"], _, err = run(judge)
			return loss, terms, err
		}}, nil
}

// referenceFlowPhase trains stage two as the reference does, on samples of the latents of the frozen encoder.
func (t *trainer) referenceFlowPhase(ctx context.Context) (phase, error) {
	cfg := t.Config
	all, err := t.encodeAll(ctx)
	if err != nil {
		return phase{}, err
	}
	rows := t.positions(all)
	r, err := flow.NewReference(t.store.RootScope().At(prism.FlowScope), *t.prism.Config.Reference.Flow)
	if err != nil {
		return phase{}, err
	}
	start, err := t.compile(nil, func(in []*Node) []*Node {
		return []*Node{ReduceAllMean(r.Start(in[0], r.Condition(in[1])))}
	})
	if err != nil {
		return phase{}, err
	}
	training := r.In(net2net.Train)
	adam := nn.Adam{Beta1: 0.5, Beta2: cfg.Flow.Beta2, Epsilon: 1e-8, AMSGrad: true, Clip: cfg.Flow.Clip}
	dims := float64(t.prism.Dim())
	improve, err := t.compile([]string{"gradient"}, func(in []*Node) []*Node {
		z, labels, rate, number := in[0], in[1], in[2], in[3]
		v, logDet := training.Forward(z, training.Condition(labels))
		loss := training.Loss(v, logDet)
		norm := adam.Update(t.store, loss, rate, number, nn.Trainable(t.store, "/"+prism.FlowScope+"/"))
		return []*Node{AddScalar(DivScalar(loss, dims), math.Log(2*math.Pi)/2), norm} // in nats per dimension
	})
	if err != nil {
		return phase{}, err
	}
	picks := newOrder(t.Seed, FlowPhase, rows)
	return phase{name: FlowPhase, schedule: cfg.Flow, budget: cfg.budget(cfg.Flow), constant: true,
		step: func(number int, rate float64) (float64, map[string]float64, error) {
			z, labels := t.flowBatch(all, picks, FlowPhase, number, cfg.Flow.Batch)
			run := func(step stepFunc) (float64, map[string]float64, error) {
				return step(number, rate, t.rowTensor(z), tensors.FromFlatDataAndDimensions(labels, len(labels)))
			}
			if number == 0 {
				if _, _, err := run(start); err != nil {
					return 0, nil, err
				}
			}
			return run(improve)
		}}, nil
}
