package kernel

import "unsafe"

// matrixProduct is one product under way: a plan, and the tasks that carry it out. Columns of C are cut into panels,
// rows into blocks and K into chunks. Each factor is read where it is, packed by each task that uses it, or packed
// once beforehand (see split).
//
// The product may be computed as C^T = B^T A^T: a, b and c are then the transposed matrices.
type matrixProduct struct {
	k       *Kernels
	c, a, b Matrix
	e       Epilogue
	turned  bool // bias belongs to rows of c
	through bool // tiles go through a block of scratch memory to c

	panels           panels
	chunks           int
	blocks           int // of rows
	columns          int // groups of panels
	sourceA, sourceB source
	mostQuads        int // of a tile
	packedA, packedB growable
	tasksA, partsA   int // of packing: tasks for A, and the parts of one chunk

	packer, multiplier func(worker, task int)
}

// work returns the number of multiplications.
func work(c, a Matrix) int { return c.Rows * c.Cols * a.Cols }

func (k *Kernels) gemm(pool *Pool, c, a, b Matrix, e Epilogue) {
	if c.Rows < 1 || c.Cols < 1 {
		return
	}
	if work(c, a) < sharedWork {
		pool = nil
	}
	p := k.products.get()
	defer k.products.put(p)
	if p.multiplier == nil {
		p.multiplier, p.packer = p.multiply, p.pack
	}
	p.plan(k, pool.Workers(), c, a, b, e)
	pool.Run(p.packTasks(), p.packer)
	pool.Run(p.blocks*p.columns, p.multiplier)
	p.c, p.a, p.b, p.e = Matrix{}, Matrix{}, Matrix{}, Epilogue{} // keep no operand alive
}

// chunkAt returns the first step of a chunk of K and the one after its last. Chunks are as equal as can be.
func (p *matrixProduct) chunkAt(i int) (from, to int) {
	return i * p.a.Cols / p.chunks, (i + 1) * p.a.Cols / p.chunks
}

// packTasks returns the number of tasks of packing for all.
func (p *matrixProduct) packTasks() int {
	p.tasksA = 0
	if p.sourceA == shared {
		p.tasksA = p.chunks * p.partsA
	}
	if p.sourceB == shared {
		return p.tasksA + p.panels.count*p.chunks
	}
	return p.tasksA
}

// pack packs a part of A or of B for all tasks.
func (p *matrixProduct) pack(worker, task int) {
	if task < p.tasksA {
		p.packA(task)
	} else {
		p.packB(worker, task-p.tasksA)
	}
}

// packA packs a part of the lines of one chunk of A.
func (p *matrixProduct) packA(task int) {
	chunk, part := task/p.partsA, task%p.partsA
	from, to := p.chunkAt(chunk)
	a, dst := p.a.block(0, from, p.a.Rows, to-from), p.packedChunkA(chunk)
	if a.columnwise() {
		first := part * a.Cols / p.partsA
		packRows(dst[first*packedStride(a.Rows):], a.block(0, first, a.Rows, (part+1)*a.Cols/p.partsA-first))
		return
	}
	first := part * a.Rows / p.partsA
	packRows(dst[first*packedStride(a.Cols):], a.block(first, 0, (part+1)*a.Rows/p.partsA-first, a.Cols))
}

func (p *matrixProduct) packedChunkA(chunk int) []float32 {
	return p.packedA.floats[p.packedChunkSize()*chunk:]
}

func (p *matrixProduct) packedChunkSize() int {
	return packedSize(p.a.block(0, 0, p.a.Rows, min(chunkSize, p.a.Cols)))
}

func (p *matrixProduct) packB(worker, task int) {
	panel, chunk := task/p.chunks, task%p.chunks
	start, cols, vectors := p.panels.at(panel)
	from, to := p.chunkAt(chunk)
	ws := p.k.workspaces.get(worker)
	defer p.k.workspaces.put(worker, ws)
	width := vectors * p.panels.lanes
	dst := p.packedB.floats[start*p.a.Cols+from*width:][:(to-from)*width]
	p.k.packPanel(ws, dst, p.b.block(from, start, to-from, cols), vectors)
}

// multiply computes one block of rows of one group of panels.
func (p *matrixProduct) multiply(worker, task int) {
	ws := p.k.workspaces.get(worker)
	defer p.k.workspaces.put(worker, ws)

	quads := (p.c.Rows + quadRows - 1) / quadRows
	block, column := task/p.columns, task%p.columns
	row := block * quads / p.blocks * quadRows
	rows := min((block+1)*quads/p.blocks*quadRows, p.c.Rows) - row
	panel := column * p.panels.count / p.columns
	end := (column + 1) * p.panels.count / p.columns
	first, _, _ := p.panels.at(panel)
	lastStart, lastCols, _ := p.panels.at(end - 1)
	cols := lastStart + lastCols - first

	c := p.c.block(row, first, rows, cols)
	if p.through {
		c.RowStride = (cols + p.panels.lanes - 1) / p.panels.lanes * p.panels.lanes
		c.ColStride = 1
		c.Data = ws.block.grow((rows + p.panels.lanes) * c.RowStride)
	}
	for chunk := range max(p.chunks, 1) {
		p.multiplyChunk(ws, c, chunk, row, rows, panel, end)
	}
	switch {
	case p.through:
		p.deliver(ws, c, row, first)
	case p.e.curved():
		for i := range rows {
			p.k.activateRow(ws, c.Data[i*c.RowStride:][:cols], p.e.Activation)
		}
	}
}

