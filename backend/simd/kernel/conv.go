package kernel

// Conv describes a two-dimensional convolution (in the sense of machine learning: the kernel is not mirrored).
//
//	in     [Batch, InH, InW, InC]
//	filter [KH, KW, InC/Groups, OutC]
//	out    [Batch, OutH, OutW, OutC]
//
//	out[n, y, x, o] = sum over i, j, c of filter[i, j, c, o] *
//	    D[n, y*StrideH + i*DilationH - PadTop, x*StrideW + j*DilationW - PadLeft, g*InC/Groups + c]
//
// where g is the group of o, output channels are grouped in equal consecutive runs, and D is the input with
// InDilationH-1 zero rows and InDilationW-1 zero columns between neighbours, and zeros outside. The padding at the
// bottom and at the right follows from OutH and OutW. Pads may be negative: they crop. Strides and dilations are at
// least 1; zero is taken as 1, and so is zero Groups. A one-dimensional convolution has InH, OutH and KH of 1.
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
	if m, n, depth, ok := c.asProduct(); ok {
		k.Gemm(p, dense(out, m, n), dense(in, m, depth), dense(filter, depth, n), e)
		return
	}
	inG := c.InC / c.Groups
	k.convolve(p, convolution{
		Conv: c, in: in, out: out, filter: filter, e: e,
		stepI: c.KW * inG * c.OutC, stepJ: inG * c.OutC, stepC: c.OutC, stepO: 1,
	})
}

// ConvGradInput computes the gradient of a convolution's input from that of its output. It is the transposed
// convolution, too. c is the forward convolution.
//
// The gradient is a convolution of gradOut with the mirrored filter, whose channels are exchanged, and with stride
// and dilation of the input exchanged: zeros between the pixels of gradOut are skipped, not multiplied.
func (k *Kernels) ConvGradInput(p *Pool, gradIn, gradOut, filter []float32, c Conv) {
	c = c.normalized()
	if m, n, depth, ok := c.asProduct(); ok {
		k.Gemm(p, dense(gradIn, m, depth), dense(gradOut, m, n), dense(filter, depth, n).T(), Epilogue{})
		return
	}
	inG := c.InC / c.Groups
	back := c
	back.InH, back.InW, back.InC, back.OutH, back.OutW, back.OutC = c.OutH, c.OutW, c.OutC, c.InH, c.InW, c.InC
	back.StrideH, back.StrideW, back.InDilationH, back.InDilationW = c.InDilationH, c.InDilationW, c.StrideH, c.StrideW
	back.PadTop = (c.KH-1)*c.DilationH - c.PadTop
	back.PadLeft = (c.KW-1)*c.DilationW - c.PadLeft
	stepI, stepJ := c.KW*inG*c.OutC, inG*c.OutC
	k.convolve(p, convolution{
		Conv: back, in: gradOut, out: gradIn, filter: filter,
		start: (c.KH-1)*stepI + (c.KW-1)*stepJ,
		stepI: -stepI, stepJ: -stepJ, stepC: 1, stepO: c.OutC,
	})
}

// ConvGradFilter computes the gradient of a convolution's filter from its input and the gradient of its output. c is
// the forward convolution.
func (k *Kernels) ConvGradFilter(p *Pool, gradFilter, in, gradOut []float32, c Conv) {
	c = c.normalized()
	if len(gradFilter) == 0 {
		return
	}
	if m, n, depth, ok := c.asProduct(); ok && m <= stripPixels {
		k.Gemm(p, dense(gradFilter, depth, n), dense(in, m, depth).T(), dense(gradOut, m, n), Epilogue{})
		return
	}
	f := k.filters.get()
	defer k.filters.put(f)
	f.run(p, k, c, gradFilter, in, gradOut)
}

// convolution is a convolution whose filter lies in memory in any way: element [i, j, c, o] of group g at
// filter[start+g*OutC'+i*stepI+j*stepJ+c*stepC+o*stepO], where OutC' are the channels of a group that lie side by
// side.
type convolution struct {
	Conv
	in, out, filter                   []float32
	e                                 Epilogue
	start, stepI, stepJ, stepC, stepO int
}

// groupStart returns where the filter of group g starts.
func (c *convolution) groupStart(g int) int {
	side := c.OutC // the channels that lie side by side
	if c.stepC == 1 && c.stepO != 1 {
		side = c.InC
	}
	return c.start + g*(side/c.Groups)
}

// convolve computes a convolution.
func (k *Kernels) convolve(p *Pool, c convolution) {
	if c.Batch < 1 || c.OutC < 1 {
		return
	}
	b := k.bands.get()
	defer k.bands.put(b)
	for n := range c.phases() {
		if ph := c.phaseAt(n); ph.rows > 0 && ph.cols > 0 {
			b.run(p, k, c, ph)
		}
	}
}
