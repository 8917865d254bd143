package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/run"
	"github.com/gomlx/compute"
	"github.com/spf13/cobra"
)

// opened is the model of a run, ready for use.
type opened struct {
	dir     string
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
			return &opened{dir, p, config, backend, options}, nil
		}
	}
	backend.Finalize()
	return nil, err
}

// openComplete is openModel of a run that must have both stages.
func openComplete(backend, dir string) (*opened, error) {
	m, err := openModel(backend, dir)
	if err != nil {
		return nil, err
	}
	if err := m.prism.Complete(); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// data reads the collections of the run. Where they are not those that it was trained on, risk says what may then be wrong.
// The caller closes what it returns.
func (m *opened) data(ctx context.Context, cache string, p *progress, risk string) (*collection.Dataset, error) {
	options := m.options
	options.CacheDir, options.Progress = cache, p.images
	d, err := run.OpenData(ctx, m.config, options)
	if err != nil {
		return nil, err
	}
	if err := m.config.SameImages(m.dir, d); err != nil {
		p.note("%v: %s", err, risk)
	}
	return d, nil
}

// Close ends the use of the model.
func (m *opened) Close() { m.backend.Finalize() }

// outside are images from outside the run's collections that could be read.
type outside struct {
	paths   []string
	images  []float32 // [n, size, size, channels], each framed like the collection that it is from
	origins []int     // the collection that each is from
	left    []string  // the paths of those that were left out, which were said to be on stderr
}

// leftOut is an error where images were left out, for when the others are done.
func (o outside) leftOut() error {
	if len(o.left) == 0 {
		return nil
	}
	const most = 10
	return fmt.Errorf("%d of %d images were left out: %s", len(o.left), len(o.left)+len(o.paths), listing.Some(o.left, most))
}

// readOutside decodes images from outside the run's collections. Each is taken to be from the collection that is
// named, or from the one that it fits best. Those that cannot be read, and, unless anyway is set, those that fit
// none, are left out; it is an error when none is left. They are some of a number of images: of several, those that are left
// out are named on stderr, and of few it is told which collection each fits.
func (m *opened) readOutside(cmd *cobra.Command, paths []string, of int, from string, anyway bool) (outside, error) {
	var o outside
	collections := m.prism.All()
	if from != "" {
		c, err := m.prism.Collection(from)
		if err != nil {
			return o, usageError{err}
		}
		collections = []int{c}
	}
	views := make([][]float32, len(collections))
	var last error
	leave := func(path string, err error) {
		o.left, last = append(o.left, path), err
		if of > 1 {
			tell(cmd, "left out: %v", err)
		}
	}
	var read []string
	for _, path := range paths {
		if err := cmd.Context().Err(); err != nil {
			return o, err
		}
		squares, err := m.views(path, collections)
		if err != nil {
			leave(path, err)
			continue
		}
		for v := range views {
			views[v] = append(views[v], squares[v]...)
		}
		read = append(read, path)
	}
	if from != "" {
		o.paths, o.images, o.origins = read, views[0], prism.Repeat(collections[0], len(read))
	} else if len(read) > 0 {
		inferred, err := m.prism.Infer(views)
		if err != nil {
			return o, err
		}
		w := m.prism.Pixels()
		for i, f := range inferred {
			if of <= mostNamed {
				tell(cmd, "%s: fits %s (%s)", read[i], m.prism.Collections[f.Collection], percentages(m.prism.Collections, f.Posterior))
			}
			if f.Misfit != "" && !anyway {
				leave(read[i], fmt.Errorf("%s fits none of the collections: %s; say where it is from with --from, or use --anyway", read[i], f.Misfit))
				continue
			}
			if f.Misfit != "" {
				tell(cmd, "%s: fits none of the collections well: %s", read[i], f.Misfit)
			}
			o.paths = append(o.paths, read[i])
			o.origins = append(o.origins, f.Collection)
			o.images = append(o.images, views[f.Collection][i*w:(i+1)*w]...)
		}
	}
	if len(o.paths) == 0 {
		return o, last
	}
	return o, nil
}

// mostNamed are the few images of which it is told which collection each fits, and not only how many fit each.
const mostNamed = 64

// errEnough ends the reading of images of which no more are needed.
var errEnough = errors.New("no more images are needed")

// eachPart reads images as [opened.readOutside] does, chunk of them at a time, and gives those of each part that could be read
// to use, with how many have been looked at, until it returns errEnough. left are the paths of the others; it is an error when
// none is read at all. Of many images it is told how many fit each collection, and not which.
func (m *opened) eachPart(cmd *cobra.Command, paths []string, chunk int, from string, anyway bool, use func(given outside, done int) error) (left []string, err error) {
	var last error
	fitting, read, done := make([]int, len(m.prism.Collections)), 0, 0
	for part := range slices.Chunk(paths, chunk) {
		given, err := m.readOutside(cmd, part, len(paths), from, anyway)
		done += len(part)
		left = append(left, given.left...)
		if stopped := cmd.Context().Err(); stopped != nil {
			return left, stopped
		}
		if err != nil && len(given.left) == len(part) {
			last = err
			continue
		} else if err != nil {
			return left, err
		}
		read += len(given.paths)
		for _, c := range given.origins {
			fitting[c]++
		}
		if err := use(given, done); errors.Is(err, errEnough) {
			break
		} else if err != nil {
			return left, err
		}
	}
	if fit, err := m.prism.Fit(); from == "" && read > 0 && err == nil && fit == nil {
		tell(cmd, "%s", m.noYardstick())
	}
	switch {
	case read == 0 && len(paths) > 1:
		return left, fmt.Errorf("none of the %d images could be used", len(paths))
	case read == 0:
		return left, last
	case from == "" && len(paths) > mostNamed:
		tell(cmd, "best fit of %d images: %s", read, countsOf(m.prism.Collections, fitting))
	}
	return left, nil
}

// countsOf is such as "photo 12, oil 3".
func countsOf(names []string, counts []int) string {
	var parts []string
	for i, n := range counts {
		parts = append(parts, fmt.Sprintf("%s %d", names[i], n))
	}
	return strings.Join(parts, ", ")
}

// enlarged are images of a larger side, each framed as before.
func (m *opened) enlarged(o outside, size int) (*measure.Images, error) {
	_, channels := m.prism.Size()
	large := &measure.Images{N: len(o.paths), H: size, W: size, C: channels}
	for i, path := range o.paths {
		picture, err := collection.OpenPicture(path)
		if err != nil {
			return nil, err
		}
		values, err := m.cut(path, picture, o.origins[i], size)
		if err != nil {
			return nil, err
		}
		large.Data = append(large.Data, values...)
	}
	return large, nil
}

// cut makes of a picture what a collection shows of its own, [size, size, channels].
func (m *opened) cut(path string, picture *collection.Picture, c, size int) ([]float32, error) {
	options := m.config.Data.Shown(m.options, c)
	options.Size = size
	pixels, err := picture.Square(options)
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", path, err)
	}
	values := make([]float32, len(pixels))
	collection.Floats(values, pixels)
	return values, nil
}

// views decodes an image once and cuts it as each of the given collections frames its own: for each [size, size,
// channels].
func (m *opened) views(path string, collections []int) ([][]float32, error) {
	picture, err := collection.OpenPicture(path)
	if err != nil {
		return nil, err
	}
	var views [][]float32
	for _, c := range collections {
		values, err := m.cut(path, picture, c, m.options.Size)
		if err != nil {
			return nil, err
		}
		views = append(views, values)
	}
	return views, nil
}

// noYardstick says that nobody looked whether images fit, and what to do about it.
func (m *opened) noYardstick() string {
	const text = "whether images fit the collections at all was not looked at: "
	if m.config.Training == nil {
		return text + "a model that was imported has not been measured on images of its own"
	}
	return text + fmt.Sprintf("the run has not been measured yet, which dataprism train -o %s --resume does", m.dir)
}

// tell prints a line to stderr.
func tell(cmd *cobra.Command, format string, args ...any) {
	fmt.Fprintln(cmd.ErrOrStderr(), printable(fmt.Sprintf(format, args...)))
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
