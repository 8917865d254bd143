package audit

import (
	"fmt"

	"github.com/dataprism/dataprism/internal/listing"
	"github.com/dataprism/dataprism/measure"
)

// The kinds of findings of a comparison with a new folder, in the order in which they are told.
const (
	KindShift       = "shift"       // new images are told from those of the run
	KindOutside     = "outside"     // images fit none of the collections
	KindUnexplained = "unexplained" // how much of the shift no named context accounts for
	KindExplained   = "explained"   // that named contexts account for nearly all of it
	KindContext     = "context"     // a named context changed
	KindAccuracy    = "accuracy"    // the change costs, or spares, a classifier of a label
)

// findings turns what was measured into sentences. None is made of a difference whose interval holds none.
func (d *drift) findings() []Finding {
	f, all := d.found, []Finding{}
	name, against := f.About.New, listing.All(f.About.Against)
	shifted := f.Shift.Found()
	if shifted {
		all = append(all, finding(KindShift, fmt.Sprintf(
			"%s is not like the held-out images of %s: a probe tells them apart in %s of cases (%s, chance 50%%; two-sample test p = %.3g).",
			name, against, percent(f.Shift.C2ST.Value), interval(f.Shift.C2ST), f.Shift.MMD.P), f.Shift.C2ST, "", append([]string{name}, f.About.Against...)...))
	}
	if d.farOutside {
		all = append(all, finding(KindOutside, fmt.Sprintf("%s of the images of %s fit none of the collections (%s); of the held-out images of %s it would be said of %s (%s).",
			percent(f.Outside.Value), name, interval(*f.Outside), against, percent(f.OutsideExpected.Value), interval(*f.OutsideExpected)), *f.Outside, "", name))
	}
	if shifted && f.ExplainedWithProperties != nil {
		all = append(all, d.explainedFindings()...)
	}
	for _, c := range d.contexts {
		if c.Found {
			all = append(all, finding(KindContext, c.sentence(name, against), c.Difference, c.Name, name))
		}
	}
	return append(all, d.accuracyFindings()...)
}

// Found says whether two samples differ at all.
func (s *Shift) Found() bool { return s != nil && s.Q <= 0.05 && s.C2ST.Low > 0.5 }

// sentence says how a context changed.
func (c namedContext) sentence(name, against string) string {
	change := c.Difference
	if c.Source == FromImage {
		word := c.words.more
		if change.Value < 0 {
			word, change = c.words.less, measure.Estimate{Value: -change.Value, Low: -change.High, High: -change.Low, N: change.N}
		}
		pairs := measure.Estimate{Value: (1 + change.Value) / 2, Low: (1 + change.Low) / 2, High: (1 + change.High) / 2, N: change.N}
		return fmt.Sprintf("Images of %s are %s than those of %s: of two images, one of each, it is so in %s of cases (%s).",
			name, word, against, percent(pairs.Value), interval(pairs))
	}
	word := "more"
	if change.Value < 0 {
		word = "less"
	}
	share := func(e measure.Estimate, s side) string {
		if c.Judged == s.String() {
			return fmt.Sprintf("%s (%s, the judge's errors taken out)", percent(e.Value), interval(e))
		}
		return fmt.Sprintf("%s (%s)", percent(e.Value), interval(e))
	}
	return fmt.Sprintf("%s is %s common in %s than in %s: %s of the images against %s.",
		c.Name, word, name, against, share(c.New, newSide), share(c.Benchmark, benchmarkSide))
}

// explainedFindings says how much of the shift the contexts account for, where that is known well enough to say
// either that something is left or that hardly anything can be.
func (d *drift) explainedFindings() []Finding {
	const hardlyAnything = 0.2
	f := d.found
	rest := *f.Unexplained
	e, more := whole(*f.Explained), whole(*f.ExplainedWithProperties)
	orAll := func(e measure.Estimate, part string) string {
		if e.Low > 0.995 { // the whole or beyond, of which the interval of a part would be 100% to 100%
			return "all of it"
		}
		return part
	}
	switch {
	case rest.Low > 0:
		return []Finding{finding(KindUnexplained, fmt.Sprintf(
			"Labels, lists and collections account for %s (%s) of what tells %s apart, with the properties of images for %s. What has no name yet is in the images that they account for least.",
			percent(e.Value), interval(e), f.About.New, orAll(more, fmt.Sprintf("%s (%s)", percent(more.Value), interval(more)))), rest, "", f.About.New)}
	case rest.High <= hardlyAnything:
		return []Finding{finding(KindExplained, fmt.Sprintf(
			"Labels, lists and collections tell %s apart as well as all that the encoder sees (%s): nothing without a name was found, which is not to say that there is none.",
			f.About.New, orAll(e, interval(e)+" of it")), *f.Explained, "", f.About.New)}
	}
	return nil
}

// whole is a part of a whole, which noise may have put outside of 0 to 1.
func whole(e measure.Estimate) measure.Estimate {
	in := func(x float64) float64 { return max(0, min(1, x)) }
	return measure.Estimate{Value: in(e.Value), Low: in(e.Low), High: in(e.High), N: e.N}
}

// limits are the sentences that hold for every other.
func (d *drift) limits() []string {
	f := d.found
	list := []string{
		"A context that changed need not be the reason why a model fails: it is where to look.",
		"How much is explained depends on the probe that looks: a larger one may find more to explain.",
	}
	for _, c := range f.Contexts {
		if c.Judged != "" {
			list = append(list, fmt.Sprintf("Where a share is judged, the judge is taken to err on the other side as it does where the truth is known. Label some images of %s (a metadata.csv beside them) to check.", f.About.New))
			break
		}
	}
	if f.Shift != nil && f.Shift.Halves != nil && f.Shift.Halves.Low > 0.5 {
		list = append(list, fmt.Sprintf("The probe tells even two halves of the held-out images apart (%s of cases): its accuracy on new images is as much too high.", percent(f.Shift.Halves.Value)))
	}
	if f.Accuracy != nil {
		list = append(list, "What named contexts make of a classifier's accuracy holds as far as it errs alike on held-out and on new images that are alike in those contexts.")
	}
	if f.About.Seen < f.About.Found {
		list = append(list, fmt.Sprintf("Of the %d images of %s, %d chosen at random were looked at.", f.About.Found, f.About.New, f.About.Seen))
	}
	if n := min(f.About.Seen, f.About.Benchmark); n < 200 {
		list = append(list, fmt.Sprintf("The smaller side has %d images: changes of some ten points stay unseen.", n))
	}
	if n := len(f.Skipped); n > 0 {
		list = append(list, fmt.Sprintf("%s could not be measured; the list at the end says why.", listing.Count(n, "part")))
	}
	return list
}
