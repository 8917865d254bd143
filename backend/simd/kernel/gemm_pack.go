package kernel

import "unsafe"

// workspace is what one task needs while it runs.
type workspace struct {
	call     tileCall
	move     moveCall
	finish   finishCall
	tiles    []tile
	segments []segment

	a, b, block, turned growable
}

// rowsView is how tiles read A: quads of rows, all at equal distances in
// bytes.
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

// at returns the first column of panel i, how many of its columns exist, and
// its vectors.
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
			count: b.Rows, vectors: vectors,
		}
		k.matrix.copyPanel(&ws.move)
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

// packedRowsSize returns the floats that packRows needs.
func packedRowsSize(rows, cols int) int {
	return (rows + quadRows - 1) / quadRows * quadRows * packedStride(cols)
}

// packedStride is the distance in floats of packed rows: an odd number of cache
// lines, so that the rows of a tile do not compete for the same cache sets.
func packedStride(cols int) int {
	const line = lineBytes / 4
	return ((cols+line-1)/line | 1) * line
}

// packRows copies the rows of a to dst for tiles and returns how to read them.
// The rows that complete the last quad are zero.
func packRows(dst []float32, a Matrix) rowsView {
	base := unsafe.Pointer(unsafe.SliceData(dst))
	if a.RowStride == 1 && a.ColStride != 1 {
		packColumns(dst, a)
		return rowsView{base, uintptr(4 * quadRows * a.Cols), 4, 4 * quadRows}
	}
	stride := packedStride(a.Cols)
	for i := range a.Rows {
		row := dst[i*stride : i*stride+a.Cols]
		if a.ColStride == 1 {
			copy(row, a.Data[i*a.RowStride:])
			continue
		}
		for j := range row {
			row[j] = a.Data[i*a.RowStride+j*a.ColStride]
		}
	}
	for i := a.Rows; i%quadRows != 0; i++ {
		clear(dst[i*stride : i*stride+a.Cols])
	}
	return rowsView{base, uintptr(4 * quadRows * stride), uintptr(4 * stride), 4}
}

// packColumns copies a, whose columns lie side by side in memory, to dst as
// [quad][a.Cols][quadRows].
func packColumns(dst []float32, a Matrix) {
	const together = 4 // quads: a cache line of a column
	size := quadRows * a.Cols
	quads := a.Rows / quadRows
	for q := 0; q < quads; q += together {
		n := min(together, quads-q)
		for j := range a.Cols {
			column := a.Data[j*a.ColStride+q*quadRows:]
			to := dst[q*size+j*quadRows:]
			for i := range n {
				*(*[quadRows]float32)(to[i*size:]) = *(*[quadRows]float32)(column[i*quadRows:])
			}
		}
	}
	if rest := a.Rows % quadRows; rest != 0 {
		for j := range a.Cols {
			quad := dst[quads*size+j*quadRows:][:quadRows]
			clear(quad)
			copy(quad, a.Data[j*a.ColStride+quads*quadRows:][:rest])
		}
	}
}

// rowsInPlace returns how tiles can read the rows of a where they are, and whether
// they should: the elements of a row lie side by side, the rows that complete
// the last quad are memory of the matrix, and neighbouring rows do not compete
// for the same sets of a cache.
func rowsInPlace(a Matrix) (view rowsView, ok bool) {
	const competing = 2048 // bytes; 12 rows at this distance share 16 lines of a 32 KiB cache
	quads := (a.Rows + quadRows - 1) / quadRows
	if a.ColStride != 1 || (4*a.RowStride)%competing == 0 || (quads*quadRows-1)*a.RowStride+a.Cols > len(a.Data) {
		return rowsView{}, false
	}
	return rowsView{unsafe.Pointer(unsafe.SliceData(a.Data)), uintptr(4 * quadRows * a.RowStride), uintptr(4 * a.RowStride), 4}, true
}
