package measure

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// reproducible makes rows that any language makes alike: sums of four numbers of the generator s = 1664525·s +
// 1013904223 mod 2³², each divided by 2³², less 2, times scale, plus shift.
func reproducible(seed uint32, rows, columns int, shift, scale float64) Matrix {
	x := NewMatrix(rows, columns)
	for i := range x.Data {
		sum := -2.0
		for range 4 {
			seed = seed*1664525 + 1013904223
			sum += float64(seed) / (1 << 32)
		}
		x.Data[i] = float32(shift + scale*sum)
	}
	return x
}

// The numbers below were computed once from the rows of reproducible(1, 300, 6, 0, 1) and (2, 260, 6, 0.3, 1.2), as
// float64 of float32 values, with numpy 2, scipy 1.17 and scikit-learn 1.8: the kernel distance from
// sklearn.metrics.pairwise.polynomial_kernel(degree=3, gamma=1/6, coef0=1) without diagonals; the Fréchet distance
// from numpy.cov and scipy.linalg.sqrtm; the neighbours from sklearn.metrics.pairwise.pairwise_distances, as prdc
// computes them.
func referenceRows() (x, y Matrix) {
	return reproducible(1, 300, 6, 0, 1), reproducible(2, 260, 6, 0.3, 1.2)
}

func agree(t *testing.T, name string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance*math.Abs(want) {
		t.Errorf("%s is %.8g, want %.8g", name, got, want)
	}
}

func TestGenerationMeasuresAgreeWithReferenceNumbers(t *testing.T) {
	x, y := referenceRows()
	ctx := context.Background()
	kid, err := KID(ctx, x, y, nil, nil, Compute{})
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "KID", kid.Value, 0.40386593420672634, 1e-4)
	fid, err := FrechetDistance(ctx, x, y, nil, nil, Compute{})
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "the Fréchet distance", fid.Distance.Value, 0.7617319726872296, 1e-4)
	m, err := Manifolds(ctx, x, y, nil, nil, 5, Compute{})
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "precision", m.Precision.Value, 0.823076923076923, 1e-9)
	agree(t, "recall", m.Recall.Value, 0.9333333333333333, 1e-9)
	agree(t, "density", m.Density.Value, 0.6292307692307693, 1e-9)
	agree(t, "coverage", m.Coverage.Value, 0.73, 1e-9)
}

func TestFrechetDistanceOfNormalsIsTheClosedForm(t *testing.T) {
	// Of N(0, A²) and N(m, B²) with A and B diagonal it is |m|² + sum (a-b)².
	covA, covB := mat.NewSymDense(3, nil), mat.NewSymDense(3, nil)
	a, b, mean := []float64{1, 2, 0.5}, []float64{2, 2, 0}, []float64{1, 0, -2}
	want := 0.0
	for i := range a {
		covA.SetSym(i, i, a[i]*a[i])
		covB.SetSym(i, i, b[i]*b[i])
		want += mean[i]*mean[i] + (a[i]-b[i])*(a[i]-b[i])
	}
	got, err := FrechetOfNormals(make([]float64, 3), mean, covA, covB)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "the distance", got, want, 1e-9)
}

// gaussianRows are standard normal but for their mean.
func gaussianRows(rng *rand.Rand, rows, columns int, mean float64) Matrix {
	x := NewMatrix(rows, columns)
	for i := range x.Data {
		x.Data[i] = float32(rng.NormFloat64() + mean)
	}
	return x
}

func TestFrechetBiasIsThatOfTheSampleSize(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	var bias, value float64
	const draws = 10
	for range draws {
		f, err := FrechetDistance(context.Background(), gaussianRows(rng, 400, 8, 0), gaussianRows(rng, 400, 8, 0), nil, nil, Compute{})
		if err != nil {
			t.Fatal(err)
		}
		bias, value = bias+f.Bias/draws, value+f.Distance.Value/draws
	}
	// Two samples of one distribution have distance 0 but for the bias.
	if bias < 0.7*value || bias > 1.5*value {
		t.Errorf("of a distance of %.4f, which is all bias, %.4f is found to be", value, bias)
	}
}

