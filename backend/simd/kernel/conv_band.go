package kernel

import "unsafe"

// bands computes one phase of a convolution in bands of output rows: some rows of one image, or all rows of some
// images. A task copies what its band sees of the input to scratch memory, with the padding, unless there is none;
// tiles then read the pixels where they are.
type bands struct {
	k  *Kernels
	c  convolution
	ph phase

	inG, outG int    // channels of a group
	panels    panels // of a group's output channels
	depth     int    // steps of K: taps by input channels
	quad      struct{ rows, cols int }
	height    int // output rows of a band, but for the last ones
	perImage  int // bands of an image
	together  int // images of a band
	count     int // bands of all images
	columns   int // groups of panels
	inPlace   bool
	ownFilter bool // each task packs the panels of the filter that it needs
	packed    growable

	packTask, bandTask func(worker, task int)
}

const (
	// bandFloats is the most memory that a band's input should take: a part of the second cache.
	bandFloats = 64 << 10
	// packSteps is how many steps of K of the filter one task packs.
	packSteps = 256
	// sumSteps is the most steps of K that tiles walk at a time: a panel of the filter of this height stays in the
	// second cache.
	sumSteps = 1536
)

// run computes the phase.
func (b *bands) run(pool *Pool, k *Kernels, c convolution, ph phase) {
	if b.bandTask == nil {
		b.packTask, b.bandTask = b.packFilter, b.band
	}
	b.k, b.c, b.ph = k, c, ph
	b.inG, b.outG = c.InC/c.Groups, c.OutC/c.Groups
	b.depth = ph.kh * ph.kw * b.inG
	b.panels = k.matrix.panelsOf(b.outG)
	b.quad.rows, b.quad.cols = 1, quadRows
	if ph.cols <= 2 {
		b.quad.rows, b.quad.cols = quadRows/ph.cols, ph.cols
	}
	b.inPlace = b.readsInputOnly()
	b.split(pool.Workers())
	b.ownFilter = b.count == 1
	if b.depth > 0 && !b.ownFilter {
		b.packed.grow(b.panels.padded() * b.depth * c.Groups)
		pool.Run(c.Groups*b.panels.count*b.packTasks(), b.packTask)
	}
	pool.Run(b.count*c.Groups*b.columns, b.bandTask)
	b.c = convolution{} // keep no operand alive
}

// split cuts the output into bands, and the channels into columns where bands are few.
func (b *bands) split(workers int) {
	c, ph := &b.c, &b.ph
	tasks := 1
	if workers > 1 {
		tasks = tasksPerWorker * workers
	}
	const fewQuads = 12 * maxQuads // a band of fewer is not worth reading the filter for
	quads := (ph.rows + b.quad.rows - 1) / b.quad.rows * ((ph.cols + b.quad.cols - 1) / b.quad.cols)
	height, width := ph.window(ph.rows)
	size := height * width * b.inG
	if b.inPlace {
		size = c.InH * c.InW * c.InC
	}
	if quads < fewQuads && size <= bandFloats {
		b.together = max(1, min(c.Batch, 2*bandFloats/max(1, size)))
		if wanted := (fewQuads + quads - 1) / quads; workers > 1 && b.together > wanted {
			b.together = max(wanted, (c.Batch*c.Groups+tasks-1)/tasks)
			b.together = min(b.together, 2*bandFloats/max(1, size))
		}
		b.height, b.perImage = ph.rows, 1
	} else {
		b.together = 1
		b.height = max(1, bandFloats/max(1, width*b.inG*ph.strideH))
		if workers > 1 {
			wanted := (tasks + c.Batch*c.Groups - 1) / (c.Batch * c.Groups) // bands of an image
			b.height = min(b.height, (ph.rows+wanted-1)/wanted)
		}
		b.height = (b.height + b.quad.rows - 1) / b.quad.rows * b.quad.rows
		b.perImage = (ph.rows + b.height - 1) / b.height
	}
	b.count = (c.Batch + b.together - 1) / b.together * b.perImage
	b.columns = 1
	if n := b.count * c.Groups; n < 2*workers && workers > 1 {
		b.columns = min(b.panels.count, (2*workers+n-1)/n)
	}
}

// readsInputOnly reports whether all that tiles read lies in the input: there is no padding, and the pixels that
// complete the last quads exist.
func (b *bands) readsInputOnly() bool {
	c, ph := &b.c, &b.ph
	height, width := ph.window(ph.rows)
	if b.depth == 0 || ph.padTop > 0 || ph.padLeft > 0 || height > c.InH+ph.padTop || width > c.InW+ph.padLeft {
		return false
	}
	up := func(n, step int) int { return (n + step - 1) / step * step }
	x := (up(ph.cols, b.quad.cols)-1)*ph.strideW + (ph.kw-1)*ph.dilationW - ph.padLeft
	y := (up(ph.rows, b.quad.rows)-1)*ph.strideH + (ph.kh-1)*ph.dilationH - ph.padTop
	return ((c.Batch-1)*c.InH+y)*c.InW+x < c.Batch*c.InH*c.InW
}

