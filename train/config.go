// Package train fits a prism to image collections in three phases:
//
//	autoencoder  encoder and decoder together, by reconstruction and KL
//	decoder      the decoder alone against a patch discriminator; the encoder, and with it z, stays as it is
//	flow         the conditional flow on the latents, by maximum likelihood
//
// A run can be stopped at any moment and resumed. What a step sees (images, augmentation, noise, labels) is a
// function of the seed, the phase and the step's number alone, so that a run by steps that was interrupted
// ends at the same bits as one that was not.
package train

import (
	"fmt"
	"math"
	"time"

	"github.com/dataprism/dataprism/autoencoder"
)

// Phase names, in their order.
const (
	AutoencoderPhase = "autoencoder"
	DecoderPhase     = "decoder"
	FlowPhase        = "flow"
)

// Schedule is the length and the optimiser of one phase.
type Schedule struct {
	Steps       int     `yaml:"steps" json:"steps"`                       // gradient steps; 0 leaves the phase out
	Share       float64 `yaml:"share" json:"share"`                       // of the time, in a run by time
	Cap         bool    `yaml:"cap" json:"cap"`                           // a run by time does not do more than Steps either
	Epochs      int     `yaml:"epochs,omitempty" json:"epochs,omitempty"` // most passes over the smallest collection, however many Steps there are; 0 is no limit
	Batch       int     `yaml:"batch" json:"batch"`
	Rate        float64 `yaml:"rate" json:"rate"`                 // peak learning rate
	WeightDecay float64 `yaml:"weight_decay" json:"weight_decay"` // decoupled
	Beta2       float64 `yaml:"beta2" json:"beta2"`
	Clip        float64 `yaml:"clip" json:"clip"` // largest norm of the gradient; 0 is no limit
	EMA         float64 `yaml:"ema" json:"ema"`   // decay of the averaged weights that the phase ends with; 0 is none
}

// within is the schedule of a phase that draws from collections alike, the smallest of which has so many images: with no
// more steps than its epochs take.
func (s Schedule) within(images, collections int) Schedule {
	if s.Epochs > 0 {
		s.Steps = min(s.Steps, max(1, s.Epochs*images*collections/s.Batch))
	}
	return s
}

// Config is everything about training that a run's config.yaml keeps, apart from the model and the data.
type Config struct {
	Time        time.Duration      `yaml:"time" json:"time"`                     // 0: by steps
	Seed        uint64             `yaml:"seed,omitempty" json:"seed,omitempty"` // of what steps draw; 0: the run's
	Autoencoder Schedule           `yaml:"autoencoder" json:"autoencoder"`
	Decoder     Schedule           `yaml:"decoder" json:"decoder"`
	Flow        Schedule           `yaml:"flow" json:"flow"`
	Losses      autoencoder.Losses `yaml:"losses" json:"losses"`
	Adversary   Adversary          `yaml:"adversary" json:"adversary"`
	Latents     Latents            `yaml:"latents" json:"latents"`
	Flip        bool               `yaml:"flip" json:"flip"`     // mirror every second image
	Jitter      float64            `yaml:"jitter" json:"jitter"` // contrast changes by up to this share, brightness by two thirds of it
	// Pretrained, if set, are the files of a stage one that others have trained: only the flow is trained then.
	Pretrained []string `yaml:"pretrained,omitempty" json:"pretrained,omitempty"`
	// Net2Net, if set, trains a model of the published system as its code does; Losses, Adversary and the decoder phase
	// are then unused.
	Net2Net *Net2Net `yaml:"net2net,omitempty" json:"net2net,omitempty"`
}

// Adversary weighs the decoder phase.
type Adversary struct {
	Width    int     `yaml:"width" json:"width"`       // channels of the discriminator's first layer
	Weight   float64 `yaml:"weight" json:"weight"`     // of the hinge term
	Features float64 `yaml:"features" json:"features"` // of feature matching
}

// Latents says what the flow is trained on.
type Latents struct {
	Noise        float64 `yaml:"noise" json:"noise"`                 // times the posterior's standard deviation, added to its mean
	LabelDropout float64 `yaml:"label_dropout" json:"label_dropout"` // share of labels replaced by "any"
	// Pairs is the label of which images of different collections that share a value show the same: their codes shall agree.
	Pairs string `yaml:"pairs,omitempty" json:"pairs,omitempty"`
	// Content is the weight, beside nats a value, of the mean square by which a value of a code changes where the blocks of
	// the flow take its latent for one of another collection. It is left out where pairs are known, which say better what
	// codes have in common.
	Content float64 `yaml:"content,omitempty" json:"content,omitempty"`
	// Keep are labels that projection shall keep, taken together: collections are fitted as if they mixed the values alike.
	Keep []string `yaml:"keep,omitempty" json:"keep,omitempty"`
}

