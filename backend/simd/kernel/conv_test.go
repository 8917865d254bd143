package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// taps64 calls f with each product of the convolution: the positions of the three factors in their tensors. It is the
// plain definition of a convolution.
func taps64(c Conv, f func(in, filter, out int)) {
	c = c.normalized()
	inG, outG := c.InC/c.Groups, c.OutC/c.Groups
	for pixel := range c.Batch * c.OutH * c.OutW {
		x, y, n := pixel%c.OutW, pixel/c.OutW%c.OutH, pixel/c.OutW/c.OutH
		for tap := range c.KH * c.KW {
			iy := y*c.StrideH + tap/c.KW*c.DilationH - c.PadTop
			ix := x*c.StrideW + tap%c.KW*c.DilationW - c.PadLeft
			if iy < 0 || ix < 0 || iy%c.InDilationH != 0 || ix%c.InDilationW != 0 {
				continue
			}
			iy, ix = iy/c.InDilationH, ix/c.InDilationW
			if iy >= c.InH || ix >= c.InW {
				continue
			}
			for o := range c.OutC {
				for ch := range inG {
					f(((n*c.InH+iy)*c.InW+ix)*c.InC+o/outG*inG+ch, (tap*inG+ch)*c.OutC+o, pixel*c.OutC+o)
				}
			}
		}
	}
}

// sums64 holds sums of products in float64, and of their absolute values.
type sums64 struct{ sum, size []float64 }

func newSums64(n int) sums64 { return sums64{make([]float64, n), make([]float64, n)} }

func (s sums64) add(at int, x float64) {
	s.sum[at] += x
	s.size[at] += math.Abs(x)
}

func (s sums64) check(t *testing.T, name string, got []float32) {
	t.Helper()
	for i, want := range s.sum {
		if !(math.Abs(float64(got[i])-want) <= 2e-6*(s.size[i]+0.1)) {
			t.Fatalf("%s[%d] = %v, want %v", name, i, got[i], want)
		}
	}
}

// checkConv compares a convolution and its gradients with sums in float64.
func checkConv(t *testing.T, r *rand.Rand, k *Kernels, p *Pool, c Conv, e Epilogue) {
	t.Helper()
	n := c.normalized()
	in := randomFloats(r, n.Batch*n.InH*n.InW*n.InC)
	filter := randomFloats(r, n.KH*n.KW*n.InC/n.Groups*n.OutC)
	gradOut := randomFloats(r, n.Batch*n.OutH*n.OutW*n.OutC)
	wantOut, wantIn, wantFilter := newSums64(len(gradOut)), newSums64(len(in)), newSums64(len(filter))
	taps64(c, func(i, f, o int) {
		wantOut.add(o, float64(in[i])*float64(filter[f]))
		wantIn.add(i, float64(gradOut[o])*float64(filter[f]))
		wantFilter.add(f, float64(in[i])*float64(gradOut[o]))
	})
	out := randomFloats(r, len(gradOut))
	for i := range out {
		if e.Accumulate {
			wantOut.add(i, float64(out[i]))
		}
		if e.Bias != nil {
			wantOut.add(i, float64(e.Bias[i%c.OutC]))
		}
		wantOut.sum[i] = activation64(e, wantOut.sum[i])
	}
	gradIn, gradFilter := randomFloats(r, len(in)), randomFloats(r, len(filter))
	k.Conv(p, out, in, filter, c, e)
	k.ConvGradInput(p, gradIn, gradOut, filter, c)
	k.ConvGradFilter(p, gradFilter, in, gradOut, c)
	wantOut.check(t, "out", out)
	wantIn.check(t, "gradIn", gradIn)
	wantFilter.check(t, "gradFilter", gradFilter)
}

// randomConv returns a small convolution of any kind.
func randomConv(r *rand.Rand) Conv {
	groups := 1 + r.IntN(2)*r.IntN(3)
	c := Conv{
		Batch: 1 + r.IntN(3), InH: 1 + r.IntN(9), InW: 1 + r.IntN(12),
		InC: groups * (1 + r.IntN(20)), OutC: groups * (1 + r.IntN(36)), Groups: groups,
		KH: 1 + r.IntN(4), KW: 1 + r.IntN(4), StrideH: 1 + r.IntN(3), StrideW: 1 + r.IntN(3),
		DilationH: 1 + r.IntN(2), DilationW: 1 + r.IntN(2),
		PadTop: r.IntN(6) - 1, PadLeft: r.IntN(6) - 1,
	}
	if r.IntN(3) == 0 {
		c.InDilationH, c.InDilationW = 1+r.IntN(3), 1+r.IntN(3)
	}
	c.OutH, c.OutW = 1+r.IntN(9), 1+r.IntN(11)
	return c
}

