package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/atomicfile"
	"github.com/dataprism/dataprism/quality"
	"github.com/dataprism/dataprism/report"
	"github.com/spf13/cobra"
)

// inspectFlags are the flags of inspect.
type inspectFlags struct {
	asJSON          bool
	html, csv, keep string
	background      string
	failOn          []string
	maxImages       int
	seed            uint64
	validation      float64
	tables          tableFlags
}

func newInspect() *cobra.Command {
	var f inspectFlags
	cmd := &cobra.Command{
		Use:   "inspect NAME=PATH...",
		Short: "Find what is wrong with collections of images and how they differ, without training",
		Long: `Find what is wrong with collections of images and how they differ, without training.

Every image is decoded once and measured in its own pixels: brightness, contrast, colour, sharpness, noise, JPEG quality,
blocking, borders. Copies are found within collections, between them, and across the split into training and held-out
images, which is that of train with the same --seed and --validation.

--fail-on takes a limit on a field of the JSON, such as 'duplicates.leaks.length>0', 'apart>0.9' or
'collections.*.skipped.length>0', and may be given several times. Where one is crossed the exit code is 3.`,
		Example: "  dataprism inspect lfw=lfw/ aaf=aaf.zip --html quality.html --keep keep.txt",
		RunE:    func(cmd *cobra.Command, args []string) error { return inspect(cmd, args, f) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.asJSON, "json", false, "print the report as JSON")
	flags.StringVar(&f.html, "html", "", "write the report as one HTML file that opens offline")
	flags.StringVar(&f.csv, "csv", "", "write a row an image")
	flags.StringVar(&f.keep, "keep", "", "write a list of the images without copies and broken files; with several collections also one for each, FILE.NAME")
	failOnVar(cmd, &f.failOn, "the report")
	flags.IntVar(&f.maxImages, "max-images", 0, "take at most this many images of a collection (0: all)")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the split")
	flags.Float64Var(&f.validation, "validation", collection.DefaultValidation, "share of the images held out")
	f.tables.register(cmd)
	flags.StringVar(&f.background, "background", "#ffffff", "colour that transparent images are laid on, such as white or #rrggbb")
	return cmd
}

func inspect(cmd *cobra.Command, args []string, f inspectFlags) error {
	specs, err := specsOf(args)
	if err != nil {
		return err
	}
	if len(specs) == 0 {
		return usage("name the collections to inspect, as NAME=PATH")
	}
	if err := f.tables.apply(specs); err != nil {
		return err
	}
	limits, err := limitsOf(f.failOn)
	if err != nil {
		return err
	}
	ground, err := collection.ParseColor(f.background)
	if err != nil {
		return usage("--background: %w", err)
	}
	switch ext := strings.ToLower(filepath.Ext(f.keep)); ext {
	case ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".yaml", ".yml":
		return usage("--keep writes a list of paths, which would not be read as one with the ending %s: give it .txt", ext)
	}
	for _, path := range []string{f.html, f.csv, f.keep} {
		if path == "" {
			continue
		}
		if err := atomicfile.Check(path); err != nil {
			return err
		}
	}
	progress := newProgress(cmd.ErrOrStderr())
	defer progress.close()
	found, err := quality.Inspect(cmd.Context(), specs, quality.Options{
		MaxImages: f.maxImages, Seed: f.seed, Validation: f.validation, Ground: ground,
		Read: progress.images, Doing: progress.counted,
	})
	var twice *collection.DuplicateNameError
	var option *collection.OptionError
	switch {
	case errors.As(err, &twice) || errors.As(err, &option):
		return usageError{err}
	case err != nil:
		return err
	}
	progress.close()
	if err := writePage(cmd, progress, found, specs, f.html); err != nil {
		return err
	}
	if err := writeInspection(cmd.OutOrStdout(), progress, found, specs, f); err != nil {
		return err
	}
	if err := check(limits, found); err != nil {
		return err
	}
	return unread(found)
}

// unread is an error where collections could not be read as a whole.
func unread(r *quality.Report) error {
	var names []string
	for _, c := range r.Collections {
		if c.Error != "" {
			names = append(names, c.Name)
		}
	}
	if len(names) > 0 {
		return fmt.Errorf("could not read %s: the report says why", strings.Join(names, ", "))
	}
	return nil
}

// pictureSide is how large pictures on a page are, in pixels: twice what they are shown at.
const pictureSide = 192

// writePage writes the HTML page, for which some images are read again.
func writePage(cmd *cobra.Command, p *progress, r *quality.Report, specs []collection.Spec, path string) error {
	if path == "" {
		return nil
	}
	p.counted("reading the pictures of the page", 0, 0)
	i := report.Inspection{Report: r, Made: "Made by dataprism inspect."}
	var err error
	if i.Pictures, err = quality.Pictures(cmd.Context(), specs, i.Files(), pictureSide); err != nil {
		return err
	}
	return i.Page().Write(path)
}

func writeInspection(out io.Writer, p *progress, r *quality.Report, specs []collection.Spec, f inspectFlags) error {
	if f.csv != "" {
		if err := atomicfile.WriteFrom(f.csv, r.WriteCSV); err != nil {
			return err
		}
	}
	if f.keep != "" {
		if err := writeKept(p, r, specs, f.keep); err != nil {
			return err
		}
	}
	if f.asJSON {
		return printJSON(out, r)
	}
	return r.WriteText(out)
}

// writeKept writes the list of all images to keep and, where there are several collections, one for each.
func writeKept(p *progress, r *quality.Report, specs []collection.Spec, path string) error {
	lists := []struct {
		path string
		only int
	}{{path, -1}}
	if len(specs) > 1 {
		for i, s := range specs {
			ext := filepath.Ext(path)
			lists = append(lists, struct {
				path string
				only int
			}{strings.TrimSuffix(path, ext) + "." + s.Name + ext, i})
		}
	}
	for _, l := range lists {
		kept, err := r.KeepList(specs, l.only, filepath.Dir(l.path))
		if err != nil {
			return err
		}
		if err := atomicfile.Write(l.path, []byte(kept.Text)); err != nil {
			return err
		}
		p.note("%s: %d images", l.path, kept.Files)
		if n := len(kept.Unwritable); n > 0 && l.only < 0 {
			p.note("  %d more have names that a list of paths cannot hold, the first %q", n, kept.Unwritable[0])
		}
	}
	return nil
}
