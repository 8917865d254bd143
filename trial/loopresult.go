package trial

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/dataprism/dataprism/internal/stream"
	"github.com/dataprism/dataprism/measure"
)

// LoopResult is what a loop found: the content of loop.json.
type LoopResult struct {
	Schema   int       `json:"schema"`
	About    About     `json:"about"`
	Findings []Finding `json:"findings"`
	Limits   []string  `json:"limits"`

	Labels
	Set         string  `json:"set"`
	Mix         string  `json:"mix"`      // accumulate or replace
	Labelled    string  `json:"labelled"` // by whom what is drawn is labelled
	Temperature float64 `json:"temperature"`
	Method      string  `json:"method"`
	Seeds       int     `json:"seeds"`
	Effect      float64 `json:"effect"`

	Generations []Generation                `json:"generations"`  // from 0, which is real images alone
	Slopes      map[string]measure.Estimate `json:"slopes"`       // of each metric, loop less control, a generation
	ShareSlopes map[string]measure.Estimate `json:"share_slopes"` // of each group among what is drawn, a generation
	Notes       []string                    `json:"notes"`
}

// Generation is the mean over seeds of one generation.
type Generation struct {
	Number     int                         `json:"number"`
	Images     int                         `json:"images"` // of D_g, in the first seed
	Loop       Metrics                     `json:"loop"`
	Control    Metrics                     `json:"control"`
	Difference Metrics                     `json:"difference"`       // paired by image and seed
	Shares     map[string]measure.Estimate `json:"shares,omitempty"` // of each group among what was drawn, the judge's errors taken out
}

// result puts the generations of all seeds together.
func (l *looped) result(seeds [][]generation) (*LoopResult, error) {
	r := &LoopResult{Schema: Schema, Labels: l.trial.maker.labels, Set: Expert{Sets: l.Sets}.set(), Mix: "accumulate", Labelled: l.Labels,
		Temperature: l.Temperature, Method: l.Method, Seeds: l.Seeds, Effect: l.Effect, Notes: l.trial.maker.notes}
	if l.Replace {
		r.Mix = "replace"
	}
	for g := range seeds[0] {
		own, err := l.mean(seeds, g)
		if err != nil {
			return nil, err
		}
		r.Generations = append(r.Generations, own)
	}
	var err error
	if r.Slopes, err = l.slopes(seeds); err != nil {
		return nil, err
	}
	if r.ShareSlopes, err = l.shareSlopes(seeds); err != nil {
		return nil, err
	}
	r.sentences()
	return r, nil
}

// mean is that of generation g over seeds.
func (l *looped) mean(seeds [][]generation, g int) (Generation, error) {
	out := Generation{Number: g, Images: seeds[0][g].images}
	for _, m := range AllMetrics() {
		for _, part := range []struct {
			to *Metrics
			of func(g generation, rows []int) (float64, error)
		}{
			{&out.Loop, func(g generation, rows []int) (float64, error) { return m.value(g.loop.at(rows)) }},
			{&out.Control, func(g generation, rows []int) (float64, error) { return m.value(g.control.at(rows)) }},
			{&out.Difference, m.difference},
		} {
			e, err := l.overSeeds(seeds, func(of []generation, rows []int) (float64, error) { return part.of(of[g], rows) })
			if err != nil {
				return out, err
			}
			*m.Of(part.to) = e
		}
		for _, value := range []*measure.Estimate{m.Of(&out.Loop), m.Of(&out.Control)} {
			*value = m.possible(*value)
		}
	}
	if g == 0 {
		return out, nil
	}
	out.Shares = map[string]measure.Estimate{}
	for i, group := range l.trial.maker.labels.Groups {
		var values []float64
		for _, of := range seeds {
			values = append(values, of[g].shares[i])
		}
		e, err := measure.Mean(values, nil)
		if err != nil {
			return out, err
		}
		out.Shares[group] = Metric{Share: true}.possible(e)
	}
	return out, nil
}

// slopes are those of each metric, loop less control, a generation.
func (l *looped) slopes(seeds [][]generation) (map[string]measure.Estimate, error) {
	out := map[string]measure.Estimate{}
	for _, m := range AllMetrics() {
		e, err := l.overSeeds(seeds, func(of []generation, rows []int) (float64, error) {
			var values []float64
			for _, g := range of {
				d, err := m.difference(g, rows)
				if err != nil {
					return 0, err
				}
				values = append(values, d)
			}
			return slope(values), nil
		})
		if err != nil {
			return nil, err
		}
		if e.Measured() {
			out[m.Name] = e
		}
	}
	return out, nil
}

