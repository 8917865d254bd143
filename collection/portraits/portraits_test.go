package portraits

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"
)

// crowd is a few people of all kinds.
func crowd(n int) []Person {
	rng := rand.New(rand.NewPCG(11, 12))
	all := allAttributes()
	people := make([]Person, n)
	for i := range people {
		people[i] = NewPerson(all[rng.IntN(len(all))], rng)
	}
	return people
}

func TestDrawGivesTheSameBytesForTheSamePerson(t *testing.T) {
	for _, s := range Styles() {
		for i, p := range crowd(3) {
			if !bytes.Equal(Draw(p, s, 48).Pix, Draw(p, s, 48).Pix) {
				t.Errorf("%v: person %d is drawn differently the second time", s, i)
			}
		}
	}
}

func TestWriteIsCompleteAndReturnsAtOnceTheSecondTime(t *testing.T) {
	dir := t.TempDir()
	drawn := 0
	o := Options{Count: 5, Size: 32, Seed: 3, Progress: func(done, total int) {
		drawn++
		if done != drawn || total != 15 {
			t.Errorf("progress is %d of %d after %d portraits", done, total, drawn)
		}
	}}
	for range 2 {
		specs, err := Write(context.Background(), dir, o)
		if err != nil {
			t.Fatal(err)
		}
		if len(specs) != 3 || drawn != 15 {
			t.Errorf("%d collections, %d portraits drawn", len(specs), drawn)
		}
	}
}
