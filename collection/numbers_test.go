package collection

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// arranged splits and bins collections made of rows.
func arranged(cs ...*Collection) *Dataset {
	d := &Dataset{Collections: cs}
	d.arrange(Options{Seed: 1, Validation: 0.1})
	return d
}

// binCounts are the values of a label and how many training images have each, in the order of the first number of
// each.
func binCounts(d *Dataset, name string) []string {
	counts, least := map[string]int{}, map[string]float64{}
	for _, c := range d.Collections {
		for _, row := range c.Train {
			if v, ok := c.Label(row, name); ok {
				x, _ := c.Number(row, name)
				if counts[v] == 0 || x < least[v] {
					least[v] = x
				}
				counts[v]++
			}
		}
	}
	var names []string
	for v := range counts {
		names = append(names, v)
	}
	slices.SortFunc(names, func(a, b string) int { return int(math.Copysign(1, least[a]-least[b])) })
	for i, v := range names {
		names[i] = fmt.Sprintf("%s: %d", v, counts[v])
	}
	return names
}

func TestNumbersBecomeBinsOfRoundBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		what string
		rows []string
		want string // names of the bins
	}{
		{"ages 20 to 64", numbered("f", 450, func(i int) string { return fmt.Sprint("x=", 20+i%45) }), "20-29, 30-39, 40-54, 55-64"},
		{"few images", numbered("f", 60, func(i int) string { return fmt.Sprint("x=", 20+i%45) }), "20-39, 40-64"},
		{"shares", numbered("f", 1000, func(i int) string { return fmt.Sprintf("x=%.3f", float64(i)/1000) }), "below 0.2, 0.2 to 0.5, 0.5 to 0.8, 0.8 and above"},
		{"large", numbered("f", 400, func(i int) string { return fmt.Sprint("x=", 1000*(i%50)) }), "0-9999, 10000-24999, 25000-39999, 40000-49000"},
		{"negative", numbered("f", 400, func(i int) string { return fmt.Sprint("x=", i%20-10) }), "-10 to -6, -5 to -1, 0 to 4, 5 to 9"},
		{"one number is most", numbered("f", 400, func(i int) string { return fmt.Sprint("x=", max(0, i-360)) }), "0, 1-39"},
		{"few values stay", numbered("f", 400, func(i int) string { return fmt.Sprint("x=", i%8) }), "0, 1, 2, 3, 4, 5, 6, 7"},
		{"exponents", numbered("f", 400, func(i int) string { return fmt.Sprintf("x=%de-3", i%50) }), "below 0.01, 0.01 to 0.025, 0.025 to 0.04, 0.04 and above"},
	} {
		rng.Shuffle(len(c.rows), func(i, j int) { c.rows[i], c.rows[j] = c.rows[j], c.rows[i] })
		d := arranged(made("a", c.rows...))
		var names []string
		for _, count := range binCounts(d, "x") {
			name, _, _ := strings.Cut(count, ": ")
			names = append(names, name)
		}
		if got := strings.Join(names, ", "); got != c.want {
			t.Errorf("%s: bins %s, want %s", c.what, got, c.want)
		}
	}
}

func TestBinsAreTheSameInAllCollectionsAndHaveEnoughImages(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for trial := range 50 {
		var cs []*Collection
		scale := math.Pow(10, float64(rng.IntN(12)-6))
		for k := range 2 {
			cs = append(cs, made(string(rune('a'+k)), numbered("f", 30+rng.IntN(300), func(i int) string {
				return fmt.Sprintf("x=%v", math.Round(rng.NormFloat64()*20)*scale)
			})...))
		}
		d := arranged(cs...)
		binOf := map[float64]string{}
		for _, c := range cs {
			for row := range c.Items {
				bin, _ := c.Label(row, "x")
				x, ok := c.Number(row, "x")
				if !ok || bin == "" {
					t.Fatalf("trial %d: row %d is %q, %v", trial, row, bin, ok)
				}
				if other, seen := binOf[x]; seen && other != bin {
					t.Fatalf("trial %d: %v is in %q and in %q", trial, x, bin, other)
				}
				binOf[x] = bin
			}
		}
		counts := binCounts(d, "x")
		if len(counts) > mostBins {
			continue // too few images
		}
		for _, count := range counts {
			if n := 0; func() bool { fmt.Sscanf(count[strings.LastIndex(count, ": ")+2:], "%d", &n); return n < leastOfBin }() {
				t.Errorf("trial %d: bins %q", trial, counts)
			}
		}
	}
}

func TestLabelsThatAreNoQuantityAreNotPutIntoBins(t *testing.T) {
	for _, c := range []struct {
		what, note string
		rows       []string
	}{
		{"words among numbers", "has 45 values for 450 images: too many", numbered("f", 450, func(i int) string { return fmt.Sprintf("x=%dy", i%45) })},
		{"numbers of their own", "has 450 values for 450 images: too many", numbered("f", 450, func(i int) string { return fmt.Sprint("x=", i*7) })},
		{"few images", "holds 35 different numbers for too few images to put them into bins of at least 20", numbered("f", 35, func(i int) string { return fmt.Sprint("x=", float64(i)/2) })},
		{"one value", `has the one value "3"`, numbered("f", 30, func(i int) string { return "x=3" })},
	} {
		col := made("a", c.rows...)
		arranged(col)
		if len(col.numbers) > 0 {
			t.Errorf("%s: in bins", c.what)
		}
		if len(col.Notes) != 1 || !strings.HasPrefix(col.Notes[0].Reason, `the label "x" `+c.note) {
			t.Errorf("%s: notes %v", c.what, col.Notes)
		}
	}
	for name, note := range map[string]string{"person_id": `call it "group" if images of one value belong together`, "image_idx": "too many to compare"} {
		col := made("a", numbered("f", 450, func(i int) string { return fmt.Sprintf("%s=%d", name, i%90) })...)
		arranged(col)
		if len(col.numbers) > 0 || len(col.Notes) != 1 || !strings.Contains(col.Notes[0].Reason, note) {
			t.Errorf("%s: notes %v", name, col.Notes)
		}
	}
}

func TestVectorsInTablesAreNotPutIntoBins(t *testing.T) {
	col := made("a", numbered("f", 100, func(i int) string {
		row := ""
		for k := range 40 {
			row += fmt.Sprintf(" e%d=%d.5", k, (i*k+i)%50)
		}
		return row
	})...)
	arranged(col)
	if len(col.numbers) > 0 || !strings.Contains(col.Notes[0].Reason, "labels hold numbers, such as") {
		t.Errorf("notes %v", col.Notes)
	}
}

func TestRoundNumbersLieWhereTheyAreLookedFor(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 10_000 {
		a, b := rng.NormFloat64()*math.Pow(10, float64(rng.IntN(30)-15)), rng.NormFloat64()*math.Pow(10, float64(rng.IntN(30)-15))
		low, high := min(a, b), max(a, b)
		if n, step := roundest(low, high); !(n > low && n <= high) || step < 0 {
			t.Fatalf("between %v and %v: %v, step %v", low, high, n, step)
		}
	}
	for _, c := range [][3]float64{{34, 35, 35}, {29, 31, 30}, {-3, 2, 0}, {0.1, 0.3, 0.2}, {99, 1200, 1000}, {-7.5, -7.25, -7.3}} {
		if n, _ := roundest(c[0], c[1]); n != c[2] {
			t.Errorf("between %v and %v: %v, want %v", c[0], c[1], n, c[2])
		}
	}
}
