package weigh

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dataprism/dataprism/collection/portraits"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// people are drawn portraits of 32 pixels and what a classifier is to learn of them.
type people struct {
	images measure.Images
	x      measure.Matrix // features
	y, s   Label          // smile, and light skin
}

func (p people) at(rows []int) people {
	out := people{measure.Images{N: len(rows), H: 32, W: 32, C: 3, Data: p.images.Matrix().Select(rows).Data}, p.x.Select(rows), p.y, p.s}
	out.y.Class, out.s.Class = measure.Pick(p.y.Class, rows), measure.Pick(p.s.Class, rows)
	return out
}

// anybody draws a person of the shares of photos.
func anybody(rng *rand.Rand) portraits.Attributes {
	p := portraits.Prevalences(portraits.Photo)
	of := func(shares [3]float64) int {
		u := rng.Float64()
		for i, share := range shares {
			if u -= share; u < 0 {
				return i
			}
		}
		return 2
	}
	return portraits.Attributes{
		LongHair: rng.Float64() < p.LongHair, Beard: rng.Float64() < p.Beard, Glasses: rng.Float64() < p.Glasses, Smile: rng.Float64() < p.Smile,
		Age: portraits.AgeGroup(of(p.Age)), Skin: portraits.SkinGroup(of(p.Skin)), HairColour: portraits.HairColour(of(p.HairColour)),
	}
}

// sat draws n people, each changed by change, in the style that it says.
func sat(t testing.TB, rng *rand.Rand, n int, change func(*portraits.Attributes) portraits.Style) people {
	t.Helper()
	p := people{
		images: measure.Images{N: n, H: 32, W: 32, C: 3},
		y:      Label{"smile", []string{"no", "yes"}, make([]int, n)}, s: Label{"light", []string{"no", "yes"}, make([]int, n)},
	}
	for i := range n {
		a := anybody(rng)
		style := change(&a)
		if a.Smile {
			p.y.Class[i] = 1
		}
		if a.Skin == portraits.LightSkin {
			p.s.Class[i] = 1
		}
		m := portraits.Draw(portraits.NewPerson(a, rng), style, 32)
		for at := range 32 * 32 {
			for k := range 3 {
				p.images.Data = append(p.images.Data, float32(m.Pix[4*at+k])/127.5-1)
			}
		}
	}
	var err error
	if p.x, err = probe.Features(p.images); err != nil {
		t.Fatal(err)
	}
	return p
}

// joined are photos of people of whom a share have light skin exactly if they smile.
func joined(share float64, rng *rand.Rand) func(*portraits.Attributes) portraits.Style {
	return func(a *portraits.Attributes) portraits.Style {
		a.Skin = portraits.SkinGroup(1 + rng.IntN(2))
		if a.Smile == (rng.Float64() < share) {
			a.Skin = portraits.LightSkin
		}
		return portraits.Photo
	}
}