func TestConvMatchesReferenceOnRandomShapes(t *testing.T) {
	levels(t, func(t *testing.T, k *Kernels) {
		p := NewPool(2)
		defer p.Close()
		r := newRand(3)
		for range 100 {
			c := randomConv(r)
			e := Epilogue{Accumulate: r.IntN(2) == 0, Activation: Activation(r.IntN(6)), Alpha: 0.2}
			if r.IntN(2) == 0 {
				e.Bias = randomFloats(r, c.OutC)
			}
			t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) { checkConv(t, r, k, p, c, e) })
		}
	})
}

func TestConvMatchesReferenceOnShapesOfNetworks(t *testing.T) {
	shapes := []Conv{
		{Batch: 2, InH: 8, InW: 8, InC: 3, OutH: 8, OutW: 8, OutC: 64, KH: 3, KW: 3, PadTop: 1, PadLeft: 1},
		{Batch: 2, InH: 8, InW: 8, InC: 64, OutH: 8, OutW: 8, OutC: 3, KH: 3, KW: 3, PadTop: 1, PadLeft: 1},
		{Batch: 1, InH: 16, InW: 16, InC: 32, OutH: 8, OutW: 8, OutC: 48, KH: 4, KW: 4, PadTop: 1, PadLeft: 1, StrideH: 2, StrideW: 2},
		{Batch: 3, InH: 2, InW: 2, InC: 96, OutH: 2, OutW: 2, OutC: 64, KH: 3, KW: 3, PadTop: 1, PadLeft: 1},
		{Batch: 40, InH: 1, InW: 1, InC: 24, OutH: 1, OutW: 1, OutC: 40, KH: 1, KW: 1},
		{Batch: 2, InH: 12, InW: 12, InC: 16, OutH: 12, OutW: 12, OutC: 33, KH: 1, KW: 1},
		{Batch: 1, InH: 1, InW: 100, InC: 20, OutH: 1, OutW: 50, OutC: 20, KH: 1, KW: 5, PadLeft: 2, StrideW: 2, Groups: 4},
		{Batch: 2, InH: 10, InW: 10, InC: 32, OutH: 10, OutW: 10, OutC: 32, KH: 3, KW: 3, PadTop: 1, PadLeft: 1, Groups: 32},
		{Batch: 1, InH: 4, InW: 4, InC: 300, OutH: 4, OutW: 4, OutC: 64, KH: 3, KW: 3, PadTop: 2, PadLeft: 2, DilationH: 2, DilationW: 2},
		{Batch: 0, InH: 4, InW: 4, InC: 3, OutH: 4, OutW: 4, OutC: 4, KH: 1, KW: 1},
		{Batch: 2, InH: 3, InW: 3, InC: 8, OutH: 0, OutW: 3, OutC: 4, KH: 5, KW: 1},
		{Batch: 2, InH: 3, InW: 3, InC: 0, OutH: 3, OutW: 3, OutC: 4, KH: 1, KW: 1},
	}
	levels(t, func(t *testing.T, k *Kernels) {
		p := NewPool(2)
		defer p.Close()
		r := newRand(7)
		for _, c := range shapes {
			t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) { checkConv(t, r, k, p, c, Epilogue{}) })
		}
	})
}

func TestConvHasTheSameBitsForAnyNumberOfWorkers(t *testing.T) {
	levels(t, func(t *testing.T, k *Kernels) {
		r := newRand(8)
		for range 20 {
			c := randomConv(r)
			n := c.normalized()
			in := randomFloats(r, n.Batch*n.InH*n.InW*n.InC)
			filter := randomFloats(r, n.KH*n.KW*n.InC/n.Groups*n.OutC)
			out := randomFloats(r, n.Batch*n.OutH*n.OutW*n.OutC)
			var want [3][]float32
			for _, workers := range []int{1, 2, 5} {
				p := NewPool(workers)
				got := [3][]float32{make([]float32, len(out)), make([]float32, len(in)), make([]float32, len(filter))}
				k.Conv(p, got[0], in, filter, c, Epilogue{Activation: Tanh})
				k.ConvGradInput(p, got[1], out, filter, c)
				k.ConvGradFilter(p, got[2], in, out, c)
				p.Close()
				for i := range got {
					if want[i] == nil {
						want[i] = got[i]
					} else if at := firstDifference(got[i], want[i]); at >= 0 {
						t.Fatalf("%+v: result %d differs at %d with %d workers", c, i, at, workers)
					}
				}
			}
		}
	})
}

func FuzzConvMatchesReference(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed)
	}
	kernels := []*Kernels{}
	for _, level := range Levels() {
		kernels = append(kernels, New(level))
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := newRand(seed)
		c := randomConv(r)
		checkConv(t, r, kernels[r.IntN(len(kernels))], nil, c, Epilogue{Accumulate: r.IntN(2) == 0})
	})
}
