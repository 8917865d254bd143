package main

import (
	"fmt"
	"path/filepath"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection/degrade"
	"github.com/dataprism/dataprism/report"
	"github.com/dataprism/dataprism/run"
	"github.com/spf13/cobra"
)

func newSweep() *cobra.Command {
	f := trainFlags{whole: true}
	levels := map[degrade.Kind]*[]float64{}
	cmd := &cobra.Command{
		Use:   "sweep NAME=PATH -o RUN",
		Short: "Train one model on a collection and degraded copies of it, and show how their quality limits what is generated",
		Long: `Train one model on a collection and degraded copies of it, and show how their quality limits what is generated.

The copies are written to RUN/collections at the size of the model, so that each image's original is known. RUN/sweep.json
and RUN/sweep.html say, for each fault, how far samples drawn under the copy lie from the original collection, and how much
of the fault projection into the original takes away.`,
		Example: "  dataprism sweep lfw=lfw/ --jpeg 75,30,10 --resolution 24,16 --gray --size 48 --time 10m -o RUN",
		RunE: func(cmd *cobra.Command, args []string) error {
			f.net2net = net2netFlags{model: ownModel, discriminatorStart: -1, given: func(string) bool { return false }}
			if f.out == "" {
				return usage("name the folder of the run with -o")
			}
			specs, err := specsOf(args)
			if err != nil {
				return err
			}
			if len(specs) != 1 {
				return usage("name one collection, as NAME=PATH, not %d", len(specs))
			}
			copies := run.Copies{Source: specs[0], Faults: faultsOf(levels)}
			return sweep(cmd, f, copies)
		},
	}
	f.register(cmd)
	for _, each := range []struct {
		kind degrade.Kind
		help string
	}{
		{degrade.JPEG, "JPEG qualities, such as 75,30,10"},
		{degrade.Blur, "standard deviations of a Gaussian blur in pixels of the model's size"},
		{degrade.Resolution, "sides in pixels that images are reduced to and enlarged from"},
		{degrade.Noise, "standard deviations of normal noise as shares of white"},
		{degrade.Keep, "shares of the images that are kept"},
	} {
		levels[each.kind] = cmd.Flags().Float64Slice(string(each.kind), nil, each.help)
	}
	return cmd
}

// faultsOf lists the faults that flags ask for.
func faultsOf(levels map[degrade.Kind]*[]float64) []degrade.Fault {
	var faults []degrade.Fault
	for _, kind := range []degrade.Kind{degrade.JPEG, degrade.Blur, degrade.Resolution, degrade.Noise, degrade.Keep} {
		for _, level := range *levels[kind] {
			faults = append(faults, degrade.Fault{Kind: kind, Level: level})
		}
	}
	return faults
}

// sweep writes the copies, trains on them, and measures.
func sweep(cmd *cobra.Command, f trainFlags, copies run.Copies) error {
	dir, err := filepath.Abs(f.out)
	if err != nil {
		return err
	}
	if err := copies.Validate(f.size); err != nil {
		return usageError{err}
	}
	c, err := f.config(copies.Specs(dir))
	if err != nil {
		return err
	}
	images, err := c.Images()
	if err != nil {
		return usageError{err}
	}
	images.CacheDir, images.Strict = f.cache, f.strict
	folder, err := run.Take(dir, f.resume)
	if err != nil {
		return err
	}
	defer folder.Close()
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.close()
	if err := copies.Write(cmd.Context(), dir, images, progress.watch()); err != nil {
		return err
	}
	backend, err := openBackend(f.backend)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	job := run.Job{Folder: folder, Cache: f.cache, Strict: f.strict, Whole: true, Watch: progress.watch(), PreviewEvery: f.previews}
	opened, _, err := job.Open(cmd.Context(), backend, c)
	if err != nil {
		return err
	}
	defer opened.Close()
	found, err := audit.MeasureSweep(cmd.Context(), opened.HeldOut, copies.Faults, audit.Settings{Seed: opened.Config.Seed, Progress: progress.watch().Doing})
	if err != nil {
		return err
	}
	progress.close()
	numbers, page := filepath.Join(f.out, "sweep.json"), filepath.Join(f.out, "sweep.html")
	if err := saveJSON(numbers, found); err != nil {
		return err
	}
	if err := report.SweepPage(found).Write(page); err != nil {
		return err
	}
	for _, sentence := range found.Sentences() {
		fmt.Fprintf(cmd.OutOrStdout(), "- %s\n", sentence)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "\n%s\n%s\n", page, numbers)
	return nil
}
