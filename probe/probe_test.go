package probe

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/dataprism/dataprism/measure"
)

// halves returns the classes 0 and 1 in turn for n rows.
func halves(n int) []int {
	class := make([]int, n)
	for i := range class {
		class[i] = i % 2
	}
	return class
}

// dependent draws normal codes whose class shows in one way only.
func dependent(n, d int, seed uint64, show func(row []float32, class int)) (measure.Matrix, []int) {
	x, class := NormalCodes(n, d, seeded(seed)), halves(n)
	for i, c := range class {
		show(x.Row(i), c)
	}
	return x, class
}

func TestProbesFindWhatTheyCanAndNothingElse(t *testing.T) {
	const n, d = 1500, 12
	shift := func(row []float32, class int) { row[3] += float32(class) }
	spread := func(row []float32, class int) {
		for j := range row {
			row[j] *= 1 + 0.3*float32(class)
		}
	}
	parity := func(row []float32, class int) { // the sign of a product of two columns
		if (row[0]*row[1] > 0) != (class == 1) {
			row[1] = -row[1]
		}
	}
	null := func([]float32, int) {}
	// The least and the most balanced accuracy. The best possible is 0.69 for the shift, Phi(1/2); 1 for the sign;
	// and 0.735 for the spread, where the squared norm is a chi-square of 12 degrees times 1 or 1.69, cut at 15.4.
	for _, c := range []struct {
		name      string
		show      func([]float32, int)
		probe     Learner
		low, high float64
	}{
		{"linear probe, shift", shift, Linear{}, 0.65, 0.72},
		{"linear probe, spread", spread, Linear{}, 0.45, 0.55},
		{"linear probe, sign of a product", parity, Linear{}, 0.45, 0.55},
		{"linear probe, nothing", null, Linear{}, 0.45, 0.55},
		{"moments probe, shift", shift, Moments{}, 0.65, 0.72},
		{"moments probe, spread", spread, Moments{}, 0.69, 0.77},
		{"moments probe, nothing", null, Moments{}, 0.45, 0.55},
		{"two-layer probe, spread", spread, TwoLayer{Epochs: 30}, 0.66, 0.77},
		{"two-layer probe, sign of a product", parity, TwoLayer{Epochs: 30}, 0.85, 1},
		{"two-layer probe, nothing", null, TwoLayer{Epochs: 30}, 0.45, 0.55},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, class := dependent(n, d, 3, c.show)
			e, err := Leakage(context.Background(), x, class, nil, 2, c.probe, CrossValidation{Seed: 4})
			if err != nil {
				t.Fatal(err)
			}
			if e.Value < c.low || e.Value > c.high || e.N != n {
				t.Errorf("%v, want %.2f to %.2f", e, c.low, c.high)
			}
		})
	}
}

