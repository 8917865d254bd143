package main

import (
	"fmt"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report"
	"github.com/spf13/cobra"
)

func newProject() *cobra.Command {
	var from, to, out, single, animate, backend string
	var strength, share float64
	var anyway bool
	var frames, size int
	var pairs pairsFlags
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
				if err := pairs.check(args, changed); err != nil {
					return err
				}
				return pairs.run(cmd, backend, args[0])
			} else if err := pairs.only(changed); err != nil {
				return err
			}
			if len(args) < 2 {
				return usage("name a run and at least one image: dataprism project RUN IMAGE...")
			}
			if !(strength >= 0 && strength <= prism.MostStrength) {
				return usage("--strength is %g, but must be from 0 to %g", strength, prism.MostStrength)
			}
			if !(share >= 0 && share <= 1) {
				return usage("--detail is %g, but must be from 0 to 1", share)
			}
			if frames < 2 || frames > 500 {
				return usage("--frames is %d, but must be from 2 to 500", frames)
			}
			if size < 0 || size > collection.MaxSize {
				return usage("--size is %d, but must be from the model's to %d", size, collection.MaxSize)
			}
			model, err := openModel(backend, args[0])
			if err != nil {
				return err
			}
			defer model.Close()
			if err := model.prism.Complete(); err != nil {
				return err
			}
			targets := model.prism.All()
			if to != "all" {
				c, err := model.prism.Collection(to)
				if err != nil {
					return usageError{err}
				}
				targets = []int{c}
			}
			showing := report.Showing{Strength: strength, Detail: share}
			if own, _ := model.prism.Size(); size == 0 {
				size = own
			} else if size < own {
				return usage("--size is %d, but must be from %d, the model's, to %d", size, own, collection.MaxSize)
			}
			p := projection{cmd: cmd, model: model, from: from, anyway: anyway, showing: showing, size: size, targets: targets}
			if single != "" {
				p.singles = newSingles(single)
			}
			if animate != "" && p.animated(frames) == 0 {
				return usage("--animate: %d frames of %d pixels a side towards each of %d collections are more than can be held: lower --frames or --size, or name one collection with --to", frames, size, len(targets))
			}
			if err := checkTargets(out, single, animate); err != nil {
				return err
			}
			paths, err := p.images(args[1:], out, animate)
			if err != nil {
				return err
			}
			if err := p.all(paths); err != nil {
				return err
			}
			if animate != "" {
				if err := p.animate(animate, frames); err != nil {
					return err
				}
			}
			if err := p.grid.WritePNG(out); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), out)
			return p.given.leftOut()
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&from, "from", "", "collection that the images are from (default: the one that each fits best)")
	flags.StringVar(&to, "to", "all", "collection to show them as, or all")
	flags.Float64Var(&strength, "strength", 1, fmt.Sprintf("how far to go, from 0 (the reconstruction) to 1 (the projection), and up to %g to exaggerate what differs", prism.MostStrength))
	flags.Float64Var(&share, "detail", 1, "how much of what latents leave out of an image its projections get, from 0, what the model alone draws, to 1")
	flags.IntVar(&size, "size", 0, fmt.Sprintf("side of the pictures, in pixels, up to %d: those beyond the model's are the image's own (default: the model's)", collection.MaxSize))
	flags.StringVarP(&out, "out", "o", "projection.png", "file of the grid")
	flags.StringVar(&single, "single", "", "folder to write each projection to as an image of its own, under the folder and with the labels of its image")
	flags.StringVar(&animate, "animate", "", "file of an animated transition, as GIF")
	flags.IntVar(&frames, "frames", 24, "frames of a transition from one collection to the next, which is played there and back")
	flags.BoolVar(&anyway, "anyway", false, "project images too that fit none of the collections")
	pairs.register(cmd)
	backendVar(cmd, &backend)
	return cmd
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
