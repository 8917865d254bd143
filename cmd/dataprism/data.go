package main

import (
	"fmt"
	"strings"

	"github.com/dataprism/dataprism/collection"
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
