package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/audit"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/quality"
)

// DriftDir is the folder of a run with its comparisons with new folders, each in a folder of its name.
const DriftDir = "drift"

// Drift compares an opened run with a new folder.
func (x Examination) Drift(ctx context.Context, o *Opened, folder collection.Spec, s audit.DriftSettings) (*audit.Drift, *audit.Incoming, error) {
	if slices.Contains(o.Prism.Collections, folder.Name) {
		return nil, nil, fmt.Errorf("%s is the name of a collection of the run: give the new folder another", folder.Name)
	}
	s.Settings = x.settings(o.Config)
	if len(s.Against) == 0 {
		s.Against = o.Prism.All()
	}
	views, err := x.framed(ctx, o, folder)
	defer closeAll(views)
	if err != nil {
		return nil, nil, err
	}
	s.Files = x.files(o, views[0], folder)
	in, err := o.HeldOut.Receive(ctx, views, s.Against, s.Settings)
	if err != nil {
		return nil, nil, err
	}
	found, err := o.HeldOut.Compare(ctx, in, s)
	if err != nil {
		return nil, nil, err
	}
	found.About.Run = filepath.Base(filepath.Clean(x.Dir))
	return found, in, nil
}

// framed opens a folder once for each frame that collections of the run have; views[k] is it as collection k is
// framed.
func (x Examination) framed(ctx context.Context, o *Opened, folder collection.Spec) (views []*collection.Dataset, err error) {
	options, err := o.Config.Images()
	if err != nil {
		return nil, err
	}
	options.MaxImages, options.CacheDir, options.Progress = 0, x.Cache, x.Watch.Images
	opened := map[Framing]*collection.Dataset{}
	for k := range o.Prism.Collections {
		framing := o.Config.Data.Framing(k)
		folder.Frame = framing.Frame
		d := opened[framing]
		if d == nil {
			if d, err = collection.Open(ctx, []collection.Spec{folder}, framing.In(options)); err != nil {
				return views, err
			}
			if k == 0 && x.Watch.Read != nil {
				x.Watch.Read(d)
			}
			if first := d.Collections[0]; k > 0 && !slices.Equal(first.Rows(), views[0].Collections[0].Rows()) {
				return append(views, d), fmt.Errorf("the images of %s changed while they were read", folder.Name)
			}
			opened[framing] = d
		}
		views = append(views, d)
	}
	return views, nil
}

// files measures original files of a run's collections and of a new folder: their size, length and compression.
func (x Examination) files(o *Opened, view *collection.Dataset, folder collection.Spec) func(ctx context.Context, c int, rows []int) ([]*quality.Measurements, error) {
	return func(ctx context.Context, c int, rows []int) ([]*quality.Measurements, error) {
		spec, of := folder, view.Collections[0]
		if c >= 0 {
			specs, err := o.Config.Specs()
			if err != nil {
				return nil, err
			}
			spec, of = specs[c], o.Data.Collections[c]
		}
		if x.Watch.Doing != nil {
			x.Watch.Doing(audit.Progress{What: "reading the files of " + spec.Name})
		}
		place, names := make(map[string]int, len(rows)), make([]string, len(rows))
		for i, row := range rows {
			names[i] = of.Items[row].File
			place[names[i]] = i
		}
		measured := make([]*quality.Measurements, len(rows))
		err := collection.Revisit(ctx, spec, names, func(f collection.File) {
			if f.Picture == nil {
				return
			}
			m := &quality.Measurements{Format: collection.FormatOf(f.Data), Bytes: len(f.Data), JPEGQuality: math.NaN()}
			m.Width, m.Height = f.Picture.Bounds()
			if q, ok := quality.JPEGQuality(f.Data); ok {
				m.JPEGQuality = q
			}
			measured[place[f.Name]] = m // each by one goroutine alone
		})
		return measured, err
	}
}

// closeAll closes data sets, of which some are there several times.
func closeAll(views []*collection.Dataset) {
	closed := map[*collection.Dataset]bool{}
	for _, d := range views {
		if !closed[d] {
			closed[d] = true
			d.Close()
		}
	}
}

// maxListBytes is the largest list of a context that is read.
const maxListBytes = 64 << 20

// ReadContext reads a context from a list of images, one a line: as a report names them (NAME/PATH), or paths, of
// which relative ones are below the list's folder. Empty lines and those that begin with # are left out. specs are
// the new folder and the collections of the run; of two that hold an image the first is meant.
func ReadContext(name, path string, specs []collection.Spec) (audit.ContextList, error) {
	l := audit.ContextList{Name: name}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return l, fmt.Errorf("context %s: %w", name, err)
	case !info.Mode().IsRegular():
		return l, fmt.Errorf("context %s: %s is no file: give a list of images, one a line", name, path)
	case info.Size() > maxListBytes:
		return l, fmt.Errorf("context %s: %s has more than %d bytes: no list of images", name, path, maxListBytes)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return l, fmt.Errorf("context %s: %w", name, err)
	}
	base, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return l, err
	}
	roots, err := absolute(specs)
	if err != nil {
		return l, err
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		l.Files = append(l.Files, namedBy(line, base, roots))
	}
	if len(l.Files) == 0 {
		return l, fmt.Errorf("context %s: %s names no image", name, path)
	}
	return l, nil
}

func absolute(specs []collection.Spec) ([]collection.Spec, error) {
	out := make([]collection.Spec, len(specs))
	var errs []error
	for i, s := range specs {
		var err error
		out[i], err = s.Absolute()
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

// namedBy is the image that a line of a list names, as NAME/PATH where it is one of a collection.
func namedBy(line, base string, roots []collection.Spec) string {
	for _, s := range roots {
		if strings.HasPrefix(line, s.Name+"/") {
			return line
		}
	}
	full := line
	if !filepath.IsAbs(full) {
		full = filepath.Join(base, full)
	}
	for _, s := range roots {
		if below, err := filepath.Rel(s.Path, full); err == nil && filepath.IsLocal(below) {
			return s.Name + "/" + filepath.ToSlash(below)
		}
	}
	return line
}
