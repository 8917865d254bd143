package measure

import (
	"errors"
	"testing"
)

// slowAUC counts pairs: the definition.
func slowAUC(scores []float64, positive []bool) float64 {
	var wins, pairs float64
	for i, up := range positive {
		for j, other := range positive {
			if !up || other {
				continue
			}
			pairs++
			switch {
			case scores[i] > scores[j]:
				wins++
			case scores[i] == scores[j]:
				wins += 0.5
			}
		}
	}
	return wins / pairs
}

func TestAUCIsTheShareOfPairsInOrder(t *testing.T) {
	rng := seeded(5)
	for n := range 40 {
		n += 6
		scores, positive := make([]float64, n), make([]bool, n)
		for i := range scores {
			scores[i] = float64(rng.IntN(6)) // many ties
			positive[i] = i < 2 || i > 3 && rng.IntN(2) == 0
		}
		e, err := AUC(scores, positive, nil)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "AUC", e.Value, slowAUC(scores, positive), 1e-12)
		if e.Low > e.Value || e.High < e.Value || e.Low < 0 || e.High > 1 {
			t.Errorf("interval %v does not hold its value within [0, 1]", e)
		}
	}
}

func TestPerfectAUCKeepsDoubt(t *testing.T) {
	e, err := AUC([]float64{1, 2, 3, 4, 5, 6}, []bool{false, false, false, true, true, true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if e.Value != 1 || e.Low > 0.8 || e.High != 1 {
		t.Errorf("AUC of six rows in order: %v", e)
	}
	if _, err := AUC([]float64{1, 2}, []bool{true, true}, nil); !errors.Is(err, ErrEmpty) {
		t.Errorf("an AUC of one class: %v, want ErrEmpty", err)
	}
}

func TestBalancedAccuracyWeighsClassesEqually(t *testing.T) {
	truth, predicted := make([]int, 100), make([]int, 100)
	for i := 90; i < 100; i++ {
		truth[i] = 1
	}
	e, err := BalancedAccuracy(truth, predicted, 2, nil) // the larger class always
	if err != nil {
		t.Fatal(err)
	}
	if e.Value != 0.5 || e.N != 100 {
		t.Errorf("guessing the larger class scores %v", e)
	}
	if e.Low < 0.4 || e.Low > 0.5 || e.High < 0.5 || e.High > 0.7 {
		t.Errorf("interval %v", e)
	}
	if e, _ = BalancedAccuracy([]int{0, 0, 2, 2}, []int{0, 0, 2, 1}, 3, nil); e.Value != 0.75 {
		t.Errorf("a class without rows should not count: %v", e)
	}
	if _, err = BalancedAccuracy([]int{0, 3}, []int{0, 0}, 2, nil); err == nil {
		t.Error("a class out of range should be an error")
	}
}
