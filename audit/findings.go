package audit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
)

// The kinds of findings, in the order in which they are told.
const (
	KindLeakage       = "leakage"       // the code still tells the collection
	KindPrevalence    = "prevalence"    // a value is more common in one collection than in others
	KindAmplification = "amplification" // a value is more, or less, common in samples than in the data
	KindTemperature   = "temperature"   // a value is more, or less, common in samples as they are shown than in those that are measured
	KindProjection    = "projection"    // projection changes a value
	KindDifference    = "difference"    // two collections differ at all
	KindGeneration    = "generation"    // images made under a collection are less like it than its own reconstructions
	KindCoverage      = "coverage"      // images made under a collection reach fewer of its images than as many of its own would
	KindQuality       = "quality"       // one collection is generated worse than another
	KindContent       = "content"       // projection keeps, or loses, what pairs share
	KindTypicality    = "typicality"    // what is common among the most typical images
)

// findings turns what was measured into sentences, by one rule a kind. A rule makes no sentence of a difference whose
// interval holds none.
func findings(a *Audit) []Finding {
	all := []Finding{}
	for _, rule := range []func(*Audit) []Finding{
		leakageFindings, prevalenceFindings, amplificationFindings, temperatureFindings, projectionFindings,
		differenceFindings, generationFindings, contentFindings, typicalityFindings,
	} {
		found := rule(a)
		slices.SortStableFunc(found, func(x, y Finding) int { return cmp.Compare(math.Abs(y.Value), math.Abs(x.Value)) })
		all = append(all, found...)
	}
	return all
}

// percent is a share as people say it: "83%", and "0.4%" where whole numbers would say nothing.
func percent(share float64) string {
	p := 100 * share
	if math.Abs(p) < 1 && p != 0 || p > 99 && p < 100 {
		return fmt.Sprintf("%.1f%%", p)
	}
	return fmt.Sprintf("%.0f%%", p)
}

// interval is that of a share: "78% to 86%".
func interval(e measure.Estimate) string { return percent(e.Low) + " to " + percent(e.High) }

// leakageFindings says that the code tells the collection, by the probe that finds most.
func leakageFindings(a *Audit) []Finding {
	if a.Leakage == nil {
		return nil
	}
	name, worst, found := a.Leakage.worst()
	if !found {
		return nil
	}
	tells := "The code still tells the collection:"
	if _, latents, told := a.Leakage.best(func(r ProbeResult) measure.Estimate { return r.Z }); latents.Measured() && !told {
		tells = "The code tells the collection, though no probe finds it in latents, so that the flow may have put it there:"
	}
	return []Finding{finding(KindLeakage, fmt.Sprintf(
		"%s a %s probe names it for %s of held-out images (95%% interval %s, chance %s). What follows about content that collections share holds up to this.",
		tells, name, percent(worst.Value), interval(worst), percent(a.Leakage.Chance)), worst, "", a.names()...)}
}

// worst is the probe that finds most in the code.
func (l LeakageTable) worst() (name string, worst measure.Estimate, found bool) {
	return l.best(func(r ProbeResult) measure.Estimate { return r.V })
}

// best is the probe that finds most; found says whether what it finds stands among what all of them look for: the best of
// three that guess is above chance more often than one that does.
func (l LeakageTable) best(of func(ProbeResult) measure.Estimate) (name string, best measure.Estimate, found bool) {
	names, all := []string{"linear", "two-layer"}, []measure.Estimate{of(l.Linear), of(l.MLP)}
	if l.Moments != nil {
		names, all = append(names, "moments"), append(all, of(*l.Moments))
	}
	p, at := make([]float64, len(all)), 0
	for i, e := range all {
		p[i] = e.P(l.Chance)
		if e.Value > all[at].Value {
			at = i
		}
	}
	q := measure.FalseDiscoveryRates(p)
	return names[at], all[at], q[at] <= 0.05 && all[at].Low > l.Chance
}

func (a *Audit) names() []string {
	var names []string
	for _, c := range a.About.Collections {
		names = append(names, c.Name)
	}
	return names
}

// eachValue walks the attributes, their values and the collections in order of names.
func (a *Audit) eachValue(do func(attribute, value string, collections []string)) {
	for _, attribute := range sortedKeys(a.Attributes) {
		values := map[string]bool{}
		for _, shares := range a.Attributes[attribute] {
			for value := range shares.Data {
				values[value] = true
			}
		}
		for _, value := range Spoken(sortedKeys(values)) {
			do(attribute, value, a.names())
		}
	}
}