// packTasks returns into how many tasks the packing of a panel is cut.
func (b *bands) packTasks() int { return (b.depth + packSteps - 1) / packSteps }

// packFilter packs some steps of K of one panel of one group for all tasks.
func (b *bands) packFilter(worker, task int) {
	ws := b.k.workspaces.get(worker)
	defer b.k.workspaces.put(worker, ws)
	part, panel := task%b.packTasks(), task/b.packTasks()
	group, panel := panel/b.panels.count, panel%b.panels.count
	from, to := part*packSteps, min((part+1)*packSteps, b.depth)
	_, _, vectors := b.panels.at(panel)
	b.packPart(ws, b.packedPanel(group, panel)[from*vectors*b.panels.lanes:], group, panel, from, to)
}

// packPart packs steps from to to-1 of one panel of one group as [to-from][columns], where the steps are
// [kh][kw][inG].
func (b *bands) packPart(ws *workspace, dst []float32, group, panel, from, to int) {
	start, cols, vectors := b.panels.at(panel)
	width := vectors * b.panels.lanes
	for step := from; step < to; {
		tap, channel := step/b.inG, step%b.inG
		n := min(b.inG-channel, to-step)
		first := b.c.groupStart(group) + b.ph.tapStart(&b.c, tap/b.ph.kw, tap%b.ph.kw) + channel*b.c.stepC + start*b.c.stepO
		m := Matrix{Data: b.c.filter[first:], Rows: n, Cols: cols, RowStride: b.c.stepC, ColStride: b.c.stepO}
		b.k.packPanel(ws, dst[(step-from)*width:][:n*width], m, vectors)
		step += n
	}
}

// packedPanel returns the memory of a panel that was packed for all tasks.
func (b *bands) packedPanel(group, panel int) []float32 {
	start, _, vectors := b.panels.at(panel)
	return b.packed.floats[(group*b.panels.padded()+start)*b.depth:][:b.depth*vectors*b.panels.lanes]
}

// pixels says where the pixels that a band reads lie: distances in floats.
type pixels struct{ pixel, line, image int }

// band computes a band of one group.
func (b *bands) band(worker, task int) {
	ws := b.k.workspaces.get(worker)
	defer b.k.workspaces.put(worker, ws)
	c, ph := &b.c, &b.ph
	column, task := task%b.columns, task/b.columns
	group, task := task%c.Groups, task/c.Groups
	t, image := task%b.perImage*b.height, task/b.perImage*b.together
	rows, images := min(b.height, ph.rows-t), min(b.together, c.Batch-image)

	call := &ws.call
	*call = tileCall{alpha: c.e.Alpha, stepA: 4}
	var in pixels
	switch {
	case b.depth == 0:
	case b.inPlace:
		in = pixels{c.InC, c.InW * c.InC, c.InH * c.InW * c.InC}
		call.a = at(c.in, image*in.image+(t*ph.strideH-ph.padTop)*in.line-ph.padLeft*in.pixel+group*b.inG)
	default:
		in = b.copyInput(ws, image, images, group, t, rows)
		call.a = unsafe.Pointer(&ws.a.floats[0])
	}
	outPixel, outLine := ph.stepX*c.OutC, ph.stepY*c.OutW*c.OutC
	for r := range quadRows - 1 {
		y, x := (r+1)/b.quad.cols, (r+1)%b.quad.cols
		call.rowA[r] = uintptr(4 * (y*ph.strideH*in.line + x*ph.strideW*in.pixel))
		call.rowC[r] = uintptr(4 * (y*outLine + x*outPixel))
	}
	b.listTiles(ws, images, rows, in)
	b.listSegments(ws, in)

	out := ((image*c.OutH+ph.y+t*ph.stepY)*c.OutW+ph.x)*c.OutC + group*b.outG
	first, end := column*b.panels.count/b.columns, (column+1)*b.panels.count/b.columns
	for panel := first; panel < end; panel++ {
		start, cols, vectors := b.panels.at(panel)
		call.c = unsafe.Pointer(&c.out[out+start])
		call.last = cols - (vectors-1)*b.panels.lanes
		b.sum(ws, group, panel, vectors, start)
	}
	if c.e.curved() {
		from, _, _ := b.panels.at(first)
		start, cols, _ := b.panels.at(end - 1)
		for i := range images {
			b.activate(ws, out+i*c.OutH*c.OutW*c.OutC+from, rows, start+cols-from)
		}
	}
	call.a, call.b, call.c, call.bias = nil, nil, nil, nil
}

