package measure

import "testing"

func agreement(a, b []int) float64 {
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	return float64(same) / float64(len(a))
}

func TestPermutedClassesOfPairsAreNotTheirOwn(t *testing.T) {
	class, units, _ := paired(200, 0, 0, seeded(1))
	for seed := range uint64(10) {
		permuted := PermuteClasses(class, units, seeded(seed))
		if share := agreement(class, permuted); share < 0.35 || share > 0.65 {
			t.Errorf("seed %d: permuted classes agree with the real ones on %.2f of the rows, want about half", seed, share)
		}
		for u := range 200 {
			if permuted[u]+permuted[200+u] != 1 {
				t.Fatalf("pair %d has the classes %d and %d", u, permuted[u], permuted[200+u])
			}
		}
	}
}

func TestPermutedClassesOfThreeWayPairsAreNotTheirOwn(t *testing.T) {
	// Some people are in all three collections, some in the first two, some in the last only.
	var class, units []int
	for c := range 3 {
		for u := range 300 {
			if u < 100 || u < 200 && c < 2 || u >= 200 && c == 2 {
				class, units = append(class, c), append(units, u)
			}
		}
	}
	var mean float64
	for seed := range uint64(10) {
		mean += agreement(class, PermuteClasses(class, units, seeded(seed))) / 10
	}
	// Three of a unit agree by 1/3, two by 1/2, and the last, all of one class, by 1.
	if want := (300.0/3 + 200.0/2 + 100) / 600; mean < want-0.05 || mean > want+0.05 {
		t.Errorf("permuted classes agree with the real ones on %.3f of the rows, want %.3f", mean, want)
	}
}

func TestAUnitOfASizeOfItsOwnChangesItsClassToo(t *testing.T) {
	// One person with 50 pictures, and 100 people with one.
	var class, units []int
	for range 50 {
		class, units = append(class, 0), append(units, 0)
	}
	for u := range 100 {
		class, units = append(class, u%2), append(units, u+1)
	}
	changed := 0
	for seed := range uint64(40) {
		out := PermuteClasses(class, units, seeded(seed))
		if out[0] == 1 {
			changed++
		}
		for r := range 50 {
			if out[r] != out[0] {
				t.Fatal("the rows of a unit of one class have two classes")
			}
		}
	}
	if changed < 8 || changed > 32 {
		t.Errorf("the large unit changed its class in %d of 40 permutations", changed)
	}
}

func TestPermutationKeepsHowManyUnitsHaveAClass(t *testing.T) {
	class := []int{0, 0, 1, 1, 0, 1, 1, 1, 0, 1}
	units := []int{0, 0, 1, 1, 2, 3, 4, 5, 6, 6}
	for seed := range uint64(20) {
		out := PermuteClasses(class, units, seeded(seed))
		ones := out[0] + out[2] + out[4] + out[5] + out[6] + out[7]
		if ones != 4 || out[0] != out[1] || out[2] != out[3] || out[8]+out[9] != 1 {
			t.Fatalf("permuted classes %v", out)
		}
	}
}

func TestPermutationWithoutUnitsIsOfRows(t *testing.T) {
	class := []int{0, 0, 0, 1, 1, 2}
	var count [3]int
	for _, c := range PermuteClasses(class, nil, seeded(3)) {
		count[c]++
	}
	if count != [3]int{3, 2, 1} {
		t.Errorf("the classes occur %v times", count)
	}
}
