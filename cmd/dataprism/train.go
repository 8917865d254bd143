package main

import (
	"path/filepath"
	"time"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/run"
	"github.com/dataprism/dataprism/train"
	"github.com/spf13/cobra"
)

// trainFlags are the flags of train.
type trainFlags struct {
	tables                          tableFlags
	out, backend, background, cache string
	by                              string
	keep                            []string
	pairs                           string
	content                         float64
	size, latent, maxImages, steps  int
	blocks, shared, hidden, bins    int
	gray, noGAN, strict, resume     bool
	noMirror, sliced                bool
	whole, pad                      bool
	seed                            uint64
	validation                      float64
	time, previews                  time.Duration
	net2net                         net2netFlags
	pretrained                      pretrainedFlags
	evaluation                      evaluationFlags
}

func newTrain() *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use:   "train NAME=PATH NAME=PATH... -o RUN",
		Short: "Train on two or more collections of images, and measure what came out",
		Long: `Train on two or more collections of images, and measure what came out.

A PATH is a folder (flat, or with class sub-folders, or with train/ and val/), a text file that
lists images, or a zip or tar of images. A YAML file that lists collections can stand for them.

--by splits each collection by the values of a label, or of several, into collections of their own: lfw by gender into
lfw.female and lfw.male. A label of numbers needs cuts: age:25,45 gives age_under_25, age_25_to_44 and age_45_and_over.
Images without the label, and cells of fewer than 20 images, are left out.

--pairs names the label by which images of different collections are known to show the same: those that share a value of
it. Their codes are made to agree, and those of others with them. Every collection needs 16 such training images.

--keep names labels that projection shall leave as they are though the collections mix their values differently: the flow is
then fitted as if all mixed them alike. Every collection needs 12 training images of at least two of the values.

--time is what the training may take: phases that would only learn their images by heart end early, with the best weights they had.

Ctrl-C, or worse, ends it at any moment. The same command with --resume goes on where it was; a training by
steps ends in the same model as one that nothing has ended. What goes on is what RUN/config.yaml says: flags and
collections need not be given again, and must agree with it where they are. Images may have been moved. In
config.yaml, of the training's settings time, seed, and the steps, share, cap, rate, weight_decay and clip of a
phase may be changed, such as after a training that diverged.`,
		Example: "  dataprism train photos=photos/ paintings=paintings.zip -o RUN --time 10m",
		RunE: func(cmd *cobra.Command, args []string) error {
			f.net2net.given = cmd.Flags().Changed
			if f.out == "" {
				return usage("name the folder of the run with -o")
			}
			if len(f.pretrained.files) > 0 && !f.net2net.given("size") {
				f.size = pretrainedSize
			}
			if f.resume {
				return f.resumed(cmd, args)
			}
			specs, err := f.specs(cmd, args)
			if err != nil {
				return err
			}
			c, err := f.config(specs)
			if err != nil {
				return err
			}
			folder, err := run.Take(f.out, false)
			if err != nil {
				return err
			}
			defer folder.Close()
			return f.train(cmd, folder, c)
		},
	}
	f.register(cmd)
	f.tables.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.by, "by", "", "split each collection by these labels into collections of their own, such as gender or gender,age:25,45")
	flags.StringVar(&f.pairs, "pairs", "", "label whose values images of different collections share that show the same, such as pair: their codes shall agree")
	flags.StringSliceVar(&f.keep, "keep", nil, "labels that projection shall keep, such as gender: collections are fitted as if they mixed the values alike")
	flags.BoolVar(&f.whole, "whole", false, "do not cut collections so that they are framed alike")
	f.evaluation.register(cmd)
	f.net2net.vars(cmd)
	f.pretrained.vars(cmd)
	return cmd
}

