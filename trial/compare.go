package trial

import (
	"errors"
	"math"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
)

// jackknifeGroups is into how many parts the units of a test are dealt: more of them would steady an interval by
// little.
const jackknifeGroups = 50

// fits are the outcomes of one expert on one test: of the fit to all training rows, then of those to units drawn again.
type fits []outcome

// across is the metric of the first fit, with the interval over the test's rows and over the fits.
func (f fits) across(m Metric) (measure.Estimate, error) {
	e, err := m.measure(f[0])
	if err != nil || !e.Measured() || len(f) == 1 {
		return m.possible(e), err
	}
	var repeats []float64
	for _, o := range f[1:] {
		o.units = nil
		r, err := m.measure(o)
		if err != nil || !r.Measured() {
			return measure.Estimate{}, err
		}
		repeats = append(repeats, r.Value)
	}
	wide, err := measure.AcrossRepeats(e, repeats)
	return m.possible(wide), err
}

// paired is a statistic of an expert and the control on the same rows, with its interval over the rows and, where both
// were fitted again, over the pairs of fits to the same units.
func paired(f, control fits, seed uint64, statistic func(expert, control outcome) (float64, error)) (measure.Estimate, error) {
	e, err := measure.Jackknife(len(f[0].class), f[0].units, jackknifeGroups, stream.New(seed, stream.TrialTests),
		func(rows []int) (float64, error) { return statistic(f[0].at(rows), control[0].at(rows)) })
	if err != nil || len(f) == 1 && len(control) == 1 {
		return e, err
	}
	var repeats []float64
	for r := 1; r < max(len(f), len(control)); r++ {
		a, b := f[min(r, len(f)-1)], control[min(r, len(control)-1)]
		a.units, b.units = nil, nil
		value, err := statistic(a, b)
		if err != nil {
			return measure.Estimate{}, err
		}
		repeats = append(repeats, value)
	}
	return measure.AcrossRepeats(e, repeats)
}

// value is a metric as a number.
func (m Metric) value(o outcome) (float64, error) {
	e, err := m.measure(o)
	if err == nil && !e.Measured() {
		err = measure.ErrEmpty
	}
	return e.Value, err
}

// cell measures an expert on a test; control is nil for the control itself.
func cell(f, control fits, effect float64, seed uint64) (Cell, error) {
	var c Cell
	if control != nil {
		c.Difference = &Difference{Verdicts: map[string]string{}, Q: map[string]float64{}}
	}
	for _, m := range AllMetrics() {
		e, err := f.across(m)
		if errors.Is(err, measure.ErrEmpty) {
			continue
		}
		if err != nil {
			return c, err
		}
		*m.Of(&c.Metrics) = e
		if control == nil || !e.Measured() {
			continue
		}
		d, err := paired(f, control, seed, func(a, b outcome) (float64, error) {
			x, err := m.value(a)
			if err != nil {
				return 0, err
			}
			y, err := m.value(b)
			return x - y, err
		})
		if errors.Is(err, measure.ErrEmpty) {
			continue
		}
		if err != nil {
			return c, err
		}
		*m.Of(&c.Difference.Metrics) = d
		c.Difference.Verdicts[m.Name] = verdict(d, effect)
		if m.Gap {
			c.Difference.compareGap(m, f, control, seed)
		}
	}
	return c, nil
}

// compareGap adds the diluted control and the relative drop of a gap, where they have a meaning.
func (d *Difference) compareGap(m Metric, f, control fits, seed uint64) {
	accuracy := AllMetrics()[0]
	diluted := func(a, b outcome) (float64, error) {
		gap, err := m.value(b)
		if err != nil {
			return 0, err
		}
		from, err := accuracy.value(b)
		if err != nil {
			return 0, err
		}
		to, err := accuracy.value(a)
		if err != nil {
			return 0, err
		}
		return measure.Diluted(gap, from, to)
	}
	from, errFrom := accuracy.value(control[0])
	to, errTo := accuracy.value(f[0])
	if errFrom == nil && errTo == nil && to < from && to > 0.5 {
		gap, err := paired(f, control, seed, diluted)
		excess, errExcess := paired(f, control, seed, func(a, b outcome) (float64, error) {
			own, err := m.value(a)
			if err != nil {
				return 0, err
			}
			from, err := diluted(a, b)
			return own - from, err
		})
		if err == nil && errExcess == nil {
			if d.Diluted == nil {
				d.Diluted = map[string]Dilution{}
			}
			d.Diluted[m.Name] = Dilution{m.possible(gap), excess}
		}
	}
	if own, err := control.across(m); err != nil || !own.Measured() || own.Low <= 0 {
		return
	}
	drop, err := paired(f, control, seed, func(a, b outcome) (float64, error) {
		x, err := m.value(a)
		if err != nil {
			return 0, err
		}
		y, err := m.value(b)
		if err == nil && y == 0 {
			err = measure.ErrEmpty
		}
		return (y - x) / y, err
	})
	if err == nil && !math.IsNaN(drop.Low) {
		if d.Drop == nil {
			d.Drop = map[string]measure.Estimate{}
		}
		d.Drop[m.Name] = drop
	}
}

// discover fills in the false discovery rates of all differences of a result.
func (r *Result) discover() {
	type at struct {
		d    *Difference
		name string
	}
	var places []at
	var p []float64
	for _, e := range r.Experts {
		for _, t := range r.Tests {
			d := r.Cells[e.Name][t.Name].Difference
			if d == nil {
				continue
			}
			for _, m := range AllMetrics() {
				if e := *m.Of(&d.Metrics); e.Measured() {
					places, p = append(places, at{d, m.Name}), append(p, e.P(0))
				}
			}
		}
	}
	for i, q := range measure.FalseDiscoveryRates(p) {
		places[i].d.Q[places[i].name] = q
	}
}
