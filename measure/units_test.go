package measure

import "testing"

func TestUnitsJoinSharedKeysTransitively(t *testing.T) {
	pair := []string{"a", "b", "a", "", "c", ""}
	group := []string{"x", "", "", "y", "x", ""}
	units, err := Units(6, pair, group)
	if err != nil {
		t.Fatal(err)
	}
	want := []int{0, 1, 0, 2, 0, 3}
	for i := range want {
		if units[i] != want[i] {
			t.Fatalf("units = %v, want %v", units, want)
		}
	}
	if _, err := Units(3, pair); err == nil {
		t.Error("a column of another length should be an error")
	}
}
