package train

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/dataprism/dataprism/collection"
	"github.com/dataprism/dataprism/flow"
	. "github.com/gomlx/gomlx/core/graph"
)

// leastPairs is how many known pairs every collection needs, so that some can be held back to choose by.
const leastPairs = 16

const (
	pairWeight  = 1.0 // of half the mean squared distance of the codes of pairs, a value, beside nats a value
	knownWeight = 5   // how often a known pair is drawn for each time two neighbours are
)

// knownPairs are the training images of different collections that share a value of the label, by their positions among
// those of their collection. Where a collection has several of a value, each of them has one counterpart at least.
func knownPairs(d *collection.Dataset, label string) ([]flow.Pair, error) {
	of := make([]map[string][]int, len(d.Collections)) // positions of each value
	values := make([][]string, len(d.Collections))     // in the order of the images
	for c, col := range d.Collections {
		of[c] = map[string][]int{}
		for i, row := range col.Train {
			value, ok := col.Label(row, label)
			if number, counts := col.Number(row, label); counts { // not the bin that it is in
				value = strconv.FormatFloat(number, 'g', -1, 64)
			}
			if ok {
				if of[c][value] == nil {
					values[c] = append(values[c], value)
				}
				of[c][value] = append(of[c][value], i)
			}
		}
	}
	var pairs []flow.Pair
	count := make([]int, len(d.Collections))
	for a := range d.Collections {
		for b := range a {
			for _, value := range values[a] {
				first, second := of[a][value], of[b][value]
				if len(second) == 0 {
					continue
				}
				for i := range max(len(first), len(second)) {
					pairs = append(pairs, flow.Pair{A: b, I: second[i%len(second)], B: a, J: first[i%len(first)]})
				}
				count[a]++
				count[b]++
			}
		}
	}
	for c, col := range d.Collections {
		if count[c] < leastPairs {
			return nil, &LabelError{label, fmt.Sprintf("%d training images of %s share a value of it with those of other collections, at least %d are needed",
				count[c], col.Name, leastPairs)}
		}
	}
	return pairs, nil
}

// align turns the transports of collections so that the codes of known pairs agree.
func (t *trainer) align(ctx context.Context, all []posteriors) error {
	pairs, err := knownPairs(t.Dataset, t.Config.Latents.Pairs)
	if err != nil {
		return err
	}
	t.note("looking for turns of codes under which %d pairs agree", len(pairs))
	found, err := t.ownFlow().AlignTransport(ctx, means(all), t.coordinates().Reach(), pairs)
	switch {
	case ctx.Err() != nil:
		return ErrStopped
	case err != nil:
		return err
	case math.IsInf(found.Prior, 1):
		t.note("%d known pairs say nothing of each other: codes are not turned by them", len(pairs))
		return nil
	}
	by := "turn codes"
	if found.Neighbours {
		by = "and neighbours turn codes"
	}
	t.note("%d known pairs %s: those held back keep %.0f%% of their squared distance", len(pairs), by, 100*found.Left)
	return nil
}

// means are the posterior means of each collection.
func means(all []posteriors) [][]float32 {
	z := make([][]float32, len(all))
	for c, p := range all {
		z[c] = p.mean
	}
	return z
}

// same are pairs of latents of the same content, whose codes the flow's loss holds together.
type same struct {
	pairs []flow.Pair
	picks *order // of the pairs, as the rows of one collection
}

// sameContent are the known pairs and the neighbours by the transport; nil where no pairs are known. Neighbours keep the
// flow from learning the few known pairs by heart.
func (t *trainer) sameContent(ctx context.Context, all []posteriors) (*same, error) {
	if t.Config.Latents.Pairs == "" {
		return nil, nil
	}
	known, err := knownPairs(t.Dataset, t.Config.Latents.Pairs)
	if err != nil {
		return nil, err
	}
	pairs, err := t.ownFlow().Neighbours(ctx, means(all), t.coordinates().Reach())
	if ctx.Err() != nil {
		return nil, ErrStopped
	} else if err != nil {
		return nil, err
	}
	for range knownWeight {
		pairs = append(pairs, known...)
	}
	return &same{pairs, newOrder(t.Seed, forPairs, [][]int{upTo(len(pairs))})}, nil
}

// batch draws the latents and the labels of n pairs: the first of each, then the second of each.
func (s *same) batch(t *trainer, all []posteriors, number, n int) (z []float32, labels []int32) {
	rng := s.picks.draws(number)
	picks := s.picks.batch(number, n)
	for _, p := range picks {
		z = t.noisy(z, all[s.pairs[p.row].A], s.pairs[p.row].I, rng)
		labels = append(labels, int32(s.pairs[p.row].A))
	}
	for _, p := range picks {
		z = t.noisy(z, all[s.pairs[p.row].B], s.pairs[p.row].J, rng)
		labels = append(labels, int32(s.pairs[p.row].B))
	}
	return z, labels
}

// halvesApart is half the mean squared difference, a value, between the first half of codes [2n, dim] and the second: 1
// for codes that have nothing to do with each other.
func halvesApart(v *Node) *Node {
	n := v.Shape().Dimensions[0] / 2
	return DivScalar(ReduceAllMean(Square(Sub(Slice(v, AxisRange(0, n)), Slice(v, AxisRange(n))))), 2)
}
