package audit

import (
	"math"
	"slices"
	"testing"
)

func TestImagesAreLocatedWhereTheyAreSeen(t *testing.T) {
	d := written(t, folder{name: "photo", labels: many(60, "")}, folder{name: "oil", labels: many(60, "")})
	p := untrained(t, d)
	seen, err := See(t.Context(), p, d, Settings{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var shown []int
	located, err := Locate(t.Context(), p, d, Settings{Seed: 1}, 3, func(h *HeldOut) error {
		n := len(h.Row)
		shown = append(shown, n)
		for i := range n {
			at := slices.IndexFunc(seen.Row, func(row int) bool { return row == h.Row[i] })
			for seen.Collection[at] != h.Collection[i] || seen.Row[at] != h.Row[i] {
				at++
			}
			if !alike(h.Z.Row(i), seen.Z.Row(at)) || len(h.Units) != n {
				t.Errorf("row %d of the first %d is elsewhere than it is seen", i, n)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(shown) < 2 || shown[0] != 3 || shown[1] != 12 {
		t.Errorf("images are shown when there are %v", shown)
	}
	if !slices.Equal(located.Collection, seen.Collection) || !slices.Equal(located.Row, seen.Row) || located.Images.N != 0 || located.Reconstructions.N != 0 {
		t.Errorf("%d rows are located, %d seen", len(located.Row), len(seen.Row))
	}
	if !alike(located.Z.Data, seen.Z.Data) || !alike(located.V.Data, seen.V.Data) {
		t.Error("images are elsewhere than they are seen")
	}
}

// alike says whether numbers are the same but for rounding.
func alike(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Abs(float64(x-y)) < 1e-4*(1+math.Abs(float64(x))) })
}
