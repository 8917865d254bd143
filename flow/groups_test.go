package flow

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// grouped are the groups of latents z [n, dim] by whether a value of their content is above 0, which tells[i] says.
func grouped(z []float32, dim int, tells func(i int) bool) []Group {
	groups := []Group{{Mean: make([]float64, dim)}, {Mean: make([]float64, dim)}}
	for i := range len(z) / dim {
		g := &groups[0]
		if tells(i) {
			g = &groups[1]
		}
		g.N++
		for j, x := range z[i*dim : (i+1)*dim] {
			g.Mean[j] += float64(x)
		}
	}
	for _, g := range groups {
		floats.Scale(1/g.N, g.Mean)
	}
	return groups
}

// between is the difference of the means of the two groups' codes.
func between(v []float32, dim int, tells func(i int) bool) []float64 {
	g := grouped(v, dim, tells)
	floats.Sub(g[1].Mean, g[0].Mean)
	return g[1].Mean
}

func cosine(a, b []float64) float64 {
	return floats.Dot(a, b) / (floats.Norm(a, 2) * floats.Norm(b, 2))
}

func TestGroupsAreToldApartAlikeInAllCollections(t *testing.T) {
	const dim, n = 8, 2000
	for _, k := range []int{2, 3} {
		rng := rand.New(rand.NewPCG(21, uint64(k)))
		f, z := views(t, rng, k, n, dim, 0.05)
		// What a latent's content is, its first collection tells as well as any.
		first, _ := codes(t, f, z[0], 0)
		tells := func(i int) bool { return first[i*dim] > 0.3 }
		var groups [][]Group
		var before [][]float32
		share := []float64{0, 0}
		for c := range z {
			groups = append(groups, grouped(z[c], dim, tells))
			v, _ := codes(t, f, z[c], c)
			before = append(before, v)
		}
		for g := range share {
			share[g] = groups[0][g].N / n
		}
		was := cosine(between(before[0], dim, tells), between(before[1], dim, tells))
		_, likely := codes(t, f, z[1], 1)
		if err := f.AlignGroups(context.Background(), groups, share); err != nil {
			t.Fatal(err)
		}
		turned, still := codes(t, f, z[1], 1)
		for i := range likely {
			if math.Abs(float64(likely[i]-still[i])) > 1e-3 {
				t.Fatalf("the likelihood of latent %d was %g and is %g", i, likely[i], still[i])
			}
		}
		v, _ := codes(t, f, z[0], 0)
		if is := cosine(between(v, dim, tells), between(turned, dim, tells)); was > 0.8 || is < 0.999 {
			t.Errorf("%d collections: what tells groups apart has a cosine of %.3f, had %.3f", k, is, was)
		}
		if k > 2 {
			continue
		}
		// No further than that asks for: what lies across both directions has not moved.
		a, b := between(before[0], dim, tells), between(before[1], dim, tells)
		across := make([]float64, dim)
		for j := range across {
			across[j] = rng.NormFloat64()
		}
		floats.AddScaled(b, -floats.Dot(a, b)/floats.Dot(a, a), a)
		for _, d := range [][]float64{a, b} {
			floats.AddScaled(across, -floats.Dot(across, d)/floats.Dot(d, d), d)
		}
		for c, v := range [][]float32{v, turned} {
			for i := range n {
				moved := 0.0
				for j, d := range across {
					moved += d * float64(v[i*dim+j]-before[c][i*dim+j])
				}
				if math.Abs(moved) > 0.01*floats.Norm(across, 2) {
					t.Fatalf("code %d of collection %d moved by %g across what tells groups apart", i, c, moved)
				}
			}
		}
	}
}

// The mean of a handful is noise, by which nothing may turn.
func TestGroupsOfFewTurnNothing(t *testing.T) {
	const dim, n = 8, 400
	f, z := views(t, rand.New(rand.NewPCG(22, 22)), 2, n, dim, 0.05)
	few := func(i int) bool { return i < 4 }
	var groups [][]Group
	var before [][]float32
	for c := range z {
		v, _ := codes(t, f, z[c], c)
		groups, before = append(groups, grouped(z[c], dim, few)), append(before, v)
	}
	if err := f.AlignGroups(context.Background(), groups, []float64{0.99, 0.01}); err != nil {
		t.Fatal(err)
	}
	for c := range z {
		v, _ := codes(t, f, z[c], c)
		for i := range v {
			if math.Abs(float64(v[i]-before[c][i])) > 0.05 {
				t.Fatalf("value %d of code %d of collection %d was %g and is %g", i%dim, i/dim, c, before[c][i], v[i])
			}
		}
	}
}

func TestAligningGroupsRefusesWhatDoesNotFitAndStops(t *testing.T) {
	const dim, n = 4, 200
	f, z := views(t, rand.New(rand.NewPCG(23, 23)), 2, n, dim, 0.1)
	half := func(i int) bool { return i%2 == 0 }
	groups := [][]Group{grouped(z[0], dim, half), grouped(z[1], dim, half)}
	if err := f.AlignGroups(context.Background(), groups[:1], []float64{0.5, 0.5}); err == nil {
		t.Error("groups of one collection of two are taken")
	}
	if err := f.AlignGroups(context.Background(), groups, []float64{1}); err == nil {
		t.Error("two groups with one share are taken")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	groups[0][0].Mean[0] += 3 // so that there is something to turn
	if err := f.AlignGroups(ctx, groups, []float64{0.5, 0.5}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
}
