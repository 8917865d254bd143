package trial

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dataprism/dataprism/backend/simd"
	"github.com/dataprism/dataprism/collection/portraits"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
	"github.com/dataprism/dataprism/weigh"
)

const portraitSide = 32

// sitter draws a portrait with the given smile and hair, of the person that a seed stands for, into a set.
func (s *Set) sitter(seed uint64, style portraits.Style, smile, long bool, pair, role string) {
	rng := rand.New(rand.NewPCG(seed, 4))
	a := portraits.Attributes{Smile: smile, LongHair: long, Glasses: rng.IntN(2) == 1, Age: portraits.AgeGroup(rng.IntN(3)),
		Skin: portraits.SkinGroup(rng.IntN(3)), HairColour: portraits.HairColour(rng.IntN(3))}
	picture := portraits.Draw(portraits.NewPerson(a, rng), style, portraitSide)
	for p := 0; p < len(picture.Pix); p += 4 {
		s.Pixels = append(s.Pixels, picture.Pix[p:p+3]...)
	}
	bit := map[bool]int{true: 1}
	s.Class, s.Group, s.Context = append(s.Class, bit[smile]), append(s.Group, bit[long]), append(s.Context, bit[long])
	s.Units, s.Under = append(s.Units, int(seed)), append(s.Under, 0)
	s.File, s.Pair, s.Role = append(s.File, ""), append(s.Pair, pair), append(s.Role, role)
}

// sitters draws n portraits of which long hair goes with a smile as often as asked for; with pairs, each comes with its
// counterfactuals as the renderer knows them: other hair (factual), and the other mouth.
func sitters(n int, agree float64, pairs bool, seed uint64) *Set {
	rng := rand.New(rand.NewPCG(seed, 5))
	s := &Set{Side: portraitSide, Channels: 3}
	for i := range n {
		person := seed<<32 | uint64(i)
		smile := i%2 == 0
		long := smile == (rng.Float64() < agree)
		name := string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676))
		s.sitter(person, portraits.Photo, smile, long, name, roleOriginal)
		if pairs {
			s.sitter(person, portraits.Photo, smile, !long, name, roleFactual)
			s.sitter(person, portraits.Photo, !smile, long, name, roleCounterfactual)
		}
	}
	return s
}

// strangers draws n portraits, a share of them photos in which hair means nothing, the others anime in which short hair
// goes with a smile, and says which are photos.
func strangers(n int, photos float64, seed uint64) (*Set, []bool) {
	rng := rand.New(rand.NewPCG(seed, 6))
	s := &Set{Side: portraitSide, Channels: 3}
	photo := make([]bool, n)
	for i := range n {
		smile, style, long := i%2 == 0, portraits.Photo, rng.IntN(2) == 1
		if photo[i] = rng.Float64() < photos; !photo[i] {
			style, long = portraits.Anime, !smile
		}
		s.sitter(seed<<32|uint64(i), style, smile, long, "", "")
	}
	return s, photo
}

