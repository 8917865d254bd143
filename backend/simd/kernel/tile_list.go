package kernel

// appendTiles appends the tiles of a block of rows, whose quads lie quadA and quadC bytes apart. Tiles have most
// quads but the last ones, of which up to two share the rest.
func appendTiles(tiles []tile, rows, most int, quadA, quadC uintptr) []tile {
	quads := (rows + quadRows - 1) / quadRows
	for q := 0; q < quads; {
		size := tileQuads(quads-q, most)
		var t tile
		for i := range size {
			t.a[i], t.c[i] = uintptr(q+i)*quadA, uintptr(q+i)*quadC
			t.rows[i] = min(quadRows, rows-(q+i)*quadRows)
		}
		tiles = append(tiles, t)
		q += size
	}
	return tiles
}

// tileQuads returns the size of the next tile where left quads are left to cut into tiles of at most most quads.
func tileQuads(left, most int) int {
	if left == most+1 && most > 2 {
		return most - 1
	}
	return min(left, most)
}

// size returns the number of quads of a tile.
func (t *tile) size() int {
	n := 1
	for n < maxQuads && t.rows[n] > 0 {
		n++
	}
	return n
}

// runTiles computes the tiles for the panel that the call describes, of the given number of vectors. If the call has
// a place for it, the first tile packs the panel for the others.
func (m *matrixKernels) runTiles(call *tileCall, tiles []tile, vectors int) {
	if call.packed != nil {
		call.tiles, call.nTiles = &tiles[0], 1
		m.pack[tiles[0].size()][vectors](call)
		tiles = tiles[1:]
		call.b, call.stepB = call.packed, uintptr(4*m.lanes*vectors)
		call.packed = nil
	}
	for len(tiles) > 0 {
		size, n := tiles[0].size(), 1
		for n < len(tiles) && tiles[n].size() == size {
			n++
		}
		call.tiles, call.nTiles = &tiles[0], n
		m.tile[size][vectors](call)
		tiles = tiles[n:]
	}
}
