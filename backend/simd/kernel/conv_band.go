package kernel

import "unsafe"

// bands computes one phase of a convolution in bands of output rows. A task
// copies the rows of the input that its band sees to scratch memory, with the
// padding, unless there is none; tiles then read the pixels where they are. The
// filter is packed once.
type bands struct {
	k  *Kernels
	c  convolution
	ph phase

	inG, outG int    // channels of a group
	panels    panels // of a group's output channels
	depth     int    // steps of K: taps by input channels
	height    int    // output rows of a band, but for the last ones
	count     int    // bands of an image
	columns   int    // groups of panels
	inPlace   bool
	packed    growable

	packTask, bandTask func(task int)
}

const (
	// bandFloats is the most memory that a band's input should take: a part of
	// the second cache.
	bandFloats = 64 << 10
	// packSteps is how many steps of K of the filter one task packs.
	packSteps = 256
	// sumSteps is the most steps of K that tiles walk at a time: a panel of the
	// filter of this height stays in the second cache.
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
	b.inPlace = b.readsInputOnly()

	_, width := ph.window(1)
	b.height = max(1, bandFloats/max(1, width*b.inG*ph.strideH))
	images, workers := c.Batch*c.Groups, pool.Workers()
	if workers > 1 {
		wanted := (tasksPerWorker*workers + images - 1) / images // bands of an image
		b.height = min(b.height, (ph.rows+wanted-1)/wanted)
	}
	b.count = (ph.rows + b.height - 1) / b.height
	b.height = (ph.rows + b.count - 1) / b.count
	b.columns = 1
	if tasks := images * b.count; workers > 1 && tasks < 2*workers {
		b.columns = min(b.panels.count, (tasksPerWorker*workers+tasks-1)/tasks)
	}

	if b.depth > 0 {
		b.packed.grow(b.panels.padded() * b.depth * c.Groups)
		pool.Run(c.Groups*b.panels.count*b.packTasks(), b.packTask)
	}
	pool.Run(images*b.count*b.columns, b.bandTask)
	b.c = convolution{} // keep no operand alive
}

// readsInputOnly reports whether all that tiles read lies in the input: there
// is no padding, and the pixels that complete the last quads exist.
func (b *bands) readsInputOnly() bool {
	c, ph := &b.c, &b.ph
	height, width := ph.window(ph.rows)
	if b.depth == 0 || ph.padTop > 0 || ph.padLeft > 0 || height > c.InH+ph.padTop || width > c.InW+ph.padLeft {
		return false
	}
	cols := (ph.cols + quadRows - 1) / quadRows * quadRows
	x := (cols-1)*ph.strideW + (ph.kw-1)*ph.dilationW - ph.padLeft
	y := (c.Batch-1)*c.InH + height - 1 - ph.padTop
	return y*c.InW+x < c.Batch*c.InH*c.InW
}

// packTasks returns into how many tasks the packing of a panel is cut.
func (b *bands) packTasks() int { return (b.depth + packSteps - 1) / packSteps }

// packFilter packs some steps of K of one panel of one group as
// [kh][kw][inG][columns].
func (b *bands) packFilter(task int) {
	ws := b.k.workspaces.get()
	defer b.k.workspaces.put(ws)
	part, panel := task%b.packTasks(), task/b.packTasks()
	group, panel := panel/b.panels.count, panel%b.panels.count
	start, cols, vectors := b.panels.at(panel)
	dst, width := b.packedPanel(group, panel), vectors*b.panels.lanes
	to := min((part+1)*packSteps, b.depth)
	for step := part * packSteps; step < to; {
		tap, channel := step/b.inG, step%b.inG
		n := min(b.inG-channel, to-step)
		first := b.c.groupStart(group) + b.ph.tapStart(&b.c, tap/b.ph.kw, tap%b.ph.kw) + channel*b.c.stepC + start*b.c.stepO
		m := Matrix{Data: b.c.filter[first:], Rows: n, Cols: cols, RowStride: b.c.stepC, ColStride: b.c.stepO}
		b.k.packPanel(ws, dst[step*width:][:n*width], m, vectors)
		step += n
	}
}

// packedPanel returns the memory of a packed panel.
func (b *bands) packedPanel(group, panel int) []float32 {
	start, _, vectors := b.panels.at(panel)
	return b.packed.floats[(group*b.panels.padded()+start)*b.depth:][:b.depth*vectors*b.panels.lanes]
}

