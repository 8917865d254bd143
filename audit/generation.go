package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// FeatureSpace maps images to rows whose distances say how alike images are.
type FeatureSpace struct {
	Name string // for people, as in "Inception, pool3"
	// Of maps n images [n, size, size, channels] in [-1, 1] to rows [n, d]. It ends with the context.
	Of func(ctx context.Context, images measure.Images) (measure.Matrix, error)
}

// encoder is the feature space of the prism's own encoder: the means of latents.
func (h *HeldOut) encoder() FeatureSpace {
	return FeatureSpace{"the run's own encoder", func(_ context.Context, images measure.Images) (measure.Matrix, error) {
		z, _, err := h.prism.Encode(images.Data)
		return measure.Matrix{Rows: images.N, Cols: h.prism.Dim(), Data: z}, err
	}}
}

// Generation is how near what a prism makes under a collection comes to the collection's held-out images. What could
// not be measured is nil, and Skipped of the audit says why.
type Generation struct {
	// Properties are means over the collection's held-out images of what images have whatever they show: the quality
	// that the others are to be held against. They are keyed by name; docs/drift.md lists them.
	Properties      map[string]measure.Estimate `json:"properties"`
	Samples         *Quality                    `json:"samples"`         // of images drawn under the collection
	Projections     *Quality                    `json:"projections"`     // of projections of the other collections' images into it
	Reconstructions *Quality                    `json:"reconstructions"` // of its own held-out images, decoded from their latents: the floor
	Halves          *Quality                    `json:"halves"`          // of one half of its held-out images against the other: the best there can be
	Reach           *Reach                      `json:"reach"`
}

// Reach is how much of a collection samples reach, beside what as many of its own images do: the coverage of one half of its
// held-out images ([measure.Manifold]), which depends on how many there are of either.
type Reach struct {
	Samples measure.Estimate `json:"samples"` // by samples
	Own     measure.Estimate `json:"own"`     // by images of the other half
	Real    int              `json:"real"`    // images that are to be reached
	Made    int              `json:"made"`    // images of either kind that reach them
}

// Quality compares made images with real ones.
type Quality struct {
	KID      measure.Estimate `json:"kid"`
	FID      *measure.Frechet `json:"fid"` // nil with too few images for an interval
	Manifold measure.Manifold `json:"manifold"`
	// Properties are the means over the made images, as in [Generation].
	Properties map[string]measure.Estimate `json:"properties"`
	Real       int                         `json:"real"` // images of either kind
	Made       int                         `json:"made"`
}

// maxCompared bounds the images of a set that are compared: distances of all pairs are computed.
const maxCompared = 3000

// neighbours is how many of them precision, recall, density and coverage look at (Naeem et al. 2020, section 4).
const neighbours = 5

// measureGeneration compares what is made under each collection with it.
func measureGeneration(ctx context.Context, h *HeldOut, s Settings, a *Audit) error {
	space := h.encoder()
	if s.Features != nil {
		space = *s.Features
	}
	a.Features = space.Name
	a.Generation = map[string]Generation{}
	latents, err := h.prism.Sample(stream.New(s.Seed, stream.AuditGeneration), h.limit(s.samples()), 1)
	if err != nil {
		return err
	}
	for c := range h.dataset.Collections {
		g, err := h.generation(ctx, s, a, c, space, latents[c])
		if err != nil {
			return err
		}
		a.Generation[h.name(c)] = g
	}
	return nil
}

func (h *HeldOut) generation(ctx context.Context, s Settings, a *Audit, c int, space FeatureSpace, sampled []float32) (g Generation, err error) {
	name, dim := h.name(c), h.prism.Dim()
	rows := choose(h.of(c), maxCompared, s.Seed, stream.AuditCompared, c)
	slices.Sort(rows)
	real, err := h.real(ctx, s, space, rows)
	if err != nil {
		return g, a.skip(ctx, "generation."+name, err)
	}
	units := measure.Pick(h.Units, rows)
	g.Properties, err = real.means(units)
	if err := a.skip(ctx, "generation."+name+".properties", err); err != nil {
		return g, err
	}
	others := choose(h.outside(c), maxCompared, s.Seed, stream.AuditCompared, c+len(h.dataset.Collections))
	var samples description
	for _, each := range []struct {
		what   string
		into   **Quality
		n      int
		units  []int
		images func(from, to int) ([]float32, error)
	}{
		{"samples", &g.Samples, len(sampled) / dim, nil, func(from, to int) ([]float32, error) {
			return h.prism.Decode(sampled[from*dim : to*dim])
		}},
		{"projections", &g.Projections, len(others), measure.Pick(h.Units, others), func(from, to int) ([]float32, error) {
			images, err := h.projected(others[from:to], c)
			return images.Data, err
		}},
		{"reconstructions", &g.Reconstructions, len(rows), units, func(from, to int) ([]float32, error) {
			return h.reconstructed(rows[from:to]).Data, nil
		}},
	} {
		made, err := h.describe(ctx, s, fmt.Sprintf("describing %s under %s", each.what, name), space, each.n, each.images)
		if each.into == &g.Samples {
			samples = made
		}
		if err == nil {
			*each.into, err = compared(ctx, real, made, units, each.units, s)
		}
		if err := a.skip(ctx, "generation."+name+"."+each.what, err); err != nil {
			return g, err
		}
	}
	one, other := halves(units, len(rows))
	if samples.features.Rows > 0 {
		g.Reach, err = reach(ctx, real.features, samples.features, one, other, units, s)
		if err := a.skip(ctx, "generation."+name+".reach", err); err != nil {
			return g, err
		}
	}
	g.Halves, err = compared(ctx, real.of(one), real.of(other), measure.Pick(units, one), measure.Pick(units, other), s)
	return g, a.skip(ctx, "generation."+name+".halves", err)
}

