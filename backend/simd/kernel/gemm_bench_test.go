package kernel

import (
	"fmt"
	"testing"
)

// benchLevels runs a benchmark at each level, on two workers.
func benchLevels(b *testing.B, f func(b *testing.B, k *Kernels, p *Pool)) {
	for _, level := range Levels() {
		b.Run(level.String(), func(b *testing.B) {
			p := NewPool(2)
			defer p.Close()
			f(b, New(level), p)
		})
	}
}

// reportFlops reports the speed of a benchmark whose iterations take flops operations.
func reportFlops(b *testing.B, flops int) {
	b.ReportMetric(float64(flops)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

func BenchmarkGemm(b *testing.B) {
	benchLevels(b, func(b *testing.B, k *Kernels, p *Pool) {
		for _, s := range []struct {
			m, n, k    int
			kind       string // which factor is transposed: the gradients of a layer
			aCol, bCol bool
		}{
			{2048, 2048, 2048, "", false, false},
			{512, 1024, 1024, "", false, false},
			{16, 1024, 1024, "", false, false},
			{64, 512, 512, "", false, false},
			{64, 512, 512, "gradInput", false, true},
			{512, 512, 64, "gradWeight", true, false},
			{15, 1024, 1024, "", false, false},
			{15, 1024, 1024, "gradInput", false, true},
			{1024, 1024, 15, "gradWeight", true, false},
			{64, 256, 256, "", false, false},
			{64, 256, 256, "gradInput", false, true},
			{256, 256, 64, "gradWeight", true, false},
			{1, 1024, 1024, "", false, false},
		} {
			b.Run(fmt.Sprintf("%dx%dx%d%s", s.m, s.k, s.n, s.kind), func(b *testing.B) {
				r := newRand(1)
				layoutOf := func(col bool) memoryLayout {
					if col {
						return asColumns
					}
					return asRows
				}
				x := randomMatrix(r, s.m, s.k, 0, layoutOf(s.aCol))
				y := randomMatrix(r, s.k, s.n, 0, layoutOf(s.bCol))
				z := randomMatrix(r, s.m, s.n, 0, asRows)
				b.ReportAllocs()
				for b.Loop() {
					k.Gemm(p, z, x, y, Epilogue{})
				}
				reportFlops(b, 2*s.m*s.n*s.k)
			})
		}
	})
}
