package audit

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/internal/schema"
	"github.com/dataprism/dataprism/measure"
)

// estimate is one with an interval of half a width about its value.
func estimate(value, half float64) measure.Estimate {
	return measure.Estimate{Value: value, Low: value - half, High: value + half, N: 500}
}

// shares are those of beards, yes and no.
func shares(yes, half float64) map[string]measure.Estimate {
	return map[string]measure.Estimate{"yes": estimate(yes, half), "no": estimate(1-yes, half)}
}

// example is an audit of two collections. Beards are planted: 75% of oil's images and 83% of its samples, 40% of
// photo's.
func example() *Audit {
	a := &Audit{Schema: Schema, About: About{Collections: []CollectionCount{{Name: "photo", Train: 900, Validation: 100, Seen: 100}, {Name: "oil", Train: 900, Validation: 200, Seen: 100}}}}
	a.Leakage = &LeakageTable{Chance: 0.5, Linear: ProbeResult{V: estimate(0.51, 0.02)}, MLP: ProbeResult{V: estimate(0.58, 0.02)}}
	a.Attributes = map[string]map[string]AttributeShares{"beard": {
		"photo": {Data: shares(0.4, 0.04), Samples: shares(0.41, 0.05), Shown: shares(0.38, 0.05), Projected: shares(0.42, 0.05)},
		"oil":   {Data: shares(0.75, 0.04), Samples: shares(0.9, 0.03), Shown: shares(0.97, 0.02), Projected: shares(0.74, 0.05)},
	}}
	a.Flips = map[string]map[string]map[string]Flip{"beard": {"photo->oil": {
		"no": {After: shares(0.6, 0.05), Judged: shares(0.55, 0.05), Reconstructed: shares(0.05, 0.02), Random: shares(0.83, 0.03)},
	}}}
	a.Retrieval = map[string]RetrievalResult{"photo->oil": {
		Projected: measure.Hits{At5: estimate(0.6, 0.05)}, Reconstructed: measure.Hits{At5: estimate(0.4, 0.05)},
	}}
	quality := func(kid, precision float64) *Quality {
		return &Quality{KID: estimate(kid, 0.01), Manifold: measure.Manifold{Precision: estimate(precision, 0.02), Coverage: estimate(0.7, 0.02)}, Real: 100, Made: 1000}
	}
	a.Features = "an encoder"
	a.Generation = map[string]Generation{
		"photo": {Samples: quality(0.02, 0.9), Reconstructions: quality(0.01, 0.95)},
		"oil":   {Samples: quality(0.2, 0.5), Reconstructions: quality(0.01, 0.95)},
	}
	a.Differences = []Difference{{Collections: [2]string{"photo", "oil"}, C2ST: estimate(0.97, 0.01), MMD: measure.TwoSample{P: 0.002}, Q: 0.002}}
	a.Typicality = map[string]TypicalitySummary{"oil": {N: 100, Enriched: []Enrichment{
		{Attribute: "beard", Value: "yes", Top: estimate(0.95, 0.03), All: estimate(0.75, 0.04), Difference: estimate(0.25, 0.05), Q: 0.001},
	}}}
	if err := measureBias(context.Background(), nil, Settings{}, a); err != nil {
		panic(err)
	}
	return a
}

func TestNoFindingRestsOnSharesAmongSamplesUnlikeReconstructions(t *testing.T) {
	a := example()
	told := func() (amplified, sampled bool, said string) {
		for _, f := range findings(a) {
			amplified = amplified || f.Kind == KindAmplification || f.Kind == KindTemperature
			sampled = sampled || f.Kind == KindPrevalence && strings.Contains(f.Sentence, "among samples")
		}
		return amplified, sampled, strings.Join(limits(a), "\n")
	}
	for value, want := range map[float64]struct {
		finds bool
		says  []string
	}{
		0.51: {true, nil},
		0.7:  {true, []string{"samples under oil from reconstructions of its images in 70% of cases"}},
		0.95: {false, []string{"in 95% of cases", "no finding is made of them"}},
	} {
		a.Unlike = map[string]measure.Estimate{"oil": estimate(value, 0.02)}
		amplified, sampled, said := told()
		if amplified != want.finds || sampled != want.finds {
			t.Errorf("samples told apart in %v of cases: amplification %v, in the sentence of prevalence %v", value, amplified, sampled)
		}
		for _, w := range want.says {
			if !strings.Contains(said, w) {
				t.Errorf("samples told apart in %v of cases: no limit says %q: %s", value, w, said)
			}
		}
		if len(want.says) == 0 && strings.Contains(said, "tells samples under") {
			t.Errorf("samples that are not told apart are a limit: %s", said)
		}
	}
}