// band computes a band of output rows of one image and group.
func (b *bands) band(task int) {
	ws := b.k.workspaces.get()
	defer b.k.workspaces.put(ws)
	c, ph := &b.c, &b.ph
	column, task := task%b.columns, task/b.columns
	t, task := task%b.count*b.height, task/b.count
	group, image := task%c.Groups, task/c.Groups
	rows := min(b.height, ph.rows-t)
	if rows < 1 {
		return
	}

	call := &ws.call
	*call = tileCall{alpha: c.e.Alpha, stepA: 4, rowC: uintptr(4 * ph.stepX * c.OutC)}
	pixel, line := c.InC, c.InW*c.InC // floats from pixel to pixel and from row to row
	switch {
	case b.depth == 0:
	case b.inPlace:
		call.a = at(c.in, ((image*c.InH+t*ph.strideH-ph.padTop)*c.InW-ph.padLeft)*c.InC+group*b.inG)
	default:
		height, width := ph.window(rows)
		pixel, line = b.inG, width*b.inG
		past := (quadRows - 1) * ph.strideW * pixel // what completes the last quad
		scratch := ws.a.grow(height*line + past)
		window{
			in: c.in[image*c.InH*c.InW*c.InC:], h: c.InH, w: c.InW, channels: c.InC,
			first: group * b.inG, n: b.inG, dilationH: 1, dilationW: 1,
			top: t*ph.strideH - ph.padTop, left: -ph.padLeft,
		}.copy(scratch, height, width)
		call.a = unsafe.Pointer(&scratch[0])
	}
	call.rowA = uintptr(4 * ph.strideW * pixel)
	b.listTiles(ws, rows, pixel, line)
	b.listSegments(ws, pixel, line)

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
		b.activate(ws, out+from, rows, start+cols-from)
	}
	call.a, call.b, call.c, call.bias = nil, nil, nil, nil
}

// listTiles lists the tiles of rows output rows. A quad lies within a row.
func (b *bands) listTiles(ws *workspace, rows, pixel, line int) {
	ph, most := &b.ph, b.k.matrix.quads
	ws.tiles = ws.tiles[:0]
	perRow := (ph.cols + quadRows - 1) / quadRows
	left := rows * perRow
	var t tile
	size, n := tileQuads(left, most), 0
	for y := range rows {
		for x := 0; x < ph.cols; x += quadRows {
			t.a[n] = uintptr(4 * (y*ph.strideH*line + x*ph.strideW*pixel))
			t.c[n] = uintptr(4 * (y*ph.stepY*b.c.OutW + x*ph.stepX) * b.c.OutC)
			t.rows[n] = min(quadRows, ph.cols-x)
			if n++; n == size {
				ws.tiles = append(ws.tiles, t)
				left -= n
				t, size, n = tile{}, tileQuads(left, most), 0
			}
		}
	}
}

// listSegments lists the runs of K that lie side by side in the input: the
// channels of a tap, or of all taps of a row of the kernel.
func (b *bands) listSegments(ws *workspace, pixel, line int) {
	ph := &b.ph
	ws.segments = ws.segments[:0]
	if b.depth == 0 {
		return
	}
	for i := range ph.kh {
		if ph.dilationW == 1 && pixel == b.inG {
			ws.segments = append(ws.segments, segment{a: uintptr(4 * i * ph.dilationH * line), n: ph.kw * b.inG})
			continue
		}
		for j := range ph.kw {
			ws.segments = append(ws.segments, segment{a: uintptr(4 * (i*ph.dilationH*line + j*ph.dilationW*pixel)), n: b.inG})
		}
	}
}

// sum computes the tiles of one panel, some segments at a time.
func (b *bands) sum(ws *workspace, group, panel, vectors, start int) {
	call, e := &ws.call, &b.c.e
	call.flags, call.bias, call.segments, call.nSegments = 0, nil, nil, 0
	if e.Accumulate {
		call.flags = flagAdd
	}
	if b.depth > 0 {
		width := uintptr(4 * vectors * b.panels.lanes)
		call.b, call.stepB = unsafe.Pointer(&b.packedPanel(group, panel)[0]), width
		for i, step := 0, uintptr(0); i < len(ws.segments); i++ {
			ws.segments[i].b = step * width
			step += uintptr(ws.segments[i].n)
		}
	}
	for left := ws.segments; ; {
		n := 0
		for steps := 0; n < len(left) && (n == 0 || steps+left[n].n <= sumSteps); n++ {
			steps += left[n].n
		}
		if n > 0 {
			call.segments, call.nSegments = &left[0], n
		}
		left = left[n:]
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

// activate applies an activation that tiles do not know to some channels of
// rows output rows, of which the first lies at out.
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
