package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/collection/degrade"
)

// CopiesDir is the folder of a sweep's run with the collections that it has made.
const CopiesDir = "collections"

// Copies are one collection and what faults make of it: the collections that a sweep trains one prism on.
type Copies struct {
	Source collection.Spec
	Faults []degrade.Fault
}

// Validate says what is wrong with the faults for square images of the given side.
func (c Copies) Validate(side int) error {
	if len(c.Faults) == 0 {
		return errors.New("a sweep needs a fault at least: --jpeg, --blur, --resolution, --noise or --keep with levels")
	}
	seen := map[string]bool{}
	for _, f := range c.Faults {
		if err := f.Validate(side); err != nil {
			return err
		}
		if seen[f.Name()] {
			return fmt.Errorf("%s %g is given twice", f.Kind, f.Level)
		}
		seen[f.Name()] = true
	}
	return nil
}

// Names are the copies' names: that of the source for the plain one, and SOURCE.FAULT for the others.
func (c Copies) Names() []string {
	names := []string{c.Source.Name}
	for _, f := range c.Faults {
		names = append(names, c.Source.Name+"."+f.Name())
	}
	return names
}

// Specs are the copies as collections in the folder of a run, the plain one first.
func (c Copies) Specs(dir string) []collection.Spec {
	var specs []collection.Spec
	for _, name := range c.Names() {
		specs = append(specs, collection.Spec{Name: name, Path: filepath.Join(dir, CopiesDir, name)})
	}
	return specs
}

// Write writes the copies into the folder of a run, those that are not there yet. Each is whole or not there. Images
// have the side and the channels of options; copies of one image are a pair (see [degrade.Copy]).
func (c Copies) Write(ctx context.Context, dir string, options collection.Options, watch Watch) error {
	if err := c.Validate(options.Size); err != nil {
		return err
	}
	options.Progress = watch.Images
	d, err := collection.Open(ctx, []collection.Spec{c.Source}, options)
	if err != nil {
		return err
	}
	defer d.Close()
	if watch.Read != nil {
		watch.Read(d)
	}
	for i, spec := range c.Specs(dir) {
		if _, err := os.Stat(spec.Path); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		var fault *degrade.Fault
		if i > 0 {
			fault = &c.Faults[i-1]
		}
		watch.note("writing %s", spec.Name)
		err := NewFolder(spec.Path, func(temporary string) error {
			return degrade.Copy(ctx, temporary, d, 0, fault, options.Seed, nil)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