// A difference of 15 points (10 to 20) among samples of which 40% are unlike stands where the judge is right in 90% of cases, and
// its errors could make 5 points, and not where it is right in 75%, and they could make 20.
func TestNoFindingRestsOnWhatErrorsOfTheJudgeCouldMake(t *testing.T) {
	for right, want := range map[float64]bool{0.9: true, 0.75: false, 0.5: false} {
		a := example()
		a.Unlike = map[string]measure.Estimate{"oil": estimate(0.7, 0.02)}
		oil, judge := a.Attributes["beard"]["oil"], estimate(right, 0.02)
		oil.Judge = &judge
		a.Attributes["beard"]["oil"] = oil
		amplified := slices.ContainsFunc(findings(a), func(f Finding) bool { return f.Kind == KindAmplification })
		if amplified != want {
			t.Errorf("with a judge that is right in %v of cases amplification is found: %v", right, amplified)
		}
	}
}

func kinds(found []Finding) map[string]int {
	count := map[string]int{}
	for _, f := range found {
		count[f.Kind]++
	}
	return count
}

func TestPlantedBiasesAreFoundWithTheirSign(t *testing.T) {
	a := example()
	found := findings(a)
	count := kinds(found)
	for _, kind := range []string{KindLeakage, KindPrevalence, KindAmplification, KindTemperature, KindProjection, KindDifference, KindGeneration, KindQuality, KindContent, KindTypicality} {
		if count[kind] != 1 {
			t.Errorf("%d findings of kind %s, want 1", count[kind], kind)
		}
	}
	for _, f := range found {
		if f.Low > f.Value || f.High < f.Value || f.Sentence == "" || len(f.Collections) == 0 || f.N == 0 {
			t.Errorf("an odd finding: %+v", f)
		}
		switch f.Kind {
		case KindPrevalence:
			if f.Value < 0.34 || f.Value > 0.36 || f.Collections[0] != "oil" || f.Attribute != "beard=yes" || !strings.Contains(f.Sentence, "75%") || !strings.Contains(f.Sentence, "40%") {
				t.Errorf("the prevalence is told as %+v", f)
			}
		case KindAmplification:
			if f.Value < 0.14 || f.Value > 0.16 || f.Collections[0] != "oil" {
				t.Errorf("the amplification is told as %+v", f)
			}
		case KindTemperature:
			if f.Value < 0.06 || f.Value > 0.08 || f.Collections[0] != "oil" || !strings.Contains(f.Sentence, "more often") {
				t.Errorf("what temperature does is told as %+v", f)
			}
		case KindProjection:
			if f.Value < 0.55 || f.Value > 0.65 || f.Attribute != "beard=no" || !strings.Contains(f.Sentence, "40%") {
				t.Errorf("the projection is told as %+v", f)
			}
		}
	}
	a.Findings, a.Limits = found, limits(a)
	if err := schema.Validate(t, auditSchema, a); err != nil {
		t.Errorf("the audit is not as its schema says: %v", err)
	}
	if text := strings.Join(a.Limits, "\n"); !strings.Contains(text, "two-layer probe") || !strings.Contains(text, "Of the 200 held-out images of oil, 100") {
		t.Errorf("the limits are\n%s", text)
	}
}

func TestSharesOfSamplesAmongFewImagesAreNotTold(t *testing.T) {
	for half, tells := range map[int]bool{15: false, 100: true} {
		a := example()
		oil := a.Generation["oil"]
		oil.Halves = &Quality{KID: estimate(0, 0.01), Manifold: measure.Manifold{Precision: estimate(0.88, 0.02), Coverage: estimate(0.97, 0.02)}, Real: half, Made: half}
		a.Generation["oil"] = oil
		photo := a.Generation["photo"]
		photo.Samples.KID = estimate(0.01, 0.01)
		photo.Reach = &Reach{Samples: estimate(0.2, 0.05), Own: estimate(0.97, 0.02), Real: half, Made: half}
		a.Generation["photo"] = photo
		found := generationFindings(a)
		if len(found) != 3 || found[0].Kind != KindGeneration || found[1].Kind != KindCoverage {
			t.Fatalf("of halves of %d images the findings are %+v", half, found)
		}
		for i, says := range []string{"50% of the samples lie among its images, and 70% of its images have a sample near; of one half of its images against the other it is 88% and 97%.",
			"; 90% of the samples lie among its images."} {
			if strings.Contains(found[i].Sentence, says) != tells || strings.Contains(found[i].Sentence, "lie among") != tells {
				t.Errorf("of halves of %d images it says %q", half, found[i].Sentence)
			}
		}
		if found[0].N != 1100 || found[1].N != 3*half {
			t.Errorf("findings of 100 images and 1000 samples, and of %d and %d, count %d and %d", 2*half, half, found[0].N, found[1].N)
		}
	}
}

