package student

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/internal/simdtest"
)

// sided is triples of rows of two values: what the label is of, under noise, and a shortcut, which agrees with the
// label on the originals as often as asked for. Factual rows have the other shortcut, counterfactual ones the other
// label.
func sided(n int, agree float64, seed uint64) (Rows, []Triple) {
	rng := seeded(seed)
	var x [][2]float32
	var r Rows
	var triples []Triple
	add := func(class int, own, shortcut float32) int {
		x = append(x, [2]float32{own, shortcut})
		r.Class, r.Weight, r.N = append(r.Class, class), append(r.Weight, 1), r.N+1
		return r.N - 1
	}
	for i := range n {
		c := i % 2
		sign := float32(2*c - 1)
		own, shortcut := 0.7*sign+float32(rng.NormFloat64()), sign
		if rng.Float64() > agree {
			shortcut = -shortcut
		}
		triples = append(triples, Triple{add(c, own, shortcut), add(c, own, -shortcut), add(1-c, own-1.4*sign, shortcut)})
	}
	r.Fill = func(to []float32, row int, _ *rand.Rand) { copy(to, x[row][:]) }
	return r, triples
}

// originals are the first rows of triples alone.
func originals(r Rows, triples []Triple) Rows {
	out := Rows{N: len(triples)}
	for _, t := range triples {
		out.Class, out.Weight = append(out.Class, r.Class[t.Original]), append(out.Weight, 1)
	}
	out.Fill = func(to []float32, row int, rng *rand.Rand) { r.Fill(to, triples[row].Original, rng) }
	return out
}

// paired is a network that is fitted to triples.
type paired struct {
	*Network
	triples  []Triple
	contrast float64
}

func (p paired) Fit(ctx context.Context, r Rows, rng *rand.Rand) error {
	return p.FitPairs(ctx, r, p.triples, p.contrast, rng)
}

func TestPairsTakeTheShortcutAway(t *testing.T) {
	train, triples := sided(1500, 0.95, 1)
	test, of := sided(1000, 0.05, 2) // the shortcut misleads
	network := func() *Network {
		n, err := New(simdtest.New(t), Config{Body: Dense(16), Input: []int{2}, Classes: 2, Steps: 200, Rate: 0.01, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(n.Close)
		return n
	}
	against := originals(test, of)
	plain := accuracy(t, network(), originals(train, triples), against)
	for _, contrast := range []float64{0, 0.5} {
		if pairs := accuracy(t, paired{network(), triples, contrast}, train, against); pairs < plain+0.2 {
			t.Errorf("with contrast %v %.3f are told against the shortcut, and %.3f without pairs", contrast, pairs, plain)
		}
	}
}
