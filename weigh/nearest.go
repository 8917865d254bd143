package weigh

import (
	"context"
	"fmt"
	"math"

	"github.com/dataprism/dataprism/measure"
	"github.com/dataprism/dataprism/probe"
)

// Nearness is how like a set of rows each of others is: minus the distance to its k-th nearest row of the set, in
// coordinates in which the set has the covariance 1. k = 1 is the rule of arXiv 2311.00931; a larger one is less
// moved by a single odd row of the set. It is an error where the set has fewer than k rows.
func Nearness(ctx context.Context, set, others measure.Matrix, k int) ([]float64, error) {
	if k < 1 || set.Rows < k {
		return nil, fmt.Errorf("the %d-th nearest of %d rows is asked for", k, set.Rows)
	}
	white, err := whiteningOf(set)
	if err != nil {
		return nil, err
	}
	set = white.apply(set)
	norms := squares(set)
	inner := probe.Compute(0).Inner
	score := make([]float64, others.Rows)
	for from := 0; from < others.Rows; from += chunk {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part := white.apply(others.Slice(from, min(from+chunk, others.Rows)))
		products := measure.NewMatrix(part.Rows, set.Rows)
		inner(products, part, set)
		for i, own := range squares(part) {
			nearest := make([]float32, k) // ascending
			for j := range nearest {
				nearest[j] = math.MaxFloat32
			}
			for j, product := range products.Row(i) {
				distance := norms[j] - 2*product
				at := k
				for at > 0 && distance < nearest[at-1] {
					at--
				}
				if at < k {
					copy(nearest[at+1:], nearest[at:])
					nearest[at] = distance
				}
			}
			score[from+i] = -math.Sqrt(max(0, float64(nearest[k-1]+own)))
		}
	}
	return score, nil
}

// squares are the squared lengths of rows.
func squares(x measure.Matrix) []float32 {
	out := make([]float32, x.Rows)
	for r := range out {
		for _, v := range x.Row(r) {
			out[r] += v * v
		}
	}
	return out
}
