package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/prism"
)

// collectionsOf reads the collections that arguments name: NAME=PATH, or a YAML file that lists them.
func collectionsOf(args []string) ([]collection.Spec, error) {
	var specs []collection.Spec
	for _, arg := range args {
		if !strings.Contains(arg, "=") && (strings.HasSuffix(arg, ".yaml") || strings.HasSuffix(arg, ".yml")) {
			more, err := collection.ReadSpecs(arg)
			if err != nil {
				return nil, err
			}
			specs = append(specs, more...)
			continue
		}
		spec, err := collection.ParseSpec(arg)
		if err != nil {
			return nil, err
		}
		specs = append(specs, spec)
	}
	if len(specs) < 2 {
		return nil, usage("name at least two collections to compare, as NAME=PATH, not %d", len(specs))
	}
	return specs, nil
}

// imageOptions say how images are prepared for the model of a run.
func imageOptions(run prism.Run) (collection.Options, error) {
	background, err := collection.ParseColor(run.Data.Background)
	if err != nil {
		return collection.Options{}, usage("--background: %w", err)
	}
	size, _ := run.Model.Size()
	return collection.Options{
		Size: size, Gray: run.Data.Gray, Background: background,
		MaxImages: run.Data.MaxImages, Seed: run.Seed, Validation: run.Data.Validation,
	}, nil
}

// openData reads the collections of a run.
func openData(ctx context.Context, run prism.Run, options collection.Options) (*collection.Dataset, error) {
	if len(run.Data.Sources) == 0 {
		return nil, fmt.Errorf("this run does not know where the images of its collections are: name images, or import it again with a path for each collection (--collections NAME=PATH,NAME=PATH)")
	}
	var specs []collection.Spec
	for _, s := range run.Data.Sources {
		specs = append(specs, collection.Spec{Name: s.Name, Path: s.Path, Frame: s.Frame})
	}
	return collection.Open(ctx, specs, options)
}

// describe tells what was read, in a line a collection, and why files were left out.
func describe(p *progress, d *collection.Dataset) {
	const most = 5
	for _, c := range d.Collections {
		left := ""
		if c.LeftOut > 0 {
			left = fmt.Sprintf(", %d left out by --max-images", c.LeftOut)
		}
		p.note("%s: %d images found, %d to train on, %d held out, %d skipped%s",
			c.Name, c.Found, len(c.Train), len(c.Validation), len(c.Skipped), left)
		for i, s := range c.Skipped {
			if i == most {
				p.note("  skipped %d more", len(c.Skipped)-most)
				break
			}
			p.note("  skipped %s: %s", s.File, s.Reason)
		}
	}
}