// copyInput copies what output rows t to t+rows-1 of some images see of the input to ws.a.
func (b *bands) copyInput(ws *workspace, image, images, group, t, rows int) pixels {
	c, ph := &b.c, &b.ph
	height, width := ph.window(rows)
	line := width * b.inG
	// What completes the last quads, and is not copied, is readable.
	past := (b.quad.rows-1)*ph.strideH*line + (b.quad.cols-1)*ph.strideW*b.inG
	scratch := ws.a.grow(images*height*line + past)
	for i := range images {
		window{
			in: c.in[(image+i)*c.InH*c.InW*c.InC:], h: c.InH, w: c.InW, channels: c.InC,
			first: group * b.inG, n: b.inG, dilationH: 1, dilationW: 1,
			top: t*ph.strideH - ph.padTop, left: -ph.padLeft,
		}.copy(scratch[i*height*line:], height, width)
	}
	return pixels{b.inG, line, height * line}
}

// listTiles lists the tiles of rows output rows of each image. A quad is four neighbours of a row, or of two or four
// rows where rows are as short as that.
func (b *bands) listTiles(ws *workspace, images, rows int, in pixels) {
	c, ph, most := &b.c, &b.ph, b.k.matrix.quads
	ws.tiles = ws.tiles[:0]
	left := images * ((rows + b.quad.rows - 1) / b.quad.rows) * ((ph.cols + b.quad.cols - 1) / b.quad.cols)
	var t tile
	size, n := tileQuads(left, most), 0
	for i := range images {
		for y := 0; y < rows; y += b.quad.rows {
			for x := 0; x < ph.cols; x += b.quad.cols {
				t.a[n] = uintptr(4 * (i*in.image + y*ph.strideH*in.line + x*ph.strideW*in.pixel))
				t.c[n] = uintptr(4 * ((i*c.OutH+y*ph.stepY)*c.OutW + x*ph.stepX) * c.OutC)
				t.rows[n] = min(b.quad.rows, rows-y) * min(b.quad.cols, ph.cols-x)
				if n++; n == size {
					ws.tiles = append(ws.tiles, t)
					left -= n
					t, size, n = tile{}, tileQuads(left, most), 0
				}
			}
		}
	}
}

// listSegments lists the runs of K that lie side by side in the input: the channels of a tap, or of all taps of a row
// of the kernel.
func (b *bands) listSegments(ws *workspace, in pixels) {
	ph := &b.ph
	ws.segments = ws.segments[:0]
	if b.depth == 0 {
		return
	}
	for i := range ph.kh {
		if ph.dilationW == 1 && in.pixel == b.inG {
			ws.segments = append(ws.segments, segment{a: uintptr(4 * i * ph.dilationH * in.line), n: ph.kw * b.inG})
			continue
		}
		for j := range ph.kw {
			ws.segments = append(ws.segments, segment{a: uintptr(4 * (i*ph.dilationH*in.line + j*ph.dilationW*in.pixel)), n: b.inG})
		}
	}
}

// sum computes the tiles of one panel, some segments at a time.
func (b *bands) sum(ws *workspace, group, panel, vectors, start int) {
	call, e := &ws.call, &b.c.e
	width := vectors * b.panels.lanes
	call.flags, call.bias, call.segments, call.nSegments = 0, nil, nil, 0
	call.stepB = uintptr(4 * width)
	if e.Accumulate {
		call.flags = flagAdd
	}
	left, step := ws.segments, 0
	for {
		n, steps := 0, 0
		for n < len(left) && (n == 0 || steps+left[n].n <= sumSteps) {
			left[n].b = uintptr(4 * steps * width)
			steps += left[n].n
			n++
		}
		if n > 0 {
			call.segments, call.nSegments = &left[0], n
			if b.ownFilter {
				packed := ws.b.grow(steps * width)
				b.packPart(ws, packed, group, panel, step, step+steps)
				call.b = unsafe.Pointer(&packed[0])
			} else {
				call.b = unsafe.Pointer(&b.packedPanel(group, panel)[step*width])
			}
		}
		left, step = left[n:], step+steps
		if len(left) == 0 {
			break
		}
		b.k.matrix.runTiles(call, ws.tiles, vectors)
		call.flags |= flagAdd
	}
	call.flags |= e.flags()
	if e.Bias != nil {
		call.bias = unsafe.Pointer(&e.Bias[group*b.outG+start])
	}
	b.k.matrix.runTiles(call, ws.tiles, vectors)
}

// activate applies an activation that tiles do not know to some channels of rows output rows, of which the first lies
// at out.
func (b *bands) activate(ws *workspace, out, rows, channels int) {
	c, ph := &b.c, &b.ph
	for y := range rows {
		row := c.out[out+y*ph.stepY*c.OutW*c.OutC:]
		if ph.stepX == 1 && channels == c.OutC {
			b.k.activateRow(ws, row[:ph.cols*channels], c.e.Activation)
			continue
		}
		for x := range ph.cols {
			b.k.activateRow(ws, row[x*ph.stepX*c.OutC:][:channels], c.e.Activation)
		}
	}
}