func TestEachImageOfAFindingCountsOnce(t *testing.T) {
	for _, f := range findings(example()) {
		if want := 500; (f.Kind == KindProjection || f.Kind == KindContent) && f.N != want {
			t.Errorf("%s of %d images is from %d", f.Kind, want, f.N)
		}
	}
}

func TestAChangeIsToldAsJudgedWhereErrorsAreNotKnown(t *testing.T) {
	a := example()
	told := func(reconstructed float64) (found []Finding) {
		a.Flips["beard"]["photo->oil"]["no"] = Flip{Judged: shares(0.7, 0.05), Reconstructed: shares(reconstructed, 0.05)}
		for _, f := range findings(a) {
			if f.Kind == KindProjection {
				found = append(found, f)
			}
		}
		return found
	}
	found := told(0.04)
	if len(found) != 1 || found[0].Value < 0.65 || found[0].Value > 0.67 {
		t.Fatalf("of beard=no, judged in 96%% before and in 30%% after, it is told %+v", found)
	}
	for _, want := range []string{"in 30% (25% to 35%) afterwards", "in 96% when they are only reconstructed", "is not known"} {
		if !strings.Contains(found[0].Sentence, want) {
			t.Errorf("%q does not say %q", found[0].Sentence, want)
		}
	}
	if found := told(0.68); len(found) > 0 {
		t.Errorf("of nothing it is found that %+v", found)
	}
}

// Of what a judge hardly sees in reconstructions either, both are told.
func TestAChangeIsToldBesideWhatReconstructionLoses(t *testing.T) {
	for reconstructed, says := range map[float64]bool{0.14: true, 0.02: false} {
		a := example()
		a.Flips["beard"]["photo->oil"]["no"] = Flip{After: shares(0.4, 0.05), Judged: shares(0.45, 0.05), Reconstructed: shares(reconstructed, 0.03), Random: shares(0.83, 0.03)}
		const want = "60% (55% to 65%) still do; among random codes under oil it is 17%"
		beside := want + ". In 86% of them the judge sees it when they are only reconstructed."
		for _, f := range findings(a) {
			if f.Kind == KindProjection && (!strings.Contains(f.Sentence, want) || strings.Contains(f.Sentence, beside) != says) {
				t.Errorf("where %g are judged otherwise when they are reconstructed it says %q", reconstructed, f.Sentence)
			}
		}
		if kinds(findings(a))[KindProjection] != 1 {
			t.Errorf("%d changes are found", kinds(findings(a))[KindProjection])
		}
	}
}

func TestNothingIsFoundWhereIntervalsHoldNone(t *testing.T) {
	a := example()
	same := shares(0.5, 0.05)
	a.Leakage.MLP.V = estimate(0.51, 0.02)
	a.Attributes["beard"] = map[string]AttributeShares{
		"photo": {Data: same, Samples: same, Shown: same, Projected: same}, "oil": {Data: same, Samples: shares(0.52, 0.05), Shown: same, Projected: same},
	}
	a.Flips["beard"]["photo->oil"]["no"] = Flip{After: shares(0.02, 0.05), Judged: shares(0.06, 0.03), Reconstructed: shares(0.05, 0.03), Random: same}
	a.Retrieval["photo->oil"] = RetrievalResult{Projected: measure.Hits{At5: estimate(0.42, 0.05)}, Reconstructed: measure.Hits{At5: estimate(0.4, 0.05)}}
	for c, g := range a.Generation {
		g.Samples = g.Reconstructions
		a.Generation[c] = g
	}
	a.Differences[0].Q, a.Differences[0].C2ST = 0.4, estimate(0.51, 0.03)
	a.Typicality["oil"].Enriched[0].Difference, a.Typicality["oil"].Enriched[0].Q = estimate(0.02, 0.05), 0.6
	if err := measureBias(context.Background(), nil, Settings{}, a); err != nil {
		t.Fatal(err)
	}
	if found := findings(a); len(found) > 0 {
		t.Errorf("of nothing it is found that %+v", found)
	}
}

func TestNothingIsTypicalOfWhatDoesNotDiffer(t *testing.T) {
	a := example()
	a.Differences[0].Q = 0.4
	if n := kinds(findings(a))[KindTypicality]; n > 0 {
		t.Errorf("of collections that do not differ %d things are typical", n)
	}
}

