package kernel

import "unsafe"

// workspace is what one task needs while it runs.
type workspace struct {
	call     tileCall
	move     moveCall
	finish   finishCall
	curve    call
	tiles    []tile
	segments []segment

	a, b, block, turned, gate growable

	_ [lineBytes]byte // what lies behind is on another cache line
}

// rowsView is how tiles read A: quads of rows, all at equal distances in bytes.
type rowsView struct {
	base            unsafe.Pointer
	quad, row, step uintptr
}

// panels cuts columns into panels of one or more vectors, as equal as can be.
type panels struct{ lanes, cols, count, base, extra int }

func (m *matrixKernels) panelsOf(cols int) panels {
	units := (cols + m.lanes - 1) / m.lanes
	count := (units + m.vectors - 1) / m.vectors
	return panels{m.lanes, cols, count, units / count, units % count}
}

// at returns the first column of panel i, how many of its columns exist, and its vectors.
func (p *panels) at(i int) (start, cols, vectors int) {
	vectors = p.base
	if i < p.extra {
		vectors++
	}
	start = (i*p.base + min(i, p.extra)) * p.lanes
	return start, min(vectors*p.lanes, p.cols-start), vectors
}

// padded returns the columns of all panels together.
func (p *panels) padded() int { return (p.count*p.base + p.extra) * p.lanes }

// packPanels packs the columns of b, panels first to end, to dst: a panel as [b.Rows][vectors*lanes], with zeros for
// the columns that b lacks, one after the other. b starts at the first column of panel first.
func (k *Kernels) packPanels(ws *workspace, dst []float32, b Matrix, p *panels, first, end int) {
	origin, _, _ := p.at(first)
	for i := first; i < end; {
		start, cols, vectors := p.at(i)
		width := vectors * p.lanes
		n := 1
		for i+n < end {
			_, c, v := p.at(i + n)
			if v != vectors || c != width {
				break
			}
			n++
		}
		part := b.block(0, start-origin, b.Rows, cols)
		to := dst[(start-origin)*b.Rows:]
		if cols < width || b.ColStride != 1 {
			k.packPanel(ws, to, part, vectors)
			i++
			continue
		}
		ws.move = moveCall{
			dst: unsafe.Pointer(&to[0]), src: unsafe.Pointer(&part.Data[0]),
			dstStride: uintptr(4 * width), srcStride: uintptr(4 * b.RowStride),
			count: b.Rows, vectors: vectors, panels: n, panelStride: uintptr(4 * width * b.Rows),
		}
		k.matrix.copyPanels(&ws.move)
		i += n
	}
}

// packPanel copies the columns of b, at most vectors vectors of them, to dst as
// [b.Rows][vectors*lanes], with zeros for the columns that b lacks.
func (k *Kernels) packPanel(ws *workspace, dst []float32, b Matrix, vectors int) {
	lanes := k.matrix.lanes
	width := vectors * lanes
	switch {
	case b.ColStride == 1 && b.Cols == width:
		ws.move = moveCall{
			dst: unsafe.Pointer(&dst[0]), src: unsafe.Pointer(&b.Data[0]),
			dstStride: uintptr(4 * width), srcStride: uintptr(4 * b.RowStride),
			count: b.Rows, vectors: vectors, panels: 1,
		}
		k.matrix.copyPanels(&ws.move)
		return
	case b.RowStride == 1 && b.ColStride > 0:
		k.packTurned(ws, dst, b, width)
	default:
		for i := range b.Rows {
			for j := range b.Cols {
				dst[i*width+j] = b.Data[i*b.RowStride+j*b.ColStride]
			}
		}
	}
	if b.Cols < width {
		for i := range b.Rows {
			clear(dst[i*width+b.Cols : (i+1)*width])
		}
	}
}

// packTurned is packPanel for columns that lie in memory as rows do.
func (k *Kernels) packTurned(ws *workspace, dst []float32, b Matrix, width int) {
	lanes := k.matrix.lanes
	whole := b.Rows - b.Rows%lanes
	for j := 0; j < b.Cols; j += lanes {
		done := 0
		if j+lanes <= b.Cols && whole > 0 {
			ws.move = moveCall{
				dst: unsafe.Pointer(&dst[j]), src: unsafe.Pointer(&b.Data[j*b.ColStride]),
				dstStride: uintptr(4 * width), srcStride: uintptr(4 * b.ColStride),
				count: whole / lanes,
			}
			k.matrix.transpose(&ws.move)
			done = whole
		}
		for l := j; l < min(j+lanes, b.Cols); l++ {
			for i := done; i < b.Rows; i++ {
				dst[i*width+l] = b.Data[l*b.ColStride+i]
			}
		}
	}
}

// packedSize returns the floats that packRows needs.
func packedSize(a Matrix) int {
	if a.columnwise() {
		return a.Cols * packedStride(a.Rows)
	}
	return (a.Rows + quadRows - 1) / quadRows * quadRows * packedStride(a.Cols)
}

// columnwise reports whether the columns of a, not its rows, lie in one piece.
func (m Matrix) columnwise() bool { return m.RowStride == 1 && m.ColStride != 1 }

// packedStride is the distance in floats of packed lines of n elements: an odd number of cache lines, so that the
// lines of a tile do not compete for the same cache sets.
func packedStride(n int) int {
	return ((n+floatsPerLine-1)/floatsPerLine | 1) * floatsPerLine
}

// packedRows returns how tiles read what packRows made of a at base.
func packedRows(base unsafe.Pointer, a Matrix) rowsView {
	if a.columnwise() {
		return rowsView{base, 4 * quadRows, 4, uintptr(4 * packedStride(a.Rows))}
	}
	stride := uintptr(4 * packedStride(a.Cols))
	return rowsView{base, quadRows * stride, stride, 4}
}

// packRows copies a to dst for tiles, its rows or its columns, whichever lie in one piece. The rows that complete the
// last quad hold anything.
func packRows(dst []float32, a Matrix) {
	if a.columnwise() {
		stride := packedStride(a.Rows)
		for j := range a.Cols {
			copy(dst[j*stride:][:a.Rows], a.Data[j*a.ColStride:])
		}
		return
	}
	stride := packedStride(a.Cols)
	for i := range a.Rows {
		row := dst[i*stride:][:a.Cols]
		if a.ColStride == 1 {
			copy(row, a.Data[i*a.RowStride:])
			continue
		}
		for j := range row {
			row[j] = a.Data[i*a.RowStride+j*a.ColStride]
		}
	}
}

// rowsInPlace returns how tiles can read the rows of a where they are, and whether they can: its rows or its columns
// lie in one piece, and the rows that complete the last quad are memory of the matrix.
func rowsInPlace(a Matrix) (view rowsView, ok bool) {
	rows := (a.Rows + quadRows - 1) / quadRows * quadRows
	if !a.columnwise() && a.ColStride != 1 || (rows-1)*a.RowStride+(a.Cols-1)*a.ColStride >= len(a.Data) {
		return rowsView{}, false
	}
	row := uintptr(4 * a.RowStride)
	return rowsView{unsafe.Pointer(unsafe.SliceData(a.Data)), quadRows * row, row, uintptr(4 * a.ColStride)}, true
}

// compete reports whether the lines of m, which lie this many elements apart, share few sets of a cache: 12 lines at
// a multiple of this distance share 16 places of a first cache of 32 KiB.
func compete(stride int) bool {
	const competing = 2048 // bytes
	return (4*stride)%competing == 0
}