func TestFrechetDistanceOfFewRowsIsThatOfTheirProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	const rows, columns = 45, 160
	x, y := gaussianRows(rng, rows, columns, 1), gaussianRows(rng, rows, columns, 1.5)
	got, err := FrechetDistance(context.Background(), x, y, nil, nil, Compute{})
	if err != nil {
		t.Fatal(err)
	}
	// With the centred rows A and B of n each, tr((S₁S₂)^½) is the sum of the singular values of ABᵀ/(n-1).
	want := 0.0
	centred := func(m Matrix) *mat.Dense {
		out, means := mat.NewDense(rows, columns, nil), columnMeans(m)
		for i := range rows {
			for j, v := range m.Row(i) {
				out.Set(i, j, float64(v)-means[j])
				want += out.At(i, j) * out.At(i, j) / (rows - 1)
			}
		}
		return out
	}
	var products mat.Dense
	products.Mul(centred(x), centred(y).T())
	var svd mat.SVD
	if !svd.Factorize(&products, mat.SVDNone) {
		t.Fatal("no singular values")
	}
	for _, value := range svd.Values(nil) {
		want -= 2 * value / (rows - 1)
	}
	means := columnMeans(y)
	for j, m := range columnMeans(x) {
		want += (m - means[j]) * (m - means[j])
	}
	agree(t, "the distance", got.Distance.Value, want, 1e-4)
	// Columns of zeros, which make the columns more than the rows of the smaller sample, change nothing.
	wide := func(m Matrix) Matrix {
		out := NewMatrix(m.Rows, 2*m.Cols)
		for i := range m.Rows {
			copy(out.Row(i), m.Row(i))
		}
		return out
	}
	x, y = gaussianRows(rng, 60, 40, 0), gaussianRows(rng, 70, 40, 0.3)
	narrow, err := FrechetDistance(context.Background(), x, y, nil, nil, Compute{})
	if err != nil {
		t.Fatal(err)
	}
	padded, err := FrechetDistance(context.Background(), wide(x), wide(y), nil, nil, Compute{})
	if err != nil {
		t.Fatal(err)
	}
	agree(t, "the distance with columns of zeros", padded.Distance.Value, narrow.Distance.Value, 1e-4)
	agree(t, "its lower end", padded.Distance.Low, narrow.Distance.Low, 1e-4)
	agree(t, "its bias", padded.Bias, narrow.Bias, 1e-4)
}