// Spoken are the values of an attribute, of all its sorted values, that sentences and tables are made of: of two the one that
// is there, where the other is its absence, since the share of the other follows.
func Spoken(values []string) []string {
	if len(values) != 2 {
		return values
	}
	if isNegative(values[0]) {
		return values[1:]
	}
	return values[:1]
}

// isNegative says that a value is the absence of something.
func isNegative(value string) bool {
	switch strings.ToLower(value) {
	case "no", "false", "0", "none", "without", "absent":
		return true
	}
	return false
}

// called is an attribute's value in a sentence: "beard=yes".
func called(attribute, value string) string { return attribute + "=" + value }

// prevalenceFindings compares each collection with the one in which a value is rarest, and tells what samples show.
func prevalenceFindings(a *Audit) []Finding {
	type contrast struct {
		f Finding
		p float64
	}
	var all []contrast
	a.eachValue(func(attribute, value string, collections []string) {
		if strings.Contains(attribute, and) {
			return // what two labels show together mostly follows from what each shows
		}
		if slices.Contains(a.About.SplitBy, attribute) {
			return // it is so by how the collections were made
		}
		var most, least string
		known := 0
		for _, c := range collections {
			share, ok := a.Attributes[attribute][c].Data[value]
			if !ok {
				continue
			}
			known++
			if most == "" || share.Value > a.Attributes[attribute][most].Data[value].Value {
				most = c
			}
			if least == "" || share.Value < a.Attributes[attribute][least].Data[value].Value {
				least = c
			}
		}
		if most == least {
			return
		}
		high, low := a.Attributes[attribute][most].Data[value], a.Attributes[attribute][least].Data[value]
		d := measure.Contrast(high, low)
		sentence := fmt.Sprintf("%s is more common in %s than in %s: %s of the images (%s) against %s (%s)",
			called(attribute, value), most, least, percent(high.Value), interval(high), percent(low.Value), interval(low))
		if sampled, ok := a.Attributes[attribute][most].Samples[value]; ok && sampled.High-sampled.Low < 0.5 && !a.tooUnlike(most) {
			sentence += fmt.Sprintf("; among samples under %s it is %s (%s)", most, percent(sampled.Value), interval(sampled))
		}
		all = append(all, contrast{finding(KindPrevalence, sentence+".", d, called(attribute, value), most, least), ofFarthest(d, known)})
	})
	p := make([]float64, len(all))
	for i, c := range all {
		p[i] = c.p
	}
	var out []Finding
	for i, q := range measure.FalseDiscoveryRates(p) {
		if q <= 0.05 && all[i].f.Low > 0 {
			out = append(out, all[i].f)
		}
	}
	return out
}

// ofFarthest is the p-value of a difference of the two that lie farthest apart of n: every two were looked at for it, and the
// farthest of many differ where all are alike (Bonferroni).
func ofFarthest(d measure.Estimate, n int) float64 { return min(1, d.P(0)*float64(n*(n-1)/2)) }

// amplificationFindings says where samples show a value more or less often than the data that they were learned from.
func amplificationFindings(a *Audit) []Finding {
	return a.biasFindings(KindAmplification, func(b Bias) map[string]measure.Estimate { return b.Amplification },
		func(c, value, word string, s AttributeShares, of string) string {
			return fmt.Sprintf("Samples under %s show %s %s often than %s itself: %s (%s) against %s (%s).",
				c, value, word, c, percent(s.Samples[of].Value), interval(s.Samples[of]), percent(s.Data[of].Value), interval(s.Data[of]))
		})
}

// temperatureFindings says where samples as they are shown have a value more or less often than those at temperature 1:
// what is drawn nearer to the middle of a collection shows more of its majority.
func temperatureFindings(a *Audit) []Finding {
	return a.biasFindings(KindTemperature, func(b Bias) map[string]measure.Estimate { return b.Temperature },
		func(c, value, word string, s AttributeShares, of string) string {
			return fmt.Sprintf("As they are shown, at temperature %g, samples under %s have %s %s often than at 1: %s (%s) against %s (%s).",
				prism.Temperature, c, value, word, percent(s.Shown[of].Value), interval(s.Shown[of]), percent(s.Samples[of].Value), interval(s.Samples[of]))
		})
}

