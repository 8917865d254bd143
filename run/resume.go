package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
)

// at is c with its collections, and the tables that are given for them, at the paths of sources that are called the
// same.
func (c Config) at(sources []Source) Config {
	c.Data.Sources = slices.Clone(c.Data.Sources)
	for i := range c.Data.Sources {
		begun := &c.Data.Sources[i]
		for _, s := range sources {
			if s.Name != begun.Name {
				continue
			}
			begun.Path = s.Path
			if s.Metadata != "" {
				begun.Metadata = s.Metadata
			}
			if s.FileColumn != "" {
				begun.FileColumn = s.FileColumn
			}
		}
	}
	return c
}

// Split are the cells of a run that was started with collections split by labels, in collections of the same names
// that may lie elsewhere. It is false where the run was not started with these.
func (c Config) Split(given []collection.Spec) ([]collection.Spec, bool) {
	var cells []collection.Spec
	seen := map[string]bool{}
	for _, s := range c.Data.Sources {
		i := slices.IndexFunc(given, func(g collection.Spec) bool { return g.Name == s.Of })
		if i < 0 {
			return nil, false
		}
		seen[s.Of] = true
		cell := given[i]
		cell.Name, cell.Of, cell.Where = s.Name, s.Of, s.Where
		cells = append(cells, cell)
	}
	return cells, len(seen) == len(given)
}

// Given are the names of the collections that a run was started with, before any of them was split.
func (c Config) Given() []string {
	var names []string
	for _, s := range c.Data.Sources {
		if s.Of != "" {
			s.Name = s.Of
		}
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// ImagesError says that the collections of a run are not those that it was started with: images that are held out now
// may have been trained on.
type ImagesError struct {
	Dir   string
	Moved []string // what is known of where they are
}

func (e *ImagesError) Error() string {
	text := fmt.Sprintf("the images or the labels of %s, or which of them are held out, are not those that it was started with", e.Dir)
	if len(e.Moved) > 0 {
		text += " (" + strings.Join(e.Moved, "; ") + ")"
	}
	return text
}

// SameImages returns an [*ImagesError] where d, read as c says, is not the data set that the run in dir was started
// with.
func (c Config) SameImages(dir string, d *collection.Dataset) error {
	if c.Data.Key == "" || c.Data.Key == d.Key() {
		return nil
	}
	e := &ImagesError{Dir: dir}
	for i, s := range c.Data.Sources {
		if now := d.Collections[i].Path; now != s.Path {
			e.Moved = append(e.Moved, fmt.Sprintf("%s was %s and is %s", s.Name, s.Path, now))
		}
	}
	return e
}