// trained is the metrics on a test of an expert that is fitted to a set.
func trained(t testing.TB, method string, train, test *Set, w Weights, options ...string) (Metrics, outcome) {
	t.Helper()
	backend, err := simd.New("")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	m, ok := methodOf(method)
	if !ok {
		t.Fatalf("no method %s", method)
	}
	if w == nil {
		for range train.Rows() {
			w = append(w, 1)
		}
	}
	j := &job{maker: &maker{Source: Source{Backend: backend}, seed: 1}, expert: Expert{Method: method, Options: options}, train: train, test: test, weight: w, classes: 2, steps: 250}
	said, err := m.fit(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	o := outcome{logProbs: said, class: test.Class, group: test.Group, cell: test.Group, groups: 2, cells: 2, units: test.Units, pair: test.Pair, role: test.Role}
	c, err := cell(fits{o}, nil, 0.05, 1)
	if err != nil {
		t.Fatal(err)
	}
	return c.Metrics, o
}

// An expert of portraits in which long hair goes with a smile leans on the hair. Even weights give back a part of
// what it loses in its worst group, for two kinds of experts, and counterfactual pairs at least half, even where rare
// pairs are few; without the shortcut nothing is to be found.
func TestRemediesTakeAShortcutBack(t *testing.T) {
	if testing.Short() {
		t.Skip("draws thousands of portraits, and fits networks to them")
	}
	test := sitters(600, 0.5, false, 9)
	biased, balanced := sitters(800, 0.85, false, 1), sitters(800, 0.5, false, 1)
	s := &maker{labels: Labels{Context: "hair"}}
	even, err := s.even(biased)
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"linear", "network"} {
		plain, _ := trained(t, method, biased, test, nil)
		best, _ := trained(t, method, balanced, test, nil)
		gap := best.WorstGroup.Value - plain.WorstGroup.Value
		if gap < 0.1 {
			t.Errorf("%s: the worst group has %.3f where hair goes with the smile and %.3f where it does not: there is no shortcut to take", method, plain.WorstGroup.Value, best.WorstGroup.Value)
		}
		weighed, _ := trained(t, method, biased, test, even)
		if back := weighed.WorstGroup.Value - plain.WorstGroup.Value; back < 0.05 {
			t.Errorf("%s: even weights give back %.3f of %.3f in the worst group", method, back, gap)
		}
		if best.EqualisedOdds.Value > plain.EqualisedOdds.Value/2 {
			t.Errorf("%s: the gap of odds is %.3f with a shortcut and %.3f without", method, plain.EqualisedOdds.Value, best.EqualisedOdds.Value)
		}
	}
	test = sitters(600, 0.5, true, 9)
	plain, _ := trained(t, "network", sitters(600, 0.95, false, 1), test, nil)
	pairs, _ := trained(t, "pairs", sitters(600, 0.95, true, 1), test, nil)
	if plain.FactualChange.Low < 0.5 || pairs.FactualChange.High > 0.2 || pairs.CounterfactualChange.Low < 0.7 {
		t.Errorf("decisions change with the hair in %v plain and %v by pairs, with the mouth in %v by pairs", plain.FactualChange, pairs.FactualChange, pairs.CounterfactualChange)
	}
	best, _ := trained(t, "network", balanced, test, nil)
	t.Logf("the worst group has %.3f plain, %.3f by pairs, %.3f without a shortcut", plain.WorstGroup.Value, pairs.WorstGroup.Value, best.WorstGroup.Value)
	if back, gap := pairs.WorstGroup.Value-plain.WorstGroup.Value, best.WorstGroup.Value-plain.WorstGroup.Value; back < gap/2 {
		t.Errorf("pairs give back %.3f of %.3f in the worst group", back, gap)
	}
}

// A product of experts keeps what a thumbnail gives away out of the network: with the shortcut the worst group is
// better.
func TestProductsOfExpertsLeaveASimpleCue(t *testing.T) {
	if testing.Short() {
		t.Skip("draws thousands of portraits, and fits networks to them")
	}
	biased, test := sitters(800, 0.95, false, 2), sitters(600, 0.5, false, 9)
	plain, _ := trained(t, "network", biased, test, nil)
	product, _ := trained(t, "poe", biased, test, nil)
	if product.WorstGroup.Value < plain.WorstGroup.Value+0.05 {
		t.Errorf("the worst group has %.3f by a product of experts and %.3f by the network alone", product.WorstGroup.Value, plain.WorstGroup.Value)
	}
}

// Where experts of two collections contradict each other, weights that know the collection are as good as the oracle,
// and equal weights are not.
func TestMixturesFollowTheirWeights(t *testing.T) {
	said := []float32{-0.01, -5}
	other := []float32{-5, -0.01}
	of := func(c int) []float32 { return [][]float32{said, other}[c] }
	row := make([]float32, 2)
	for want, weights := range map[int][]float64{0: {0.9, 0.1}, 1: {0.1, 0.9}} {
		mix(row, weights, []int{0, 1}, of)
		if got := measure.ArgMax(measure.Matrix{Rows: 1, Cols: 2, Data: row}); got[0] != want {
			t.Errorf("with weights %v the mixture says %d", weights, got[0])
		}
	}
	if mix(row, []float64{0, 0}, []int{1}, of); row[1] < row[0] {
		t.Error("where no expert has weight, the one that there is does not speak")
	}
}

