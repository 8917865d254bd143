package kernel

import "math"

// source is where tiles find a factor.
type source int

const (
	inPlace source = iota // read where it lies
	own                   // packed by the task that uses it
	shared                // packed beforehand, for all tasks
)

const (
	// chunkSize is the most steps of K that one tile walks at a time: a panel of B of this height and the rows of A
	// of a tile stay in the nearest caches.
	chunkSize = 512
	// blockQuads is the most quads of rows that all panels of a task meet before the next ones: with chunkSize steps,
	// a part of the second cache.
	blockQuads = 48
	// groupPanels is the most panels that a task packs for itself: with chunkSize steps, as much again.
	groupPanels = 8
	// packParts is the least number of tasks that pack a chunk of A for all.
	packParts = 4
	// sharedWork is the number of multiplications from which a product is worth sharing among workers.
	sharedWork = 1 << 16
	// tasksPerWorker lets workers that are held up finish with the others.
	tasksPerWorker = 8
)

// Costs in the time that a worker takes to copy an element of a run to where tiles read it best, about a sixth of a
// nanosecond.
const (
	copied     = 1        // an element that is copied in a run
	turned     = 2        // one that is transposed in blocks
	delivered  = 4        // one of C that goes through scratch memory
	multiplied = 1.0 / 18 // one multiplication
	near       = 0.15     // an element that comes into a near cache
	crossed    = 5        // an element that one worker copies and others read
	contested  = 1000     // a row of C that two workers deliver parts of
	begun      = 3000     // a task
	barrier    = 4000     // all workers wait for the last
	late       = 0.05     // the part of a task for which the others wait for the last worker
)

// plan decides how the product is computed. Nothing that changes the order of a sum depends on the number of workers.
func (p *matrixProduct) plan(k *Kernels, workers int, c, a, b Matrix, e Epilogue) {
	p.k, p.e = k, e
	p.turned = turn(k, c, a, b)
	if p.turned {
		c, a, b = c.T(), b.T(), a.T()
	}
	p.c, p.a, p.b = c, a, b
	p.through = c.ColStride != 1 || p.turned && e.Bias != nil
	p.chunks = (a.Cols + chunkSize - 1) / chunkSize
	p.panels = k.matrix.panelsOf(c.Cols)
	p.split(workers)
	p.mostQuads = k.matrix.quads
	if p.sourceA == inPlace && compete(a.RowStride) {
		// Tiles of eight rows find room even where rows compete for the same sets.
		p.mostQuads = min(2, k.matrix.quads)
	}
	if p.chunks == 0 {
		return
	}
	if p.sourceA == shared {
		p.partsA = max(packParts, p.blocks)
		p.packedA.grow(p.packedChunkSize()*p.chunks + quadRows)
	}
	if p.sourceB == shared {
		p.packedB.grow(p.panels.padded() * a.Cols)
	}
}

// split cuts the product into tasks, blocks of rows by columns of panels, and chooses the sources, so that the
// workers are done soonest.
func (p *matrixProduct) split(workers int) {
	packA, packB := p.packingOfA(), p.packingOfB()
	sums := multiplied * float64(work(p.c, p.a))
	mostBlocks := (p.c.Rows + maxQuads*quadRows - 1) / (maxQuads * quadRows)
	leastColumns, mostTasks := 1, 1
	if packB > 0 {
		leastColumns = (p.panels.count + groupPanels - 1) / groupPanels
	}
	if workers > 1 {
		mostTasks = tasksPerWorker * workers
	}
	fewest := math.Inf(1)
	for tasks := workers; tasks <= mostTasks; tasks *= 2 {
		for columns := leastColumns; ; columns = min(2*columns, p.panels.count) {
			blocks := min((tasks+columns-1)/columns, mostBlocks)
			if cost := p.cost(workers, blocks, columns, sums, packA, packB); cost < fewest {
				fewest, p.blocks, p.columns = cost, blocks, columns
			}
			if columns == p.panels.count || columns >= tasks {
				break
			}
		}
	}
	p.sourceA, _ = cheapest(packA, p.columns, workers)
	p.sourceB, _ = cheapest(packB, p.blocks, workers)
}

// cost is the time that workers take for a product in blocks by columns tasks.
func (p *matrixProduct) cost(workers, blocks, columns int, sums, packA, packB float64) float64 {
	tasks := blocks * columns
	rounds := float64((tasks + workers - 1) / workers)
	widest := float64((p.panels.count+columns-1)/columns*columns) / float64(p.panels.count)
	sourceA, costA := cheapest(packA, columns, workers)
	sourceB, costB := cheapest(packB, blocks, workers)
	cost := costA + costB + sums*widest*(rounds+late)/float64(tasks)
	cost += near * float64(columns*p.a.Rows*p.a.Cols+blocks*p.b.Rows*p.b.Cols) / float64(min(tasks, workers))
	if workers == 1 {
		return cost
	}
	cost += begun * rounds
	if sourceA == shared || sourceB == shared {
		cost += barrier
	}
	if p.through {
		cost += contested * float64(p.c.Cols*(blocks-1)) / float64(workers)
	}
	return cost
}

// cheapest returns how a factor is best made readable, where packing takes some time and that many tasks need it, and
// the time it takes all workers.
func cheapest(packing float64, tasks, workers int) (source, float64) {
	each, once := packing*float64(tasks), packing
	if workers > 1 {
		once *= crossed
	}
	switch {
	case packing == 0:
		return inPlace, 0
	case tasks == 1 || each <= once:
		return own, each / float64(min(tasks, workers))
	default:
		return shared, once / float64(workers)
	}
}

// packingOfA returns the time to pack A, zero if its rows are read in place.
func (p *matrixProduct) packingOfA() float64 {
	// A few columns have room in a near cache wherever they lie.
	const fewColumns = 128
	competing := p.a.columnwise() && compete(p.a.ColStride) && p.a.Cols > fewColumns
	if _, ok := rowsInPlace(p.a); ok && !competing {
		return 0
	}
	return copied * float64(p.a.Rows*p.a.Cols)
}

// packingOfB returns the time to pack B, zero if it is read in place.
func (p *matrixProduct) packingOfB() float64 {
	const fewRows, someRows = 96, 192 // columns that are read for so many are not worth a copy
	switch size := float64(p.b.Rows * p.b.Cols); {
	case p.b.ColStride != 1 && p.b.Cols > 1:
		return turned * size
	case p.c.Rows <= fewRows || p.c.Rows <= someRows && !compete(p.b.RowStride):
		return 0
	default:
		return copied * size
	}
}

// turn reports whether C^T = B^T A^T needs less moving of elements than C = A B.
func turn(k *Kernels, c, a, b Matrix) bool {
	cost := func(c, a, b Matrix) float64 {
		p := matrixProduct{c: c, a: a, b: b, panels: k.matrix.panelsOf(c.Cols)}
		moves := p.packingOfA() + p.packingOfB()
		if c.ColStride != 1 && c.Cols > 1 {
			moves += delivered * float64(c.Rows*c.Cols)
		}
		return moves
	}
	return cost(c.T(), b.T(), a.T()) < cost(c, a, b)
}
