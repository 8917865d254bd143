package flow

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// knotShares are the quantiles that functions along directions are fitted at.
var knotShares = []float64{0.005, 0.02, 0.05, 0.1, 0.17, 0.25, 0.33, 0.42, 0.5, 0.58, 0.67, 0.75, 0.83, 0.9, 0.95, 0.98, 0.995}

// still starts knots as those of functions that move nothing.
func still(_ *rand.Rand, values []float32, _ []int) {
	knots := stillKnots()
	for i := range values {
		values[i] = float32(knots[i%len(knots)])
	}
}

// FitSlices fits what moves the codes of every collection towards each other where they differ along single directions: a mode
// that is large in one collection and small in another, a skewed or a heavy tail, of which the moments of the transport and
// the lengths before the blocks say nothing, and what blocks that are trained leave behind them. In each step it finds
// orthonormal directions along which the collections' codes are furthest apart, by the squared Wasserstein distance of their
// projections from the mean of all of them (Rabin, Peyré, Delon and Bernot: "Wasserstein barycenter and its application to
// texture mixing", 2012; with directions that are searched, Dai and Seljak: "Sliced iterative normalizing flows", 2021), and
// moves each collection a part of the way there by its quantiles, which is the optimal transport along a line: content is moved
// no further than that asks for. A direction counts only where it brings codes nearer that it was not fitted to, a fifth of
// all, so that nothing is moved for what chance tells of few.
//
// codes[c] are rows [n_c, dim] of collection c as [Flow.BeforeSlices] gives them at the place under c, and those at last of
// any collection under the condition K, in equal numbers. The flow is to be described anew after it. It returns how many
// directions are used.
func (f *Flow) FitSlices(ctx context.Context, place Place, codes [][]float32, rng *rand.Rand) (used int, err error) {
	rows := f.config.Collections + 1
	if _, ok := f.slices[place]; !ok {
		return 0, fmt.Errorf("flow: this flow has no slices %q to fit", place)
	}
	if len(codes) != rows {
		return 0, fmt.Errorf("flow: codes of %d conditions are given, the flow has %d", len(codes), rows)
	}
	s := slicer{dim: f.config.Dim, collections: f.config.Collections, rng: rng}
	for _, c := range codes {
		s.add(c)
	}
	var found []sliceStep
	for len(found) < mostSteps && s.fewest() >= leastSliceRows {
		step := s.step()
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if step.width() == 0 {
			break
		}
		found = append(found, step)
		used += step.width()
	}
	if len(found) == 0 {
		found = append(found, stillStep(f.config.Dim, rows))
	}
	return used, f.setSlices(place, found)
}

// setSlices stores steps; those of fewer directions get others that nothing moves along.
func (f *Flow) setSlices(place Place, steps []sliceStep) error {
	width := 0
	for _, s := range steps {
		width = max(width, s.width())
	}
	dim, rows, knots := f.config.Dim, f.config.Collections+1, len(knotShares)
	var directions, from, to []float32
	for _, s := range steps {
		whole := mat.NewDense(dim, width, nil)
		whole.Slice(0, dim, 0, s.width()).(*mat.Dense).Copy(s.directions)
		directions = appendDense(directions, whole)
		for c := range rows {
			for k := range width {
				x, y := stillKnots(), stillKnots()
				if k < s.width() {
					x, y = s.from[c][k], s.to[c][k]
				}
				for j := range knots {
					from, to = append(from, float32(x[j])), append(to, float32(y[j]))
				}
			}
		}
	}
	scope := f.scope.At("%s", place)
	if err := scope.Store().DeleteVariablesInScope(scope.Scope()); err != nil { // which are of other sizes
		return err
	}
	n := len(steps)
	return errors.Join(
		set(scope, slicedDirections, directions, n, dim, width),
		set(scope, slicedFrom, from, n, rows, width, knots), set(scope, slicedTo, to, n, rows, width, knots))
}

// sliceStep is one step: orthonormal directions [dim, k], and the knots of each condition's functions along them.
type sliceStep struct {
	directions *mat.Dense
	from, to   [][][]float64 // [condition][direction][knot]
}

func (s sliceStep) width() int { return len(s.from[0]) }

// stillStep is one that moves nothing.
func stillStep(dim, rows int) sliceStep {
	s := sliceStep{directions: mat.NewDense(dim, 1, nil)}
	s.directions.Set(0, 0, 1)
	for range rows {
		s.from, s.to = append(s.from, [][]float64{stillKnots()}), append(s.to, [][]float64{stillKnots()})
	}
	return s
}

// stillKnots are those of a function that moves nothing, on either side.
func stillKnots() []float64 {
	knots := make([]float64, len(knotShares))
	for i := range knots {
		knots[i] = float64(i) - float64(len(knots)-1)/2
	}
	return knots
}