// description is what is seen of images, a row each.
type description struct {
	features   measure.Matrix // in which they are compared
	properties measure.Matrix // see [propertiesOf]
	channels   int
}

// of is that of some of the images.
func (d description) of(rows []int) description {
	return description{d.features.Select(rows), d.properties.Select(rows), d.channels}
}

// means are those of the properties, by name. Rows that belong together share a unit.
func (d description) means(units []int) (map[string]measure.Estimate, error) {
	out := map[string]measure.Estimate{}
	for j, property := range propertiesOfChannels(d.channels) {
		mean, err := measure.Mean(column(d.properties, j), units)
		if err != nil {
			return nil, err
		}
		out[property.name] = mean
	}
	return out, nil
}

// real describes held-out rows. Their features by the encoder are known.
func (h *HeldOut) real(ctx context.Context, s Settings, space FeatureSpace, rows []int) (description, error) {
	if s.Features != nil {
		return h.describe(ctx, s, "describing held-out images", space, len(rows), func(from, to int) ([]float32, error) {
			return h.original(rows[from:to]).Data, nil
		})
	}
	return description{h.Z.Select(rows), propertiesOf(h.original(rows)), h.dataset.Channels}, nil
}

// describe maps n images to their descriptions, a few at a time. Features that are not finite are an error.
func (h *HeldOut) describe(ctx context.Context, s Settings, what string, space FeatureSpace, n int, images func(from, to int) ([]float32, error)) (description, error) {
	out := description{channels: h.dataset.Channels}
	err := h.chunks(ctx, s, what, n, func(from, to int) error {
		data, err := images(from, to)
		if err != nil {
			return err
		}
		seen := h.imagesOf(to-from, data)
		features, err := space.Of(ctx, seen)
		if err != nil {
			return err
		}
		if !finite(features.Data) {
			return fmt.Errorf("%s: the features are not finite", what)
		}
		out.features, out.properties = appended(out.features, features), appended(out.properties, propertiesOf(seen))
		return nil
	})
	return out, err
}

// compared is the quality of made images against real ones. Those that belong together share a unit, and are not
// compared where that would make an image meet what was made of it.
func compared(ctx context.Context, real, made description, unitsReal, unitsMade []int, s Settings) (*Quality, error) {
	q := Quality{Real: real.features.Rows, Made: made.features.Rows}
	run := probe.Compute(s.Workers)
	var err error
	if q.KID, err = measure.KID(ctx, real.features, made.features, unitsReal, unitsMade, run); err != nil {
		return nil, err
	}
	if q.Manifold, err = measure.Manifolds(ctx, real.features, made.features, unitsReal, unitsMade, neighbours, run); err != nil {
		return nil, err
	}
	if q.Properties, err = made.means(unitsMade); err != nil {
		return nil, err
	}
	fid, err := measure.FrechetDistance(ctx, real.features, made.features, unitsReal, unitsMade, run)
	var few *measure.InsufficientError
	switch {
	case err == nil:
		q.FID = &fid
	case !errors.As(err, &few):
		return nil, err
	}
	return &q, nil
}

// reach compares how many of the real rows of one half samples reach, and as many rows of the other half.
func reach(ctx context.Context, real, samples measure.Matrix, one, other, units []int, s Settings) (*Reach, error) {
	made := min(len(other), samples.Rows)
	other = choose(other, made, s.Seed, stream.AuditCompared, -1)
	out := &Reach{Real: len(one), Made: made}
	halfUnits := measure.Pick(units, one)
	for _, each := range []struct {
		into  *measure.Estimate
		rows  measure.Matrix
		units []int
	}{{&out.Samples, samples.Slice(0, made), nil}, {&out.Own, real.Select(other), measure.Pick(units, other)}} {
		m, err := measure.Manifolds(ctx, real.Select(one), each.rows, halfUnits, each.units, neighbours, probe.Compute(s.Workers))
		if err != nil {
			return nil, err
		}
		*each.into = m.Coverage
	}
	return out, nil
}

// halves splits n rows so that each unit is on one side.
func halves(units []int, n int) (one, other []int) {
	for _, rows := range measure.RowsOfUnits(units, n) {
		if len(one) <= len(other) {
			one = append(one, rows...)
		} else {
			other = append(other, rows...)
		}
	}
	return one, other
}
