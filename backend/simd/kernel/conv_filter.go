package kernel

import "unsafe"

// filterGradient computes the gradient of a filter: for each tap a product of the input's pixels, transposed, with
// the output's gradient. K are the pixels of the output, in strips of output rows that are summed one after the
// other. Few outputs have the strips cut into slices, each with a sum of its own; the sums are added in order at the
// end. Slices depend on the shape only.
type filterGradient struct {
	k                   *Kernels
	c                   Conv
	filter, in, gradOut []float32

	inG, outG int
	panels    panels
	size      int  // floats of the filter
	height    int  // output rows of a strip, of all images one after the other
	strips    int  // all together
	slices    int  // of the strips
	inPlace   bool // tiles read the input where it is
	merged    bool // the taps of a row of the kernel are rows of one matrix
	partial   growable

	sliceTask, addTask func(worker, task int)
}

const (
	stripPixels = 256     // steps of K that tiles walk at a time
	sliceTasks  = 16      // tasks that slices should make up for
	addFloats   = 1 << 14 // floats that one task adds up
)

func (f *filterGradient) run(pool *Pool, k *Kernels, c Conv, filter, in, gradOut []float32) {
	if f.sliceTask == nil {
		f.sliceTask, f.addTask = f.slice, f.add
	}
	f.k, f.c, f.filter, f.in, f.gradOut = k, c, filter, in, gradOut
	f.inG, f.outG = c.InC/c.Groups, c.OutC/c.Groups
	f.size = c.KH * c.KW * f.inG * c.OutC
	f.panels = k.matrix.panelsOf(f.outG)
	f.inPlace = f.inG%quadRows == 0 && f.inG >= 4*quadRows && c.InDilationH == 1 && c.InDilationW == 1
	f.merged = !f.inPlace && c.DilationW == 1

	rows := c.Batch * c.OutH
	f.height = max(1, stripPixels/max(1, c.OutW))
	if !f.inPlace {
		f.height = min(f.height, max(1, c.OutH)) // the rows of one image
		perImage := (c.OutH + f.height - 1) / f.height
		f.strips = c.Batch * perImage
	} else {
		f.strips = (rows + f.height - 1) / f.height
	}
	if rows == 0 || c.OutW == 0 {
		clear(filter[:f.size])
		return
	}
	f.slices = min(f.strips, (sliceTasks+c.Groups*f.panels.count-1)/(c.Groups*f.panels.count))
	if f.slices > 1 {
		f.partial.grow(f.slices * f.size)
	}
	pool.Run(f.slices*c.Groups*f.panels.count, f.sliceTask)
	if f.slices > 1 {
		pool.Run((f.size+addFloats-1)/addFloats, f.addTask)
	}
	f.filter, f.in, f.gradOut = nil, nil, nil // keep no operand alive
}

// strip returns the rows of strip i, counted through all images.
func (f *filterGradient) strip(i int) (from, to int) {
	if f.inPlace {
		return i * f.height, min((i+1)*f.height, f.c.Batch*f.c.OutH)
	}
	perImage := (f.c.OutH + f.height - 1) / f.height
	image, i := i/perImage, i%perImage
	return image*f.c.OutH + i*f.height, image*f.c.OutH + min((i+1)*f.height, f.c.OutH)
}

// slice computes one panel of one group over one slice of the strips.
func (f *filterGradient) slice(worker, task int) {
	ws := f.k.workspaces.get(worker)
	defer f.k.workspaces.put(worker, ws)
	c := &f.c
	panel, task := task%f.panels.count, task/f.panels.count
	group, slice := task%c.Groups, task/c.Groups
	start, cols, vectors := f.panels.at(panel)
	width := vectors * f.panels.lanes
	sum := f.filter
	if f.slices > 1 {
		sum = f.partial.floats[slice*f.size:]
	}
	sum = sum[group*f.outG+start:]

	call := &ws.call
	*call = tileCall{
		rowA: evenRows(4), stepB: uintptr(4 * width), rowC: evenRows(uintptr(4 * c.OutC)),
		last: cols - (vectors-1)*f.panels.lanes,
	}
	from, to := slice*f.strips/f.slices, (slice+1)*f.strips/f.slices
	for strip := from; strip < to; strip++ {
		y0, y1 := f.strip(strip)
		pixels := (y1 - y0) * c.OutW
		packed := ws.b.grow(pixels * width)
		f.k.packPanel(ws, packed, Matrix{
			Data: f.gradOut[y0*c.OutW*c.OutC+group*f.outG+start:],
			Rows: pixels, Cols: cols, RowStride: c.OutC, ColStride: 1,
		}, vectors)
		call.b = unsafe.Pointer(&packed[0])
		if f.inPlace {
			f.stripInPlace(ws, sum, y0, y1, group, vectors, width)
		} else {
			f.stripCopied(ws, sum, y0, y1, group, vectors, width)
		}
		call.flags = flagAdd
	}
	call.a, call.b, call.c = nil, nil, nil
}

