package audit

import (
	"context"
	"errors"
	"slices"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

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