func TestAnEmptyAuditHasNoFindings(t *testing.T) {
	a := &Audit{}
	if found := findings(a); found == nil || len(found) > 0 {
		t.Errorf("the findings are %v, want an empty list", found)
	}
	if len(limits(a)) == 0 {
		t.Error("there are no limits")
	}
}

// Where many collections are alike, two of them still lie far apart by chance.
func TestTheFarthestOfManyLikeCollectionsAreNotSaidToDiffer(t *testing.T) {
	const runs, collections, images = 400, 6, 300
	rng := rand.New(rand.NewPCG(1, 7))
	found := map[string]int{}
	for range runs {
		a := &Audit{Evaluation: Evaluation{Attributes: map[string]map[string]AttributeShares{"beard": {}}}, Generation: map[string]Generation{}}
		for c := range collections {
			name := fmt.Sprint("c", c)
			label := make([]int, images)
			for i := range label {
				if rng.Float64() < 0.4 {
					label[i] = 1
				}
			}
			data, err := measure.LabelShares(label, nil, 2)
			if err != nil {
				t.Fatal(err)
			}
			a.About.Collections = append(a.About.Collections, CollectionCount{Name: name})
			a.Attributes["beard"][name] = AttributeShares{Data: attribute{values: []string{"no", "yes"}}.byValue(data)}
			a.Generation[name] = Generation{Samples: &Quality{KID: estimate(0.1+0.01*rng.NormFloat64(), 0.0196)}}
		}
		for kind := range kinds(findings(a)) {
			found[kind]++
		}
	}
	for _, kind := range []string{KindPrevalence, KindQuality} {
		if n := found[kind]; n > runs*8/100 {
			t.Errorf("%s of like collections is found in %d of %d audits, want one in twenty", kind, n, runs)
		}
	}
}

// The best of three probes that guess is above chance more often than each.
func TestTheBestOfSomeProbesThatGuessFindsNoLeak(t *testing.T) {
	const runs = 2000
	rng := rand.New(rand.NewPCG(2, 7))
	guess := func() ProbeResult { return ProbeResult{V: estimate(0.5+0.01*rng.NormFloat64(), 0.0196)} }
	found := 0
	for range runs {
		moments := guess()
		a := &Audit{Evaluation: Evaluation{Leakage: &LeakageTable{Chance: 0.5, Linear: guess(), MLP: guess(), Moments: &moments}}}
		if n := kinds(findings(a))[KindLeakage]; n > 0 {
			if found++; !strings.Contains(strings.Join(limits(a), "\n"), "The code leaks") {
				t.Fatal("what is found is no limit")
			}
		}
	}
	if found > runs*4/100 {
		t.Errorf("a leak is found in %d of %d codes that hold none", found, runs)
	}
}

// Of twelve directions in which projection does nothing one differs by chance in every other audit.
func TestDirectionsThatDifferByChanceAreNotSaidToKeepContent(t *testing.T) {
	const runs = 400
	rng := rand.New(rand.NewPCG(3, 7))
	found := 0
	for range runs {
		a := &Audit{Evaluation: Evaluation{Retrieval: map[string]RetrievalResult{}}}
		for d := range 12 {
			var r RetrievalResult
			r.Projected.At5, r.Reconstructed.At5 = estimate(0.5+0.02*rng.NormFloat64(), 0.0392), estimate(0.5+0.02*rng.NormFloat64(), 0.0392)
			a.Retrieval[fmt.Sprintf("c%d->d", d)] = r
		}
		if kinds(findings(a))[KindContent] > 0 {
			found++
		}
	}
	if found > runs*8/100 {
		t.Errorf("of directions in which projection does nothing something is said in %d of %d audits, want one in twenty", found, runs)
	}
}

func TestALeakThatLatentsDoNotHaveIsToldAsTheFlows(t *testing.T) {
	for z, says := range map[float64]string{
		0.51: "The code tells the collection, though no probe finds it in latents, so that the flow may have put it there: a two-layer probe names it for 58%",
		0.6:  "The code still tells the collection: a two-layer probe names it for 58%",
	} {
		a := example()
		a.Leakage.Linear.Z, a.Leakage.MLP.Z = estimate(z, 0.02), estimate(z, 0.02)
		if found := leakageFindings(a); len(found) != 1 || !strings.HasPrefix(found[0].Sentence, says) {
			t.Errorf("where latents tell the collection in %v of cases it is found that %+v, want %q", z, found, says)
		}
	}
}
