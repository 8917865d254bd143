package audit

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
)

// ContextShift is how much a named context changed between the held-out images of a run and those of a new folder.
type ContextShift struct {
	Name   string `json:"name"`   // "glasses=yes", "sharpness", "collection=oil", or the name of a list
	Source string `json:"source"` // [FromLabel], [FromList], [FromImage] or [FromCollection]
	// Judged says on which side a judge decided which images have it, its errors taken out: "new", "benchmark" or "".
	Judged string `json:"judged"`
	// Benchmark and New are the share of images that have it, or the mean of a number.
	Benchmark measure.Estimate `json:"benchmark"`
	New       measure.Estimate `json:"new"`
	// Difference is New less Benchmark for shares, and Cliff's delta for numbers: in either case the chance that a
	// new image has more of it than one of the benchmark, less the chance that it has less.
	Difference measure.Estimate `json:"difference"`
	Q          float64          `json:"q"`     // false-discovery rate among all that is compared
	Found      bool             `json:"found"` // whether it stands, and is large enough to act on
}

// Where contexts come from.
const (
	FromLabel      = "label"      // of the run's collections
	FromList       = "list"       // of images, given by name
	FromImage      = "image"      // properties that every image has
	FromCollection = "collection" // which of the run's collections images fit
)

// leastChange is the difference from which a context is found: nobody acts on less.
const leastChange = 0.05

// namedContext is a context, and which new images have it.
type namedContext struct {
	ContextShift
	has   []float64 // of each new image 1, 0, or NaN where it is not known; nil for numbers
	words property  // of a number
}

// measureContexts compares both sides in every context, and says which of all changes stand.
func (d *drift) measureContexts(ctx context.Context) error {
	err := d.compareContexts(ctx)
	d.stand()
	return err
}

func (d *drift) compareContexts(ctx context.Context) error {
	if err := d.compareProperties(); err != nil {
		return err
	}
	if err := d.skip(ctx, "contexts.files", d.compareFiles(ctx)); err != nil {
		return err
	}
	if err := d.membership(ctx); err != nil {
		return err
	}
	own, fresh, err := d.bothFeatures()
	if err == nil {
		if err = d.labelled(ctx, own, fresh); err == nil {
			err = d.lists(ctx, own, fresh)
		}
	}
	if err := d.skip(ctx, "contexts", err); err != nil {
		return err
	}
	return ctx.Err()
}

// stand says which changes stand among all that were looked for, which are one family: contexts, the share outside and
// the shift as a whole. What is found where nothing changed is then found in at most 5% of comparisons. It puts the
// contexts that stand first, and then what changed most.
func (d *drift) stand() {
	f := d.found
	var p []float64
	for _, c := range d.contexts {
		p = append(p, c.Difference.P(0))
	}
	if f.Shift != nil {
		p = append(p, f.Shift.MMD.P)
	}
	if f.Outside != nil {
		p = append(p, measure.Contrast(*f.Outside, *f.OutsideExpected).P(0))
	}
	q := measure.FalseDiscoveryRates(p)
	for i := range d.contexts {
		c := &d.contexts[i]
		c.Q = q[i]
		c.Found = c.Q <= 0.05 && c.Difference.Excludes(0) && math.Abs(c.Difference.Value) >= leastChange
	}
	rest := q[len(d.contexts):]
	if f.Shift != nil {
		f.Shift.Q, rest = rest[0], rest[1:]
	}
	if f.Outside != nil {
		d.farOutside = rest[0] <= 0.05 && f.Outside.Value > f.OutsideExpected.Value
	}
	slices.SortStableFunc(d.contexts, func(a, b namedContext) int {
		if a.Found != b.Found {
			if a.Found {
				return -1
			}
			return 1
		}
		return cmp.Compare(math.Abs(b.Difference.Value), math.Abs(a.Difference.Value))
	})
	for _, c := range d.contexts {
		f.Contexts = append(f.Contexts, c.ContextShift)
	}
}

// side is one of the two that are compared.
type side int

const (
	benchmarkSide side = iota
	newSide
)

// String is the side as drift.json names it.
func (s side) String() string { return [...]string{"benchmark", "new"}[s] }

// unitsOf are the units of the images of a side.
func (d *drift) unitsOf(s side) []int {
	if s == benchmarkSide {
		return d.units[:len(d.rows)]
	}
	return d.units[len(d.rows):]
}

// told is what is known of the values of an attribute on one side.
type told struct {
	label  []int              // of each image, known or judged; -1 where it is neither
	shares []measure.Estimate // of each value
	judged string             // the side, where a judge told the labels
}

// known counts values that are known.
func (d *drift) known(label []int, s side, values int) (told, error) {
	shares, err := measure.LabelShares(label, d.unitsOf(s), values)
	return told{label, shares, ""}, err
}

// judged counts values that a judge told, and takes its errors out of the shares.
func (d *drift) judged(label []int, s side, errors measure.Confusion) (told, error) {
	shares, err := measure.Shares(label, d.unitsOf(s), errors, stream.New(d.settings.Seed, stream.AuditShares, -1, len(d.contexts)))
	return told{label, shares, s.String()}, err
}

// reversed is the context of not having what c has.
func (c namedContext) reversed(name string) namedContext {
	not := func(e measure.Estimate) measure.Estimate {
		return measure.Estimate{Value: 1 - e.Value, Low: 1 - e.High, High: 1 - e.Low, N: e.N}
	}
	c.Name, c.Benchmark, c.New = name, not(c.Benchmark), not(c.New)
	c.Difference = measure.Contrast(c.New, c.Benchmark)
	has := make([]float64, len(c.has))
	for i, h := range c.has {
		has[i] = 1 - h
	}
	c.has = has
	return c
}

// add adds a context for each value, of two values for the one alone that became more common.
func (d *drift) add(names []string, source string, before, after told) {
	for v, name := range names {
		c := namedContext{ContextShift: ContextShift{
			Name: name, Source: source, Judged: before.judged + after.judged,
			Benchmark: before.shares[v], New: after.shares[v], Difference: measure.Contrast(after.shares[v], before.shares[v]),
		}}
		if len(names) == 2 && (c.Difference.Value < 0 || c.Difference.Value == 0 && v == 0) {
			continue
		}
		for _, l := range after.label {
			switch l {
			case v:
				c.has = append(c.has, 1)
			case -1:
				c.has = append(c.has, math.NaN())
			default:
				c.has = append(c.has, 0)
			}
		}
		d.contexts = append(d.contexts, c)
	}
}
