package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"

	"github.com/dataprism/dataprism/internal/nn"
	"github.com/dataprism/dataprism/net2net"
	"github.com/dataprism/dataprism/prism"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Net2Net is what the training of the published models needs beside the schedules. Their phases are two:
//
//	autoencoder  encoder and decoder, and a PatchGAN against them, in turn on each batch
//	flow         the conditional flow on samples of the latents, by maximum likelihood
type Net2Net struct {
	Losses net2net.Losses `yaml:"losses" json:"losses"`
	LPIPS  string         `yaml:"lpips,omitempty" json:"lpips,omitempty"` // file of the perceptual distance's weights; empty leaves it out
}

// baseRate is the published system's learning rate for each image of a batch; it is constant.
const baseRate = 4.5e-6

// DefaultNet2NetConfig is the published training of a model of the published system.
func DefaultNet2NetConfig(m *net2net.Model) Config {
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
		Net2Net: &Net2Net{Losses: net2net.Losses{
			KL: 1e-6, Perceptual: 1, DiscriminatorWeight: 0.5, DiscriminatorStart: start,
		}},
	}
}

// validateNet2Net says what cannot be trained with the published system's schedule.
func (c Config) validateNet2Net() error {
	l := c.Net2Net.Losses
	switch {
	case c.Decoder.Steps > 0:
		return errors.New("train: net2net has no decoder phase: set decoder.steps to 0")
	case c.Latents.LabelDropout > 0:
		return errors.New("train: the flow of net2net has no label for any collection: set latents.label_dropout to 0")
	case !(l.KL >= 0) || !(l.Perceptual >= 0) || !(l.DiscriminatorWeight >= 0):
		return errors.New("train: the weights of net2net's losses must not be negative")
	case l.DiscriminatorStart < 0:
		return fmt.Errorf("train: losses.discriminator_start is %d, but must not be negative", l.DiscriminatorStart)
	}
	return nil
}

// checkNet2Net says whether model and training are both the published system's, or neither, and whether the model is
// whole and the perceptual distance there.
func (t Task) checkNet2Net() error {
	m := t.Model.Net2Net
	if (m == nil) != (t.Training.Net2Net == nil) {
		return errors.New("train: the model and its training must both be net2net's, or neither")
	}
	if m == nil {
		return nil
	}
	if m.Flow == nil || m.Small == nil && m.Large == nil {
		return errors.New("train: the model must have an autoencoder and a flow")
	}
	path := t.Training.Net2Net.LPIPS
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
func readLPIPS(scope *model.Scope, path string) (*net2net.LPIPS, error) {
	file, err := net2net.ReadFile(path)
	if err != nil {
		return nil, err
	}
	l := net2net.NewLPIPS(scope)
	if err := l.Load(file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// Scopes of what stage one of the published system is trained with, beside the discriminator.
const (
	lossScope       = "loss"
	perceptualScope = "perceptual"
)

// net2netAutoencoder is the published autoencoder in two of its modes.
func (t *trainer) net2netAutoencoder() (training net2net.Autoencoder, starting net2net.Autoencoder, err error) {
	scope, m := t.store.RootScope().At(prism.AutoencoderScope), t.prism.Config.Net2Net
	if m.Large != nil {
		a, err := net2net.NewAutoencoder256(scope, *m.Large)
		if err != nil {
			return nil, nil, err
		}
		return a.In(net2net.Train), a.In(net2net.Start), nil
	}
	a, err := net2net.NewAutoencoder32(scope, *m.Small)
	if err != nil {
		return nil, nil, err
	}
	return a.In(net2net.Train), a.In(net2net.Start), nil
}

// net2netTraining is the published system's loss of stage one, with the networks that it needs.
func (t *trainer) net2netTraining(a net2net.Autoencoder) (net2net.Training, error) {
	root, cfg := t.store.RootScope(), t.Config.Net2Net
	training := net2net.Training{
		Scope: root.At(lossScope), Autoencoder: a, Losses: cfg.Losses,
		Discriminator: net2net.NewPatchGAN(root.At(discriminatorScope), t.Dataset.Channels),
	}
	if cfg.LPIPS == "" {
		return training, nil
	}
	var err error
	training.Perceptual, err = readLPIPS(root.At(perceptualScope), cfg.LPIPS)
	return training, err
}

// net2netAutoencoderPhase trains stage one as the published system does: on each batch a step of the autoencoder, and then,
// with what it makes of the batch afterwards, one of the discriminator.
func (t *trainer) net2netAutoencoderPhase() (phase, error) {
	cfg := t.Config
	a, starting, err := t.net2netAutoencoder()
	if err != nil {
		return phase{}, err
	}
	training, err := t.net2netTraining(a)
	if err != nil {
		return phase{}, err
	}
	adam := nn.Adam{Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-8}
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
	judge, err := t.compile([]string{"discriminator_gradient"}, func(in []*Node) []*Node {
		images, noise, rate, number := in[0], in[1], in[2], in[3]
		loss := training.DiscriminatorLoss(images, noise, number)
		norm := adam.Update(t.store, loss, rate, number, nn.Trainable(t.store, "/"+discriminatorScope+"/"))
		return []*Node{loss, norm}
	})
	if err != nil {
		return phase{}, err
	}
	picks := newOrder(t.Seed, forAutoencoder, t.trainRows())
	return phase{name: AutoencoderPhase, schedule: cfg.Autoencoder, constant: true,
		step: func(number int, rate float64) (float64, map[string]float64, error) {
			rng := picks.draws(number)
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
			judgement, judged, err := run(judge)
			terms["discriminator"] = judgement
			maps.Copy(terms, judged)
			return loss, terms, err
		}}, nil
}

// net2netFlowPhase trains stage two as the published system does, on samples of the latents of the frozen encoder.
func (t *trainer) net2netFlowPhase(ctx context.Context) (phase, error) {
	cfg := t.Config
	all, err := t.encodeAll(ctx)
	if err != nil {
		return phase{}, err
	}
	rows, _, err := t.fitted()
	if err != nil {
		return phase{}, err
	}
	r, err := net2net.NewFlow(t.store.RootScope().At(prism.FlowScope), *t.prism.Config.Net2Net.Flow)
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
	picks := newOrder(t.Seed, forFlow, rows)
	return phase{name: FlowPhase, schedule: cfg.Flow, constant: true,
		step: func(number int, rate float64) (float64, map[string]float64, error) {
			z, labels := t.flowBatch(all, picks, number, cfg.Flow.Batch)
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
