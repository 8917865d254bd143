package measure

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestContrastOfSharesIsNewcombesInterval(t *testing.T) {
	// Newcombe 1998, table II: 56/70 against 48/80 has the interval 0.0524 to 0.3339 by method 10.
	hits := func(n, of int) []bool {
		out := make([]bool, of)
		for i := range n {
			out[i] = true
		}
		return out
	}
	a, err := Proportion(hits(56, 70), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Proportion(hits(48, 80), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := Contrast(a, b)
	near(t, "the difference", d.Value, 0.2, 1e-12)
	near(t, "its lower end", d.Low, 0.0524, 5e-5)
	near(t, "its upper end", d.High, 0.3339, 5e-5)
	if r := Contrast(b, a); math.Abs(r.Low+d.High) > 1e-12 || r.N != 150 {
		t.Errorf("the reverse is %v", r)
	}
}

func TestPOfAnEstimateFitsItsInterval(t *testing.T) {
	e := Estimate{Value: 0.6, Low: 0.5, High: 0.75, N: 9}
	near(t, "p at the lower end", e.P(0.5), 0.05, 1e-9)
	near(t, "p at the upper end", e.P(0.75), 0.05, 1e-9)
	near(t, "p at the value", e.P(0.6), 1, 1e-9)
	if p := e.P(0.4); p >= 0.05 {
		t.Errorf("p outside the interval is %g", p)
	}
	if p := Exact(0.5, 3).P(0.4); p != 0 {
		t.Errorf("p of a number that is known is %g", p)
	}
}

func TestFalseDiscoveryRatesAreBenjaminiAndHochbergs(t *testing.T) {
	// scipy.stats.false_discovery_control([0.01, 0.04, 0.03, 0.005, 0.5]).
	got := FalseDiscoveryRates([]float64{0.01, 0.04, 0.03, 0.005, 0.5})
	for i, want := range []float64{0.025, 0.05, 0.05, 0.025, 0.5} {
		near(t, "a rate", got[i], want, 1e-12)
	}
	// The largest that holds carries those below it.
	for _, q := range FalseDiscoveryRates([]float64{0.03, 0.04, 0.045}) {
		near(t, "a rate that is carried", q, 0.045, 1e-12)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	false1 := 0
	const sets, tests = 400, 20
	for range sets {
		p := make([]float64, tests)
		for i := range p {
			p[i] = rng.Float64()
		}
		for _, q := range FalseDiscoveryRates(p) {
			if q <= 0.05 {
				false1++
				break
			}
		}
	}
	if false1 > 35 { // 20 are expected where nothing is true
		t.Errorf("of %d sets of nulls %d have a discovery at 5%%", sets, false1)
	}
}
