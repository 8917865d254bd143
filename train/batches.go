package train

import (
	"math/rand/v2"

	"github.com/dataprism/dataprism/internal/stream"
)

// purpose is what batches are drawn for. Each has random numbers of its own.
type purpose int

const (
	forLinear purpose = iota
	forLinearCheck
	forAutoencoder
	forBasis
	forDecoder
	forFlowStart
	forFlow
	forPairs
	forContent
	forSlices
	forCodeSlices
)

// order hands out the rows of each collection in shuffled passes, the same number from each in the long run:
// balanced batches, without which the flow's code tells collections apart by their sizes.
type order struct {
	seed uint64
	use  purpose
	rows [][]int // of each collection

	passes []pass
}

type pass struct {
	number int
	rows   []int
}

// pick is one image: row of collection.
type pick struct{ collection, row int }

func newOrder(seed uint64, use purpose, rows [][]int) *order {
	o := &order{seed: seed, use: use, rows: rows, passes: make([]pass, len(rows))}
	for c := range o.passes {
		o.passes[c].number = -1
	}
	return o
}

// draws is the generator of one step: all that is random in the step, but for its picks, comes from it.
func (o *order) draws(step int) *rand.Rand {
	return stream.New(o.seed, stream.TrainDraws, int(o.use), step)
}

// batch returns the n picks of a step, a function of the step's number alone.
func (o *order) batch(step, n int) []pick {
	picks := make([]pick, n)
	k := len(o.rows)
	for i := range picks {
		at := step*n + i
		c := at % k
		picks[i] = pick{c, o.row(c, at/k)}
	}
	return picks
}

// row is the at-th row that collection c hands out.
func (o *order) row(c, at int) int {
	size := len(o.rows[c])
	p := &o.passes[c]
	if number := at / size; p.number != number || p.rows == nil {
		p.number = number
		p.rows = append(p.rows[:0], o.rows[c]...)
		rng := stream.New(o.seed, stream.TrainOrder, int(o.use), c, number)
		rng.Shuffle(size, func(i, j int) { p.rows[i], p.rows[j] = p.rows[j], p.rows[i] })
	}
	return p.rows[at%size]
}

// normal fills n standard normal values.
func normal(rng *rand.Rand, n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	return values
}
