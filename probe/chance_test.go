package probe

import (
	"context"
	"fmt"
	"testing"
)

// BenchmarkChance prints how often the interval of a cross-validated accuracy excludes chance where there is nothing to
// tell, for docs/statistics.md: go test ./probe -run none -bench Chance -benchtime 1x.
func BenchmarkChance(b *testing.B) {
	for b.Loop() {
		const runs = 400
		for _, c := range []struct {
			name string
			n, d int
		}{{"24 normal inputs, 400 rows", 400, 24}, {"48 normal inputs, 1,600 rows", 1600, 48}, {"one input of 0 or 1, 1,000 rows", 1000, 1}} {
			above, below := 0, 0
			for seed := range uint64(runs) {
				rng := seeded(seed)
				x, class := NormalCodes(c.n, c.d, rng), make([]int, c.n)
				for i := range class {
					class[i] = rng.IntN(2)
				}
				if c.d == 1 {
					for i, v := range x.Data {
						x.Data[i] = 0
						if v > 0 {
							x.Data[i] = 1
						}
					}
				}
				e, err := Leakage(context.Background(), x, class, nil, 2, Linear{}, CrossValidation{Seed: seed})
				if err != nil {
					b.Fatal(err)
				}
				if e.Low > 0.5 {
					above++
				}
				if e.High < 0.5 {
					below++
				}
			}
			fmt.Printf("| %s | %.1f%% | %.1f%% |\n", c.name, 100*float64(above)/runs, 100*float64(below)/runs)
		}
	}
}
