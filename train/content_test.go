package train

import (
	"context"
	"math/rand/v2"
	"testing"
)

func TestContentHoldsTheBlocksToOneMeaning(t *testing.T) {
	d := shapes(t)
	after := map[float64]float64{}
	for _, weight := range []float64{1e-6, 100} {
		task := tiny()
		task.Training.Flow.Steps, task.Training.Latents.Content = 60, weight
		var sum float64
		err := train(t, context.Background(), t.TempDir(), d, task, Options{Progress: func(e Event) {
			if e.Phase == FlowPhase && e.Step > 40 {
				sum += e.Terms["content"]
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		after[weight] = sum
	}
	if !(after[100] > 0) || after[100] > after[1e-6]/2 {
		t.Errorf("the blocks change codes by %v, by weight", after)
	}
}

func TestOtherLabelsAreOfOtherCollections(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const collections = 3
	labels := make([]int32, 400)
	for i := range labels {
		labels[i] = int32(i % (collections + 1)) // the last is any
	}
	seen := map[[2]int32]bool{}
	for i, other := range otherLabels(labels, collections, rng) {
		if other == labels[i] || other < 0 || other >= collections {
			t.Fatalf("%d becomes %d", labels[i], other)
		}
		seen[[2]int32{labels[i], other}] = true
	}
	if want := collections*(collections-1) + collections; len(seen) != want {
		t.Errorf("%d ways are taken, want all %d", len(seen), want)
	}
}
