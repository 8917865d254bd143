package quality

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/measure"
)

// False discoveries among the differences that make findings are at most this share, on average.
const falseDiscoveries = 0.05

// A difference makes a finding if it is at least this large: the smallest that anybody would act on.
const (
	leastDelta  = 0.1
	leastShares = 0.05
)

// maxValues is how many values of a label are compared one by one.
const maxValues = 20

// compare measures the differences between each two collections and how well all of them tell collections apart.
func (s *survey) compare(ctx context.Context, r *Report, seed uint64) error {
	r.Differences, r.Skipped = []Difference{}, []Part{}
	units, err := s.units()
	if err != nil {
		return err
	}
	k := len(s.data.Collections)
	for a := range k {
		for b := a + 1; b < k; b++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			p := pairing{survey: s, names: [2]string{r.Collections[a].Name, r.Collections[b].Name}}
			for at := range s.rows {
				switch s.image(at).Collection {
				case a:
					p.rows[0] = append(p.rows[0], at)
				case b:
					p.rows[1] = append(p.rows[1], at)
				}
			}
			p.units = units
			p.attributes()
			p.categories()
			p.labels(s.data.Collections[a], s.data.Collections[b])
			r.Differences = append(r.Differences, p.found...)
			r.Skipped = append(r.Skipped, p.skipped...)
		}
	}
	ps := make([]float64, len(r.Differences))
	for i, d := range r.Differences {
		ps[i] = d.P
	}
	for i, q := range measure.FalseDiscoveryRates(ps) {
		d := &r.Differences[i]
		least := leastDelta
		if d.Effect == EffectShares {
			least = leastShares
		}
		d.Found = q <= falseDiscoveries && math.Abs(d.Size) >= least && (d.Low > 0 || d.High < 0)
	}
	if k < 2 {
		return nil
	}
	apart, err := s.apart(ctx, units, seed)
	var insufficient *measure.InsufficientError
	switch {
	case errors.As(err, &insufficient):
		r.Skipped = append(r.Skipped, Part{"apart", err.Error()})
	case err != nil:
		return err
	default:
		r.Apart = apart
	}
	return nil
}

// units numbers what counts as one observation: images of one pair or group, and copies.
func (s *survey) units() ([]int, error) {
	copies := make([]string, len(s.rows))
	for at := range s.rows {
		if m := s.image(at); m.Set > 0 {
			copies[at] = strconv.Itoa(m.Set)
		}
	}
	return measure.Units(len(s.rows), s.pair, s.group, copies)
}

// pairing is the comparison of two collections.
type pairing struct {
	*survey
	names   [2]string
	rows    [2][]int // places of the images
	units   []int    // of every place
	found   []Difference
	skipped []Part
}

// attributes compares what every image has.
func (p *pairing) attributes() {
	for _, a := range Attributes() {
		p.delta(a.Name, func(at int) float64 { return a.Of(&p.image(at).Measurements) })
	}
}

// categories compares the shares of formats and of grey and bordered images.
func (p *pairing) categories() {
	formats := map[string]bool{}
	for _, rows := range p.rows {
		for _, at := range rows {
			formats[p.image(at).Format] = true
		}
	}
	if len(formats) > 1 {
		for _, format := range slices.Sorted(maps.Keys(formats)) {
			p.shares("format", format, func(at int) (bool, bool) { return p.image(at).Format == format, true })
		}
	}
	p.shares("grey", "", func(at int) (bool, bool) { return p.image(at).Grey(), true })
	p.shares("bordered", "", func(at int) (bool, bool) { return p.image(at).Border != Border{}, true })
}

