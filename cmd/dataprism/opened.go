package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/run"
	"github.com/gomlx/compute"
	"github.com/spf13/cobra"
)

// opened is the model of a run, ready for use.
type opened struct {
	prism   *prism.Prism
	config  run.Config
	backend compute.Backend
	options collection.Options
}

func openModel(backendName, dir string) (*opened, error) {
	backend, err := openBackend(backendName)
	if err != nil {
		return nil, err
	}
	p, config, err := run.Open(backend, dir)
	if err == nil {
		var options collection.Options
		if options, err = config.Images(); err == nil {
			return &opened{p, config, backend, options}, nil
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
		views, err := m.views(paths, []int{c})
		if err != nil {
			return nil, nil, err
		}
		return views[0], prism.Repeat(c, len(paths)), nil
	}
	views, err := m.views(paths, m.prism.All())
	if err != nil {
		return nil, nil, err
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

// views decodes images once each and cuts them as every one of the given collections frames its own: for each
// collection [n, size, size, channels].
func (m *opened) views(paths []string, collections []int) ([][]float32, error) {
	w := m.prism.Pixels()
	views := make([][]float32, len(collections))
	for v := range views {
		views[v] = make([]float32, len(paths)*w)
	}
	for i, path := range paths {
		picture, err := collection.OpenPicture(path)
		if err != nil {
			return nil, err
		}
		for v, c := range collections {
			options := m.options
			options.Frame = m.config.Data.Frame(c)
			pixels, err := picture.Square(options)
			if err != nil {
				return nil, fmt.Errorf("image %s: %w", path, err)
			}
			collection.Floats(views[v][i*w:(i+1)*w], pixels)
		}
	}
	return views, nil
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
