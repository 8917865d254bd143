package probe

import (
	"context"
	"math"
)

// Limits of the minimiser: float32 products leave no more than about six digits in a gradient, so that a relative
// tolerance below 1e-5 is noise.
const (
	minimiseSteps     = 200
	minimiseMemory    = 10
	gradientTolerance = 2e-5
	lossTolerance     = 3e-5
	// roughTolerance is enough to see which of two penalties is the better one, in half of the steps.
	roughTolerance = 5e-4
)

// minimise finds a minimum of a smooth convex function by L-BFGS with a backtracking line search (Nocedal and Wright,
// "Numerical Optimization", algorithms 7.4 and 3.1), until a step lowers it by less than a share tolerance of it. objective
// returns the value and fills the gradient.
func minimise(ctx context.Context, start []float64, tolerance float64, objective func(at, gradient []float64) float64) ([]float64, error) {
	n := len(start)
	at, gradient := append([]float64(nil), start...), make([]float64, n)
	value := objective(at, gradient)
	var steps, changes [][]float64 // the last moves of the point and of the gradient
	next, nextGradient := make([]float64, n), make([]float64, n)
	for range minimiseSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if math.Sqrt(dot(gradient, gradient)) < gradientTolerance {
			break
		}
		direction := quasiNewton(gradient, steps, changes)
		slope := dot(direction, gradient)
		if slope >= 0 { // rounding spoiled the curvature: start again from steepest descent
			steps, changes = nil, nil
			direction = quasiNewton(gradient, nil, nil)
			slope = dot(direction, gradient)
		}
		size := 1.0
		if len(steps) == 0 {
			size = min(1, 1/math.Sqrt(dot(gradient, gradient)))
		}
		nextValue := math.Inf(1)
		for range 20 {
			for i := range next {
				next[i] = at[i] + size*direction[i]
			}
			nextValue = objective(next, nextGradient)
			if nextValue <= value+1e-4*size*slope {
				break
			}
			size /= 2
		}
		if !(nextValue < value) {
			break // no progress within the precision of the gradient
		}
		step, change := make([]float64, n), make([]float64, n)
		for i := range step {
			step[i] = next[i] - at[i]
			change[i] = nextGradient[i] - gradient[i]
		}
		if dot(step, change) > 1e-12*dot(change, change) {
			if len(steps) == minimiseMemory {
				steps, changes = steps[1:], changes[1:]
			}
			steps, changes = append(steps, step), append(changes, change)
		}
		done := value-nextValue < tolerance*math.Abs(value)
		copy(at, next)
		copy(gradient, nextGradient)
		value = nextValue
		if done {
			break
		}
	}
	return at, nil
}

// quasiNewton returns minus the inverse-Hessian approximation of the remembered moves times the gradient (two-loop
// recursion).
func quasiNewton(gradient []float64, steps, changes [][]float64) []float64 {
	q := make([]float64, len(gradient))
	for i, g := range gradient {
		q[i] = -g
	}
	alpha := make([]float64, len(steps))
	for i := len(steps) - 1; i >= 0; i-- {
		alpha[i] = dot(steps[i], q) / dot(steps[i], changes[i])
		axpy(q, -alpha[i], changes[i])
	}
	if last := len(steps) - 1; last >= 0 {
		scale := dot(steps[last], changes[last]) / dot(changes[last], changes[last])
		for i := range q {
			q[i] *= scale
		}
	}
	for i := range steps {
		beta := dot(changes[i], q) / dot(steps[i], changes[i])
		axpy(q, alpha[i]-beta, steps[i])
	}
	return q
}

func dot(a, b []float64) float64 {
	var sum float64
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// axpy adds a*x to y.
func axpy(y []float64, a float64, x []float64) {
	for i, v := range x {
		y[i] += a * v
	}
}
