package weigh

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dataprism/dataprism/measure"
	"gonum.org/v1/gonum/mat"
)

// cloud is n correlated normal rows around a point.
func cloud(rng *rand.Rand, n, d int, at float64) measure.Matrix {
	x := measure.NewMatrix(n, d)
	for r := range n {
		common := rng.NormFloat64()
		for j := range d {
			x.Row(r)[j] = float32(at + common + (0.5+float64(j))*rng.NormFloat64())
		}
	}
	return x
}

// The score is that of the definition, worked out in float64 with the covariance inverted.
func TestNearnessIsTheDistanceToTheNeighbour(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	set, others := cloud(rng, 600, 5, 0), cloud(rng, 300, 5, 1)
	white, err := whiteningOf(set)
	if err != nil {
		t.Fatal(err)
	}
	var inverse mat.Dense // of the covariance that the set is whitened by
	inverse.Mul(white.by, white.by.T())
	for _, k := range []int{1, 5, 600} {
		score, err := Nearness(context.Background(), set, others, k)
		if err != nil {
			t.Fatal(err)
		}
		for i := range others.Rows {
			distances := make([]float64, set.Rows)
			for r := range set.Rows {
				d := mat.NewVecDense(5, nil)
				for j := range 5 {
					d.SetVec(j, float64(others.Row(i)[j])-float64(set.Row(r)[j]))
				}
				distances[r] = math.Sqrt(mat.Inner(d, &inverse, d))
			}
			slices.Sort(distances)
			if want := -distances[k-1]; math.Abs(score[i]-want) > 1e-2*(1-want) {
				t.Fatalf("k = %d: row %d scores %g, want %g", k, i, score[i], want)
			}
		}
	}
	if _, err := Nearness(context.Background(), set, others, 601); err == nil {
		t.Error("the 601st of 600 rows was found")
	}
}

// Rows that are whitened have the covariance 1, as nearly as so few rows say.
func TestWhiteningGivesTheUnitCovariance(t *testing.T) {
	x := cloud(rand.New(rand.NewPCG(3, 4)), 20000, 4, 3)
	white, err := whiteningOf(x)
	if err != nil {
		t.Fatal(err)
	}
	y := white.apply(x)
	for a := range 4 {
		for b := range 4 {
			sum := 0.0
			for r := range y.Rows {
				sum += float64(y.Row(r)[a]) * float64(y.Row(r)[b]) / float64(y.Rows)
			}
			want := 0.0
			if a == b {
				want = 1
			}
			if math.Abs(sum-want) > 0.02 {
				t.Errorf("the covariance of columns %d and %d is %g", a, b, sum)
			}
		}
	}
	// More columns than rows leave a covariance that can be inverted, too.
	few := cloud(rand.New(rand.NewPCG(5, 6)), 10, 40, 0)
	if white, err = whiteningOf(few); err != nil || white.apply(few).Check("whitened") != nil {
		t.Errorf("of 10 rows of 40 columns: %v", err)
	}
}

// Of planted rows that are like the set and others that are not, those that are like it come first, within each
// class.
func TestTheBestKeepTheSharesOfClasses(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	set := cloud(rng, 500, 6, 0)
	like, unlike := cloud(rng, 250, 6, 0), cloud(rng, 750, 6, 6)
	all := measure.Matrix{Rows: 1000, Cols: 6, Data: append(append([]float32(nil), like.Data...), unlike.Data...)}
	class := make([]int, 1000)
	for i := range class {
		if i%4 == 0 {
			class[i] = 1
		}
	}
	score, err := Nearness(context.Background(), set, all, DefaultNeighbour)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{"25%": 250, "0.25": 250, "100": 100, "5000": 1000, "7": 7} {
		amount, err := ParseAmount(text)
		if err != nil {
			t.Fatal(err)
		}
		kept, ofOne, right := 0, 0, 0
		for i, k := range Best(score, class, 2, amount) {
			if k {
				kept++
				ofOne += class[i]
				if i < 250 {
					right++
				}
			}
		}
		if kept != want || math.Abs(float64(ofOne)-float64(want)/4) > 1 {
			t.Errorf("of %s %d are kept, %d of the rare class", text, kept, ofOne)
		}
		if want == 250 && right < 225 {
			t.Errorf("%d of the 250 kept are like the set, want 90%%", right)
		}
	}
	for _, text := range []string{"", "0", "-3", "1.5", "x", "0%", "120%", "NaN"} {
		if a, err := ParseAmount(text); err == nil {
			t.Errorf("%q is read as %+v", text, a)
		}
	}
}