func TestKIDIntervalsHoldTheTruth(t *testing.T) {
	// Of standard normal rows x and rows y of mean m the expectations of (s+1)³, s the inner product over d, follow
	// from the first three moments of s.
	const d, each = 16, 0.5
	const m2 = d * each * each // |m|²
	cube := func(s1, s2, s3 float64) float64 { return s3 + 3*s2 + 3*s1 + 1 }
	truth := cube(0, 1./d, 0) - 2*cube(0, (d+m2)/(d*d), 0) +
		cube(m2/d, (m2*m2+2*m2+d)/(d*d), (m2*m2*m2+6*m2*m2+3*m2*d+6*m2)/(d*d*d))
	held, sum := 0, 0.0
	const draws = 200
	rng := rand.New(rand.NewPCG(6, 6))
	for range draws {
		e, err := KID(context.Background(), gaussianRows(rng, 150, d, 0), gaussianRows(rng, 150, d, each), nil, nil, Compute{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		sum += e.Value / draws
		if !e.Excludes(truth) {
			held++
		}
	}
	if held < 180 {
		t.Errorf("%d of %d intervals hold the truth, too few for 95%%", held, draws)
	}
	if math.Abs(sum-truth) > 0.03*truth {
		t.Errorf("the mean over draws is %.3f, want %.3f: it should be unbiased", sum, truth)
	}
}

func TestTwoSampleTestIsUniformUnderTheNullAndSeesAShift(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	var below, seen int
	const draws = 60
	for range draws {
		x, y := gaussianRows(rng, 40, 3, 0), gaussianRows(rng, 60, 3, 0)
		units := make([]int, 40)
		for i := range units { // rows of x come twice each
			units[i] = i / 2
			copy(x.Row(i), x.Row(i/2*2))
		}
		null, err := MMDTest(context.Background(), x, y, units, nil, 99, rng, Compute{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if null.P <= 0.2 {
			below++
		}
		shifted, err := MMDTest(context.Background(), x, gaussianRows(rng, 60, 3, 1.5), units, nil, 99, rng, Compute{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if shifted.P <= 0.02 {
			seen++
		}
	}
	if below > 22 { // mean 12, standard deviation 3.1
		t.Errorf("%d of %d p-values under the null are at most 0.2", below, draws)
	}
	if seen < draws-2 {
		t.Errorf("a shift of 1.5 is seen in %d of %d draws", seen, draws)
	}
}

func TestPermutedDiscrepanciesAreThoseOfTheirRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	const n = 12
	x := gaussianRows(rng, n, 2, 0)
	units := []int{0, 0, 1, 2, 3, 3, 3, 4, 5, 6, 7, 7}
	gram, err := gramMatrix(context.Background(), x, units, Compute{})
	if err != nil {
		t.Fatal(err)
	}
	marks := NewMatrix(1, n)
	class := []int{0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1}
	for i, c := range class {
		marks.Row(0)[i] = float32(1 - c)
	}
	got, err := discrepancies(context.Background(), gram, marks, units, Compute{})
	if err != nil {
		t.Fatal(err)
	}
	var sums, counts [3]float64 // both 0, both 1, one of each
	for i := range n {
		for j := range n {
			if units[i] != units[j] {
				kind := 2
				if class[i] == class[j] {
					kind = class[i]
				}
				sums[kind] += float64(gram.Row(i)[j])
				counts[kind]++
			}
		}
	}
	agree(t, "the discrepancy", got[0], sums[0]/counts[0]+sums[1]/counts[1]-2*sums[2]/counts[2], 1e-5)
}

func TestGenerationMeasuresRefuseTooFewRows(t *testing.T) {
	few := NewMatrix(1, 2)
	var insufficient *InsufficientError
	if _, err := KID(context.Background(), few, NewMatrix(9, 2), nil, nil, Compute{}); !errors.As(err, &insufficient) {
		t.Errorf("one row: %v", err)
	}
	if _, err := Manifolds(context.Background(), NewMatrix(5, 2), NewMatrix(9, 2), nil, nil, 5, Compute{}); !errors.As(err, &insufficient) {
		t.Errorf("five rows and five neighbours: %v", err)
	}
	if _, err := FrechetDistance(context.Background(), NewMatrix(30, 2), NewMatrix(90, 2), nil, nil, Compute{}); !errors.As(err, &insufficient) {
		t.Errorf("30 rows: %v", err)
	}
	if _, err := KID(context.Background(), NewMatrix(4, 3), NewMatrix(4, 2), nil, nil, Compute{}); err == nil {
		t.Error("rows of different sizes are compared")
	}
	one := []int{0, 0, 0, 0}
	if _, err := KID(context.Background(), NewMatrix(4, 2), NewMatrix(4, 2), one, one, Compute{}); err == nil {
		t.Error("one unit gives an interval")
	}
}

func BenchmarkManifolds(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	x, y := gaussianRows(rng, 5000, 256, 0), gaussianRows(rng, 5000, 256, 0.1)
	for b.Loop() {
		if _, err := Manifolds(context.Background(), x, y, nil, nil, 5, Compute{}); err != nil {
			b.Fatal(err)
		}
	}
}
