package audit

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
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

// measureOutside counts the new images that fit none of the collections.
func (d *drift) measureOutside(context.Context) error {
	if d.in.Fit == nil {
		return errors.New("the run has no yardstick of how well its own images fit: train --resume measures it")
	}
	hits := make([]bool, len(d.in.Misfit))
	for i, why := range d.in.Misfit {
		if hits[i] = why != ""; hits[i] {
			d.found.OutsideImages = append(d.found.OutsideImages, d.in.File(i))
		}
	}
	share, err := measure.Proportion(hits, d.in.Units)
	if err != nil {
		return err
	}
	own, err := d.ownOutside()
	if err != nil {
		return err
	}
	d.found.Outside, d.found.OutsideExpected = &share, &own
	return nil
}

// ownOutside is the share of held-out images of which it would be said that they fit none: by the same bounds, which
// rest on some of them and are as uncertain.
func (d *drift) ownOutside() (measure.Estimate, error) {
	missed, err := measure.MissedEdges(d.HeldOut.Images, d.Reconstructions)
	if err != nil {
		return measure.Estimate{}, err
	}
	hits := make([]bool, len(d.rows))
	for i, row := range d.rows {
		c := d.Collection[row]
		hits[i] = d.LogProb[row] < d.in.Fit.LogProb[c] || missed[row] > d.in.Fit.MissedEdges[c]
	}
	return measure.Proportion(hits, d.unitsOf(benchmarkSide))
}

// measureShift tells new images from held-out ones by their latents.
func (d *drift) measureShift(ctx context.Context) error {
	var shift Shift
	s := d.settings.Settings
	own, a, b := d.Z.Select(d.rows), d.some(benchmarkSide), d.some(newSide)
	var err error
	if shift.MMD, err = measure.MMDTest(ctx, own.Select(a), d.in.Z.Select(b), measure.Pick(d.unitsOf(benchmarkSide), a), measure.Pick(d.unitsOf(newSide), b),
		permutations, stream.New(s.Seed, stream.AuditPermutations, -1), probe.Compute(s.Workers)); err != nil {
		return err
	}
	told, err := probe.CrossPredict(ctx, probe.Sample{X: stacked(own, d.in.Z), Class: d.class, Units: d.units, Classes: 2}, probe.TwoLayer{}, s.crossValidation())
	if err != nil {
		return err
	}
	if shift.C2ST, err = measure.BalancedAccuracy(d.class, measure.ArgMax(told.LogProbs), 2, d.units); err != nil {
		return err
	}
	d.found.Shift = &shift
	half, err := d.halves(ctx, own)
	if err != nil {
		return d.skip(ctx, "shift.halves", err)
	}
	shift.Halves = &half
	return nil
}

// some are at most as many images of a side as a kernel test takes.
func (d *drift) some(s side) []int {
	rows := make([]int, len(d.unitsOf(s)))
	for i := range rows {
		rows[i] = i
	}
	rows = choose(rows, maxTested, d.settings.Seed, stream.AuditBenchmark, 1+int(s))
	slices.Sort(rows)
	return rows
}

// measureExplained tells new images apart by contexts alone and by all that is known of images, and finds the images
// that the named contexts do not account for. Its probes are linear: with hundreds of images they rank better.
func (d *drift) measureExplained(ctx context.Context) error {
	positive := make([]bool, len(d.class))
	for i, c := range d.class {
		positive[i] = c == 1
	}
	everything := append(slices.Clone(d.columns), d.properties, stacked(d.Z.Select(d.rows), d.in.Z))
	all, err := d.odds(ctx, everything)
	if err != nil {
		return err
	}
	byName := odds{make([]float64, len(d.class)), all.fold} // of no context
	if len(d.columns) > 0 {
		if byName, err = d.odds(ctx, d.columns); err != nil {
			return err
		}
	}
	byProperties, err := d.odds(ctx, append(slices.Clone(d.columns), d.properties))
	if err != nil {
		return err
	}
	unnamed, named := make([]float64, len(d.in.Row)), byName.of[len(d.rows):]
	for i := range unnamed {
		unnamed[i] = all.of[len(d.rows)+i] - named[i]
	}
	for _, i := range descending(unnamed)[:min(mostUnnamed, len(unnamed))] {
		d.found.Unnamed = append(d.found.Unnamed, d.in.File(i))
	}
	d.propose(named, unnamed)
	explained, err := measure.SeparationExplained(byName.of, all.of, positive, d.units, all.fold)
	if err != nil {
		return err
	}
	d.found.Explained = &explained
	d.found.Unexplained = &measure.Estimate{Value: 1 - explained.Value, Low: 1 - explained.High, High: 1 - explained.Low, N: explained.N}
	more, err := measure.SeparationExplained(byProperties.of, all.of, positive, d.units, all.fold)
	d.found.ExplainedWithProperties = &more
	return err
}

// odds are the log-odds of being new of each row, by probes that were fitted without the row's fold.
type odds struct {
	of   []float64
	fold []int
}

// odds tells new images from held-out ones by columns.
func (d *drift) odds(ctx context.Context, columns []measure.Matrix) (odds, error) {
	p, err := probe.CrossPredict(ctx, probe.Sample{X: beside(columns), Class: d.class, Units: d.units, Classes: 2}, probe.Linear{}, d.settings.crossValidation())
	if err != nil {
		return odds{}, err
	}
	out := odds{make([]float64, p.LogProbs.Rows), p.Fold}
	for i := range out.of {
		out.of[i] = float64(p.LogProbs.Row(i)[1]) - float64(p.LogProbs.Row(i)[0])
	}
	return out, nil
}

// descending are the places of values, the largest first.
func descending(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	return order
}

// halves tells one half of the held-out images from the other, which should be chance.
func (d *drift) halves(ctx context.Context, z measure.Matrix) (measure.Estimate, error) {
	units := d.units[:len(d.rows)]
	class := make([]int, len(d.rows))
	rng := stream.New(d.settings.Seed, stream.AuditBenchmark, 3)
	members := measure.RowsOfUnits(units, len(units))
	for i, at := range rng.Perm(len(members)) {
		for _, r := range members[at] {
			class[r] = i % 2
		}
	}
	return probe.Leakage(ctx, z, class, units, 2, probe.TwoLayer{}, d.settings.crossValidation())
}

// stacked is the rows of a, which may be empty, then those of b.
func stacked(a, b measure.Matrix) measure.Matrix {
	return measure.Matrix{Rows: a.Rows + b.Rows, Cols: b.Cols, Data: slices.Concat(a.Data, b.Data)}
}

// appended is stacked, in the memory of a where there is room: a is not to be used after.
func appended(a, b measure.Matrix) measure.Matrix {
	return measure.Matrix{Rows: a.Rows + b.Rows, Cols: b.Cols, Data: append(a.Data, b.Data...)}
}

// beside is the columns of all of m, which have the same rows.
func beside(m []measure.Matrix) measure.Matrix {
	out := measure.Matrix{Rows: m[0].Rows}
	for _, part := range m {
		out.Cols += part.Cols
	}
	for r := range out.Rows {
		for _, part := range m {
			out.Data = append(out.Data, part.Row(r)...)
		}
	}
	return out
}
