package audit

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/quality"
)

// DriftSchema is the version of the layout of drift.json that this package writes; drift.schema.json describes it.
const DriftSchema = 1

// Drift is how a new folder differs from the held-out images of a run: the content of drift.json. docs/audit.md says
// what each field means. What could not be measured is null, and Skipped says why.
//
// It follows the argument of Groh ("Identifying the Context Shift between Test Benchmarks and Production Data",
// 2022): that two samples differ says little until the contexts are named in which they do, and what no name explains
// is for a person to look at.
type Drift struct {
	Schema   int        `json:"schema"`
	About    DriftAbout `json:"about"`
	Findings []Finding  `json:"findings"`
	Limits   []string   `json:"limits"`

	// Shift is whether there is any, in latents.
	Shift *Shift `json:"shift"`
	// Outside is the share of new images that fit none of the run's collections, and OutsideExpected the share of the
	// collections' own held-out images of which that would be said.
	Outside         *measure.Estimate `json:"outside"`
	OutsideExpected *measure.Estimate `json:"outside_expected"`
	OutsideImages   []string          `json:"outside_images"`
	// Contexts are what may have changed, what changed most first.
	Contexts []ContextShift `json:"contexts"`
	// Explained is how much of what tells new images from the run's the labels, lists and collections among the
	// contexts account for, and Unexplained the rest; ExplainedWithProperties is with the properties of images
	// besides, which may change because of what images show (see [measure.SeparationExplained]).
	Explained               *measure.Estimate `json:"explained"`
	ExplainedWithProperties *measure.Estimate `json:"explained_with_properties"`
	Unexplained             *measure.Estimate `json:"unexplained"`
	// Unnamed are the new images that are told from the run's most surely beyond what those contexts say: for a
	// person to name.
	Unnamed []string `json:"unnamed"`
	// Accuracy is what the change may cost a classifier of [DriftSettings.Label]; null where none is asked for.
	Accuracy *Accuracy `json:"accuracy"`
	// Proposed are the images to label next.
	Proposed []Proposal `json:"proposed"`
	Skipped  []Skipped  `json:"skipped"`
}

// DriftAbout says what was compared with what.
type DriftAbout struct {
	Program   string   `json:"program"` // name and version
	Command   string   `json:"command"`
	Run       string   `json:"run"`
	Seed      uint64   `json:"seed"`
	New       string   `json:"new"`       // the folder's name
	Found     int      `json:"found"`     // its usable images
	Seen      int      `json:"seen"`      // of them, looked at
	Against   []string `json:"against"`   // the collections compared with
	Benchmark int      `json:"benchmark"` // their held-out images that were looked at
}

// Shift is how surely new images are told from the held-out images of the run by their latents.
type Shift struct {
	MMD    measure.TwoSample `json:"mmd"`    // test by the kernel discrepancy, units permuted
	C2ST   measure.Estimate  `json:"c2st"`   // balanced accuracy of a two-layer probe; chance is 0.5
	Q      float64           `json:"q"`      // false-discovery rate of the test among all that is compared
	Halves *measure.Estimate `json:"halves"` // the control: C2ST of one half of the held-out images against the other
}

// DriftSettings say what a comparison with a new folder looks at.
type DriftSettings struct {
	Settings
	Against []int // the collections compared with; none is all
	Lists   []ContextList
	Hidden  []string // labels that are not taken as contexts
	Label   string   // of which a classifier's accuracy is compared; may be empty
	Propose int      // images to label next
	// Files measures the original files of rows of collection c, or of the new folder where c is -1: a row of nil
	// could not be read. It may be nil.
	Files func(ctx context.Context, c int, rows []int) ([]*quality.Measurements, error)
}

// drift is a comparison on its way.
type drift struct {
	*HeldOut
	in       *Incoming
	settings DriftSettings
	found    *Drift

	rows       []int // of the held-out images that are compared with
	units      []int // of those, then of the new images; numbered together
	class      []int // 0 for those, 1 for the new images
	contexts   []namedContext
	answers    *answers         // of a classifier of settings.Label, once it has been asked
	farOutside bool             // whether the share outside stands
	columns    []measure.Matrix // what contexts that have a meaning say of each row, those of the held-out images first
	properties measure.Matrix   // the properties of each image, in the same order
}

// Compare says how the images of a folder differ from the held-out images of the prism's collections. The only error
// is that of a context that has ended, or that there is nothing to compare.
func (h *HeldOut) Compare(ctx context.Context, in *Incoming, s DriftSettings) (*Drift, error) {
	if len(s.Against) == 0 {
		s.Against = h.prism.All()
	}
	d := &drift{HeldOut: h, in: in, settings: s, found: &Drift{
		Schema: DriftSchema, Findings: []Finding{}, Contexts: []ContextShift{}, Unnamed: []string{}, Proposed: []Proposal{},
		OutsideImages: []string{}, Skipped: append([]Skipped{}, h.Skipped...),
	}}
	own := h.where(func(c int) bool { return slices.Contains(s.Against, c) })
	if len(own) == 0 {
		return nil, errors.New("the collections compared with have no held-out images")
	}
	d.rows = choose(own, maxDrift, s.Seed, stream.AuditBenchmark, 0)
	slices.Sort(d.rows)
	d.join()
	d.found.About = DriftAbout{Seed: s.Seed, New: in.Name, Found: in.Found, Seen: len(in.Row), Benchmark: len(d.rows)}
	for _, c := range s.Against {
		d.found.About.Against = append(d.found.About.Against, h.name(c))
	}
	for _, part := range []struct {
		what    string
		measure func(context.Context) error
	}{
		{"outside", d.measureOutside},
		{"shift", d.measureShift},
		{"contexts", d.measureContexts},
		{"explained", d.measureExplained},
		{"accuracy", d.measureAccuracy},
	} {
		s.begin("measuring "+part.what, 0)
		if err := d.skip(ctx, part.what, part.measure(ctx)); err != nil {
			return nil, err
		}
	}
	d.found.Limits = d.limits()
	d.found.Findings = d.findings()
	return d.found, ctx.Err()
}

// skip is [Evaluation.skip] for a comparison.
func (d *drift) skip(ctx context.Context, what string, why error) error {
	if why == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	names := []string{"the run's collections", d.in.Name}
	d.found.Skipped = append(d.found.Skipped, Skipped{what, plain(why, names, "images").Error()})
	return nil
}

// join numbers the units of both sides together. A new image with the same pixels as a held-out one is of its unit.
func (d *drift) join() {
	d.units = measure.Pick(d.Units, d.rows)
	next := 0
	byPixels := map[string]int{}
	for i, row := range d.rows {
		next = max(next, d.units[i]+1)
		byPixels[pixelsOf(d.Images.Image(row))] = d.units[i]
	}
	same := map[int]int{} // of a unit of the new images, the unit of held-out images that it is
	for i, u := range d.in.Units {
		if of, copied := byPixels[pixelsOf(d.in.Images.Image(i))]; copied {
			same[u] = of
		}
	}
	for _, u := range d.in.Units {
		if of, copied := same[u]; copied {
			d.units = append(d.units, of)
		} else {
			d.units = append(d.units, next+u)
		}
	}
	d.class = make([]int, len(d.units))
	for i := len(d.rows); i < len(d.class); i++ {
		d.class[i] = 1
	}
}

// pixelsOf is an image's values as a key.
func pixelsOf(image []float32) string {
	key := make([]byte, len(image))
	for i, v := range image {
		key[i] = byte(math.Round(float64(v+1) * 127.5))
	}
	return string(key)
}
