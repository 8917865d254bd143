package main

import (
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/spf13/cobra"
)

// collectionsOf reads the collections that arguments name, of which there must be two to compare.
func collectionsOf(args []string) ([]collection.Spec, error) {
	specs, err := specsOf(args)
	if err != nil {
		return nil, err
	}
	if len(specs) < 2 {
		return nil, usage("name at least two collections to compare, as NAME=PATH, not %d", len(specs))
	}
	return specs, nil
}

// specsOf reads the collections that arguments name: NAME=PATH, or a YAML file that lists them.
func specsOf(args []string) ([]collection.Spec, error) {
	var specs []collection.Spec
	for _, arg := range args {
		if !strings.Contains(arg, "=") && (strings.HasSuffix(arg, ".yaml") || strings.HasSuffix(arg, ".yml")) {
			more, err := collection.ReadSpecs(arg)
			if err != nil {
				return nil, err // of a file, not of the command line
			}
			specs = append(specs, more...)
			continue
		}
		spec, err := collection.ParseSpec(arg)
		if err != nil {
			return nil, usageError{err}
		}
		specs = append(specs, spec)
	}
	return specs, nil
}

// tableFlags say which table has the labels of a collection, and which of its columns names the images.
type tableFlags struct{ metadata, column []string }

func (f *tableFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.metadata, "metadata", nil, "table of a collection's labels, as NAME=FILE; found where it is not given (may be repeated)")
	flags.StringArrayVar(&f.column, "file-column", nil, "column of it that names the images, as NAME=COLUMN; found where it is not given (may be repeated)")
}

// apply enters what was given into the specs.
func (f tableFlags) apply(specs []collection.Spec) error {
	for _, flag := range []struct {
		name   string
		values []string
		set    func(*collection.Spec, string)
	}{
		{"metadata", f.metadata, func(s *collection.Spec, v string) { s.Metadata = v }},
		{"file-column", f.column, func(s *collection.Spec, v string) { s.FileColumn = v }},
	} {
		for _, given := range flag.values {
			name, value, ok := strings.Cut(given, "=")
			i := slices.IndexFunc(specs, func(s collection.Spec) bool { return s.Name == name })
			if !ok || value == "" || i < 0 {
				return usage("--%s %s: it is given as NAME=VALUE, with the name of a collection", flag.name, given)
			}
			flag.set(&specs[i], value)
		}
	}
	return nil
}

// describe tells what was read of each collection, with what was skipped or noted.
func describe(p *progress, d *collection.Dataset) {
	for _, c := range d.Collections {
		for _, line := range c.Describe() {
			p.note("%s", line)
		}
	}
}
