package student

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// independence is the layer of mixed capacity ensembles (Clark, Yatskar and Zettlemoyer, "Learning to model and
// ignore dataset bias with mixed capacity ensembles", Findings of EMNLP 2020) that makes heads independent given the
// class: the log-probabilities x [n, k] of a head become
//
//	x' = log softmax(x + xW + b),   (W, b) = argmin mean cross-entropy(x', class) + 0.002 ‖W‖,   b_k = 0
//
// Each head is thereby fitted alone to the classes before heads are added, so that evidence which both hold is counted
// twice, and costs. Gradients go through the argmin by the implicit function theorem.
type independence struct {
	k int
	v []float64 // W in rows, then b: where the last solution was, from which the next begins
}

const (
	normPenalty  = 0.002
	normSoftness = 1e-6 // under the root of ‖W‖² + it, which has a gradient at 0
)

func newIndependence(k int) *independence { return &independence{k, make([]float64, (k+1)*k)} }

// forward is x' and the class probabilities under the layer's parameters.
func (l *independence) forward(x []float64) (logProb, p []float64) {
	k := l.k
	logProb, p = make([]float64, len(x)), make([]float64, len(x))
	for from := 0; from < len(x); from += k {
		row, u := x[from:from+k], logProb[from:from+k]
		top := math.Inf(-1)
		for c := range k {
			u[c] = row[c] + l.v[k*k+c]
			for a := range k {
				u[c] += row[a] * l.v[a*k+c]
			}
			top = max(top, u[c])
		}
		total := 0.0
		for c := range k {
			total += math.Exp(u[c] - top)
		}
		norm := top + math.Log(total)
		for c := range k {
			u[c] -= norm
			p[from+c] = math.Exp(u[c])
		}
	}
	return logProb, p
}

func (l *independence) norm() float64 {
	sum := normSoftness
	for _, w := range l.v[:l.k*l.k] {
		sum += w * w
	}
	return math.Sqrt(sum)
}

// value is the objective, gradient its slope.
func (l *independence) value(x []float64, class []int) float64 {
	logProb, _ := l.forward(x)
	var sum float64
	for r, c := range class {
		sum -= logProb[r*l.k+c]
	}
	return sum/float64(len(class)) + normPenalty*l.norm()
}

func (l *independence) gradient(x, p []float64, class []int) []float64 {
	k, n := l.k, float64(len(class))
	g := make([]float64, len(l.v))
	for r, own := range class {
		for c := range k {
			d := p[r*k+c] / n
			if c == own {
				d -= 1 / n
			}
			for a := range k {
				g[a*k+c] += x[r*k+a] * d
			}
			g[k*k+c] += d
		}
	}
	norm := l.norm()
	for i, w := range l.v[:k*k] {
		g[i] += normPenalty * w / norm
	}
	return g
}

// free is the number of parameters: b's last is fixed.
func (l *independence) free() int { return len(l.v) - 1 }

// hessian is the objective's second derivative in the free parameters, with a trace of ridge.
func (l *independence) hessian(x, p []float64) *mat.SymDense {
	k, rows := l.k, len(x)/l.k
	size := l.free()
	h := make([]float64, size*size)
	phi := make([]float64, k+1)
	phi[k] = 1
	for r := range rows {
		copy(phi, x[r*k:(r+1)*k])
		own := p[r*k : (r+1)*k]
		for a := range k + 1 {
			for c := range k {
				i := a*k + c
				if i >= size {
					continue
				}
				for a2 := range k + 1 {
					w := phi[a] * phi[a2] * own[c] / float64(rows)
					for c2 := range k {
						j := a2*k + c2
						if j < i || j >= size {
							continue
						}
						if c == c2 {
							h[i*size+j] += w * (1 - own[c2])
						} else {
							h[i*size+j] -= w * own[c2]
						}
					}
				}
			}
		}
	}
	norm := l.norm()
	out := mat.NewSymDense(size, nil)
	for i := range size {
		for j := i; j < size; j++ {
			v := h[i*size+j]
			if j < k*k {
				v -= normPenalty * l.v[i] * l.v[j] / (norm * norm * norm)
				if i == j {
					v += normPenalty / norm
				}
			}
			if i == j {
				v += 1e-9
			}
			out.SetSym(i, j, v)
		}
	}
	return out
}

// solve finds the parameters for a batch by Newton's method with halved steps, from those of the last one.
func (l *independence) solve(x []float64, class []int) {
	value := l.value(x, class)
	for range 50 {
		_, p := l.forward(x)
		g := l.gradient(x, p, class)[:l.free()]
		var cholesky mat.Cholesky
		if !cholesky.Factorize(l.hessian(x, p)) {
			return
		}
		var step mat.VecDense
		if cholesky.SolveVecTo(&step, mat.NewVecDense(len(g), g)) != nil {
			return
		}
		before := append([]float64(nil), l.v...)
		slope := mat.Dot(&step, mat.NewVecDense(len(g), g))
		if slope < 1e-16 {
			return
		}
		size, next := 1.0, math.Inf(1)
		for range 30 {
			for i := range g {
				l.v[i] = before[i] - size*step.AtVec(i)
			}
			if next = l.value(x, class); next <= value-1e-4*size*slope {
				break
			}
			size /= 2
		}
		if next >= value {
			copy(l.v, before)
			return
		}
		value = next
	}
}

// backward carries the gradient of a loss for x' back to x, through the layer and through its solution.
func (l *independence) backward(x []float64, class []int, gradient []float64) []float64 {
	k, n := l.k, float64(len(class))
	_, p := l.forward(x)
	out := make([]float64, len(x))
	du := make([]float64, len(x))
	dv := make([]float64, len(l.v))
	plus := func(a, c int) float64 { // I + W
		if a == c {
			return 1 + l.v[a*k+c]
		}
		return l.v[a*k+c]
	}
	for r := range class {
		var sum float64
		for c := range k {
			sum += gradient[r*k+c]
		}
		for c := range k {
			d := gradient[r*k+c] - p[r*k+c]*sum
			du[r*k+c] = d
			for a := range k {
				out[r*k+a] += plus(a, c) * d
				dv[a*k+c] += x[r*k+a] * d
			}
			dv[k*k+c] += d
		}
	}
	// λ = H⁻¹ dL/dv; the loss also changes by -λ · ∂(∂f/∂v)/∂x.
	var cholesky mat.Cholesky
	lambda := make([]float64, len(l.v))
	if cholesky.Factorize(l.hessian(x, p)) {
		var solved mat.VecDense
		if cholesky.SolveVecTo(&solved, mat.NewVecDense(l.free(), dv[:l.free()])) == nil {
			copy(lambda, solved.RawVector().Data)
		}
	}
	s := make([]float64, k)
	for r, own := range class {
		var inner float64
		for c := range k {
			s[c] = lambda[k*k+c]
			for a := range k {
				s[c] += x[r*k+a] * lambda[a*k+c]
			}
			inner += p[r*k+c] * s[c]
		}
		for c := range k {
			residual := p[r*k+c]
			if c == own {
				residual--
			}
			t := p[r*k+c] * (s[c] - inner)
			for a := range k {
				out[r*k+a] -= (residual*lambda[a*k+c] + plus(a, c)*t) / n
			}
		}
	}
	return out
}
