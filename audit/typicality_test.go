package audit

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dataprism/dataprism/autoencoder"
	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/flow"
	"github.com/dataprism/dataprism/internal/simdtest"
	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/prism"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
)

// gaussians are held-out latents of two collections, N(2, 1) and N(-2, 4) in each of four dimensions, and an
// untrained prism whose flow knows just that.
func gaussians(t *testing.T, each int) *HeldOut {
	t.Helper()
	backend := simdtest.New(t)
	const dim = 4
	fl := flow.DefaultConfig(dim, 2)
	fl.Blocks, fl.Hidden = 2, 8
	p, err := prism.New(backend, model.NewStore(), prism.Config{
		Collections: []string{"a", "b"},
		Autoencoder: autoencoder.Config{Size: 32, Channels: 1, Latent: dim, Width: 16},
		Flow:        fl,
	}, 3)
	if err != nil {
		t.Fatal(err)
	}
	spread := func(s float64) *mat.SymDense {
		m := mat.NewSymDense(dim, nil)
		for i := range dim {
			m.SetSym(i, i, s)
		}
		return m
	}
	if err := p.Flow.(*flow.Flow).SetTransport([]flow.Moments{
		{Mean: []float64{2, 2, 2, 2}, Covariance: spread(1)},
		{Mean: []float64{-2, -2, -2, -2}, Covariance: spread(4)},
	}, nil); err != nil {
		t.Fatal(err)
	}
	h := &HeldOut{prism: p, dataset: &collection.Dataset{Size: 32, Channels: 1}, Z: measure.NewMatrix(2*each, dim)}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 2 * each {
		c := i / each
		h.Collection = append(h.Collection, c)
		for j := range dim {
			h.Z.Row(i)[j] = float32(float64(2-4*c) + float64(1+c)*rng.NormFloat64())
		}
	}
	return h
}

func TestTypicalityOfGaussiansIsTheClosedForm(t *testing.T) {
	h := gaussians(t, 50)
	ranking, err := h.Typicality(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ranking.Against, []int{0}) || len(ranking.Rows) != 50 {
		t.Fatalf("%d images are ranked against %v", len(ranking.Rows), ranking.Against)
	}
	density := func(z []float32, mean, variance float64) float64 {
		sum := 0.0
		for _, x := range z {
			sum -= 0.5*(float64(x)-mean)*(float64(x)-mean)/variance + 0.5*math.Log(2*math.Pi*variance)
		}
		return sum
	}
	last := math.Inf(1)
	for i, row := range ranking.Rows {
		z := h.Z.Row(row)
		want := density(z, -2, 4) - density(z, 2, 1)
		if got := ranking.Odds[i]; math.Abs(got-want) > 1e-4*max(1, math.Abs(want)) {
			t.Errorf("row %d has log-odds %.5f, want %.5f", row, got, want)
		}
		if ranking.Odds[i] > last {
			t.Errorf("rank %d is above the one before", i)
		}
		last = ranking.Odds[i]
		if h.Collection[row] != 1 {
			t.Errorf("row %d is of another collection", row)
		}
	}
}

func TestNoImageIsAtBothEndsOfARanking(t *testing.T) {
	for _, c := range []struct{ images, most, want int }{{30, 60, 10}, {30, 24, 10}, {30, 4, 4}, {200, 60, 60}, {2, 24, 1}, {1, 24, 0}} {
		ranking := Typicality{Rows: make([]int, c.images)}
		if got := ranking.AtEitherEnd(c.most); got != c.want {
			t.Errorf("of %d images %d are at either end, want %d", c.images, got, c.want)
		}
	}
	first, last := Typicality{Rows: []int{7, 3, 5, 1, 6, 2}}.ends(60)
	if !slices.Equal(first, []int{7, 3}) || !slices.Equal(last, []int{2, 6}) {
		t.Errorf("at the ends are %v and %v", first, last)
	}
}

