package probe_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/dataprism/dataprism/probe"
)

// Codes that are independent of the collection give a probe nothing to go by; those that are shifted a little do.
func ExampleLeakage() {
	rng := rand.New(rand.NewPCG(1, 2))
	codes := probe.NormalCodes(600, 4, rng)
	collection := make([]int, codes.Rows)
	for row := range collection {
		collection[row] = row % 2
	}
	show := func(name string) {
		leakage, err := probe.Leakage(context.Background(), codes, collection, nil, 2, probe.Linear{}, probe.CrossValidation{Seed: 1})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: the interval holds chance: %v\n", name, leakage.Low < 0.5 && 0.5 < leakage.High)
	}
	show("independent")
	for row, c := range collection {
		codes.Row(row)[0] += float32(c)
	}
	show("shifted")
	// Output:
	// independent: the interval holds chance: true
	// shifted: the interval holds chance: false
}
