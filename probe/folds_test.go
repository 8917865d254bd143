package probe

import "testing"

func TestFoldsKeepUnitsTogetherAndClassesEven(t *testing.T) {
	rng := seeded(6)
	var class, units []int
	for u := range 400 {
		size := 1 + rng.IntN(3)
		if u < 3 {
			size = 60
		}
		c := 0
		if rng.Float64() < 0.2 {
			c = 1
		}
		for range size {
			class, units = append(class, c), append(units, u)
		}
	}
	fold, err := Folds(class, units, 2, 5, rng)
	if err != nil {
		t.Fatal(err)
	}
	home := make(map[int]int)
	var count [5][2]int
	var total [2]int
	for r, f := range fold {
		if g, seen := home[units[r]]; seen && g != f {
			t.Fatalf("unit %d is in folds %d and %d", units[r], g, f)
		}
		home[units[r]] = f
		count[f][class[r]]++
		total[class[r]]++
	}
	for f, n := range count {
		for c := range n {
			if share := float64(n[c]) / float64(total[c]); share < 0.15 || share > 0.25 {
				t.Errorf("fold %d has %.2f of class %d, want about 0.2", f, share, c)
			}
		}
	}
}

func TestFoldsNeedUnits(t *testing.T) {
	if _, err := Folds([]int{0, 1, 0, 1}, []int{0, 0, 1, 1}, 2, 3, seeded(1)); err == nil {
		t.Error("three folds of two units should be an error")
	}
}
