package student

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/internal/simdtest"
)

// federated is a network that is fitted by a federation.
type federated struct {
	*Network
	Federation
}

func (f federated) Fit(ctx context.Context, r Rows, rng *rand.Rand) error {
	return f.FitFederated(ctx, r, f.Federation, rng)
}

// skewed deals rows to clients of unequal sizes who have mostly one class each.
func skewed(r Rows, clients int) [][]int {
	out := make([][]int, clients)
	rng := seeded(7)
	for row, c := range r.Class {
		k := int(rng.Float64() * rng.Float64() * float64(clients))
		if rng.Float64() < 0.9 && k%2 != c {
			k = (k + 1) % clients
		}
		out[k] = append(out[k], row)
	}
	return out
}

func TestFederationsLearnWhatNoClientHasAll(t *testing.T) {
	train, test := exclusive(2000, 1), exclusive(600, 2)
	clients := skewed(train, 12)
	for name, f := range map[string]Federation{
		"averaged": {Clients: clients, Rate: 0.2}, "virtual and weighed": {Clients: clients, Rate: 0.2, Virtual: true, Importance: true},
	} {
		n, err := New(simdtest.New(t), Config{Body: Dense(32), Input: []int{2}, Classes: 2, Steps: 300, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		if a := accuracy(t, federated{n, f}, train, test); a < 0.8 {
			t.Errorf("%s: %.3f of the signs are told", name, a)
		}
	}
}

func TestImportanceMakesAClientsClassesThoseOfAll(t *testing.T) {
	r := Rows{Class: []int{0, 0, 0, 1, 1, 1, 1, 1, 0, 0}, Weight: []float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}
	f := Federation{Clients: [][]int{{0, 1, 2, 3}, {4, 5, 6, 7, 8, 9}}, Importance: true}
	clients := f.open(r, 2)
	own := classShares(r, f.Clients[0], 2)
	mean := 0.0
	for i, row := range f.Clients[0] {
		if want := 0.5 / own[r.Class[row]]; math.Abs(float64(clients[0].factor[i])*clients[0].mass-want) > 1e-6 {
			t.Errorf("row %d weighs %v of %v, want %v", row, clients[0].factor[i], clients[0].mass, want)
		}
		mean += float64(clients[0].factor[i]) / 4
	}
	if math.Abs(mean-1) > 1e-6 {
		t.Errorf("weights of a client have the mean %v, want 1", mean)
	}
	r.Weight = make([]float32, 10)
	r.Weight[9] = 1
	if clients := f.open(r, 2); len(clients) != 1 {
		t.Errorf("%d clients have rows of any weight, want 1", len(clients))
	}
}
