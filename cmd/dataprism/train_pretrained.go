package main

import (
	"path/filepath"

	"github.com/dataprism/dataprism/pretrained"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/train"
	"github.com/spf13/cobra"
)

// Defaults of --size and --latent with --autoencoder.
const (
	pretrainedSize    = 256
	pretrainedLatents = 384
)

// pretrainedFlags are the flags of train for a stage one that others have trained.
type pretrainedFlags struct {
	files []string
	begun *pretrained.Config // of a run that goes on, which needs the files no more
}

func (f *pretrainedFlags) vars(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&f.files, "autoencoder", nil, "file, or FILE,FILE of encoder and decoder, of an autoencoder that others have trained, TAESD's, one of its kin's or Stable Diffusion's: only the flow is trained; --size is then a multiple of 8, by default 256")
}

// resume takes what is not given from a run that goes on.
func (f *pretrainedFlags) resume(begun run.Config) {
	f.begun = begun.Model.Pretrained
	if len(f.files) == 0 {
		f.files = begun.Training.Pretrained
	}
}

// apply makes c a training of the flow alone behind the autoencoder of the files.
func (f pretrainedFlags) apply(c *run.Config, all trainFlags) error {
	if len(f.files) == 0 {
		return nil
	}
	if all.net2net.model != ownModel {
		return usage("--autoencoder takes the place of that of --model %s, not of %s: leave out one of both", ownModel, all.net2net.model)
	}
	_, channels := c.Model.Size()
	latent := pretrainedLatents
	if all.latent > 0 {
		latent = all.latent
	}
	networks := pretrained.Config{}
	if f.begun != nil {
		networks = *f.begun
	} else {
		read, err := pretrained.Read(f.files...)
		if err != nil {
			return err
		}
		networks = read.Networks()
		networks.Thumbnail = true
	}
	networks.Size, networks.Channels, networks.Latent = all.size, channels, latent
	var files []string
	for _, file := range f.files {
		path, err := filepath.Abs(file)
		if err != nil {
			return err
		}
		files = append(files, path)
	}
	if all.latent == 0 { // an image may have fewer values
		networks.Latent = max(2, min(latent, networks.Values()/2*2))
	}
	fl := c.Model.Flow
	fl.Dim = networks.Latent
	c.Model = prism.Config{Collections: c.Model.Collections, Pretrained: &networks, Flow: fl}
	cfg := train.DefaultPretrainedConfig(files)
	if all.steps > 0 {
		cfg = cfg.WithSteps(all.steps)
	}
	cfg.Time = all.time
	c.Training = &cfg
	return nil
}