// An image of a collection is seen as every collection frames its own, one of a folder as it is.
func TestThePosteriorSeesImagesInAllFrames(t *testing.T) {
	test := &Set{Side: 1, Channels: 1, Pixels: []byte{0, 0, 255, 0}, Class: make([]int, 4), Under: []int{0, 1, -1, 1}, File: []string{"a/x", "b/y", "z", "b/w"}}
	j := &job{test: test, maker: &maker{Source: Source{
		Prism: &prism.Prism{Config: prism.Config{Collections: []string{"a", "b"}}},
		Views: func(_ context.Context, c int, rows []int) ([][]float32, error) {
			out := make([][]float32, 2)
			for k := range out {
				for _, row := range rows {
					out[k] = append(out[k], float32(100*c+10*row+k))
				}
			}
			return out, nil
		},
	}}}
	held := map[string]place{"a/x": {0, 3}, "b/y": {1, 5}, "b/w": {1, 7}}
	views, err := j.views(t.Context(), held, 1, 4)
	if want := [][]float32{{150, 1, 170}, {151, 1, 171}}; err != nil || !slices.EqualFunc(views, want, slices.Equal[[]float32]) {
		t.Errorf("views %v, %v, want %v", views, err, want)
	}
}

// BenchmarkNearestStrangers prints how experts tell a smile in photos that are fitted to the nearest quarter of 2,000
// foreign portraits, to a random quarter, to all, to the farthest quarter, and to the 300 photos to which they are near:
// five draws, each expert by as many steps whatever it is fitted to.
func BenchmarkNearestStrangers(b *testing.B) {
	const draws, n = 5, 2000
	for _, method := range []string{"linear", "network", "conv"} {
		b.Run(method, func(b *testing.B) {
			for b.Loop() {
				arms := []string{"nearest", "random", "all", "farthest", "own"}
				found := map[string][]float64{}
				for draw := range uint64(draws) {
					foreign, photo := strangers(n, 0.25, 10*draw+1)
					own, _ := strangers(300, 1, 10*draw+2)
					test, _ := strangers(1000, 1, 10*draw+3)
					near, err := weigh.Nearness(b.Context(), own.thumbnails(), foreign.thumbnails(), weigh.DefaultNeighbour)
					if err != nil {
						b.Fatal(err)
					}
					far, chance, rng := make([]float64, n), make([]float64, n), seeded(draw)
					for i := range near {
						far[i], chance[i] = -near[i], rng.Float64()
					}
					best := func(score []float64) (rows []int) {
						for i, kept := range weigh.Best(score, foreign.Class, 2, weigh.Amount{Share: 0.25}) {
							if kept {
								rows = append(rows, i)
							}
						}
						return rows
					}
					nearest := best(near)
					for i, set := range []*Set{foreign.at(nearest), foreign.at(best(chance)), foreign, foreign.at(best(far)), own} {
						m, _ := trained(b, method, set, test, nil)
						found[arms[i]] = append(found[arms[i]], m.BalancedAccuracy.Value)
					}
					right := 0.0
					for _, i := range nearest {
						if photo[i] {
							right += 4.0 / n
						}
					}
					found["photos"] = append(found["photos"], right)
				}
				for _, arm := range append(arms, "photos") {
					b.Logf("| %s | %s | %.3f", arm, overDraws(b, found[arm], nil), found[arm])
				}
				for _, arm := range arms[1:] {
					b.Logf("| nearest less %s | %s |", arm, overDraws(b, found["nearest"], found[arm]))
				}
			}
		})
	}
}

// overDraws is the mean over draws of a, less b where there is one, with its interval.
func overDraws(t testing.TB, a, b []float64) measure.Estimate {
	t.Helper()
	values := slices.Clone(a)
	for i, v := range b {
		values[i] -= v
	}
	e, err := measure.Mean(values, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
