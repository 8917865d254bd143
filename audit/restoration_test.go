package audit

import (
	"math"
	"testing"
)

func TestRestorationIsTheShareOfTheWayToTheFloor(t *testing.T) {
	untouched := []float64{0.5, 0.6, 0.4, 0.5}
	reconstructed := []float64{0.4, 0.5, 0.3, 0.4}
	projected := []float64{0.2, 0.3, 0.1, 0.2}
	floor := []float64{0.15, 0.25, 0.05, 0.15}
	r, err := restoration(untouched, reconstructed, projected, floor, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Restored == nil || math.Abs(r.Restored.Value-0.8) > 1e-12 || r.Restored.N != 4 {
		t.Errorf("restored is %v, want 0.8 of 4", r.Restored)
	}
	if math.Abs(r.Projected.Value-0.2) > 1e-12 || math.Abs(r.Untouched.Value-0.5) > 1e-12 {
		t.Errorf("the means are %v and %v", r.Projected, r.Untouched)
	}
	if r, err = restoration(untouched, floor, projected, reconstructed, nil); err != nil || r.Restored != nil {
		t.Errorf("a floor above the reconstruction gives %v, %v", r.Restored, err)
	}
	if _, err := restoration(untouched[:1], reconstructed[:1], projected[:1], floor[:1], nil); err == nil {
		t.Error("one pair gives an interval")
	}
}
