package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/report"
	"github.com/spf13/cobra"
)

func newProject() *cobra.Command {
	var from, to, out, single, animate, backend string
	var strength float64
	var anyway bool
	var frames int
	cmd := &cobra.Command{
		Use:   "project RUN IMAGE...",
		Short: "Show images as each collection would",
		Example: `  dataprism project RUN portrait.jpg
  dataprism project RUN a.jpg b.jpg --to paintings --animate out.gif`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usage("name a run and at least one image: dataprism project RUN IMAGE...")
			}
			if !(strength >= 0 && strength <= 1) {
				return usage("--strength is %g, but must lie in [0, 1]", strength)
			}
			if frames < 2 || frames > 500 {
				return usage("--frames is %d, but must be from 2 to 500", frames)
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
			images, origins, err := model.read(cmd, args[1:], from, anyway)
			if err != nil {
				return err
			}
			grid, err := report.Projections(model.prism, images, origins, targets, strength)
			if err != nil {
				return err
			}
			for _, name := range args[1:] {
				grid.Columns = append(grid.Columns, filepath.Base(name))
			}
			if err := grid.WritePNG(out); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), out)
			if single != "" {
				if err := writeSingles(cmd, single, args[1:], grid, model.prism, targets); err != nil {
					return err
				}
			}
			if animate != "" {
				if err := model.animate(animate, images, origins, targets, strength, frames); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), animate)
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&from, "from", "", "collection that the images are from (default: the one that each fits best)")
	flags.StringVar(&to, "to", "all", "collection to show them as, or all")
	flags.Float64Var(&strength, "strength", 1, "how far to go, from 0 (the reconstruction) to 1 (the projection)")
	flags.StringVarP(&out, "out", "o", "projection.png", "file of the grid")
	flags.StringVar(&single, "single", "", "folder to write each projection to as an image of its own")
	flags.StringVar(&animate, "animate", "", "file of an animated transition, as GIF")
	flags.IntVar(&frames, "frames", 24, "frames of a transition")
	flags.BoolVar(&anyway, "anyway", false, "project images too that fit none of the collections")
	backendVar(cmd, &backend)
	return cmd
}

// writeSingles writes every projection as DIR/IMAGE-as-COLLECTION.png.
func writeSingles(cmd *cobra.Command, dir string, names []string, grid report.Grid, p *prism.Prism, targets []int) error {
	if err := makeDir(dir); err != nil {
		return err
	}
	const before = 2 // rows of the inputs and of the reconstructions
	for i, name := range names {
		base := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		for t, c := range targets {
			path := filepath.Join(dir, fmt.Sprintf("%s-as-%s.png", base, p.Collections[c]))
			if err := report.WritePNG(path, grid.Rows[before+t].Pictures[i]); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), path)
		}
	}
	return nil
}