// register adds the flags of every command that trains.
func (f *trainFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.out, "out", "o", "", "folder of the run (required)")
	flags.IntVar(&f.size, "size", 64, "side of the square images in pixels: 32, 48, 64, 96 or 128")
	flags.BoolVar(&f.gray, "gray", false, "make images grey, so that colour does not give the collection away")
	flags.BoolVar(&f.pad, "pad", false, "fill images up to squares with the background instead of cropping them to their centre")
	flags.StringVar(&f.background, "background", "#ffffff", "colour that transparent images are laid on, such as white or #rrggbb")
	flags.IntVar(&f.maxImages, "max-images", 0, "take at most this many images of a collection (0: all)")
	flags.Float64Var(&f.validation, "validation", 0.1, "share of the images held out")
	flags.BoolVar(&f.strict, "strict", false, "fail on the first image that cannot be read")
	cacheVar(cmd, &f.cache)
	flags.Uint64Var(&f.seed, "seed", 1, "seed of everything random")
	flags.IntVar(&f.latent, "latent", 0, "the most values of a latent or code; those that images do not fill are left out (0: the default)")
	flags.IntVar(&f.blocks, "flow-blocks", 0, "blocks of the flow (0: the default)")
	flags.IntVar(&f.shared, "flow-shared", -1, "blocks next to the code that do not see the collection (-1: the default)")
	flags.BoolVar(&f.sliced, "flow-sliced", false, "move codes along the directions in which collections still differ, before and behind the blocks: for pictures of one kind of subject")
	flags.IntVar(&f.bins, "flow-bins", 0, "bins of the splines by which blocks of the flow move values, such as 4, in place of a scale and a shift: where attributes are either there or not (0: none)")
	flags.IntVar(&f.hidden, "flow-hidden", 0, "width of the flow's networks (0: the default)")
	flags.Float64Var(&f.content, "content", train.DefaultConfig().Latents.Content, "weight of what holds the flow to moving images no further than the moments of collections ask: the more, the more a projection keeps of the single image")
	flags.DurationVar(&f.time, "time", 0, "train this long, such as 10m (default: by steps)")
	flags.DurationVar(&f.previews, "preview-every", 2*time.Minute, "how often pictures are drawn of what the model can do")
	flags.IntVar(&f.steps, "steps", 0, "train this many steps in all (0: the default)")
	flags.BoolVar(&f.noGAN, "no-gan", false, "leave out the second phase of the decoder, which sharpens images")
	flags.BoolVar(&f.noMirror, "no-mirror", false, "do not mirror images while training, which changes writing and whatever else has a left and a right")
	flags.BoolVar(&f.resume, "resume", false, "continue the run in the folder")
	backendVar(cmd, &f.backend)
}

// specs reads the collections that arguments name, with what the flags say of their labels.
func (f trainFlags) specs(cmd *cobra.Command, args []string) ([]collection.Spec, error) {
	by, err := f.labels()
	if err != nil {
		return nil, err
	}
	read := collectionsOf
	if len(by) > 0 {
		read = specsOf
	}
	specs, err := read(args)
	if err != nil {
		return nil, err
	}
	if err := f.tables.apply(specs); err != nil || len(by) == 0 {
		return specs, err
	}
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.close()
	cells, notes, err := collection.Cells(cmd.Context(), specs, by, collection.Options{Size: f.size, CacheDir: f.cache, Progress: progress.images})
	if err != nil {
		return nil, err
	}
	for _, n := range notes {
		progress.note("%s", n.Reason)
	}
	if len(cells) < 2 {
		return nil, usage("--by %s makes one collection, %s: name at least two to compare, or a label of more values", f.by, cells[0].Name)
	}
	return cells, nil
}

// labels are those of --by.
func (f trainFlags) labels() ([]collection.By, error) {
	if f.by == "" {
		return nil, nil
	}
	by, err := collection.ParseBy(f.by)
	if err != nil {
		return nil, usage("--by %w", err)
	}
	return by, nil
}

