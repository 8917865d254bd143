package probe

import (
	"context"
	"math"
	"testing"

	"github.com/dataprism/dataprism/measure"
)

func TestBalancedWeightsGiveEveryClassTheSame(t *testing.T) {
	s := Sample{Class: []int{0, 0, 0, 1, 1, 2}, Classes: 4, Weight: []float32{1, 2, 3, 4, 0, 0}}
	total := make([]float64, 4)
	for i, w := range s.Balanced() {
		total[s.Class[i]] += float64(w)
	}
	for c, want := range []float64{3, 3, 0, 0} {
		near(t, "weight of a class", total[c], want, 1e-6)
	}
	near(t, "the ratio within a class", float64(s.Balanced()[2]/s.Balanced()[0]), 3, 1e-6)
}

// A row of weight 2 is two rows: the fits are the same but for the rounding of sums.
func TestWeightsCountRows(t *testing.T) {
	x, class := dependent(120, 4, 3, func(row []float32, class int) { row[0] += float32(class) })
	weight := make([]float32, x.Rows)
	var rows []int
	for r := range weight {
		weight[r] = float32(1 + r%2)
		for range 1 + r%2 {
			rows = append(rows, r)
		}
	}
	p := newProducts()
	fit := func(s Sample) linearWeights {
		w, err := p.fitLogistic(context.Background(), s, 0.01, lossTolerance, newLinearWeights(4, 2))
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	plain := Sample{X: x, Class: class, Classes: 2}
	repeated := fit(plain.At(rows))
	plain.Weight = weight
	for i, w := range fit(plain).all {
		near(t, "a parameter", float64(w), float64(repeated.all[i]), 1e-3)
	}
}

// What an offset explains is not learnt: with the cue as offset the classifier does not use it, and without it does.
func TestOffsetsTakeWhatTheyExplain(t *testing.T) {
	x, class := dependent(2000, 2, 4, func(row []float32, class int) {
		row[0] += 2 * float32(class) // the cue
		row[1] += float32(class)
	})
	offset := measure.NewMatrix(x.Rows, 2)
	for r := range x.Rows { // the exact log-odds of the cue: those of two normals 2 apart
		offset.Row(r)[1] = 2*x.Row(r)[0] - 2
	}
	share := func(s Sample) float64 {
		p := newProducts()
		w, err := p.fitLogistic(context.Background(), s, 1e-4, lossTolerance, newLinearWeights(2, 2))
		if err != nil {
			t.Fatal(err)
		}
		slope := func(j int) float64 { return float64(w.w.Row(1)[j] - w.w.Row(0)[j]) }
		return math.Abs(slope(0)) / (math.Abs(slope(0)) + math.Abs(slope(1)))
	}
	s := Sample{X: x, Class: class, Classes: 2}
	if plain := share(s); plain < 0.55 {
		t.Errorf("without an offset, the cue has %.2f of the slope", plain)
	}
	s.Offset = offset
	if left := share(s); left > 0.2 {
		t.Errorf("with the cue as an offset, it still has %.2f of the slope", left)
	}
	fitted, err := (TwoLayer{Hidden: 8, Epochs: 30}).Fit(context.Background(), s, seeded(5))
	if err != nil {
		t.Fatal(err)
	}
	odds := func(a, b float32) float64 {
		row := fitted.LogProbs(measure.Matrix{Rows: 1, Cols: 2, Data: []float32{a, b}}).Row(0)
		return float64(row[1] - row[0])
	}
	if cue, own := math.Abs(odds(2, 0.5)-odds(0, 0.5)), math.Abs(odds(1, 1.5)-odds(1, -0.5)); cue > own {
		t.Errorf("the network's odds move by %.2f with the cue and by %.2f with the other column", cue, own)
	}
}

func TestSampleSaysWhatDoesNotFit(t *testing.T) {
	x := measure.NewMatrix(3, 2)
	good := Sample{X: x, Class: []int{0, 1, 0}, Classes: 2}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for name, s := range map[string]Sample{
		"a class out of range": {X: x, Class: []int{0, 2, 0}, Classes: 2},
		"units of fewer rows":  {X: x, Class: good.Class, Classes: 2, Units: []int{0}},
		"a negative weight":    {X: x, Class: good.Class, Classes: 2, Weight: []float32{1, -1, 1}},
		"offsets of one class": {X: x, Class: good.Class, Classes: 2, Offset: measure.NewMatrix(3, 1)},
	} {
		if s.Check() == nil {
			t.Errorf("%s is no error", name)
		}
	}
}