// stripInPlace adds the products of a strip, reading the input where it is. At the borders a tap meets fewer pixels.
func (f *filterGradient) stripInPlace(ws *workspace, sum []float32, y0, y1, group, vectors, width int) {
	c, call := &f.c, &ws.call
	call.a = unsafe.Pointer(&f.in[group*f.inG])
	call.stepA = uintptr(4 * c.StrideW * c.InC)
	ws.tiles = appendTiles(ws.tiles[:0], f.inG, f.k.matrix.quads, 4*quadRows, uintptr(4*quadRows*c.OutC))
	for i := range c.KH {
		for j := range c.KW {
			// Output columns x0 to x1-1 meet the input.
			shift := j*c.DilationW - c.PadLeft
			x0 := 0
			if shift < 0 {
				x0 = (-shift + c.StrideW - 1) / c.StrideW
			}
			x1 := c.OutW
			if past := c.InW - 1 - shift; past < 0 {
				x1 = 0
			} else {
				x1 = min(x1, past/c.StrideW+1)
			}
			ws.segments = ws.segments[:0]
			for y := y0; y < y1 && x0 < x1; y++ {
				image, iy := y/c.OutH, y%c.OutH*c.StrideH+i*c.DilationH-c.PadTop
				if iy < 0 || iy >= c.InH {
					continue
				}
				ws.segments = append(ws.segments, segment{
					a: uintptr(4 * (((image*c.InH+iy)*c.InW + x0*c.StrideW + shift) * c.InC)),
					b: uintptr(4 * ((y-y0)*c.OutW + x0) * width),
					n: x1 - x0,
				})
			}
			f.multiply(ws, sum[(i*c.KW+j)*f.inG*c.OutC:], vectors)
		}
	}
}

// stripCopied adds the products of a strip of one image, whose input is copied with its padding first.
func (f *filterGradient) stripCopied(ws *workspace, sum []float32, y0, y1, group, vectors, width int) {
	c, call := &f.c, &ws.call
	image, y := y0/c.OutH, y0%c.OutH
	h := (y1-y0-1)*c.StrideH + (c.KH-1)*c.DilationH + 1
	w := (c.OutW-1)*c.StrideW + (c.KW-1)*c.DilationW + 1
	line := w * f.inG
	scratch := ws.a.grow(h*line + quadRows)
	window{
		in: f.in[image*c.InH*c.InW*c.InC:], h: c.InH, w: c.InW, channels: c.InC,
		first: group * f.inG, n: f.inG, dilationH: c.InDilationH, dilationW: c.InDilationW,
		top: y*c.StrideH - c.PadTop, left: -c.PadLeft,
	}.copy(scratch, h, w)
	call.a = unsafe.Pointer(&scratch[0])
	call.stepA = uintptr(4 * c.StrideW * f.inG)
	ws.segments = ws.segments[:0]
	for y := range y1 - y0 {
		ws.segments = append(ws.segments, segment{
			a: uintptr(4 * y * c.StrideH * line), b: uintptr(4 * y * c.OutW * width), n: c.OutW,
		})
	}
	taps, rows := c.KW, f.inG
	if f.merged {
		taps, rows = 1, c.KW*f.inG
	}
	ws.tiles = appendTiles(ws.tiles[:0], rows, f.k.matrix.quads, 4*quadRows, uintptr(4*quadRows*c.OutC))
	for i := range c.KH {
		for j := range taps {
			call.a = unsafe.Pointer(&scratch[i*c.DilationH*line+j*c.DilationW*f.inG])
			f.multiply(ws, sum[(i*c.KW+j)*f.inG*c.OutC:], vectors)
		}
	}
}

// multiply runs the tiles over the segments for the rows of sum.
func (f *filterGradient) multiply(ws *workspace, sum []float32, vectors int) {
	call := &ws.call
	if len(ws.segments) == 0 && call.flags&flagAdd != 0 {
		return
	}
	call.segments, call.nSegments = nil, len(ws.segments)
	if call.nSegments > 0 {
		call.segments = &ws.segments[0]
	}
	call.c = unsafe.Pointer(&sum[0])
	f.k.matrix.runTiles(call, ws.tiles, vectors)
}

// add adds up a part of the slices' sums.
func (f *filterGradient) add(worker, task int) {
	from, to := task*addFloats, min((task+1)*addFloats, f.size)
	ws := f.k.workspaces.get(worker)
	defer f.k.workspaces.put(worker, ws)
	dst := f.filter[from:to]
	copy(dst, f.partial.floats[from:to])
	for slice := 1; slice < f.slices; slice++ {
		f.k.finishRow(ws, dst, f.partial.floats[slice*f.size+from:], nil, &Epilogue{Accumulate: true})
	}
}