// DefaultConfig is what `train` does without flags.
func DefaultConfig() Config {
	return Config{
		Autoencoder: Schedule{Steps: 1000, Share: 0.6, Batch: 64, Rate: 2e-3, WeightDecay: 1e-2, Beta2: 0.95, Clip: 1, EMA: 0.99},
		Decoder:     Schedule{Steps: 400, Share: 0.32, Batch: 48, Rate: 5e-4, WeightDecay: 1e-2, Beta2: 0.95, Clip: 1, EMA: 0.99},
		// More steps, or more passes over few images, fit the training latents better and the held-out ones worse.
		Flow:      Schedule{Steps: 400, Share: 0.08, Cap: true, Epochs: 12, Batch: 256, Rate: 1e-3, WeightDecay: 1e-2, Beta2: 0.99, Clip: 1, EMA: 0.99},
		Losses:    autoencoder.DefaultLosses(),
		Adversary: Adversary{Width: 32, Weight: 0.04, Features: 0.2},
		Latents:   Latents{Noise: 1, LabelDropout: 0.05, Content: 0.1},
		Flip:      true,
		Jitter:    0.15,
	}
}

// ConfigFor is [DefaultConfig], which was found at [autoencoder.MeasuredSize], with the losses of images of a size. The larger
// images are, the smaller is the part of them that a patch of the discriminator sees, and the less its hinge counts. From 96
// pixels on it would draw dots where it finds teeth: there it is the matching of features that makes images sharp.
func ConfigFor(size int) Config {
	c := DefaultConfig()
	c.Losses = autoencoder.LossesFor(size)
	switch {
	case size >= 96:
		c.Adversary.Weight, c.Adversary.Features = 0.01, 0.5
	case size > autoencoder.MeasuredSize:
		c.Adversary.Weight *= autoencoder.MeasuredSize / float64(size)
	}
	return c
}

// WithSteps scales the phases so that their steps add up to total.
func (c Config) WithSteps(total int) Config {
	sum := c.Autoencoder.Steps + c.Decoder.Steps + c.Flow.Steps
	left := total
	for _, s := range []*Schedule{&c.Autoencoder, &c.Decoder} {
		if s.Steps > 0 {
			s.Steps = max(1, total*s.Steps/sum)
			left -= s.Steps
		}
	}
	c.Flow.Steps = max(1, left)
	c.Time = 0
	return c
}

// Validate names the first field that cannot be trained with.
func (c Config) Validate() error {
	if c.Net2Net != nil {
		if err := c.validateNet2Net(); err != nil {
			return err
		}
	}
	if c.Time < 0 {
		return fmt.Errorf("train: time is %v, but must not be negative", c.Time)
	}
	for name, s := range map[string]Schedule{AutoencoderPhase: c.Autoencoder, DecoderPhase: c.Decoder, FlowPhase: c.Flow} {
		switch {
		case s.Steps < 0:
			return fmt.Errorf("train: %s.steps is %d, but must not be negative", name, s.Steps)
		case s.Steps == 0 && name != DecoderPhase && !(name == AutoencoderPhase && len(c.Pretrained) > 0):
			return fmt.Errorf("train: %s.steps is 0, but only the decoder phase can be left out", name)
		case s.Epochs < 0 || s.Epochs > 0 && name != FlowPhase:
			return fmt.Errorf("train: %s.epochs is %d, but only those of the flow can be limited, by a number above 0", name, s.Epochs)
		case s.Steps > 0 && s.Batch < 1:
			return fmt.Errorf("train: %s.batch is %d, but must be at least 1", name, s.Batch)
		case s.Steps > 0 && !(s.Rate > 0):
			return fmt.Errorf("train: %s.rate is %g, but must be positive", name, s.Rate)
		case c.Time > 0 && s.Steps > 0 && !(s.Share > 0):
			return fmt.Errorf("train: %s.share is %g, but must be positive in a run by time", name, s.Share)
		case s.EMA < 0 || s.EMA >= 1 || s.Beta2 <= 0 || s.Beta2 >= 1:
			return fmt.Errorf("train: %s.ema is %g and beta2 %g, but both must lie below 1", name, s.EMA, s.Beta2)
		}
	}
	if c.Latents.LabelDropout < 0 || c.Latents.LabelDropout >= 1 {
		return fmt.Errorf("train: latents.label_dropout is %g, but must lie in [0, 1)", c.Latents.LabelDropout)
	}
	if !(c.Latents.Content >= 0) || math.IsInf(c.Latents.Content, 1) {
		return fmt.Errorf("train: latents.content is %g, but must be a finite number, 0 or more", c.Latents.Content)
	}
	return nil
}

// schedules are those of the phases in their order.
func (c Config) schedules() []Schedule { return []Schedule{c.Autoencoder, c.Decoder, c.Flow} }

// budget is the time for the steps of a phase in a run by time, when used of the whole has passed before the first:
// its share of what is left, and at the least half of its share of the whole, however slow what came before was.
func (c Config) budget(phase int, used time.Duration) time.Duration {
	all := c.schedules()
	var total, left float64
	for i, s := range all {
		if s.Steps == 0 {
			continue
		}
		total += s.Share
		if i >= phase {
			left += s.Share
		}
	}
	own := float64(c.Time-used) * all[phase].Share / left
	return time.Duration(max(own, float64(c.Time)*all[phase].Share/total/2))
}
