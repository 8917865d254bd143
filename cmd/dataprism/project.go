package main

import (
	"cmp"
	"fmt"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report"
	"github.com/spf13/cobra"
)

// projectFlags are those of project.
type projectFlags struct {
	from, to, out, single, animate, backend string
	strength, detail                        float64
	frames, size                            int
	anyway                                  bool
	pairs                                   pairsFlags
}

func newProject() *cobra.Command {
	var f projectFlags
	cmd := &cobra.Command{
		Use:   "project RUN IMAGE...",
		Short: "Show images as each collection would",
		Long: `Show images as each collection would. A folder stands for the images in it.

With --single DIR, projections of the images of a folder lie in folders of DIR as the images do, called IMAGE-as-COLLECTION.png,
and DIR/metadata.csv has their labels and what each is made of: DIR is a collection like any other. They are PNG files of 8 bits,
grey where the run is, and show the part of an image that the run sees: the middle square, or less where train has cut collections
to be framed alike. Train with --pad --whole to keep all of an image.

With --pairs, of a run that was trained with --by LABEL,OTHER, the training images are the images, and a new folder gets of
each: the original, its reconstruction (self), the image with OTHER changed and LABEL kept (factual), and with LABEL changed
and OTHER kept (counterfactual), with pair and role in metadata.csv. Pairs that judges do not find to show that are left out.
The folder is a collection like any other.`,
		Example: `  dataprism project RUN portrait.jpg
  dataprism project RUN a.jpg b.jpg --to paintings --animate out.gif
  dataprism project RUN scans/ --from siteA --to siteB --size 512 --single harmonised
  dataprism project RUN --pairs PAIRS --label smile --keep-apart hair`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if changed := cmd.Flags().Changed; changed("pairs") {
				if err := f.pairs.check(args, changed); err != nil {
					return err
				}
				return f.pairs.run(cmd, f.backend, args[0])
			} else if err := f.pairs.only(changed); err != nil {
				return err
			}
			if err := f.check(args); err != nil {
				return err
			}
			return f.run(cmd, args[0], args[1:])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "collection that the images are from (default: the one that each fits best)")
	flags.StringVar(&f.to, "to", "all", "collection to show them as, or all")
	flags.Float64Var(&f.strength, "strength", 1, fmt.Sprintf("how far to go, from 0 (the reconstruction) to 1 (the projection), and up to %g to exaggerate what differs", prism.MostStrength))
	flags.Float64Var(&f.detail, "detail", 1, "how much of what latents leave out of an image its projections get, from 0, what the model alone draws, to 1")
	flags.IntVar(&f.size, "size", 0, fmt.Sprintf("side of the pictures, in pixels, up to %d: those beyond the model's are the image's own (default: the model's)", collection.MaxSize))
	flags.StringVarP(&f.out, "out", "o", "projection.png", "file of the grid")
	flags.StringVar(&f.single, "single", "", "folder to write each projection to as an image of its own, under the folder and with the labels of its image")
	flags.StringVar(&f.animate, "animate", "", "file of an animated transition, as GIF")
	flags.IntVar(&f.frames, "frames", 24, "frames of a transition from one collection to the next, which is played there and back")
	flags.BoolVar(&f.anyway, "anyway", false, "project images too that fit none of the collections")
	f.pairs.register(cmd)
	backendVar(cmd, &f.backend)
	return cmd
}

// check says what of the flags cannot be meant.
func (f *projectFlags) check(args []string) error {
	switch {
	case len(args) < 2:
		return usage("name a run and at least one image: dataprism project RUN IMAGE...")
	case !(f.strength >= 0 && f.strength <= prism.MostStrength):
		return usage("--strength is %g, but must be from 0 to %g", f.strength, prism.MostStrength)
	case !(f.detail >= 0 && f.detail <= 1):
		return usage("--detail is %g, but must be from 0 to 1", f.detail)
	case f.frames < 2 || f.frames > 500:
		return usage("--frames is %d, but must be from 2 to 500", f.frames)
	case f.size < 0 || f.size > collection.MaxSize:
		return usage("--size is %d, but must be from the model's to %d", f.size, collection.MaxSize)
	}
	return nil
}

// run projects images, with the model of the run in dir.
func (f *projectFlags) run(cmd *cobra.Command, dir string, images []string) error {
	model, err := openComplete(f.backend, dir)
	if err != nil {
		return err
	}
	defer model.Close()
	p, err := f.projection(cmd, model)
	if err != nil {
		return err
	}
	if err := checkTargets(f.out, f.single, f.animate); err != nil {
		return err
	}
	paths, err := p.images(images, f.out, f.animate)
	if err != nil {
		return err
	}
	if err := p.all(paths); err != nil {
		return err
	}
	if f.animate != "" {
		if err := p.animate(f.animate, f.frames); err != nil {
			return err
		}
	}
	if err := p.grid.WritePNG(f.out); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), f.out)
	return p.given.leftOut()
}

// projection is what the flags ask for of a model.
func (f *projectFlags) projection(cmd *cobra.Command, model *opened) (*projection, error) {
	targets := model.prism.All()
	if f.to != "all" {
		c, err := model.prism.Collection(f.to)
		if err != nil {
			return nil, usageError{err}
		}
		targets = []int{c}
	}
	own, _ := model.prism.Size()
	size := cmp.Or(f.size, own)
	if size < own {
		return nil, usage("--size is %d, but must be from %d, the model's, to %d", size, own, collection.MaxSize)
	}
	p := &projection{cmd: cmd, model: model, from: f.from, anyway: f.anyway, showing: report.Showing{Strength: f.strength, Detail: f.detail},
		size: size, targets: targets}
	if f.single != "" {
		p.singles = newSingles(f.single)
	}
	if f.animate != "" && p.animated(f.frames) == 0 {
		return nil, usage("--animate: %d frames of %d pixels a side towards each of %d collections are more than can be held: lower --frames or --size, or name one collection with --to", f.frames, size, len(targets))
	}
	return p, nil
}

// checkTargets says which of what is to be written cannot be.
func checkTargets(grid, folder, animation string) error {
	if err := atomicfile.Check(grid); err != nil {
		return err
	}
	if animation != "" {
		if err := atomicfile.Check(animation); err != nil {
			return err
		}
	}
	if folder == "" {
		return nil
	}
	return atomicfile.CheckFolder(folder)
}
