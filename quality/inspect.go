package quality

import (
	"context"
	"image/color"
	"sync"

	"github.com/dataprism/dataprism/collection"
)

// Options say how collections are inspected. The zero value is a sensible choice.
type Options struct {
	MaxImages  int     // of each collection; 0 takes all
	Seed       uint64  // of the split, of the choice of MaxImages and of folds
	Validation float64 // share held out; 0 means [collection.DefaultValidation]
	Ground     color.Color
	Workers    int // images measured at once; 0 is one for each processor

	// Read is called, never twice at a time, as images are read.
	Read func(collection.Progress)
	// Doing is called, never twice at a time, as other work goes on.
	Doing func(what string, done, total int)
}

// Inspect reads collections once and says what is in them, what is wrong with them and in what they differ. A
// collection that cannot be read as a whole has an Error and no images; an error is returned for names and options
// that are wrong, where no collection can be read, and when ctx ends.
//
// The split is that of training with the same seed and share.
func Inspect(ctx context.Context, specs []collection.Spec, o Options) (*Report, error) {
	ground := color.RGBA{255, 255, 255, 255}
	if o.Ground != nil {
		c := color.NRGBAModel.Convert(o.Ground).(color.NRGBA)
		ground = color.RGBA{c.R, c.G, c.B, 255}
	}
	gauge := NewGauge(ground)
	var mu sync.Mutex
	measured := make([][]*Measured, len(specs))
	failed := make([]error, len(specs))
	visit := collection.Visitor{
		File: func(f collection.File) {
			if f.Picture == nil {
				return
			}
			m := gauge.Measure(f)
			mu.Lock()
			defer mu.Unlock()
			rows := &measured[f.Collection]
			for len(*rows) <= f.Row {
				*rows = append(*rows, nil)
			}
			(*rows)[f.Row] = m
		},
		Failed: func(i int, err error) error { failed[i] = err; return nil },
	}
	d, err := collection.Survey(ctx, specs, collection.Options{
		Size: SeenSide, MaxImages: o.MaxImages, Seed: o.Seed, Validation: o.Validation, Workers: o.Workers,
		Background: o.Ground, Progress: o.Read,
	}, visit)
	if err != nil {
		return nil, err
	}
	s := newSurvey(d, measured)
	if len(s.rows) == 0 {
		for _, err := range failed {
			if err != nil {
				return nil, err
			}
		}
	}
	r := &Report{Schema: Schema}
	doing := func(what string) func(done int) {
		return func(done int) {
			mu.Lock()
			defer mu.Unlock()
			if o.Doing != nil {
				o.Doing(what, done, len(s.rows))
			}
		}
	}
	if err := s.findCopies(ctx, doing("looking for copies")); err != nil {
		return nil, err
	}
	doing("comparing collections")(0)
	r.Duplicates = s.duplicates()
	for i, c := range d.Collections {
		r.Collections = append(r.Collections, s.describe(i, c, failed[i]))
	}
	if err := s.compare(ctx, r, o.Seed); err != nil {
		return nil, err
	}
	r.Images = s.images
	r.Findings = findings(r)
	return r, nil
}

// survey is the images of some collections and how they belong together.
type survey struct {
	data   *collection.Dataset
	images []Image // every file
	rows   []int   // the images that are usable, of all collections in their order
	first  []int   // of each collection, its first image
	pair   []string
	group  []string
	set    *sets // of copies, by place in rows
	exact  [][]int
}

func newSurvey(d *collection.Dataset, measured [][]*Measured) *survey {
	s := &survey{data: d}
	for i, c := range d.Collections {
		s.first = append(s.first, len(s.images))
		reasons := map[string]string{}
		for _, skipped := range c.Skipped {
			reasons[skipped.File] = skipped.Reason
		}
		from := len(s.images)
		for row, item := range c.Items {
			m := Image{Collection: i, File: item.File, Reason: reasons[item.File]}
			if c.Usable(row) && row < len(measured[i]) {
				m.Measured = measured[i][row]
			}
			s.images = append(s.images, m)
			if m.Measured != nil {
				s.rows = append(s.rows, from+row)
				pair, _ := c.Label(row, collection.LabelPair)
				group, _ := c.Label(row, collection.LabelGroup)
				s.pair, s.group = append(s.pair, pair), append(s.group, group)
			}
		}
		for _, row := range c.Train {
			s.images[from+row].Side = "train"
		}
		for _, row := range c.Validation {
			s.images[from+row].Side = "validation"
		}
	}
	return s
}

// image is the image at a place in rows.
func (s *survey) image(at int) *Image { return &s.images[s.rows[at]] }

// name is a file with its collection.
func (s *survey) name(m *Image) string { return s.data.Collections[m.Collection].Name + "/" + m.File }
