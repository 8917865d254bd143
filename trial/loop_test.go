package trial

import (
	"math"
	"testing"

	"github.com/dataprism/dataprism/measure"
	"gonum.org/v1/gonum/stat/distuv"
)

// tails follows the share of a group that is the upper tail of a class's codes through generations of successors.
func tails(t *testing.T, n int, share, temperature float64, generations int, seed uint64) []float64 {
	t.Helper()
	threshold := distuv.UnitNormal.Quantile(1 - share)
	rng := seeded(seed)
	codes, class := measure.NewMatrix(n, 2), make([]int, n)
	for i := range codes.Data {
		codes.Data[i] = float32(rng.NormFloat64())
	}
	var shares []float64
	for range generations {
		codes, class = successors(codes, class, 1, []int{n}, temperature, rng)
		above := 0
		for r := range n {
			if float64(codes.Row(r)[0]) > threshold {
				above++
			}
		}
		shares = append(shares, float64(above)/float64(n))
	}
	return shares
}

// A group that is the upper tail of share p has the share 1 - Φ(Φ⁻¹(1-p)/tᵍ) after g generations at temperature t.
func TestTailGroupFollowsTheClosedForm(t *testing.T) {
	const n, generations, seeds = 4000, 5, 12
	for _, of := range []struct{ share, temperature float64 }{{0.3, 0.9}, {0.1, 0.8}, {0.3, 1}} {
		all := make([][]float64, generations)
		for seed := range seeds {
			for g, share := range tails(t, n, of.share, of.temperature, generations, uint64(seed)) {
				all[g] = append(all[g], share)
			}
		}
		for g, shares := range all {
			want := 1 - distuv.UnitNormal.CDF(distuv.UnitNormal.Quantile(1-of.share)/math.Pow(of.temperature, float64(g+1)))
			// Student's interval of the seeds' mean, widened for that ten of them are looked at: 99.5%.
			e, err := measure.Mean(shares, nil)
			if err != nil {
				t.Fatal(err)
			}
			if half := 1.6 * (e.High - e.Value); math.Abs(e.Value-want) > half {
				t.Errorf("share %v at temperature %v: generation %d has %v, want %.4f", of.share, of.temperature, g+1, e, want)
			}
		}
	}
}

// D_0 has as many images as asked for, chosen for each seed from all that there are: over 400 seeds every row is in it
// as often as every other.
func TestEverySeedBeginsWithImagesOfItsOwn(t *testing.T) {
	const rows, images, seeds = 60, 20, 400
	l := &looped{Loop: Loop{Images: images, Seed: 1}, start: &Set{}, trial: &Trial{maker: &maker{next: rows}}}
	for r := range rows {
		l.start.Class, l.start.Units = append(l.start.Class, 0), append(l.start.Units, r)
	}
	count := make([]float64, rows)
	for seed := range seeds {
		begin := l.beginning(seed)
		if len(begin) != images {
			t.Fatalf("seed %d begins with %d images, want %d", seed, len(begin), images)
		}
		for _, r := range begin {
			count[r]++
		}
	}
	const each = float64(seeds*images) / rows
	for r, n := range count {
		// Binomial, with copies of a unit: a standard deviation of less than sqrt(2 each), of which 4 are allowed.
		if math.Abs(n-each) > 4*math.Sqrt(2*each) {
			t.Errorf("row %d is in D_0 %v times, want %v", r, n, each)
		}
	}
}

func TestNormalsKeepWhatTheirShapeSays(t *testing.T) {
	rng := seeded(3)
	codes := measure.NewMatrix(4000, 2)
	for r := range codes.Rows {
		x := rng.NormFloat64()
		codes.Row(r)[0], codes.Row(r)[1] = float32(1+x), float32(0.9*x+0.3*rng.NormFloat64())
	}
	for shape, want := range map[string][2]float64{"full": {1, 0.9}, "diagonal": {1, 0}, "mean": {0, 0}} {
		drawn := measure.Matrix{Rows: 4000, Cols: 2, Data: fitNormal(codes, shape).draw(4000, 1, rng)}
		_, covariance := shrunk(drawn)
		if math.Abs(covariance.At(0, 0)-want[0]) > 0.1 || math.Abs(covariance.At(0, 1)-want[1]) > 0.1 {
			t.Errorf("%s keeps the variance %.3f and the covariance %.3f, want %v", shape, covariance.At(0, 0), covariance.At(0, 1), want)
		}
	}
}

func TestSlopeIsThatOfTheLine(t *testing.T) {
	if s := slope([]float64{1, 3, 5, 7}); s != 2 {
		t.Errorf("the slope is %v, want 2", s)
	}
}

func TestLoopsThatCannotBeMeantAreRefused(t *testing.T) {
	good := Loop{Label: "a", Group: "b", Sets: []Atom{{Kind: Real, Collection: "c"}}, Generations: 2, Labels: "argmax",
		Temperature: 1, Method: "linear", Seeds: 2, Effect: 0.05, Steps: 10}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*Loop){
		"no group": func(l *Loop) { l.Group = "" }, "one generation": func(l *Loop) { l.Generations = 1 },
		"one seed": func(l *Loop) { l.Seeds = 1 }, "no temperature": func(l *Loop) { l.Temperature = 0 },
		"labels of nobody": func(l *Loop) { l.Labels = "me" }, "few images": func(l *Loop) { l.Images = 5 }, "no method": func(l *Loop) { l.Method = "x" },
	} {
		l := good
		if spoil(&l); l.Validate() == nil {
			t.Errorf("%s is no error", name)
		}
	}
}
