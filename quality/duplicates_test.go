package quality

import (
	"context"
	"image"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

func printOf(m image.Image) *Fingerprint {
	return NewFingerprint(lumaOf(m).Resized(thumbSide, thumbSide))
}

// edits are what copies of a picture go through.
func edits(t testing.TB, m *image.RGBA) map[string]image.Image {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	return map[string]image.Image{
		"jpeg 90": recompressed(t, m, 90), "jpeg 30": recompressed(t, m, 30), "half the size": scaled(m, w/2, h/2),
		"twice the size": scaled(m, 2*w, 2*h), "lighter": lighter(m, 1, 20), "less contrast": lighter(m, 0.7, 30),
		"noise": withNoise(m, 3, 5), "grey": grey(m), "a little blurred": blurred(m, 1),
	}
}

func TestCopiesAreFoundWhateverTheyWentThrough(t *testing.T) {
	found, all := 0, 0
	for seed := range uint64(6) {
		m := scene(160, 128, seed)
		original := printOf(m)
		for edit, copied := range edits(t, m) {
			f := printOf(copied)
			all++
			if distance(original.Hash, f.Hash) <= maxHashDistance && LikenessOf(original, f).Copies() {
				found++
			} else {
				t.Logf("seed %d, %s: distance %d, likeness %+v", seed, edit, distance(original.Hash, f.Hash), LikenessOf(original, f))
			}
		}
	}
	if found < all*98/100 {
		t.Errorf("%d of %d copies are found", found, all)
	}
}

func TestDifferentPicturesAreNoCopies(t *testing.T) {
	var prints []*Fingerprint
	for seed := range uint64(150) {
		prints = append(prints, printOf(scene(64, 64, seed)))
	}
	for i := range prints {
		for j := range i {
			if LikenessOf(prints[i], prints[j]).Copies() {
				t.Errorf("pictures %d and %d are taken for copies: %+v", j, i, LikenessOf(prints[i], prints[j]))
			}
		}
	}
}

func TestTheIndexFindsAllNearHashes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var prints []*Fingerprint
	for range 400 {
		base := rng.Uint64()
		for range 5 {
			h := base
			for range rng.IntN(12) {
				h ^= 1 << rng.IntN(64)
			}
			prints = append(prints, &Fingerprint{Hash: h})
		}
	}
	x := newIndex(prints)
	seen := slices.Repeat([]int32{-1}, len(prints))
	certain, missed, farther, all := 0, 0, 0, 0
	for i := range prints {
		found := map[int]bool{}
		x.near(i, seen, func(j int) {
			if found[j] {
				t.Fatalf("%d is found twice near %d", j, i)
			}
			found[j] = true
		})
		for j := range i {
			d := bits.OnesCount64(prints[i].Hash ^ prints[j].Hash)
			switch {
			case d > maxHashDistance && found[j]:
				t.Errorf("%d and %d differ in %d bits and are found", j, i, d)
			case d <= 7:
				certain++
				if !found[j] {
					missed++
				}
			case d <= maxHashDistance:
				all++
				if found[j] {
					farther++
				}
			}
		}
	}
	if missed > 0 || certain < 500 {
		t.Errorf("%d of %d hashes that differ in at most 7 bits are missed", missed, certain)
	}
	if farther < all*3/4 {
		t.Errorf("of %d hashes that differ in 8 to %d bits %d are found", all, maxHashDistance, farther)
	}
}

func TestSetsOfCopiesDoNotDependOnTheOrderOfWork(t *testing.T) {
	var prints []*Fingerprint
	for seed := range uint64(40) {
		m := scene(64, 64, seed%10)
		prints = append(prints, printOf(lighter(m, 1, float64(seed/10))))
	}
	prints = append(prints, NewFingerprint(NewPlane(thumbSide, thumbSide)), NewFingerprint(NewPlane(thumbSide, thumbSide)))
	for range 5 {
		groups, err := copies(context.Background(), prints, func(i, j int) bool { return i == 9 || j == 9 }, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(groups) != 10 {
			t.Fatalf("%d sets of copies: %v", len(groups), groups)
		}
		for k, g := range groups {
			want := []int{k, k + 10, k + 20, k + 30}
			if k == 9 {
				want = []int{19, 29, 39}
			}
			if !slices.Equal(g, want) {
				t.Errorf("set %d is %v, want %v", k, g, want)
			}
		}
	}
}

func TestStoppingTheSearchForCopiesReturns(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := copies(ctx, []*Fingerprint{printOf(scene(32, 32, 1))}, nil, nil); err != context.Canceled {
		t.Errorf("a search that was stopped: %v", err)
	}
}
