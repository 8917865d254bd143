package flow

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dataprism/dataprism/internal/simdtest"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"
)

// rotation is a random orthogonal matrix.
func rotation(rng *rand.Rand, dim int) *mat.Dense {
	m := mat.NewDense(dim, dim, nil)
	for i := range dim {
		for j := range dim {
			m.Set(i, j, rng.NormFloat64())
		}
	}
	var qr mat.QR
	qr.Factorize(m)
	var q mat.Dense
	qr.QTo(&q)
	return &q
}

// views are n latents of each of k collections that show the same contents, each by a turn and stretches of its own, with
// noise; and the flow whose transport they set.
func views(t *testing.T, rng *rand.Rand, k, n, dim int, noise float64) (f trained, z [][]float32) {
	t.Helper()
	contents := mat.NewDense(n, dim, nil)
	for i := range n {
		for j := range dim {
			contents.Set(i, j, rng.NormFloat64())
		}
	}
	z = make([][]float32, k)
	var moments []Moments
	for c := range k {
		stretch := make([]float64, dim)
		for j := range stretch {
			stretch[j] = 0.8 + 0.4*rng.Float64()
		}
		seen := product(contents, rotation(rng, dim), mat.NewDiagDense(dim, stretch))
		for i := range n {
			for j := range dim {
				seen.Set(i, j, seen.At(i, j)+float64(c)+noise*rng.NormFloat64())
				z[c] = append(z[c], float32(seen.At(i, j)))
			}
		}
		moments = append(moments, momentsOf(seen))
	}
	config := DefaultConfig(dim, k)
	config.Blocks = 1
	backend := simdtest.New(t)
	store := model.NewStore()
	own, err := New(store.RootScope().At("flow"), config)
	if err != nil {
		t.Fatal(err)
	}
	f = trained{own, t, backend, store}
	if err := f.SetTransport(moments, nil); err != nil {
		t.Fatal(err)
	}
	return f, z
}

// codes are those of latents of collection c, and their likelihoods.
func codes(t *testing.T, f trained, z []float32, c int) (v, logProb []float32) {
	t.Helper()
	dim := f.Config().Dim
	labels := slices.Repeat([]int32{int32(c)}, len(z)/dim)
	exec, err := model.NewExec(f.backend, f.store, func(_ *model.Scope, in []*Node) []*Node {
		logProb, v := f.LogProb(in[0], f.Condition(in[1]))
		return []*Node{v, logProb}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Exec(tensors.FromFlatDataAndDimensions(z, len(z)/dim, dim), labels)
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])
}

// apart is the mean squared distance of codes of the same content, a value; 2 where they have nothing to do with each other.
func apart(t *testing.T, f trained, z [][]float32) float64 {
	t.Helper()
	first, _ := codes(t, f, z[0], 0)
	sum := 0.0
	for c := 1; c < len(z); c++ {
		other, _ := codes(t, f, z[c], c)
		for i := range first {
			sum += float64((first[i] - other[i]) * (first[i] - other[i]))
		}
	}
	return sum / float64(len(first)*(len(z)-1))
}

func knownOf(k, n int) []Pair {
	var pairs []Pair
	for b := range k {
		for a := range b {
			for i := range n {
				pairs = append(pairs, Pair{a, i, b, i})
			}
		}
	}
	return pairs
}

func TestPairsFindTheTurnThatMomentsCannot(t *testing.T) {
	for _, k := range []int{2, 3} {
		rng := rand.New(rand.NewPCG(11, uint64(k)))
		f, z := views(t, rng, k, 800, 6, 0.05)
		before := apart(t, f, z)
		_, likely := codes(t, f, z[1], 1)
		found, err := f.AlignTransport(context.Background(), z, nil, knownOf(k, 100))
		if err != nil {
			t.Fatal(err)
		}
		if after := apart(t, f, z); before < 0.5 || after > 0.03 {
			t.Errorf("%d collections: codes of one content are %.3f apart, were %.3f (%+v)", k, after, before, found)
		}
		_, still := codes(t, f, z[1], 1)
		for i := range likely {
			if math.Abs(float64(likely[i]-still[i])) > 1e-3 {
				t.Fatalf("the likelihood of latent %d was %g and is %g", i, likely[i], still[i])
			}
		}
	}
}

// Pairs that are fewer than the numbers of a turn, 66 here, find it with the help of neighbours.
func TestNeighboursHelpFewPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 12))
	f, z := views(t, rng, 2, 1500, 12, 0.05)
	found, err := f.AlignTransport(context.Background(), z, nil, knownOf(2, 24))
	if err != nil {
		t.Fatal(err)
	}
	if after := apart(t, f, z); !found.Neighbours || after > 0.05 {
		t.Errorf("codes of one content are %.3f apart: %+v", after, found)
	}
}

// Pairs that are none must do no harm.
func TestPairsThatSayNothingTurnLittle(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 13))
	f, z := views(t, rng, 2, 400, 6, 0.05)
	same, _ := views(t, rand.New(rand.NewPCG(13, 13)), 2, 400, 6, 0.05)
	pairs := knownOf(2, 200)
	for i, j := range rng.Perm(200) {
		pairs[i].J = j
	}
	found, err := f.AlignTransport(context.Background(), z, nil, pairs)
	if err != nil {
		t.Fatal(err)
	}
	turned, _ := codes(t, f, z[1], 1)
	straight, _ := codes(t, same, z[1], 1)
	sum := 0.0
	for i := range turned {
		sum += float64((turned[i] - straight[i]) * (turned[i] - straight[i]))
	}
	if moved := sum / float64(len(turned)); moved > 0.1 {
		t.Errorf("codes moved by %.3f: %+v", moved, found)
	}
}

func TestAlignmentRefusesWhatIsNoPairAndStops(t *testing.T) {
	f, z := views(t, rand.New(rand.NewPCG(14, 14)), 2, 40, 4, 0.1)
	for _, p := range []Pair{{0, 0, 0, 1}, {0, 40, 1, 0}, {0, 0, 2, 0}, {0, -1, 1, 0}} {
		if _, err := f.AlignTransport(context.Background(), z, nil, []Pair{p}); err == nil {
			t.Errorf("%+v is taken for a pair", p)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.AlignTransport(ctx, z, nil, knownOf(2, 20)); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
}