// multiplyChunk adds a chunk of K to the block c of panels panel to end.
func (p *matrixProduct) multiplyChunk(ws *workspace, c Matrix, chunk, row, rows, panel, end int) {
	m := &p.k.matrix
	call := &ws.call
	*call = tileCall{rowC: evenRows(uintptr(4 * c.RowStride)), alpha: p.e.Alpha}
	from, to := 0, 0
	if p.chunks > 0 {
		from, to = p.chunkAt(chunk)
		ws.segments = append(ws.segments[:0], segment{n: to - from})
		call.segments, call.nSegments = &ws.segments[0], 1
	}
	if chunk > 0 || p.e.Accumulate && !p.through {
		call.flags = flagAdd
	}
	last := chunk >= p.chunks-1 && !p.through
	if last {
		call.flags |= p.e.flags()
	}
	first, _, _ := p.panels.at(panel)
	if p.sourceB == own && from < to {
		start, cols, vectors := p.panels.at(end - 1)
		packed := ws.b.grow((start + vectors*m.lanes - first) * (to - from))
		p.k.packPanels(ws, packed, p.b.block(from, first, to-from, start+cols-first), &p.panels, panel, end)
	}
	const groupRows = blockQuads * quadRows
	for done := 0; done < rows; done += groupRows {
		n := min(groupRows, rows-done)
		view := p.viewA(ws, chunk, row+done, n, from, to)
		call.a, call.rowA, call.stepA = view.base, evenRows(view.row), view.step
		ws.tiles = appendTiles(ws.tiles[:0], n, p.mostQuads, view.quad, uintptr(4*quadRows*c.RowStride))
		for i := panel; i < end; i++ {
			start, cols, vectors := p.panels.at(i)
			p.viewB(ws, i, first, from, to)
			call.c = at(c.Data, done*c.RowStride+start-first)
			call.last = cols - (vectors-1)*m.lanes
			if last && p.e.Bias != nil {
				call.bias = unsafe.Pointer(&p.e.Bias[start])
			}
			m.runTiles(call, ws.tiles, vectors)
		}
	}
	call.a, call.b, call.c, call.bias = nil, nil, nil, nil
}

// viewA finds some rows of A for one chunk, or packs them.
func (p *matrixProduct) viewA(ws *workspace, chunk, row, rows, from, to int) rowsView {
	if from == to {
		return rowsView{}
	}
	a := p.a.block(row, from, rows, to-from)
	switch p.sourceA {
	case inPlace:
		view, _ := rowsInPlace(a)
		return view
	case shared:
		view := packedRows(unsafe.Pointer(&p.packedChunkA(chunk)[0]), p.a.block(0, from, p.a.Rows, to-from))
		view.base = unsafe.Add(view.base, uintptr(row/quadRows)*view.quad)
		return view
	default:
		packed := ws.a.grow(packedSize(a) + quadRows)
		packRows(packed, a)
		return packedRows(unsafe.Pointer(&packed[0]), a)
	}
}

// viewB points the call to a panel of B for one chunk, where first is the first column of the task's panels.
func (p *matrixProduct) viewB(ws *workspace, panel, first, from, to int) {
	if from == to {
		return
	}
	start, cols, vectors := p.panels.at(panel)
	width := vectors * p.panels.lanes
	ws.call.stepB = uintptr(4 * width)
	switch p.sourceB {
	case own:
		ws.call.b = unsafe.Pointer(&ws.b.floats[(start-first)*(to-from)])
	case shared:
		ws.call.b = unsafe.Pointer(&p.packedB.floats[start*p.a.Cols+from*width])
	default:
		b := p.b.block(from, start, to-from, cols)
		if (b.Rows-1)*b.RowStride+width > len(b.Data) { // the last panel reaches past the end of B
			packed := ws.b.grow(width * b.Rows)
			p.k.packPanel(ws, packed, b, vectors)
			ws.call.b = unsafe.Pointer(&packed[0])
			return
		}
		ws.call.b = unsafe.Pointer(&b.Data[0])
		ws.call.stepB = uintptr(4 * b.RowStride)
		if p.k.matrix.pack[1][1] != nil {
			ws.call.packed = unsafe.Pointer(&ws.b.grow(width * b.Rows)[0])
		}
	}
}
