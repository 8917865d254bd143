package kernel

import "unsafe"

// matrixProduct is one product under way: a plan, and the tasks that carry it
// out. Columns of C are cut into panels, rows into blocks and K into chunks.
//
//	few rows    one block: A is packed once, each panel of B by the task that
//	            uses it, or read where it is
//	many rows   B is packed once, each block of A by the task that uses it, or
//	            read where it is
//
// The product may be computed as C^T = B^T A^T: a, b and c are then the
// transposed matrices.
type matrixProduct struct {
	k       *Kernels
	c, a, b Matrix
	e       Epilogue
	turned  bool // bias belongs to rows of c
	through bool // tiles go through a block of scratch memory to c

	panels     panels
	chunkMost  int // the most steps of a chunk
	chunks     int
	blocks     int  // of rows
	columns    int  // groups of panels
	inPlace    bool // rows of A are read where they are, if they can be
	mostQuads  int  // of a tile
	sharedA    bool
	sharedB    bool
	packedA    growable
	packedB    growable
	packTaskA  func(task int)
	packTaskB  func(task int)
	multiplier func(task int)
}

const (
	// chunkSize is the most steps of K that one tile walks at a time: a panel
	// of B of this height and the rows of A of a tile stay in the nearest caches.
	chunkSize = 512
	// blockQuads is the most quads of a block of rows: with chunkSize steps, a
	// part of the second cache.
	blockQuads = 48
	// A product of at most flatRows rows is bound by reading B. A task then
	// packs flatColumns neighbouring columns or more at a time, for memory likes
	// long runs, and flatChunk rows of them, which a near cache holds.
	flatRows, flatColumns, flatChunk = 24, 256, 64
	// packParts is how many tasks pack a chunk of A that is shared.
	packParts = 4
	// sharedWork is the number of multiplications from which a product is
	// worth sharing among workers.
	sharedWork = 1 << 16
	// tasksPerWorker lets workers that are held up finish with the others.
	tasksPerWorker = 8
)

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
	p.plan(k, pool.Workers(), c, a, b, e)
	if p.sharedA {
		pool.Run(p.chunks*packParts, p.packTaskA)
	}
	if p.sharedB {
		pool.Run(p.panels.count*p.chunks, p.packTaskB)
	}
	pool.Run(p.blocks*p.columns, p.multiplier)
	p.c, p.a, p.b, p.e = Matrix{}, Matrix{}, Matrix{}, Epilogue{} // keep no operand alive
}

// plan decides how the product is computed. Nothing that changes the order of
// a sum depends on the number of workers.
func (p *matrixProduct) plan(k *Kernels, workers int, c, a, b Matrix, e Epilogue) {
	if p.multiplier == nil {
		p.multiplier, p.packTaskA, p.packTaskB = p.multiply, p.packA, p.packB
	}
	p.k, p.e = k, e
	p.turned = turn(c, a, b)
	if p.turned {
		c, a, b = c.T(), b.T(), a.T()
	}
	p.c, p.a, p.b = c, a, b
	p.through = c.ColStride != 1 || p.turned && e.Bias != nil
	p.chunkMost = chunkSize
	if c.Rows <= flatRows {
		p.chunkMost = flatChunk
	}
	p.chunks = (a.Cols + p.chunkMost - 1) / p.chunkMost
	p.panels = k.matrix.panelsOf(c.Cols)

	quads := (c.Rows + quadRows - 1) / quadRows
	tasks := 1
	if workers > 1 {
		tasks = tasksPerWorker * workers
	}
	p.blocks = (quads + blockQuads - 1) / blockQuads
	if p.blocks*p.panels.count < tasks {
		p.blocks = min((tasks+p.panels.count-1)/p.panels.count, (quads+maxQuads-1)/maxQuads)
	}
	p.columns = min(p.panels.count, (tasks+p.blocks-1)/p.blocks)
	if c.Rows <= flatRows {
		p.columns = min(p.columns, max(workers, c.Cols/flatColumns))
	}
	p.sharedB = p.blocks > 1 && p.chunks > 0
	p.sharedA = p.blocks == 1 && p.columns > 1 && p.chunks > 0
	p.inPlace, p.mostQuads = !rowsCompete(a), k.matrix.quads
	if !p.inPlace && p.panels.count == 1 {
		// Rows that are read once are not worth a copy. Tiles of eight rows
		// find room even where these compete for the same sets.
		p.inPlace, p.mostQuads = true, min(2, k.matrix.quads)
	}
	if _, ok := rowsInPlace(a); ok && p.inPlace {
		p.sharedA = false
	}
	if p.sharedA {
		p.packedA.grow(p.packedChunkSize()*p.chunks + quadRows)
	}
	if p.sharedB {
		p.packedB.grow(p.panels.padded() * a.Cols)
	}
}

// turn reports whether C^T = B^T A^T needs less moving of elements than C = A B.
// The first factor is cheap to pack in any layout, the second one if its rows
// lie in one piece; a result whose rows do not is moved once more.
func turn(c, a, b Matrix) bool {
	const (
		copied    = 1 // the cost of an element that is copied in a run
		turned    = 2 // of one that is transposed in blocks
		delivered = 4 // of one of C that goes through scratch memory
	)
	cost := func(c, a, b Matrix) int {
		moves := a.Rows * a.Cols * copied
		if b.ColStride == 1 || b.Cols == 1 {
			moves += b.Rows * b.Cols * copied
		} else {
			moves += b.Rows * b.Cols * turned
		}
		if c.ColStride != 1 && c.Cols > 1 {
			moves += c.Rows * c.Cols * delivered
		}
		return moves
	}
	return cost(c.T(), b.T(), a.T()) < cost(c, a, b)
}

