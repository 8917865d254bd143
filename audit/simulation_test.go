package audit

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/collection/portraits"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// The benchmarks of this file print the tables of docs/statistics.md: go test ./audit -run none -bench Simulation
// -benchtime 1x.

// glasses are two collections of photos that differ in how many people wear glasses, and a prism of them.
func glasses(t testing.TB, n int, seed uint64, flowSteps int) (h *HeldOut, people []portraits.Person) {
	t.Helper()
	dir := t.TempDir()
	half := planted{style: portraits.Photo, n: n, glasses: 0.5, dark: 0.25, seed: 10 * seed, labels: true}
	few := planted{style: portraits.Photo, n: n, glasses: 0.05, dark: 0.25, seed: 10*seed + 1, labels: true}
	d := open(t, dir, seed, map[string]planted{"half": half, "few": few}, "half", "few")
	h, err := See(context.Background(), briefly(t, d, flowSteps), d, Settings{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return h, half.people()
}

// worn is the share of held-out rows of people with glasses.
func worn(h *HeldOut, rows []int) float64 {
	labels, n := h.Labels("glasses"), 0.0
	for _, r := range rows {
		if labels[r] == "yes" {
			n++
		}
	}
	return n / float64(len(rows))
}

// precisionOverArea is the average precision of scores of an image's pixels against the pixels that glasses change,
// over their share of the image, which is the precision of chance.
func precisionOverArea(h *HeldOut, m PatchMap, p Patches, person portraits.Person) float64 {
	side := h.dataset.Size
	bare := person
	bare.Glasses = false
	with, without := portraits.Draw(person, portraits.Photo, side), portraits.Draw(bare, portraits.Photo, side)
	type pixel struct {
		score float64
		on    bool
	}
	pixels := make([]pixel, side*side)
	area := 0.0
	for i := range pixels {
		x, y := i%side, i/side
		a, b := with.RGBAAt(x, y), without.RGBAAt(x, y)
		change := math.Abs(float64(a.R)-float64(b.R)) + math.Abs(float64(a.G)-float64(b.G)) + math.Abs(float64(a.B)-float64(b.B))
		if pixels[i].on = change > 30; pixels[i].on {
			area++
		}
		n := 0.0
		for k, s := range m.Score {
			left, top := k%m.Side*p.Stride, k/m.Side*p.Stride
			if x >= left && x < left+p.Size && y >= top && y < top+p.Size {
				pixels[i].score, n = pixels[i].score+s, n+1
			}
		}
		pixels[i].score /= max(1, n)
	}
	slices.SortStableFunc(pixels, func(a, b pixel) int { return cmp.Compare(b.score, a.score) })
	hits, sum := 0.0, 0.0
	for i, px := range pixels {
		if px.on {
			hits++
			sum += hits / float64(i+1)
		}
	}
	return sum / hits / (area / float64(len(pixels)))
}

// localised is the mean of [precisionOverArea] over the first images with glasses of the ranking of "half".
func localised(t testing.TB, h *HeldOut, people []portraits.Person, images int) measure.Estimate {
	t.Helper()
	ranking, err := h.Typicality(0, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := Patches{Size: plantedSide / 4, Stride: plantedSide / 8}
	labels := h.Labels("glasses")
	var ratios []float64
	for _, row := range ranking.Rows {
		if labels[row] != "yes" || len(ratios) == images {
			continue
		}
		maps, err := h.PatchMaps(context.Background(), []int{row}, h.Collection[row], 1, ranking.Against, p)
		if err != nil {
			t.Fatal(err)
		}
		var i int
		if _, err := fmt.Sscanf(h.File(row), "half/%d.png", &i); err != nil {
			t.Fatal(err)
		}
		ratios = append(ratios, precisionOverArea(h, maps[0], p, people[i]))
	}
	e, err := measure.Mean(ratios, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// BenchmarkSimulationTypicality prints how well what was planted is found as typical.
func BenchmarkSimulationTypicality(b *testing.B) {
	for b.Loop() {
		fmt.Println("| seed | with glasses, first 200 | last 200 | others enriched | average precision of patch maps over chance |")
		for seed := range uint64(3) {
			h, people := glasses(b, 2000, 1+seed, 300)
			ranking, err := h.Typicality(0, nil)
			if err != nil {
				b.Fatal(err)
			}
			enriched, err := h.Enriched(ranking, 200)
			if err != nil {
				b.Fatal(err)
			}
			others := 0
			for _, e := range enriched {
				if e.Attribute != "glasses" && e.Q <= 0.05 {
					others++
				}
			}
			n := len(ranking.Rows)
			fmt.Printf("| %d | %s | %s | %d | %v |\n", 1+seed, percent(worn(h, ranking.Rows[:200])), percent(worn(h, ranking.Rows[n-200:])), others, localised(b, h, people, 40))
		}
	}
}

// everyStyle is what an audit finds in portraits of every style, n of each, whose prevalences are all of their bias.
func everyStyle(t testing.TB, n, flowSteps int, seed uint64) *Audit {
	t.Helper()
	dir := t.TempDir()
	specs, err := portraits.Write(context.Background(), dir, portraits.Options{Count: n, Size: plantedSide, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	d, err := collection.Open(context.Background(), specs, collection.Options{Size: plantedSide, Seed: seed, Validation: 0.4, CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	s := Settings{Seed: seed}
	h, err := See(context.Background(), briefly(t, d, flowSteps), d, s)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Examine(context.Background(), h, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// hits counts how often something is as it should be.
type hits struct{ hit, of int }

func (h *hits) add(hit bool) {
	h.of++
	if hit {
		h.hit++
	}
}

func (h hits) String() string { return fmt.Sprintf("%d of %d", h.hit, h.of) }

// biases is how what an audit says of portraits compares with what was planted.
type biases struct {
	large         hits // differences of 30 points and more between two styles: found, and with their sign
	found         hits // findings of a difference: with the sign that was planted
	inside        hits // and the difference that was planted inside their interval
	data          hits // intervals of shares in the data: hold what was planted
	samples       hits // intervals of shares among samples
	samplesSign   hits // differences of 30 points whose interval among samples excludes none: have their sign
	projectedSign hits // the same of projections into the two
}

// score compares an audit of [everyStyle] with what was planted.
func (b *biases) score(a *Audit) {
	planted := func(style, attribute, value string) float64 {
		for _, s := range portraits.Styles() {
			if s.String() == style {
				share, _ := portraits.Prevalences(s).Share(attribute, value)
				return share
			}
		}
		return math.NaN()
	}
	for _, f := range a.Findings {
		if f.Kind == KindPrevalence {
			attribute, value, _ := strings.Cut(f.Attribute, "=")
			truth := planted(f.Collections[0], attribute, value) - planted(f.Collections[1], attribute, value)
			b.found.add(truth > 0)
			b.inside.add(f.Low <= truth && truth <= f.High)
		}
	}
	for _, attribute := range sortedKeys(a.Attributes) {
		shares := a.Attributes[attribute]
		for _, one := range a.names() {
			for value, share := range shares[one].Data {
				b.data.add(!share.Excludes(planted(one, attribute, value)))
			}
			for value, share := range shares[one].Samples {
				b.samples.add(!share.Excludes(planted(one, attribute, value)))
			}
			for _, other := range a.names() {
				for _, value := range sortedKeys(shares[one].Data) {
					if planted(one, attribute, value)-planted(other, attribute, value) < 0.3 {
						continue
					}
					difference := func(x, y map[string]measure.Estimate) measure.Estimate {
						if !x[value].Measured() || !y[value].Measured() {
							return measure.Estimate{}
						}
						return measure.Contrast(x[value], y[value])
					}
					b.large.add(difference(shares[one].Data, shares[other].Data).Low > 0)
					if d := difference(shares[one].Samples, shares[other].Samples); d.Excludes(0) {
						b.samplesSign.add(d.Low > 0)
					}
					if d := difference(shares[one].Projected, shares[other].Projected); d.Excludes(0) {
						b.projectedSign.add(d.Low > 0)
					}
				}
			}
		}
	}
}

// BenchmarkSimulationBias prints how often an audit of the portraits of the demo says of each attribute what was
// planted.
func BenchmarkSimulationBias(b *testing.B) {
	for b.Loop() {
		var all biases
		all.score(everyStyle(b, 1000, 200, 2))
		fmt.Printf("| planted differences of 30 points and more between two styles, found with their sign | %v |\n", all.large)
		fmt.Printf("| sentences that a value is more common in one style, true | %v |\n", all.found)
		fmt.Printf("| their planted difference inside the interval | %v |\n", all.inside)
		fmt.Printf("| planted shares inside the interval of the data's | %v |\n", all.data)
		fmt.Printf("| planted shares inside the interval of samples' | %v |\n", all.samples)
		fmt.Printf("| of these differences those that are seen among samples, with their sign | %v |\n", all.samplesSign)
		fmt.Printf("| the same among projections into the two | %v |\n", all.projectedSign)
	}
}

// halvesOfOne are two collections of the same people's distribution, 400 images each, and a prism of them.
func halvesOfOne(t testing.TB, seed uint64) *HeldOut {
	t.Helper()
	one := planted{style: portraits.Photo, n: 400, glasses: 0.3, dark: 0.25, seed: 1000 + 2*seed, labels: true}
	other := one
	other.seed++
	d := open(t, t.TempDir(), seed, map[string]planted{"one": one, "other": other}, "one", "other")
	h, err := See(context.Background(), briefly(t, d, 20), d, Settings{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// saidToDiffer are the kinds of findings by which an audit says of collections that they differ. It is what [Examine] finds,
// without the parts that make none of these. How well a model generates either, and whether its code tells them apart, since
// the flow has learned from other images of either, are true of the model.
func saidToDiffer(t testing.TB, h *HeldOut, s Settings) []string {
	t.Helper()
	a := &Audit{About: h.about(s), Evaluation: Evaluation{Attributes: map[string]map[string]AttributeShares{}}}
	for _, name := range labelNames(h.dataset) {
		attribute, _ := attributeOf(name, trainLabels(h.dataset, name))
		truth := attribute.numbers(h.Labels(name))
		a.Attributes[name] = map[string]AttributeShares{}
		for c := range h.dataset.Collections {
			rows := h.of(c)
			shares, err := measure.LabelShares(measure.Pick(truth, rows), measure.Pick(h.Units, rows), len(attribute.values))
			if err != nil {
				t.Fatal(err)
			}
			a.Attributes[name][h.name(c)] = AttributeShares{Data: attribute.byValue(shares)}
		}
	}
	for _, part := range []func(context.Context, *HeldOut, Settings, *Audit) error{measureDifferences, measureGeneration, measureTypicality} {
		if err := part(context.Background(), h, s, a); err != nil {
			t.Fatal(err)
		}
	}
	var kinds []string
	for _, f := range findings(a) {
		if slices.Contains([]string{KindPrevalence, KindDifference, KindQuality, KindTypicality}, f.Kind) {
			kinds = append(kinds, strings.TrimSpace(f.Kind+" "+f.Attribute))
		}
	}
	return kinds
}

// BenchmarkSimulationHalves prints what is found where two halves of one collection are taken as two.
func BenchmarkSimulationHalves(b *testing.B) {
	for b.Loop() {
		const seeds = 20
		var quiet, leaks hits
		for seed := range uint64(seeds) {
			h, s := halvesOfOne(b, seed), Settings{Seed: seed, Samples: 200}
			found := saidToDiffer(b, h, s)
			if quiet.add(len(found) == 0); len(found) > 0 {
				fmt.Printf("seed %d: %s\n", seed, strings.Join(found, ", "))
			}
			told, err := probe.Leakage(context.Background(), h.V, h.Collection, h.Units, 2, probe.TwoLayer{}, s.crossValidation())
			if err != nil {
				b.Fatal(err)
			}
			leaks.add(told.Low > 0.5)
		}
		fmt.Printf("| two halves of one collection: nothing is found | in %v seeds |\n| the code tells them apart | in %v |\n", quiet, leaks)
	}
}

// BenchmarkSimulationDrift prints how often the planted context comes first with what was planted in its interval,
// and how often anything is found in a folder of the same people as the benchmark's.
func BenchmarkSimulationDrift(b *testing.B) {
	for b.Loop() {
		const benchmarks, each = 5, 4
		first, inside, quiet := 0, 0, 0
		for seed := range uint64(benchmarks) {
			h := benchmark(b, 500+10*seed)
			for draw := range uint64(each) {
				dark := planted{style: portraits.Photo, n: 300, glasses: 0.1, dark: 0.6, seed: 7000 + 10*seed + draw}
				d, _ := dark.compared(b, h, DriftSettings{})
				for i, c := range d.Contexts {
					if c.Name == "skin=dark" && i == 0 {
						first++
					}
					if c.Name == "skin=dark" && !c.Difference.Excludes(0.35) {
						inside++
					}
				}
				dark.dark, dark.seed = 0.25, dark.seed+5000
				if d, _ = dark.compared(b, h, DriftSettings{}); len(d.Findings) == 0 {
					quiet++
				} else {
					fmt.Println("nothing was planted, found:", toldOf(d))
				}
			}
		}
		n := benchmarks * each
		fmt.Printf("| planted context first | %d of %d |\n| planted difference inside the interval | %d of %d |\n| nothing planted, nothing found | %d of %d |\n", first, n, inside, n, quiet, n)
	}
}

func TestAuditOfPortraitsSaysWhatWasPlanted(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a prism")
	}
	var b biases
	b.score(everyStyle(t, 500, 100, 1))
	if b.large.of < 8 || b.large.hit < b.large.of || b.found.of < 8 || b.found.hit < b.found.of {
		t.Errorf("of large differences %v are found, of what is said %v is true", b.large, b.found)
	}
	if b.data.hit*10 < b.data.of*9 {
		t.Errorf("%v shares are inside their intervals", b.data)
	}
	if b.samplesSign.of < 8 || b.samplesSign.hit < b.samplesSign.of {
		t.Errorf("of the large differences that samples show %v have the sign", b.samplesSign)
	}
}

func TestTwoHalvesOfOneCollectionAreNotSaidToDiffer(t *testing.T) {
	if testing.Short() {
		t.Skip("trains prisms")
	}
	for seed := range uint64(2) {
		if found := saidToDiffer(t, halvesOfOne(t, seed), Settings{Seed: seed, Samples: 200}); len(found) > 0 {
			t.Errorf("seed %d: of two halves of one collection it is found: %v", seed, found)
		}
	}
}

func TestTypicalImagesWearWhatWasPlanted(t *testing.T) {
	if testing.Short() {
		t.Skip("trains a prism")
	}
	h, people := glasses(t, 900, 1, 200)
	ranking, err := h.Typicality(0, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := len(ranking.Rows)
	fifth := n / 5
	if first, last := worn(h, ranking.Rows[:fifth]), worn(h, ranking.Rows[n-fifth:]); first < 0.9 || last > 0.2 {
		t.Errorf("%s of the most typical fifth wear glasses, %s of the least", percent(first), percent(last))
	}
	enriched, err := h.Enriched(ranking, fifth)
	if err != nil || len(enriched) == 0 || enriched[0].Attribute != "glasses" || enriched[0].Q > 0.05 {
		t.Errorf("enriched is %+v, %v", enriched, err)
	}
	if over := localised(t, h, people, 12); over.Low < 3 {
		t.Errorf("the patch maps find glasses %v times as well as chance", over)
	}
}