// labels compares the labels that both collections have: shares of values where they are few, numbers as such.
func (p *pairing) labels(a, b *collection.Collection) {
	for _, name := range a.LabelNames() {
		if !collection.IsContent(name) || !slices.Contains(b.LabelNames(), name) {
			continue
		}
		of := func(at int) (*collection.Collection, int) {
			m := p.image(at)
			return p.data.Collections[m.Collection], p.survey.rows[at] - p.first[m.Collection]
		}
		values := map[string]bool{}
		numbers := true
		for _, at := range slices.Concat(p.rows[0], p.rows[1]) {
			c, row := of(at)
			v, ok := c.Label(row, name)
			if !ok {
				continue
			}
			values[v] = true
			if numbers {
				_, numbers = c.Number(row, name)
			}
		}
		switch {
		case numbers && len(values) > 2:
			p.delta(name, func(at int) float64 {
				c, row := of(at)
				if x, ok := c.Number(row, name); ok {
					return x
				}
				return math.NaN()
			})
		case len(values) > maxValues:
			p.skipped = append(p.skipped, p.part(name, fmt.Sprintf("has %d values: at most %d are compared", len(values), maxValues)))
		default:
			for _, value := range slices.Sorted(maps.Keys(values)) {
				p.shares(name, value, func(at int) (bool, bool) {
					c, row := of(at)
					v, ok := c.Label(row, name)
					return v == value, ok
				})
			}
		}
	}
}

// leastRows is the fewest images of each collection that a difference is measured on.
const leastRows = 10

// delta compares a number by Cliff's delta, which is 2 AUC - 1. Images whose value is not a number are left out.
func (p *pairing) delta(name string, value func(at int) float64) {
	var scores []float64
	var first []bool
	var units []int
	var sides [2][]float64
	for side, rows := range p.rows {
		for _, at := range rows {
			v := value(at)
			if math.IsNaN(v) {
				continue
			}
			scores, first, units = append(scores, v), append(first, side == 0), append(units, p.units[at])
			sides[side] = append(sides[side], v)
		}
	}
	if len(sides[0]) == 0 && len(sides[1]) == 0 {
		return
	}
	if min(len(sides[0]), len(sides[1])) < leastRows {
		p.tooFew(name, len(sides[0]), len(sides[1]))
		return
	}
	e, err := measure.AUC(scores, first, units)
	if err != nil {
		p.skipped = append(p.skipped, p.part(name, err.Error()))
		return
	}
	of, statistic := [2]float64{median(sides[0]), median(sides[1])}, "median"
	if a, known := AttributeOf(name); known && a.Unit == ShareOfPixels {
		of, statistic = [2]float64{mean(sides[0]), mean(sides[1])}, "mean"
	}
	p.found = append(p.found, Difference{
		Collections: p.names, Attribute: name, Effect: EffectDelta,
		Size: 2*e.Value - 1, Low: 2*min(e.Low, e.Value) - 1, High: 2*max(e.High, e.Value) - 1, N: e.N, P: pOfArea(e),
		Of: of, Statistic: statistic,
	})
}

// shares compares the share of images for which is is true among those for which it is known.
func (p *pairing) shares(name, value string, is func(at int) (is, known bool)) {
	var e [2]measure.Estimate
	var n [2]int
	for side, rows := range p.rows {
		var hits []bool
		var units []int
		for _, at := range rows {
			if hit, known := is(at); known {
				hits, units = append(hits, hit), append(units, p.units[at])
			}
		}
		if n[side] = len(hits); n[side] < leastRows {
			continue
		}
		var err error
		if e[side], err = measure.Proportion(hits, units); err != nil {
			p.skipped = append(p.skipped, p.part(name, err.Error()))
			return
		}
	}
	if min(n[0], n[1]) < leastRows {
		p.tooFew(name, n[0], n[1])
		return
	}
	d := differenceOfShares(e[0], e[1])
	p.found = append(p.found, Difference{
		Collections: p.names, Attribute: name, Value: value, Effect: EffectShares,
		Size: d.Value, Low: d.Low, High: d.High, N: d.N, P: d.P(0),
		Of: [2]float64{e[0].Value, e[1].Value}, Statistic: "share",
	})
}

// part says why a difference is not measured.
func (p *pairing) part(name, why string) Part {
	return Part{fmt.Sprintf("difference of %s between %s and %s", name, p.names[0], p.names[1]), why}
}

// tooFew notes once that too few images have what is compared, of which all values may be compared.
func (p *pairing) tooFew(name string, a, b int) {
	part := p.part(name, fmt.Sprintf("needs at least %d images of each that have it, there are %d and %d", leastRows, a, b))
	if !slices.Contains(p.skipped, part) {
		p.skipped = append(p.skipped, part)
	}
}