func TestCoTypicalityOfGaussiansIsTheClosedForm(t *testing.T) {
	h := gaussians(t, 20)
	var err error
	if h.V, h.LogProb, err = codesOf(h); err != nil {
		t.Fatal(err)
	}
	rows := []int{0, 7, 25, 39}
	got, err := h.CoTypicality(rows)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		mean, deviation := float64(2-4*h.Collection[row]), float64(1+h.Collection[row])
		var as [2]float64 // the log-odds of the projection into either
		for _, x := range h.Z.Row(row) {
			u := (float64(x) - mean) / deviation
			a, b := 2+u, -2+2*u
			normal := func(x, mean, deviation float64) float64 {
				return -0.5*(x-mean)*(x-mean)/(deviation*deviation) - math.Log(deviation)
			}
			as[0] += normal(a, 2, 1) - normal(a, -2, 2)
			as[1] += normal(b, -2, 2) - normal(b, 2, 1)
		}
		if want := (as[0] + as[1]) / 2; math.Abs(got[i]-want) > 1e-4*max(1, math.Abs(want)) {
			t.Errorf("row %d has %.5f, want %.5f", row, got[i], want)
		}
	}
}

// codesOf are the codes of h's latents under their own collections, and their log-likelihoods.
func codesOf(h *HeldOut) (measure.Matrix, []float64, error) {
	v, logProb, err := h.prism.Codes(h.Z.Data, h.Collection)
	own := make([]float64, len(logProb))
	for i, l := range logProb {
		own[i] = float64(l)
	}
	return measure.Matrix{Rows: h.Z.Rows, Cols: h.Z.Cols, Data: v}, own, err
}

func TestTypicalityAgainstTheUnconditionalDensityIsRanked(t *testing.T) {
	h := gaussians(t, 20)
	if _, err := h.Typicality(0, []int{h.prism.Any()}); err != nil {
		t.Error(err)
	}
	if _, err := h.Typicality(0, []int{0}); err == nil {
		t.Error("a collection is compared with itself")
	}
}

func TestPatchesOfAnImagesOwnProjectionChangeNothing(t *testing.T) {
	h := gaussians(t, 4)
	for c := range 2 { // read as from either collection, and shown by the same
		maps, err := h.PatchMaps(context.Background(), []int{0, 1}, c, c, []int{1}, Patches{Size: 8, Stride: 8})
		if err != nil {
			t.Fatal(err)
		}
		if len(maps) != 2 || maps[0].Side != 4 || len(maps[0].Score) != 16 {
			t.Fatalf("the maps are %+v", maps)
		}
		for _, m := range maps {
			for i, s := range m.Score {
				if math.Abs(s) > 1e-2 {
					t.Errorf("row %d: patch %d of an image's own projection scores %g", m.Row, i, s)
				}
			}
		}
	}
	other, err := h.PatchMaps(context.Background(), []int{0}, 0, 1, []int{1}, Patches{Size: 32})
	if err != nil {
		t.Fatal(err)
	}
	if other[0].Side != 1 {
		t.Errorf("a patch as large as the image is cut %d times a side", other[0].Side)
	}
}

func TestBestPatchesDoNotOverlap(t *testing.T) {
	p := Patches{Size: 8, Stride: 4}.complete(32)
	m := PatchMap{Row: 3, Side: p.count(32)}
	rng := rand.New(rand.NewPCG(5, 5))
	for range m.Side * m.Side {
		m.Score = append(m.Score, rng.NormFloat64())
	}
	best := bestPatches([]PatchMap{m}, p, 5)
	if len(best) != 5 || best[0].Score != slices.Max(m.Score) {
		t.Fatalf("the best patches are %+v", best)
	}
	for i, a := range best {
		for _, b := range best[:i] {
			if max(a.X-b.X, b.X-a.X) < p.Size && max(a.Y-b.Y, b.Y-a.Y) < p.Size {
				t.Errorf("%+v and %+v overlap", a, b)
			}
		}
	}
}