// fitted is a learner that was fitted to people.
func fitted(t testing.TB, learner probe.Learner, train people, weight []float64, rng *rand.Rand) probe.Classifier {
	t.Helper()
	s := probe.Sample{X: train.x, Class: train.y.Class, Classes: 2}
	for _, w := range weight {
		s.Weight = append(s.Weight, float32(w))
	}
	c, err := learner.Fit(context.Background(), s, rng)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// accuracy is the balanced accuracy of a classifier on people.
func accuracy(t testing.TB, c probe.Classifier, test people) float64 {
	t.Helper()
	e, err := measure.BalancedAccuracy(test.y.Class, measure.ArgMax(c.LogProbs(test.x)), 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e.Value
}

// named is a learner with its name, and how many draws benchmarks show it on.
type named struct {
	name string
	probe.Learner
	draws uint64
}

// learners are those that each claim is shown for.
func learners() []named {
	return []named{{"linear", probe.Linear{}, 10}, {"two-layer", probe.TwoLayer{Members: 1}, 5}}
}

// contextRow are the gaps between common and rare people of one draw, by how a learner was fitted.
type contextRow struct{ plain, even, alike, few, chosen, random, whole float64 }

// contextTrial fits a learner to n people of whom 95% have light skin exactly if they smile: without weights, with
// those of the rule, with weights that make all cells alike without a cap, to as many people of each cell as the
// smallest has, and, where pooled is set, with a fifth of a balanced pool of n people chosen by the rule, chosen at random,
// and with all of it.
func contextTrial(t testing.TB, learner probe.Learner, n int, pooled bool, seed uint64) contextRow {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	base, pool := sat(t, rng, n, joined(0.95, rng)), sat(t, rng, n, joined(0.5, rng))
	common, rare := sat(t, rng, n/2, joined(1, rng)), sat(t, rng, n/2, joined(0, rng))
	gap := func(train people, weight []float64) float64 {
		c := fitted(t, learner, train, weight, rng)
		return accuracy(t, c, common) - accuracy(t, c, rare)
	}
	weight, _, _ := ContextWeights(base.y, base.s)
	var cells [4][]int
	for i, y := range base.y.Class {
		cells[2*y+base.s.Class[i]] = append(cells[2*y+base.s.Class[i]], i)
	}
	alike, least := make([]float64, n), n
	for _, rows := range cells {
		least = min(least, len(rows))
		for _, i := range rows {
			alike[i] = 1 / float64(len(rows))
		}
	}
	var few []int
	for _, rows := range cells {
		few = append(few, rows[:least]...)
	}
	out := contextRow{plain: gap(base, nil), even: gap(base, weight), alike: gap(base, alike), few: gap(base.at(few), nil)}
	if !pooled {
		return out
	}
	all := people{
		measure.Images{N: 2 * n, H: 32, W: 32, C: 3, Data: slices.Concat(base.images.Data, pool.images.Data)},
		measure.Matrix{Rows: 2 * n, Cols: base.x.Cols, Data: slices.Concat(base.x.Data, pool.x.Data)}, base.y, base.s,
	}
	all.y.Class, all.s.Class = slices.Concat(base.y.Class, pool.y.Class), slices.Concat(base.s.Class, pool.s.Class)
	inPool, byChance := make([]bool, 2*n), make([]bool, 2*n)
	for i := n; i < 2*n; i++ {
		inPool[i] = true
	}
	for _, i := range rng.Perm(n)[:n/5] {
		byChance[n+i] = true
	}
	chosen, _ := FillContexts(all.y, all.s, inPool, n/5, rng)
	with := func(taken []bool) float64 {
		var rows []int
		for i := range taken {
			if !inPool[i] || taken[i] {
				rows = append(rows, i)
			}
		}
		return gap(all.at(rows), nil)
	}
	out.chosen, out.random, out.whole = with(chosen), with(byChance), gap(all, nil)
	return out
}

// Weights close the gap between common and rare people in part, and a chosen fifth of a pool more than a random one.
func TestWeightsAndChosenRowsCloseTheGapOfAContext(t *testing.T) {
	if r := contextTrial(t, probe.Linear{}, 500, true, 1); r.plain < 0.1 || r.even > r.plain-0.03 || r.chosen > r.random {
		t.Errorf("the gaps are %+v", r)
	}
}

// With fewer rows of a cell than it lacks all are taken; of cells that lack nothing none is.
func TestThePoolFillsWhatLacks(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	y, s := planted(rng, 2000, 0.9)
	pool, with := planted(rng, 1000, 0.9)
	inPool := make([]bool, 3000)
	for i := 2000; i < 3000; i++ {
		inPool[i] = true
	}
	y.Class, s.Class = append(y.Class, pool.Class...), append(s.Class, with.Class...)
	chosen, cells := FillContexts(y, s, inPool, 500, rng)
	for i, is := range chosen {
		if is && !inPool[i] {
			t.Fatal("a row outside the pool is chosen")
		}
	}
	for _, c := range cells {
		rare := c.Label == "yes" && c.Context == "dark" || c.Label == "no" && c.Context == "light"
		if rare && (c.Chosen != c.Available || c.Lacking == 0) || !rare && c.Chosen > 0 {
			t.Errorf("a cell is %+v", c)
		}
	}
}

// densityRow are balanced accuracies on held-out photos, by which foreign people a learner was fitted to.
type densityRow struct{ nearest, random, all, farthest, few, right float64 }

// densityTrial has 300 labelled photos and n foreign portraits: a quarter photos or, where distract is set, three
// quarters anime in which short hair goes with a smile; without it all are photos. Rows are ranked by 8x8 areas.
func densityTrial(t testing.TB, learner probe.Learner, n int, distract bool, seed uint64) densityRow {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 11))
	asPhotos := func(*portraits.Attributes) portraits.Style { return portraits.Photo }
	real, test := sat(t, rng, 300, asPhotos), sat(t, rng, n/2, asPhotos)
	var photo []bool
	foreign := sat(t, rng, n, func(a *portraits.Attributes) portraits.Style {
		photo = append(photo, !distract || rng.Float64() < 0.25)
		if photo[len(photo)-1] {
			return portraits.Photo
		}
		a.LongHair = !a.Smile
		return portraits.Anime
	})
	like, err := Nearness(context.Background(), grid(real.images, 8), grid(foreign.images, 8), DefaultNeighbour)
	if err != nil {
		t.Fatal(err)
	}
	keep := Amount{Share: 0.25}
	far, chance := make([]float64, n), make([]float64, n)
	for i := range far {
		far[i], chance[i] = -like[i], rng.Float64()
	}
	with := func(score []float64) (people, []bool) {
		kept := Best(score, foreign.y.Class, 2, keep)
		var rows []int
		for i, k := range kept {
			if k {
				rows = append(rows, i)
			}
		}
		return foreign.at(rows), kept
	}
	at := func(train people) float64 { return accuracy(t, fitted(t, learner, train, nil, rng), test) }
	nearest, kept := with(like)
	random, _ := with(chance)
	farthest, _ := with(far)
	out := densityRow{nearest: at(nearest), random: at(random), all: at(foreign), farthest: at(farthest), few: at(real)}
	for i, k := range kept {
		if k && photo[i] {
			out.right += 1 / float64(nearest.images.N)
		}
	}
	return out
}

