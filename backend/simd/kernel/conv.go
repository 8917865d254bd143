package kernel

// Conv describes a two-dimensional convolution (in the sense of machine
// learning: the kernel is not mirrored).
//
//	in     [Batch, InH, InW, InC]
//	filter [KH, KW, InC/Groups, OutC]
//	out    [Batch, OutH, OutW, OutC]
//
//	out[n, y, x, o] = sum over i, j, c of filter[i, j, c, o] *
//	    D[n, y*StrideH + i*DilationH - PadTop, x*StrideW + j*DilationW - PadLeft, g*InC/Groups + c]
//
// where g is the group of o, output channels are grouped in equal consecutive
// runs, and D is the input with InDilationH-1 zero rows and InDilationW-1 zero
// columns between neighbours, and zeros outside. The padding at the bottom and
// at the right follows from OutH and OutW. Pads may be negative: they crop.
// Strides and dilations are at least 1; zero is taken as 1, and so is zero
// Groups. A one-dimensional convolution has InH, OutH and KH of 1.
type Conv struct {
	Batch, InH, InW, InC     int
	OutH, OutW, OutC         int
	KH, KW                   int
	StrideH, StrideW         int
	PadTop, PadLeft          int
	DilationH, DilationW     int // of the kernel
	InDilationH, InDilationW int
	Groups                   int
}

// normalized returns c with zero strides, dilations and groups made 1.
func (c Conv) normalized() Conv {
	for _, v := range []*int{&c.StrideH, &c.StrideW, &c.DilationH, &c.DilationW, &c.InDilationH, &c.InDilationW, &c.Groups} {
		*v = max(*v, 1)
	}
	return c
}

// Conv computes the convolution out of in and filter, with an epilogue.
func (k *Kernels) Conv(p *Pool, out, in, filter []float32, c Conv, e Epilogue) {
	c = c.normalized()
	inG, outG := c.InC/c.Groups, c.OutC/c.Groups
	p.Run(c.Batch*c.OutH*c.OutW, func(task int) {
		for o := range c.OutC {
			var sum float32
			c.taps(task, func(tap, pixel int) {
				for ch := range inG {
					sum += in[pixel*c.InC+o/outG*inG+ch] * filter[(tap*inG+ch)*c.OutC+o]
				}
			})
			dst := &out[task*c.OutC+o]
			if e.Accumulate {
				sum += *dst
			}
			if e.Bias != nil {
				sum += e.Bias[o]
			}
			*dst = sum
			k.activateRow(out[task*c.OutC+o:][:1], e.Activation)
		}
	})
}

// ConvGradInput computes the gradient of a convolution's input from that of
// its output. It is the transposed convolution, too. c is the forward
// convolution.
func (k *Kernels) ConvGradInput(p *Pool, gradIn, gradOut, filter []float32, c Conv) {
	c = c.normalized()
	clear(gradIn[:c.Batch*c.InH*c.InW*c.InC])
	inG, outG := c.InC/c.Groups, c.OutC/c.Groups
	pixels := c.OutH * c.OutW
	p.Run(c.Batch, func(n int) {
		for out := n * pixels; out < (n+1)*pixels; out++ {
			c.taps(out, func(tap, pixel int) {
				for o := range c.OutC {
					for ch := range inG {
						gradIn[pixel*c.InC+o/outG*inG+ch] += gradOut[out*c.OutC+o] * filter[(tap*inG+ch)*c.OutC+o]
					}
				}
			})
		}
	})
}

// ConvGradFilter computes the gradient of a convolution's filter from its
// input and the gradient of its output. c is the forward convolution.
func (k *Kernels) ConvGradFilter(p *Pool, gradFilter, in, gradOut []float32, c Conv) {
	c = c.normalized()
	inG, outG := c.InC/c.Groups, c.OutC/c.Groups
	clear(gradFilter[:c.KH*c.KW*inG*c.OutC])
	p.Run(c.OutC, func(o int) {
		for out := range c.Batch * c.OutH * c.OutW {
			c.taps(out, func(tap, pixel int) {
				for ch := range inG {
					gradFilter[(tap*inG+ch)*c.OutC+o] += gradOut[out*c.OutC+o] * in[pixel*c.InC+o/outG*inG+ch]
				}
			})
		}
	})
}

// taps calls f with each tap of the kernel that meets the input, for one pixel
// of the output, and with the input's pixel that it meets.
func (c *Conv) taps(out int, f func(tap, pixel int)) {
	x, y, n := out%c.OutW, out/c.OutW%c.OutH, out/c.OutW/c.OutH
	for i := range c.KH {
		iy := y*c.StrideH + i*c.DilationH - c.PadTop
		if iy < 0 || iy%c.InDilationH != 0 || iy/c.InDilationH >= c.InH {
			continue
		}
		for j := range c.KW {
			ix := x*c.StrideW + j*c.DilationW - c.PadLeft
			if ix < 0 || ix%c.InDilationW != 0 || ix/c.InDilationW >= c.InW {
				continue
			}
			f(i*c.KW+j, (n*c.InH+iy/c.InDilationH)*c.InW+ix/c.InDilationW)
		}
	}
}
