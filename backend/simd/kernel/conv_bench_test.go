package kernel

import (
	"fmt"
	"testing"
)

func BenchmarkConv(b *testing.B) {
	benchLevels(b, func(b *testing.B, k *Kernels, p *Pool) {
		for _, c := range []Conv{
			{Batch: 4, InH: 32, InW: 32, InC: 256, OutH: 32, OutW: 32, OutC: 256, KH: 3, KW: 3, PadTop: 1, PadLeft: 1},
			{Batch: 16, InH: 64, InW: 64, InC: 64, OutH: 64, OutW: 64, OutC: 64, KH: 3, KW: 3, PadTop: 1, PadLeft: 1},
			{Batch: 12, InH: 32, InW: 32, InC: 3, OutH: 32, OutW: 32, OutC: 64, KH: 3, KW: 3, PadTop: 1, PadLeft: 1},
			{Batch: 12, InH: 32, InW: 32, InC: 64, OutH: 32, OutW: 32, OutC: 3, KH: 3, KW: 3, PadTop: 1, PadLeft: 1},
			{Batch: 12, InH: 8, InW: 8, InC: 256, OutH: 4, OutW: 4, OutC: 512, KH: 4, KW: 4, PadTop: 1, PadLeft: 1, StrideH: 2, StrideW: 2},
		} {
			n := c.normalized()
			r := newRand(1)
			in := randomFloats(r, n.Batch*n.InH*n.InW*n.InC)
			filter := randomFloats(r, n.KH*n.KW*n.InC/n.Groups*n.OutC)
			out := randomFloats(r, n.Batch*n.OutH*n.OutW*n.OutC)
			for _, way := range []struct {
				name string
				run  func()
			}{
				{"forward", func() { k.Conv(p, out, in, filter, c, Epilogue{}) }},
				{"gradInput", func() { k.ConvGradInput(p, in, out, filter, c) }},
				{"gradFilter", func() { k.ConvGradFilter(p, filter, in, out, c) }},
			} {
				name := fmt.Sprintf("%dx%dx%dx%d-%d/%dx%d/%s", c.Batch, c.InH, c.InW, c.InC, c.OutC, c.KH, c.KW, way.name)
				b.Run(name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						way.run()
					}
					reportFlops(b, 2*n.Batch*n.OutH*n.OutW*n.OutC*n.KH*n.KW*n.InC/n.Groups)
				})
			}
		}
	})
}