func TestNullLeakageCoversChance(t *testing.T) {
	covered, runs := 0, 20
	for seed := range uint64(20) {
		x, class := NormalCodes(400, 8, seeded(seed)), halves(400)
		e, err := Leakage(context.Background(), x, class, nil, 2, Linear{}, CrossValidation{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if !e.Excludes(0.5) {
			covered++
		}
	}
	if covered < runs-4 {
		t.Errorf("the interval covers chance in %d of %d null runs", covered, runs)
	}
}

func TestProbeIsNotFooledByUnits(t *testing.T) {
	// Each unit's rows are near each other and share a class that has nothing to do with where they lie. Told of
	// units, a probe finds nothing; not told, it recognises each unit.
	rng := seeded(5)
	x := measure.NewMatrix(1200, 6)
	class, units := make([]int, 1200), make([]int, 1200)
	for u := range 150 {
		centre := NormalCodes(1, 6, rng)
		c := rng.IntN(2)
		for k := range 8 {
			r := u*8 + k
			class[r], units[r] = c, u
			for j, v := range centre.Data {
				x.Row(r)[j] = v + 0.05*float32(rng.NormFloat64())
			}
		}
	}
	ctx := context.Background()
	fooled, err := Leakage(ctx, x, class, nil, 2, TwoLayer{Epochs: 20}, CrossValidation{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	told, err := Leakage(ctx, x, class, units, 2, TwoLayer{Epochs: 20}, CrossValidation{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if fooled.Value < 0.7 || told.Excludes(0.5) {
		t.Errorf("without units %v, with units %v", fooled, told)
	}
}

func TestProbeDoesNotDependOnWorkers(t *testing.T) {
	x, class := NormalCodes(240, 7, seeded(6)), halves(240)
	for _, probe := range []Learner{Linear{}, Moments{}, TwoLayer{Hidden: 16, Epochs: 5}} {
		var first measure.Matrix
		for _, workers := range []int{1, 2, 5} {
			scores, err := CrossPredict(context.Background(), Sample{X: x, Class: class, Classes: 2}, probe, CrossValidation{Seed: 9, Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			if first.Data == nil {
				first = scores.LogProbs
			}
			for i, v := range scores.LogProbs.Data {
				if v != first.Data[i] {
					t.Fatalf("%T: value %d differs with %d workers", probe, i, workers)
				}
			}
		}
	}
}

func TestThreeCollectionsOfUnequalSize(t *testing.T) {
	rng := seeded(7)
	x := NormalCodes(900, 5, rng)
	class := make([]int, 900)
	for i := range class {
		class[i] = max(0, rng.IntN(12)-9) // the first in five of six rows
		x.Row(i)[0] += 4 * float32(class[i])
	}
	e, err := Leakage(context.Background(), x, class, nil, 3, Linear{}, CrossValidation{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if e.Value < 0.93 {
		t.Errorf("balanced accuracy %v of three groups four deviations apart", e)
	}
}

func TestProbesTakeFewRows(t *testing.T) {
	for _, n := range []int{4, 7, 12} {
		x, class := NormalCodes(n, 4, seeded(1)), halves(n)
		for _, probe := range []Learner{Linear{}, Moments{}, TwoLayer{}} {
			e, err := Leakage(context.Background(), x, class, nil, 2, probe, CrossValidation{})
			if err != nil {
				t.Errorf("%T on %d rows: %v", probe, n, err)
			} else if e.High-e.Low < 0.3 {
				t.Errorf("%T on %d rows claims to know %v", probe, n, e)
			}
		}
	}
}

func TestProbeStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	x, class := NormalCodes(100, 4, seeded(1)), halves(100)
	for _, probe := range []Learner{Linear{}, Moments{}, TwoLayer{}} {
		if _, err := Leakage(ctx, x, class, nil, 2, probe, CrossValidation{}); err == nil {
			t.Errorf("%T went on", probe)
		}
	}
}

func TestProbeRefusesWhatIsNoCode(t *testing.T) {
	x, class := NormalCodes(100, 4, seeded(1)), halves(100)
	x.Data[7] = float32(math.NaN())
	if _, err := Leakage(context.Background(), x, class, nil, 2, Linear{}, CrossValidation{}); err == nil {
		t.Error("NaN should be an error")
	}
	if _, err := Leakage(context.Background(), NormalCodes(100, 4, seeded(1)), class[:50], nil, 2, Linear{}, CrossValidation{}); err == nil {
		t.Error("fewer classes than rows should be an error")
	}
}

func TestLogisticRegressionFindsTheStationaryPoint(t *testing.T) {
	// At the minimum, the mean over rows of (p - 1[class]) x equals minus the penalty times the weights.
	x, class := dependent(300, 4, 8, func(row []float32, class int) { row[0] += float32(class) })
	s := Sample{X: x, Class: class, Classes: 2, Weight: make([]float32, x.Rows), Offset: measure.NewMatrix(x.Rows, 2)}
	for r := range s.Weight {
		s.Weight[r], s.Offset.Row(r)[0] = float32(r%3), 0.1*float32(r%5)
	}
	weight := s.Balanced()
	p := newProducts()
	const penalty = 0.01
	l, err := p.fitLogistic(context.Background(), s, penalty, lossTolerance, newLinearWeights(4, 2))
	if err != nil {
		t.Fatal(err)
	}
	logProbs := p.linearLogProbs(x, s.Offset, l)
	for c := range 2 {
		for j := range 4 {
			var slope float64
			for r := range x.Rows {
				residual := math.Exp(float64(logProbs.Row(r)[c]))
				if class[r] == c {
					residual--
				}
				slope += residual * float64(weight[r]) * float64(x.Row(r)[j]) / float64(x.Rows)
			}
			near(t, "gradient", slope+penalty*float64(l.w.Row(c)[j]), 0, 2e-3)
		}
	}
}

func TestNetworkGradientAgreesWithFiniteDifferences(t *testing.T) {
	x, class := dependent(32, 5, 9, func(row []float32, class int) { row[0] += float32(class) })
	rows := make([]int, 32)
	for i := range rows {
		rows[i] = i
	}
	s := Sample{X: x, Class: class, Classes: 2, Weight: make([]float32, 32), Offset: measure.NewMatrix(32, 2)}
	for r := range s.Weight {
		s.Weight[r], s.Offset.Row(r)[1] = float32(1+r%2), 0.2*float32(r%4)
	}
	run := newTraining(s, rows, nil, 6, seeded(1))
	run.backward(rows)
	loss := func() float64 {
		return crossEntropy(run.networkLogProbs(run.weights, x, s.Offset), class, run.weight)
	}
	for i := range run.weights.all {
		const h = 1e-3
		w := run.weights.all[i]
		run.weights.all[i] = w + h
		above := loss()
		run.weights.all[i] = w - h
		below := loss()
		run.weights.all[i] = w
		near(t, "gradient", float64(run.gradient.all[i]), (above-below)/(2*h), 4e-3)
	}
}

func BenchmarkLeakage(b *testing.B) {
	x, class := NormalCodes(6000, 128, seeded(1)), halves(6000)
	for name, probe := range map[string]Learner{"linear": Linear{}, "moments": Moments{}, "two-layer": TwoLayer{}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Leakage(context.Background(), x, class, nil, 2, probe, CrossValidation{Seed: 1}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestAProbeRefusesAClassOfOneUnit(t *testing.T) {
	x := NormalCodes(40, 4, seeded(1))
	class, units := make([]int, 40), make([]int, 40)
	for i := range class {
		class[i], units[i] = i/20, i/20
	}
	for _, probe := range []Learner{Linear{}, Moments{}, TwoLayer{}} {
		_, err := Leakage(context.Background(), x, class, units, 2, probe, CrossValidation{})
		var few *FewUnitsError
		if !errors.As(err, &few) || few.Class != 0 || few.Units != 1 || !errors.Is(err, measure.ErrEmpty) {
			t.Errorf("%T on classes of one unit: %v", probe, err)
		}
	}
	// A class that has no row at all leaves the chance level of the others unclear.
	_, err := Leakage(context.Background(), x, class, nil, 3, Linear{}, CrossValidation{})
	var few *FewUnitsError
	if !errors.As(err, &few) || few.Class != 2 || few.Units != 0 {
		t.Errorf("a class without rows: %v", err)
	}
}

func TestProbesTakeTwoUnitsOfBothClasses(t *testing.T) {
	// Two sites with rows of both classes: each training set is one unit, which the two-layer probe must split by
	// rows.
	x, class := NormalCodes(40, 4, seeded(1)), halves(40)
	units := make([]int, 40)
	for i := range units {
		units[i] = i / 20
	}
	for _, probe := range []Learner{Linear{}, Moments{}, TwoLayer{Epochs: 5}} {
		if e, err := Leakage(context.Background(), x, class, units, 2, probe, CrossValidation{}); err != nil {
			t.Errorf("%T: %v", probe, err)
		} else if e.High-e.Low < 0.3 {
			t.Errorf("%T on two units claims to know %v", probe, e)
		}
	}
}
