package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/report"
	"github.com/dataprism/dataprism/prism"
	"github.com/gomlx/compute"
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
			model, err := openModel(cmd.Context(), backend, args[0])
			if err != nil {
				return err
			}
			defer model.Close()
			if err := model.prism.Complete(); err != nil {
				return err
			}
			targets := allCollections(model.prism)
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
			grid, err := projections(model.prism, images, origins, targets, strength)
			if err != nil {
				return err
			}
			for _, name := range args[1:] {
				grid.Columns = append(grid.Columns, filepath.Base(name))
			}
			if err := writeGrid(out, grid); err != nil {
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

// opened is the model of a run, ready for use.
type opened struct {
	prism   *prism.Prism
	run     prism.Run
	backend compute.Backend
	options collection.Options
}

func openModel(_ context.Context, backendName, dir string) (*opened, error) {
	backend, err := openBackend(backendName)
	if err != nil {
		return nil, err
	}
	p, run, err := prism.Open(backend, dir)
	if err == nil {
		var options collection.Options
		if options, err = imageOptions(run); err == nil {
			return &opened{p, run, backend, options}, nil
		}
	}
	backend.Finalize()
	return nil, err
}

// Close ends the use of the model.
func (m *opened) Close() { m.backend.Finalize() }

// read decodes images from outside, [n, size, size, channels], each framed like the collection that it is from: the
// one given, or the one that it fits best. An image that fits none is an error unless anyway is set.
func (m *opened) read(cmd *cobra.Command, paths []string, from string, anyway bool) (images []float32, origins []int, err error) {
	if from != "" {
		c, err := m.prism.Collection(from)
		if err != nil {
			return nil, nil, usageError{err}
		}
		images, err = m.view(paths, c)
		return images, prism.Repeat(c, len(paths)), err
	}
	views := make([][]float32, len(m.prism.Collections))
	for c := range views {
		if views[c], err = m.view(paths, c); err != nil {
			return nil, nil, err
		}
	}
	inferred, err := m.prism.Infer(views)
	if err != nil {
		return nil, nil, err
	}
	w := m.prism.Pixels()
	for i, f := range inferred {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: fits %s (%s)\n", paths[i], m.prism.Collections[f.Collection], percentages(m.prism.Collections, f.Posterior))
		if f.Misfit != "" && !anyway {
			return nil, nil, fmt.Errorf("%s fits none of the collections: %s; say where it is from with --from, or use --anyway", paths[i], f.Misfit)
		}
		if f.Misfit != "" {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: fits none of the collections well: %s\n", paths[i], f.Misfit)
		}
		origins = append(origins, f.Collection)
		images = append(images, views[f.Collection][i*w:(i+1)*w]...)
	}
	return images, origins, nil
}

// view decodes images as collection c frames its own.
func (m *opened) view(paths []string, c int) ([]float32, error) {
	options := m.options
	options.Frame = m.run.Data.Frame(c)
	w := m.prism.Pixels()
	images := make([]float32, len(paths)*w)
	for i, path := range paths {
		pixels, _, err := collection.DecodeFile(path, options)
		if err != nil {
			return nil, err
		}
		collection.Floats(images[i*w:(i+1)*w], pixels)
	}
	return images, nil
}

func percentages(names []string, posterior []float64) string {
	var parts []string
	for c, p := range posterior {
		parts = append(parts, fmt.Sprintf("%s %s%%", names[c], trimmed(100*p)))
	}
	return strings.Join(parts, ", ")
}

// trimmed is a percentage that says 0 or 100 only where that is so to the shown digits.
func trimmed(percent float64) string {
	if percent < 1 || percent > 99 {
		return fmt.Sprintf("%.1f", percent)
	}
	return fmt.Sprintf("%.0f", math.Round(percent))
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