// chunkAt returns the first step of a chunk of K and the one after its last.
// Chunks are as equal as can be.
func (p *matrixProduct) chunkAt(i int) (from, to int) {
	return i * p.a.Cols / p.chunks, (i + 1) * p.a.Cols / p.chunks
}

// packA packs a part of the lines of one chunk of A for all tasks.
func (p *matrixProduct) packA(task int) {
	chunk, part := task/packParts, task%packParts
	from, to := p.chunkAt(chunk)
	a, dst := p.a.block(0, from, p.a.Rows, to-from), p.packedChunkA(chunk)
	if a.columnwise() {
		first := part * a.Cols / packParts
		packRows(dst[first*packedStride(a.Rows):], a.block(0, first, a.Rows, (part+1)*a.Cols/packParts-first))
		return
	}
	first := part * a.Rows / packParts
	packRows(dst[first*packedStride(a.Cols):], a.block(first, 0, (part+1)*a.Rows/packParts-first, a.Cols))
}

func (p *matrixProduct) packedChunkA(chunk int) []float32 {
	return p.packedA.floats[p.packedChunkSize()*chunk:]
}

func (p *matrixProduct) packedChunkSize() int {
	return packedSize(p.a.block(0, 0, p.a.Rows, min(p.chunkMost, p.a.Cols)))
}

func (p *matrixProduct) packB(task int) {
	panel, chunk := task/p.chunks, task%p.chunks
	start, cols, vectors := p.panels.at(panel)
	from, to := p.chunkAt(chunk)
	ws := p.k.workspaces.get()
	defer p.k.workspaces.put(ws)
	width := vectors * p.panels.lanes
	dst := p.packedB.floats[start*p.a.Cols+from*width:][:(to-from)*width]
	p.k.packPanel(ws, dst, p.b.block(from, start, to-from, cols), vectors)
}

// multiply computes one block of rows of one group of panels.
func (p *matrixProduct) multiply(task int) {
	ws := p.k.workspaces.get()
	defer p.k.workspaces.put(ws)

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
	var view rowsView
	if p.chunks > 0 {
		from, to = p.chunkAt(chunk)
		view = p.viewA(ws, chunk, row, rows, from, to)
		ws.segments = append(ws.segments[:0], segment{n: to - from})
		call.segments, call.nSegments = &ws.segments[0], 1
	}
	call.a, call.rowA, call.stepA = view.base, evenRows(view.row), view.step
	if chunk > 0 || p.e.Accumulate && !p.through {
		call.flags = flagAdd
	}
	last := chunk >= p.chunks-1 && !p.through
	if last {
		call.flags |= p.e.flags()
	}
	ws.tiles = appendTiles(ws.tiles[:0], rows, p.mostQuads, view.quad, uintptr(4*quadRows*c.RowStride))
	p.packOwnB(ws, panel, end, from, to)
	first, _, _ := p.panels.at(panel)
	for ; panel < end; panel++ {
		start, cols, vectors := p.panels.at(panel)
		p.viewB(ws, start, vectors, first, from, to)
		call.c = at(c.Data, start-first)
		call.last = cols - (vectors-1)*m.lanes
		if last && p.e.Bias != nil {
			call.bias = unsafe.Pointer(&p.e.Bias[start])
		}
		m.runTiles(call, ws.tiles, vectors)
	}
	call.a, call.b, call.c, call.bias = nil, nil, nil, nil
}

// viewA finds the rows of A for one block and chunk, or packs them.
func (p *matrixProduct) viewA(ws *workspace, chunk, row, rows, from, to int) rowsView {
	a := p.a.block(row, from, rows, to-from)
	if view, ok := rowsInPlace(a); ok && p.inPlace {
		return view
	}
	if p.sharedA {
		return packedRows(unsafe.Pointer(&p.packedChunkA(chunk)[0]), a)
	}
	packed := ws.a.grow(packedSize(a) + quadRows)
	packRows(packed, a)
	return packedRows(unsafe.Pointer(&packed[0]), a)
}

// packOwnB packs the panels of B that only this task uses, for one chunk.
func (p *matrixProduct) packOwnB(ws *workspace, panel, end, from, to int) {
	if p.sharedB || p.chunks == 0 {
		return
	}
	first, _, _ := p.panels.at(panel)
	last, cols, vectors := p.panels.at(end - 1)
	dst := ws.b.grow((last + vectors*p.panels.lanes - first) * (to - from))
	p.k.packPanels(ws, dst, p.b.block(from, first, to-from, last+cols-first), &p.panels, panel, end)
}

// viewB points the call to a panel of B, packed by this task or for all, for
// one chunk; first is the first column of the task.
func (p *matrixProduct) viewB(ws *workspace, start, vectors, first, from, to int) {
	width := vectors * p.panels.lanes
	ws.call.stepB = uintptr(4 * width)
	switch {
	case p.chunks == 0:
	case p.sharedB:
		ws.call.b = unsafe.Pointer(&p.packedB.floats[start*p.a.Cols+from*width])
	default:
		ws.call.b = unsafe.Pointer(&ws.b.floats[(start-first)*(to-from)])
	}
}