// shareSlopes are those of each group's share among what is drawn, a generation.
func (l *looped) shareSlopes(seeds [][]generation) (map[string]measure.Estimate, error) {
	out := map[string]measure.Estimate{}
	for i, group := range l.trial.maker.labels.Groups {
		var slopes []float64
		for _, of := range seeds {
			var shares []float64
			for _, g := range of[1:] {
				shares = append(shares, g.shares[i])
			}
			slopes = append(slopes, slope(shares))
		}
		e, err := measure.Mean(slopes, nil)
		if err != nil {
			return nil, err
		}
		out[group] = e
	}
	return out, nil
}

// difference is the loop's metric less the control's on some rows.
func (m Metric) difference(g generation, rows []int) (float64, error) {
	a, err := m.value(g.loop.at(rows))
	if err != nil {
		return 0, err
	}
	b, err := m.value(g.control.at(rows))
	return a - b, err
}

// overSeeds is the mean over seeds of a statistic of generations and rows of the test, with the interval over the
// rows and over the seeds. What was not asked for is not measured.
func (l *looped) overSeeds(seeds [][]generation, statistic func(of []generation, rows []int) (float64, error)) (measure.Estimate, error) {
	first := seeds[0][0].loop
	all := make([]int, len(first.class))
	for r := range all {
		all[r] = r
	}
	each := make([]float64, len(seeds))
	for s, of := range seeds {
		value, err := statistic(of, all)
		if errors.Is(err, measure.ErrEmpty) {
			return measure.Estimate{}, nil
		}
		if err != nil {
			return measure.Estimate{}, err
		}
		each[s] = value
	}
	e, err := measure.Jackknife(len(all), first.units, jackknifeGroups, stream.New(l.Seed, stream.TrialTests), func(rows []int) (float64, error) {
		var sum float64
		for _, of := range seeds {
			value, err := statistic(of, rows)
			if err != nil {
				return 0, err
			}
			sum += value
		}
		return sum / float64(len(seeds)), nil
	})
	if errors.Is(err, measure.ErrEmpty) {
		return measure.Estimate{}, nil
	}
	if err != nil {
		return e, err
	}
	// The mean of the seeds varies by 1/seeds of what one does.
	for s := range each {
		each[s] = e.Value + (each[s]-e.Value)/math.Sqrt(float64(len(seeds)))
	}
	return measure.AcrossRepeats(e, each)
}

// slope is that of the least-squares line through values at 0, 1, 2 and so on.
func slope(values []float64) float64 {
	middle := float64(len(values)-1) / 2
	var top, bottom float64
	for i, v := range values {
		top += (float64(i) - middle) * v
		bottom += (float64(i) - middle) * (float64(i) - middle)
	}
	return top / bottom
}

// sentences says which slopes are not 0, then which are none to speak of, then of which neither can be told.
func (r *LoopResult) sentences() {
	var alike, open []Finding
	add := func(metric, what string, e measure.Estimate, m Metric) {
		upper := strings.ToUpper(what[:1]) + what[1:]
		f := Finding{Expert: "loop", Test: "held out", Metric: metric, Estimate: e}
		switch verdict(e, r.Effect/float64(len(r.Generations)-1)) {
		case Higher:
			f.Sentence = fmt.Sprintf("%s rises by %s a generation (%s to %s).", upper, m.size(e.Value), m.signed(e.Low), m.signed(e.High))
		case Lower:
			f.Sentence = fmt.Sprintf("%s falls by %s a generation (%s to %s).", upper, m.size(-e.Value), m.signed(e.Low), m.signed(e.High))
		case Alike:
			f.Sentence = fmt.Sprintf("%s stays as it is, to %s over all generations.", upper, m.size(r.Effect))
			alike = append(alike, f)
			return
		default:
			f.Sentence = fmt.Sprintf("Whether %s changes by %s over all generations cannot be told (%s to %s a generation).", what, m.size(r.Effect), m.signed(e.Low), m.signed(e.High))
			open = append(open, f)
			return
		}
		r.Findings = append(r.Findings, f)
	}
	accuracy := AllMetrics()[0]
	for _, group := range r.Groups {
		add("share."+group, fmt.Sprintf("the share of %s=%s among what is drawn", r.Group, group), r.ShareSlopes[group], accuracy)
	}
	for _, m := range AllMetrics() {
		if e, ok := r.Slopes[m.Name]; ok && m.Name != "calibration" && m.Name != "demographic_parity_ratio" {
			add(m.Name, "the "+m.Title+" of the loop less that of the control", e, m)
		}
	}
	r.Findings = append(append(r.Findings, alike...), open...)
	r.Limits = []string{
		"The autoencoder stays as it is: a loop that trains it again may do worse.",
		"The generator is one normal distribution of codes for each value of the label, fitted again in each generation; the flow is not.",
		fmt.Sprintf("Shares are those that a judge sees in what is drawn, its errors on held-out images that went through encoder and decoder up to %d times taken out; values that lie close to each other it may still take for one another.", judgeRounds),
		fmt.Sprintf("Intervals cover the test images and %d seeds, each with training units drawn again.", r.Seeds),
	}
}
