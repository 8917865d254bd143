package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/reference"
	"github.com/dataprism/dataprism/internal/train"
	"github.com/dataprism/dataprism/prism"
	"github.com/spf13/cobra"
)

// Models that train builds: our own, and those of the published system.
const (
	ownModel        = "small"
	net2net32Model  = "net2net-32"
	net2net256Model = "net2net-256"
)

// publishedFlags are the flags of train for the models of the published system.
type publishedFlags struct {
	model, lpips       string
	discriminatorStart int
	kl                 float64
	given              func(flag string) bool // says whether a flag was given: defaults are those of our own model
}

func (f *publishedFlags) vars(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.model, "model", ownModel, "small, or net2net-32 or net2net-256: the published system's models, with its training")
	flags.StringVar(&f.lpips, "lpips", "", "file of LPIPS weights for the published system's reconstruction loss (default: L1 alone)")
	flags.IntVar(&f.discriminatorStart, "disc-start", -1, "step at which the published system's discriminator starts (-1: the published one; with --steps, half of the first stage)")
	flags.Float64Var(&f.kl, "kl-weight", 1e-6, "weight of the KL term in the published system's loss")
}

// apply makes run a training of the model that --model names. Our own it leaves alone.
func (f publishedFlags) apply(run *train.Run, all trainFlags) error {
	if f.model == ownModel {
		for _, flag := range []string{"lpips", "disc-start", "kl-weight"} {
			if f.given(flag) {
				return usage("--%s is for --model %s and %s, not for %s", flag, net2net32Model, net2net256Model, ownModel)
			}
		}
		return nil
	}
	m, err := f.networks(all, len(run.Model.Collections))
	if err != nil {
		return err
	}
	if all.shared >= 0 {
		return usage("--flow-shared: the flow of %s shares no blocks", f.model)
	}
	cfg := train.DefaultReferenceConfig(m)
	if all.steps > 0 {
		cfg = cfg.WithSteps(all.steps)
		cfg.Reference.Losses.DiscriminatorStart = cfg.Autoencoder.Steps / 2
	}
	cfg.Time = all.time
	if f.discriminatorStart >= 0 {
		cfg.Reference.Losses.DiscriminatorStart = f.discriminatorStart
	}
	if all.noGAN {
		cfg.Reference.Losses.DiscriminatorStart = math.MaxInt32
	}
	cfg.Reference.Losses.KL = f.kl
	if f.lpips != "" {
		if cfg.Reference.LPIPS, err = filepath.Abs(f.lpips); err != nil {
			return err
		}
		if _, err := os.Stat(cfg.Reference.LPIPS); err != nil {
			return fmt.Errorf("--lpips: %w", err)
		}
	}
	run.Model = prism.Config{Collections: run.Model.Collections, Reference: m}
	run.Training = cfg
	return nil
}

// networks are those of the model for k collections, with what flags change of their sizes.
func (f publishedFlags) networks(all trainFlags, k int) (*reference.Model, error) {
	m := &reference.Model{}
	latent := autoencoder.DefaultNet2Net32().Latent
	if f.given("latent") {
		latent = all.latent
	}
	switch f.model {
	case net2net32Model:
		c := autoencoder.DefaultNet2Net32()
		c.Latent = latent
		if f.given("size") {
			c.Size = all.size
		}
		if all.gray {
			c.Channels = 1
		}
		m.Small = &c
	case net2net256Model:
		c := autoencoder.DefaultNet2Net256()
		c.Latent = latent
		if f.given("size") && all.size != autoencoder.Net2Net256Size {
			return nil, usage("--size is %d, but %s is for images of %d pixels", all.size, f.model, autoencoder.Net2Net256Size)
		}
		if all.gray {
			return nil, usage("--gray: %s is for images in colour", f.model)
		}
		m.Large = &c
	default:
		return nil, usage("there is no model %q: choose %s, %s or %s", f.model, ownModel, net2net32Model, net2net256Model)
	}
	c := flow.DefaultReference(latent, k)
	if all.blocks > 0 {
		c.Blocks = all.blocks
	}
	if all.hidden > 0 {
		c.Hidden = all.hidden
	}
	m.Flow = &c
	return m, nil
}
