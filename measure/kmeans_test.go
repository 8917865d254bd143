package measure

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

func TestKMeansFindsClustersThatAreApart(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 1))
		const k, each = 5, 40
		x := NewMatrix(k*each, 3)
		for i := range x.Rows {
			for j := range x.Cols {
				centre := 0.0
				if (i%k)>>j&1 == 1 {
					centre = 12
				}
				x.Row(i)[j] = float32(centre + rng.NormFloat64())
			}
		}
		c, err := KMeans(context.Background(), x, k, rng)
		if err != nil {
			t.Fatal(err)
		}
		total := 0.0
		for i := range x.Rows {
			total += c.Spread[i]
			for j := range i {
				if same := i%k == j%k; same && c.Of[i] != c.Of[j] {
					t.Fatalf("rows %d and %d of one cluster are parted", i, j)
				}
			}
		}
		// Within a cluster each of three columns has variance 1.
		if math.Abs(total/float64(x.Rows)-3) > 0.6 {
			t.Errorf("the mean squared distance is %.2f, want 3", total/float64(x.Rows))
		}
	}
}

func TestKMeansTakesEqualRowsAndRefusesTooFew(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	if _, err := KMeans(context.Background(), NewMatrix(6, 2), 3, rng); err != nil {
		t.Errorf("six equal rows: %v", err)
	}
	if _, err := KMeans(context.Background(), NewMatrix(2, 2), 3, rng); err == nil {
		t.Error("two rows are put into three clusters")
	}
}

func TestLogOddsOfGaussiansAreTheClosedForm(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	density := func(x, mean, deviation float64) float64 {
		return -0.5*math.Pow((x-mean)/deviation, 2) - math.Log(deviation) - 0.5*math.Log(2*math.Pi)
	}
	logProb := make([][]float64, 3)
	var xs []float64
	for range 200 {
		x := rng.NormFloat64() * 3
		xs = append(xs, x)
		logProb[0] = append(logProb[0], density(x, 1, 1))
		logProb[1] = append(logProb[1], density(x, -1, 2))
		logProb[2] = append(logProb[2], density(x, 0, 3))
	}
	odds, err := LogOdds(logProb, 0, []int{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range xs {
		want := density(x, 1, 1) - math.Log((math.Exp(density(x, -1, 2))+math.Exp(density(x, 0, 3)))/2)
		if math.Abs(odds[i]-want) > 1e-10 {
			t.Errorf("at %.2f the log-odds are %.6f, want %.6f", x, odds[i], want)
		}
	}
	if _, err := LogOdds(logProb, 0, []int{0, 1}); err == nil {
		t.Error("a collection is compared with itself")
	}
	if _, err := LogOdds(logProb, 0, nil); err == nil {
		t.Error("a collection is compared with nothing")
	}
}