// The nearest quarter of foreign portraits is almost all photos, and a classifier is better for it.
func TestTheNearestForeignRowsHelp(t *testing.T) {
	r := densityTrial(t, probe.Linear{}, 800, true, 1)
	if r.right < 0.9 || r.nearest < r.random+0.02 {
		t.Errorf("the accuracies are %+v", r)
	}
}

// BenchmarkContext prints the gaps of contextTrial, of 1,000 people and of 2,000 without the pool: ten draws, five of
// the two-layer network.
func BenchmarkContext(b *testing.B) {
	for _, learner := range learners() {
		for _, n := range []int{1000, 2000} {
			b.Run(fmt.Sprintf("%s-%d", learner.name, n), func(b *testing.B) {
				for b.Loop() {
					pooled := n == 1000
					var columns [7][]float64
					for seed := range learner.draws {
						r := contextTrial(b, learner, n, pooled, seed+1)
						for i, v := range []float64{r.plain, r.even, r.chosen, r.random, r.whole, r.alike, r.few} {
							columns[i] = append(columns[i], v)
						}
					}
					b.Logf("plain          %s", interval(b, columns[0]))
					b.Logf("weights        %s", interval(b, columns[1]))
					b.Logf("no cap         %s", interval(b, columns[5]))
					b.Logf("few            %s", interval(b, columns[6]))
					b.Logf("half of plain less no cap     %s", interval(b, less(columns[0], columns[5], 2)))
					b.Logf("plain less weights            %s", interval(b, less(columns[0], columns[1], 1)))
					b.Logf("half of plain less weights    %s", interval(b, less(columns[0], columns[1], 2)))
					if !pooled {
						continue
					}
					b.Logf("a chosen fifth %s", interval(b, columns[2]))
					b.Logf("a random fifth %s", interval(b, columns[3]))
					b.Logf("the whole pool %s", interval(b, columns[4]))
					b.Logf("random less chosen            %s", interval(b, less(columns[3], columns[2], 1)))
				}
			})
		}
	}
}

