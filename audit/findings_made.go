package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/measure"
)

// leastHalf is how many images a half of a collection must have for sentences to tell shares of samples that lie among its
// images: the interval of a share of fewer may be wider than twenty points, and with few images nearly everything lies among them.
const leastHalf = 100

// generationFindings says where images made under a collection are farther from it than its own reconstructions, and
// which collections are sampled worst.
func generationFindings(a *Audit) []Finding {
	var out []Finding
	for _, c := range sortedKeys(a.Generation) {
		g := a.Generation[c]
		if g.Samples == nil || g.Reconstructions == nil {
			continue
		}
		d := measure.Contrast(g.Samples.KID, g.Reconstructions.KID)
		switch r := g.Reach; {
		case d.Low <= 0 && r != nil && r.Samples.High < r.Own.Low:
			out = append(out, finding(KindCoverage, coverageSentence(c, g), counting(measure.Contrast(r.Own, r.Samples), r.Real+2*r.Made), "", c))
		case d.Low > 0:
			out = append(out, finding(KindGeneration, generationSentence(c, g), counting(d, g.Samples.Real+g.Samples.Made), "", c))
		}
	}
	return append(out, worstGenerated(a)...)
}

// coverageSentence says how much of collection c samples reach.
func coverageSentence(c string, g Generation) string {
	r := g.Reach
	sentence := fmt.Sprintf("Samples under %s do not yet reach all of it: %s (%s) of its held-out images have one of %d samples near, and %s (%s) one of as many of its own images",
		c, percent(r.Samples.Value), interval(r.Samples), r.Made, percent(r.Own.Value), interval(r.Own))
	if r.Real >= leastHalf {
		sentence += fmt.Sprintf("; %s of the samples lie among its images", percent(g.Samples.Manifold.Precision.Value))
	}
	return sentence + "."
}

// generationSentence says how far samples under collection c are from its images, and where images suffice, how many look
// like these and how much they reach.
func generationSentence(c string, g Generation) string {
	sentence := fmt.Sprintf("Samples under %s are not yet like its images: they lie at KID %.3g (%.3g to %.3g) from these, its own reconstructions at %.3g.",
		c, g.Samples.KID.Value, g.Samples.KID.Low, g.Samples.KID.High, g.Reconstructions.KID.Value)
	if g.Halves == nil || min(g.Halves.Real, g.Halves.Made) < leastHalf {
		return sentence
	}
	m, best := g.Samples.Manifold, g.Halves.Manifold
	return sentence + fmt.Sprintf(" %s of the samples lie among its images, and %s of its images have a sample near; of one half of its images against the other it is %s and %s.",
		percent(m.Precision.Value), percent(m.Coverage.Value), percent(best.Precision.Value), percent(best.Coverage.Value))
}

// counting is an estimate that rests on n images, where what it was made of counts some twice.
func counting(e measure.Estimate, n int) measure.Estimate {
	e.N = n
	return e
}

// worstGenerated compares the collections whose samples are farthest from and nearest to their images.
func worstGenerated(a *Audit) []Finding {
	var best, worst string
	measured := 0
	for _, c := range sortedKeys(a.Generation) {
		if a.Generation[c].Samples == nil {
			continue
		}
		measured++
		kid := func(c string) float64 { return a.Generation[c].Samples.KID.Value }
		if best == "" || kid(c) < kid(best) {
			best = c
		}
		if worst == "" || kid(c) > kid(worst) {
			worst = c
		}
	}
	if best == worst {
		return nil
	}
	far, near := a.Generation[worst].Samples.KID, a.Generation[best].Samples.KID
	d := measure.Contrast(far, near)
	if d.Low <= 0 || ofFarthest(d, measured) > 0.05 {
		return nil
	}
	return []Finding{finding(KindQuality, fmt.Sprintf(
		"%s is generated worse than %s: its samples lie at KID %.3g (%.3g to %.3g) from its images, those of %s at %.3g (%.3g to %.3g).",
		worst, best, far.Value, far.Low, far.High, best, near.Value, near.Low, near.High), d, "", worst, best)}
}

// contentFindings says whether projection brings images nearer to their true counterparts, where pairs are known.
func contentFindings(a *Audit) []Finding {
	var out []Finding
	var p []float64
	for _, direction := range sortedKeys(a.Retrieval) {
		r := a.Retrieval[direction]
		from, to, _ := strings.Cut(direction, "->")
		with, without := r.Projected.At5, r.Reconstructed.At5
		d := counting(measure.Contrast(with, without), with.N)
		does := "keeps the content"
		if d.Value < 0 {
			does = "loses content"
		}
		out = append(out, finding(KindContent, fmt.Sprintf(
			"Projection from %s into %s %s: the true counterpart is among the five nearest for %s of images (%s), without projection for %s.",
			from, to, does, percent(with.Value), interval(with), percent(without.Value)), d, "", from, to))
		p = append(p, d.P(0))
	}
	return standing(out, p)
}

// typicalityFindings says what is common among the most typical images of a collection. Where it differs from none of
// the others nothing is typical of it: the ranking is by what the flow learned of some images and not of others.
func typicalityFindings(a *Audit) []Finding {
	differ := map[string]bool{}
	for _, f := range differenceFindings(a) {
		for _, c := range f.Collections {
			differ[c] = true
		}
	}
	var out []Finding
	for _, c := range sortedKeys(a.Typicality) {
		if !differ[c] {
			continue
		}
		for _, e := range a.Typicality[c].Spoken() {
			if e.Q > 0.05 || e.Difference.Low <= 0 && e.Difference.High >= 0 {
				continue
			}
			word := "more common"
			if e.Difference.Value < 0 {
				word = "rarer"
			}
			out = append(out, finding(KindTypicality, fmt.Sprintf("%s is %s among the images most typical of %s: %s of the first %d, %s of all.",
				called(e.Attribute, e.Value), word, c, percent(e.Top.Value), e.Top.N, percent(e.All.Value)), e.Difference, called(e.Attribute, e.Value), c))
		}
	}
	return out
}

// Spoken are the enrichments that sentences and tables are made of: of an attribute of two values that of one.
func (t TypicalitySummary) Spoken() []Enrichment {
	values := map[string][]string{}
	for _, e := range t.Enriched {
		values[e.Attribute] = append(values[e.Attribute], e.Value)
	}
	var out []Enrichment
	for _, e := range t.Enriched {
		if slices.Contains(Spoken(slices.Sorted(slices.Values(values[e.Attribute]))), e.Value) {
			out = append(out, e)
		}
	}
	return out
}