// config turns flags into the run's configuration.
func (f trainFlags) config(specs []collection.Spec) (run.Config, error) {
	var c run.Config
	if err := f.check(); err != nil {
		return c, err
	}
	networks, training := f.networks(len(specs)), f.training()
	c = run.Config{
		Version: run.Version, Seed: f.seed,
		Data:     run.Data{By: f.by, Gray: f.gray, Background: f.background, Pad: f.pad, MaxImages: f.maxImages, Validation: f.validation},
		Model:    networks,
		Training: &training,
	}
	for _, s := range specs {
		source, err := run.SourceOf(s)
		if err != nil {
			return c, err
		}
		c.Data.Sources = append(c.Data.Sources, source)
		c.Model.Collections = append(c.Model.Collections, s.Name)
	}
	if err := f.net2net.apply(&c, f); err != nil {
		return c, err
	}
	if err := f.pretrained.apply(&c, f); err != nil {
		return c, err
	}
	c.Training.Latents.Keep, c.Training.Latents.Pairs = f.keep, f.pairs
	if err := c.Validate(); err != nil {
		return c, usageError{err}
	}
	return c, nil
}

// check says what of the flags cannot be meant.
func (f trainFlags) check() error {
	if f.time > 0 && f.steps > 0 {
		return usage("--time and --steps exclude each other")
	}
	if f.previews <= 0 {
		return usage("--preview-every is %v, but must be positive", f.previews)
	}
	if f.time < 0 || f.steps < 0 {
		return usage("--time and --steps must not be negative")
	}
	for _, flag := range []struct {
		name         string
		value, least int
	}{
		{"latent", f.latent, 0}, {"flow-blocks", f.blocks, 0}, {"flow-hidden", f.hidden, 0}, {"flow-bins", f.bins, 0}, {"flow-shared", f.shared, -1},
		{"max-images", f.maxImages, 0}, {"disc-start", f.net2net.discriminatorStart, -1},
	} {
		if flag.value < flag.least {
			return usage("--%s is %d, but must be at least %d", flag.name, flag.value, flag.least)
		}
	}
	return nil
}

// networks are those of our own model for k collections, with what flags change of them.
func (f trainFlags) networks(k int) prism.Config {
	channels := 3
	if f.gray {
		channels = 1
	}
	ae := autoencoder.DefaultConfig(f.size, channels)
	if f.latent > 0 {
		ae.Latent = f.latent
	}
	fl := flow.DefaultConfig(ae.Latent, k)
	if f.blocks > 0 {
		fl.Blocks = f.blocks
		fl.Shared = min(fl.Shared, fl.Blocks-1)
	}
	if f.shared >= 0 {
		fl.Shared = f.shared
	}
	if f.hidden > 0 {
		fl.Hidden = f.hidden
	}
	fl.Bins = f.bins
	fl.Sliced, fl.SlicedCodes = f.sliced, f.sliced
	return prism.Config{Autoencoder: ae, Flow: fl}
}

// training is that of our own model, with what flags change of it.
func (f trainFlags) training() train.Config {
	c := train.ConfigFor(f.size)
	if f.noGAN {
		c.Decoder.Steps = 0
	}
	c.Flip = !f.noMirror
	c.Latents.Content = f.content
	if f.steps > 0 {
		c = c.WithSteps(f.steps)
	}
	c.Time = f.time
	return c
}

// train trains, measures, and prints the numbers.
func (f trainFlags) train(cmd *cobra.Command, folder *run.Folder, c run.Config) error {
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.close()
	backend, err := openBackend(f.backend)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	job := run.Job{Folder: folder, Cache: f.cache, Strict: f.strict, Whole: f.whole, Watch: progress.watch(), PreviewEvery: f.previews}
	evaluation, err := job.Train(cmd.Context(), backend, c)
	if err != nil {
		return err
	}
	return f.evaluation.print(cmd.OutOrStdout(), evaluation, filepath.Join(f.out, run.EvaluationFile))
}
