package flow

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dataprism/dataprism/internal/simdtest"
	. "github.com/gomlx/gomlx/core/graph"
)

// rationalAt is the spline of bins with the shares of width and height that u and v are the softmax of, and of slopes that the
// numbers s give, as Durkan and others write it (2019, eq. 4 and 5); beyond the bins it is the identity.
func rationalAt(x float64, u, v, s []float64) (y, logDerivative float64) {
	if x <= -reach || x >= reach {
		return x, 0
	}
	ends := func(u []float64) []float64 {
		var sum float64
		for _, n := range u {
			sum += math.Exp(n)
		}
		out := []float64{-reach}
		for i, n := range u {
			share := leastShare + (1-leastShare*float64(len(u)))*math.Exp(n)/sum
			out = append(out, out[i]+2*reach*share)
		}
		return out
	}
	xs, ys, slopes := ends(u), ends(v), []float64{1}
	for _, n := range s {
		slopes = append(slopes, leastSlope+(1-leastSlope)*math.Log(1+math.Exp(n)*(math.E-1)))
	}
	slopes = append(slopes, 1)
	k := 0
	for x >= xs[k+1] {
		k++
	}
	width, height := xs[k+1]-xs[k], ys[k+1]-ys[k]
	rise, t := height/width, (x-xs[k])/width
	below := rise + (slopes[k+1]+slopes[k]-2*rise)*t*(1-t)
	y = ys[k] + height*(rise*t*t+slopes[k]*t*(1-t))/below
	return y, math.Log(rise * rise * (slopes[k+1]*t*t + 2*rise*t*(1-t) + slopes[k]*(1-t)*(1-t)) / (below * below))
}

func TestSplinesOfBinsAreThoseOfThePaper(t *testing.T) {
	const bins, rows = 4, 300
	rng := rand.New(rand.NewPCG(5, 6))
	numbers, x := make([][]float32, rows), make([][]float32, rows)
	for i := range rows {
		for range 3*bins - 1 {
			numbers[i] = append(numbers[i], float32(1.5*rng.NormFloat64()))
		}
		x[i] = []float32{float32(2 * rng.NormFloat64())}
	}
	x[0][0], x[1][0], x[2][0] = -reach, reach, 3*reach
	out := MustExecOnceN(simdtest.New(t), func(numbers, x *Node) []*Node {
		m := rational{bins: bins}
		var n []*Node
		for i := range 3*bins - 1 {
			n = append(n, Slice(numbers, AxisRange(), AxisRange(i, i+1)))
		}
		s := m.through(n)
		y, log := s.interval(x, s.x).forward(x)
		return []*Node{y, log, s.interval(y, s.y).inverse(y)}
	}, numbers, x)
	y, log, back := out[0].Value().([][]float32), out[1].Value().([][]float32), out[2].Value().([][]float32)
	for i := range rows {
		n := make([]float64, 3*bins-1)
		for j := range n {
			n[j] = float64(numbers[i][j])
		}
		at := float64(x[i][0])
		wantY, wantLog := rationalAt(at, n[:bins], n[bins:2*bins], n[2*bins:])
		if d := math.Abs(float64(y[i][0]) - wantY); !(d < 1e-5) {
			t.Errorf("row %d: %g goes to %g, want %g", i, at, y[i][0], wantY)
		}
		if d := math.Abs(float64(log[i][0]) - wantLog); !(d < 1e-4) {
			t.Errorf("row %d: the logarithm of the derivative at %g is %g, want %g", i, at, log[i][0], wantLog)
		}
		if d := math.Abs(float64(back[i][0]) - at); !(d < 1e-4) {
			t.Errorf("row %d: %g comes back as %g", i, at, back[i][0])
		}
	}
}