// biasFindings makes sentences of the differences of shares that stand.
func (a *Audit) biasFindings(kind string, differences func(Bias) map[string]measure.Estimate, sentence func(collection, value, moreOrLess string, shares AttributeShares, of string) string) []Finding {
	var out []Finding
	var p []float64
	a.eachValue(func(attribute, value string, collections []string) {
		for _, c := range collections {
			bias, ok := a.Bias[attribute][c]
			if !ok || a.tooUnlike(c) {
				continue
			}
			d, ok := differences(bias)[value]
			if !ok {
				continue
			}
			word := "more"
			if d.Value < 0 {
				word = "less"
			}
			named := called(attribute, value)
			shares := a.Attributes[attribute][c]
			doubt := d.P(0)
			if off := a.misjudged(c, shares); d.Low <= off && d.High >= -off {
				doubt = 1 // looked for as well
			}
			out = append(out, finding(kind, sentence(c, named, word, shares, value), d, named, c))
			p = append(p, doubt)
		}
	})
	return standing(out, p)
}

// standing keeps the findings that stand among all that were looked for, and whose interval excludes none.
func standing(all []Finding, p []float64) []Finding {
	var out []Finding
	for i, q := range measure.FalseDiscoveryRates(p) {
		if q <= 0.05 && (all[i].Low > 0 || all[i].High < 0) {
			out = append(out, all[i])
		}
	}
	return out
}

// projectionFindings says which values projection changes.
func projectionFindings(a *Audit) []Finding {
	var out []Finding
	var p []float64
	for _, attribute := range sortedKeys(a.Flips) {
		if strings.Contains(attribute, and) {
			continue
		}
		for _, direction := range sortedKeys(a.Flips[attribute]) {
			for _, before := range sortedKeys(a.Flips[attribute][direction]) {
				f, doubt := projectionFinding(attribute, direction, before, a.Flips[attribute][direction][before])
				out, p = append(out, f), append(p, doubt)
			}
		}
	}
	return standing(out, p)
}

// plainlySeen is the share of images with a value in whose reconstructions the judge sees it, from which on it goes without saying
// that a share which still has it, with the judge's errors on another collection taken out, is of images that had it.
const plainlySeen = 0.95

// projectionFinding says how many of the images with a value lose it, and the p-value of there being none. The judge
// must see the value less often than in mere reconstructions, and with its errors taken out, where they are known, the
// share that still has it must lie below one.
func projectionFinding(attribute, direction, before string, flip Flip) (f Finding, p float64) {
	from, to, _ := strings.Cut(direction, "->")
	value := called(attribute, before)
	judged, reconstructed := flip.Judged[before], flip.Reconstructed[before]
	seen := measure.Contrast(reconstructed, judged)
	changed, p := seen, seen.P(0)
	var told string
	if kept, known := flip.After[before]; known {
		changed = measure.Contrast(measure.Exact(1, 0), kept)
		p = max(p, changed.P(0))
		told = fmt.Sprintf("%s (%s) still do; among random codes under %s it is %s",
			percent(kept.Value), interval(kept), to, percent(flip.Random[before].Value))
		if reconstructed.Value < plainlySeen {
			told += fmt.Sprintf(". In %s of them the judge sees it when they are only reconstructed", percent(reconstructed.Value))
		}
	} else {
		told = fmt.Sprintf("the judge sees it in %s (%s) afterwards, in %s when they are only reconstructed; how it errs on projections is not known",
			percent(judged.Value), interval(judged), percent(reconstructed.Value))
	}
	if changed.Low < 0.01 || seen.Value <= 0 {
		p = 1 // looked for as well
	}
	return finding(KindProjection, fmt.Sprintf("Projection into %s changes %s: of the images of %s that have it, %s.", to, value, from, told),
		counting(changed, judged.N), value, from, to), p
}

// differenceFindings says which collections differ at all.
func differenceFindings(a *Audit) []Finding {
	var out []Finding
	for _, d := range a.Differences {
		if d.Q > 0.05 || d.C2ST.Low <= 0.5 {
			continue
		}
		out = append(out, finding(KindDifference, fmt.Sprintf(
			"%s and %s differ in what the encoder sees of them: a probe tells their images apart in %s of cases (%s, chance 50%%; two-sample test p = %.3g).",
			d.Collections[0], d.Collections[1], percent(d.C2ST.Value), interval(d.C2ST), d.MMD.P), d.C2ST, "", d.Collections[:]...))
	}
	return out
}
