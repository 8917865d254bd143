package measure

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// Clusters is a partition of rows into k groups about their means.
type Clusters struct {
	Of      []int     // the cluster of each row
	Centres Matrix    // [k, columns]
	Spread  []float64 // of each row, its squared distance from the centre of its cluster
}

// KMeans partitions the rows of x into k clusters so that the squared distances from their means are small: the best
// of eight runs of Lloyd's iteration from the start of Arthur and Vassilvitskii ("k-means++", SODA 2007), each until
// no row moves or 100 times. A cluster that loses all its rows takes the row that lies farthest from its centre.
func KMeans(ctx context.Context, x Matrix, k int, rng *rand.Rand) (Clusters, error) {
	if err := x.Check("rows to cluster"); err != nil {
		return Clusters{}, err
	}
	if k < 1 || k > x.Rows {
		return Clusters{}, fmt.Errorf("%d rows cannot be put into %d clusters", x.Rows, k)
	}
	const starts = 8
	var best Clusters
	least := math.Inf(1)
	for range starts {
		c := Clusters{Of: make([]int, x.Rows), Centres: NewMatrix(k, x.Cols), Spread: make([]float64, x.Rows)}
		c.seed(x, rng)
		if err := c.iterate(ctx, x); err != nil {
			return Clusters{}, err
		}
		if total := sum(c.Spread); total < least {
			best, least = c, total
		}
	}
	return best, nil
}

func (c *Clusters) iterate(ctx context.Context, x Matrix) error {
	for i := range c.Of {
		c.Of[i] = -1
	}
	for range 100 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !c.assign(x) {
			return nil
		}
		c.average(x)
	}
	c.assign(x)
	return nil
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

// seed chooses the first centres: each next one is a row drawn in proportion to its squared distance from those
// before.
func (c *Clusters) seed(x Matrix, rng *rand.Rand) {
	copy(c.Centres.Row(0), x.Row(rng.IntN(x.Rows)))
	for i := range c.Spread {
		c.Spread[i] = math.Inf(1)
	}
	for k := 1; k < c.Centres.Rows; k++ {
		total := 0.0
		for i := range c.Spread {
			c.Spread[i] = min(c.Spread[i], squaredDistance(x.Row(i), c.Centres.Row(k-1)))
			total += c.Spread[i]
		}
		at, chosen := rng.Float64()*total, x.Rows-1
		for i, d := range c.Spread {
			if at -= d; at < 0 {
				chosen = i
				break
			}
		}
		copy(c.Centres.Row(k), x.Row(chosen))
	}
}

// assign moves each row to the nearest centre and reports whether one has moved.
func (c *Clusters) assign(x Matrix) (moved bool) {
	for i := range c.Of {
		best, least := -1, math.Inf(1)
		for k := range c.Centres.Rows {
			if d := squaredDistance(x.Row(i), c.Centres.Row(k)); d < least {
				best, least = k, d
			}
		}
		moved = moved || best != c.Of[i]
		c.Of[i], c.Spread[i] = best, least
	}
	return moved
}

// average moves each centre to the mean of its rows.
func (c *Clusters) average(x Matrix) {
	counts := make([]int, c.Centres.Rows)
	sums := make([]float64, len(c.Centres.Data))
	for i, k := range c.Of {
		counts[k]++
		for j, v := range x.Row(i) {
			sums[k*x.Cols+j] += float64(v)
		}
	}
	for k, n := range counts {
		if n == 0 {
			farthest := 0
			for i, d := range c.Spread {
				if d > c.Spread[farthest] {
					farthest = i
				}
			}
			copy(c.Centres.Row(k), x.Row(farthest))
			c.Spread[farthest] = 0
			continue
		}
		for j := range x.Cols {
			c.Centres.Data[k*x.Cols+j] = float32(sums[k*x.Cols+j] / float64(n))
		}
	}
}

func squaredDistance(a, b []float32) float64 {
	sum := 0.0
	for i, v := range a {
		d := float64(v - b[i])
		sum += d * d
	}
	return sum
}