// BenchmarkDensity prints the accuracies of densityTrial of 2,000 people, with distractors and without: ten draws, five
// of the two-layer network.
func BenchmarkDensity(b *testing.B) {
	for _, learner := range learners() {
		for _, distract := range []bool{true, false} {
			b.Run(fmt.Sprintf("%s-%t", learner.name, distract), func(b *testing.B) {
				for b.Loop() {
					var columns [6][]float64
					for seed := range learner.draws {
						r := densityTrial(b, learner, 2000, distract, seed+1)
						for i, v := range []float64{r.nearest, r.random, r.all, r.farthest, r.few, r.right} {
							columns[i] = append(columns[i], v)
						}
					}
					for i, what := range []string{"nearest 25%", "random 25%", "all", "farthest 25%", "300 real", "kept are photos"} {
						b.Logf("%-16s %s", what, interval(b, columns[i]))
					}
					b.Logf("nearest less random %s", interval(b, less(columns[0], columns[1], 1)))
					b.Logf("nearest less all    %s", interval(b, less(columns[0], columns[2], 1)))
				}
			})
		}
	}
}

// interval is the mean of draws with its interval.
func interval(t testing.TB, values []float64) string {
	e, err := measure.Mean(values, nil)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f)", e.Value, e.Low, e.High)
}

// less is a/parts - b, draw by draw.
func less(a, b []float64, parts float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i]/parts - b[i]
	}
	return out
}

// hidden is how well the weights of a shallow cue, which was not told of the skin, find the people in whom skin and
// smile do not go together, and how far the cue tells the smile.
func hidden(t testing.TB, read func(measure.Images) measure.Matrix, n int, seed uint64) (found, told measure.Estimate) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 13))
	p := sat(t, rng, n, joined(0.95, rng))
	predicted, err := crossed(context.Background(), read(p.images), p.y, nil, seed)
	if err != nil {
		t.Fatal(err)
	}
	cue, err := cueOf("cue", 1, predicted, p.y, nil)
	if err != nil {
		t.Fatal(err)
	}
	rare := make([]bool, n)
	for i := range rare {
		rare[i] = p.y.Class[i] != p.s.Class[i]
	}
	if found, err = measure.AUC(ShallowWeights(truth(predicted, p.y)), rare, nil); err != nil {
		t.Fatal(err)
	}
	return found, cue.AUC
}

func TestShallowWeightsFindAHiddenContext(t *testing.T) {
	found, told := hidden(t, func(m measure.Images) measure.Matrix { return grid(m, 4) }, 800, 1)
	if found.Value < 0.8 || told.Value < 0.8 {
		t.Errorf("rare people are found with an AUC of %v by a cue that tells the label with %v", found, told)
	}
}

// BenchmarkShallow prints how well each cue's weights find the rare people of one draw of 3,000.
func BenchmarkShallow(b *testing.B) {
	for _, r := range ladder() {
		found, told := hidden(b, func(m measure.Images) measure.Matrix {
			x, err := r.read(m)
			if err != nil {
				b.Fatal(err)
			}
			return x
		}, 3000, 1)
		fmt.Printf("%-10s tells the label with an AUC of %v; its weights find the rare with %v\n", r.name, told, found)
	}
}
