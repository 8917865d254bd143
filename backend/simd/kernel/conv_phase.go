package kernel

// phase is the part of a convolution whose output pixels meet the same taps of the kernel. Where zeros are inserted
// between the pixels of the input, an output pixel meets a fraction of the taps only: output rows y, y+stepY, ...
// form a convolution of their own, of the input without the zeros.
type phase struct {
	y, stepY, rows int // output rows y + t*stepY, for t < rows
	x, stepX, cols int
	kh, kw         int // taps, none of them for a phase that is zero
	strideH        int
	strideW        int
	dilationH      int
	dilationW      int
	padTop         int
	padLeft        int
	tapI, tapJ     int // the first tap of the kernel
	stepI, stepJ   int // from tap to tap of the kernel
}

// axisPhase is a phase along one axis.
type axisPhase struct {
	first, step, count    int
	taps, tap, tapStep    int // taps tap + m*tapStep of the kernel, for m < taps
	stride, dilation, pad int
}

// axisPhases returns the number of phases along an axis.
func axisPhases(stride, inDilation int) int { return inDilation / gcd(stride, inDilation) }

// axisPhaseAt returns phase n along an axis of out outputs and k taps.
//
// Output y and tap i meet the input at u/inDilation where u = y*stride + i*dilation - pad is a multiple of
// inDilation.
func axisPhaseAt(n, out, k, stride, dilation, inDilation, pad int) axisPhase {
	a := axisPhase{first: n, step: axisPhases(stride, inDilation)}
	a.count = max(0, (out-n+a.step-1)/a.step)
	a.stride = a.step * stride / inDilation
	a.tapStep = inDilation / gcd(dilation, inDilation)
	a.dilation = a.tapStep * dilation / inDilation
	for a.tap < min(k, a.tapStep) && (n*stride+a.tap*dilation-pad)%inDilation != 0 {
		a.tap++
	}
	if a.tap == min(k, a.tapStep) {
		return a // no tap
	}
	a.taps = (k - a.tap + a.tapStep - 1) / a.tapStep
	a.pad = -(n*stride + a.tap*dilation - pad) / inDilation
	return a
}

// phases returns the number of phases of a convolution.
func (c *convolution) phases() int {
	return axisPhases(c.StrideH, c.InDilationH) * axisPhases(c.StrideW, c.InDilationW)
}

// phaseAt returns phase n of a convolution.
func (c *convolution) phaseAt(n int) phase {
	inRow := axisPhases(c.StrideW, c.InDilationW)
	v := axisPhaseAt(n/inRow, c.OutH, c.KH, c.StrideH, c.DilationH, c.InDilationH, c.PadTop)
	h := axisPhaseAt(n%inRow, c.OutW, c.KW, c.StrideW, c.DilationW, c.InDilationW, c.PadLeft)
	ph := phase{
		y: v.first, stepY: v.step, rows: v.count, x: h.first, stepX: h.step, cols: h.count,
		kh: v.taps, kw: h.taps, strideH: v.stride, strideW: h.stride,
		dilationH: v.dilation, dilationW: h.dilation, padTop: v.pad, padLeft: h.pad,
		tapI: v.tap, tapJ: h.tap, stepI: v.tapStep, stepJ: h.tapStep,
	}
	if ph.kh == 0 || ph.kw == 0 {
		ph.kh, ph.kw = 0, 0
	}
	return ph
}

// tapStart returns where tap [i, j] of the phase starts in the filter, from its start.
func (ph *phase) tapStart(c *convolution, i, j int) int {
	return (ph.tapI+i*ph.stepI)*c.stepI + (ph.tapJ+j*ph.stepJ)*c.stepJ
}

// window returns the size of the part of the padded input that rows consecutive output rows see.
func (ph *phase) window(rows int) (height, width int) {
	return (rows-1)*ph.strideH + (ph.kh-1)*ph.dilationH + 1, (ph.cols-1)*ph.strideW + (ph.kw-1)*ph.dilationW + 1
}

// window is a part of an image, with its padding. The image may have zeros inserted between its pixels: top and left
// count in the image with them.
type window struct {
	in                   []float32 // [h][w][channels], one image
	h, w, channels       int
	first, n             int // the channels that are read
	dilationH, dilationW int
	top, left            int // where the window starts, negative in the padding
}

// copy writes the window to dst as [height][width][n].
func (w window) copy(dst []float32, height, width int) {
	line := width * w.n
	for i := range height {
		row := dst[i*line : (i+1)*line]
		y := w.top + i
		if y < 0 || y%w.dilationH != 0 || y/w.dilationH >= w.h {
			clear(row)
			continue
		}
		w.copyRow(row, w.in[y/w.dilationH*w.w*w.channels:], width)
	}
}

// copyRow writes one row of the window.
func (w window) copyRow(row, in []float32, width int) {
	if w.dilationW != 1 {
		clear(row)
	}
	// Pixels from to to-1 of the row lie in the image.
	from := min(width, max(0, -w.left))
	to := max(from, min(width, (w.w-1)*w.dilationW+1-w.left))
	if w.dilationW == 1 {
		clear(row[:from*w.n])
		clear(row[to*w.n:])
		if w.n == w.channels {
			if to > from {
				copy(row[from*w.n:to*w.n], in[(from+w.left)*w.n:])
			}
			return
		}
	}
	for x := from; x < to; x++ {
		if (x+w.left)%w.dilationW == 0 {
			copy(row[x*w.n:(x+1)*w.n], in[(x+w.left)/w.dilationW*w.channels+w.first:])
		}
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
