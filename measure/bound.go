package measure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// LowerBound is a bound that a new score lies below with a probability of about tail where it is drawn like the given
// ones: what is below it does not fit them. Where there are 1/tail - 1 scores or more it is their k-th smallest with
// k = floor(tail (n+1)), which a new score is below with probability at most tail whatever the distribution (a
// conformal bound; Vovk, Gammerman and Shafer, "Algorithmic learning in a random world", 2005).
//
// Fewer scores have no such order statistic: a new one is below all of them with probability 1/(n+1). The bound is
// then drawn further down, to where an exponential tail with the mean excess of the lowest scores, and Student's
// prediction bound of a normal distribution, mean - t s sqrt(1 + 1/n), both leave no more than tail. It needs two
// scores.
func LowerBound(scores []float64, tail float64) (float64, error) {
	n := len(scores)
	if n < 2 {
		return 0, &InsufficientError{"a bound on new scores", n, 2, "scores"}
	}
	if !(tail > 0 && tail < 1) {
		return 0, fmt.Errorf("a tail of %v is not between 0 and 1", tail)
	}
	sorted := slices.Clone(scores)
	slices.Sort(sorted)
	if k := int(tail * float64(n+1)); k >= 1 {
		return sorted[k-1], nil
	}
	mean, variance := moments(scores)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}.Quantile(tail)
	normal := mean + t*math.Sqrt(variance*(1+1/float64(n)))
	m := max(2, int(math.Sqrt(float64(n)))+1)
	var excess float64
	for _, s := range sorted[:m-1] {
		excess += (sorted[m-1] - s) / float64(m-1)
	}
	exponential := sorted[0] - excess*math.Log(1/(tail*float64(n+1)))
	return min(normal, exponential), nil
}
