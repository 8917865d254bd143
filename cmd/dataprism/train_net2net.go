package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/net2net"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/train"
	"github.com/spf13/cobra"
)

// Models that train builds: our own, and those of the published system.
const (
	ownModel        = "small"
	net2net32Model  = "net2net-32"
	net2net256Model = "net2net-256"
)

// net2netFlags are the flags of train for the models of the published system.
type net2netFlags struct {
	model, lpips       string
	discriminatorStart int
	kl                 float64
	given              func(flag string) bool // says whether a flag was given: defaults are those of our own model
}

func (f *net2netFlags) vars(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.model, "model", ownModel, "small, or net2net-32 or net2net-256: the published system's models, with its training")
	flags.StringVar(&f.lpips, "lpips", "", "file of LPIPS weights for the published system's reconstruction loss (default: L1 alone)")
	flags.IntVar(&f.discriminatorStart, "disc-start", -1, "step at which the published system's discriminator starts (-1: the published one; with --steps, half of the first stage)")
	flags.Float64Var(&f.kl, "kl-weight", 1e-6, "weight of the KL term in the published system's loss")
}

// apply makes c a training of the model that --model names. Our own it leaves alone.
func (f net2netFlags) apply(c *run.Config, all trainFlags) error {
	if f.model == ownModel {
		for _, flag := range []string{"lpips", "disc-start", "kl-weight"} {
			if f.given(flag) {
				return usage("--%s is for --model %s and %s, not for %s", flag, net2net32Model, net2net256Model, ownModel)
			}
		}
		return nil
	}
	m, err := f.networks(all, len(c.Model.Collections))
	if err != nil {
		return err
	}
	if all.shared >= 0 {
		return usage("--flow-shared: the flow of %s shares no blocks", f.model)
	}
	if all.sliced {
		return usage("--flow-sliced: the flow of %s has no slices", f.model)
	}
	if all.bins > 0 {
		return usage("--flow-bins: the blocks of %s scale and shift", f.model)
	}
	if f.given("content") {
		return usage("--content: the flow of %s does not begin with what moments of collections say", f.model)
	}
	cfg := train.DefaultNet2NetConfig(m)
	if all.steps > 0 {
		cfg = cfg.WithSteps(all.steps)
		cfg.Net2Net.Losses.DiscriminatorStart = cfg.Autoencoder.Steps / 2
	}
	cfg.Time = all.time
	if f.discriminatorStart >= 0 {
		cfg.Net2Net.Losses.DiscriminatorStart = f.discriminatorStart
	}
	if all.noGAN {
		cfg.Net2Net.Losses.DiscriminatorStart = math.MaxInt32
	}
	cfg.Net2Net.Losses.KL = f.kl
	if f.lpips != "" {
		if cfg.Net2Net.LPIPS, err = filepath.Abs(f.lpips); err != nil {
			return err
		}
		if _, err := os.Stat(cfg.Net2Net.LPIPS); err != nil {
			return fmt.Errorf("--lpips: %w", err)
		}
	}
	c.Model = prism.Config{Collections: c.Model.Collections, Net2Net: m}
	c.Training = &cfg
	return nil
}

// networks are those of the model for k collections, with what flags change of their sizes.
func (f net2netFlags) networks(all trainFlags, k int) (*net2net.Model, error) {
	m := &net2net.Model{}
	latent := net2net.DefaultAutoencoder32().Latent
	if f.given("latent") {
		latent = all.latent
	}
	switch f.model {
	case net2net32Model:
		c := net2net.DefaultAutoencoder32()
		c.Latent = latent
		if f.given("size") {
			c.Size = all.size
		}
		if all.gray {
			c.Channels = 1
		}
		m.Small = &c
	case net2net256Model:
		c := net2net.DefaultAutoencoder256()
		c.Latent = latent
		if f.given("size") && all.size != net2net.Size256 {
			return nil, usage("--size is %d, but %s is for images of %d pixels", all.size, f.model, net2net.Size256)
		}
		if all.gray {
			return nil, usage("--gray: %s is for images in colour", f.model)
		}
		m.Large = &c
	default:
		return nil, usage("there is no model %q: choose %s, %s or %s", f.model, ownModel, net2net32Model, net2net256Model)
	}
	c := net2net.DefaultFlow(latent, k)
	if all.blocks > 0 {
		c.Blocks = all.blocks
	}
	if all.hidden > 0 {
		c.Hidden = all.hidden
	}
	m.Flow = &c
	return m, nil
}
