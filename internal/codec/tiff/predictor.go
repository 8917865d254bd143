package tiff

// undo makes values of the differences in the rows of a part.
func (m *Image) undo(b []byte, rows int) {
	if m.predictor == 1 {
		return
	}
	width := int(m.rowBytes())
	for y := range rows {
		row := b[y*width:][:width]
		if m.predictor == 3 {
			m.undoFloats(row)
		} else {
			m.undoDifferences(row)
		}
	}
}

// undoDifferences adds to each sample the same one of the pixel before (TIFF 6.0, section 14).
func (m *Image) undoDifferences(row []byte) {
	n := m.stored()
	switch m.bits {
	case 8:
		for i := n; i < len(row); i++ {
			row[i] += row[i-n]
		}
	case 16:
		for i := 2 * n; i+2 <= len(row); i += 2 {
			m.order.PutUint16(row[i:], m.order.Uint16(row[i:])+m.order.Uint16(row[i-2*n:]))
		}
	case 32:
		for i := 4 * n; i+4 <= len(row); i += 4 {
			m.order.PutUint32(row[i:], m.order.Uint32(row[i:])+m.order.Uint32(row[i-4*n:]))
		}
	case 64:
		for i := 8 * n; i+8 <= len(row); i += 8 {
			m.order.PutUint64(row[i:], m.order.Uint64(row[i:])+m.order.Uint64(row[i-8*n:]))
		}
	}
}

// undoFloats adds bytes and puts those of a value together: a row holds the highest bytes of all values, then the
// next (Adobe Photoshop TIFF Technical Note 3).
func (m *Image) undoFloats(row []byte) {
	n := m.stored()
	for i := n; i < len(row); i++ {
		row[i] += row[i-n]
	}
	size := m.bits / 8
	values := len(row) / size
	from := append([]byte(nil), row...)
	for i := range values {
		var v [8]byte
		for j := range size {
			v[j] = from[j*values+i]
		}
		m.putHighFirst(row[i*size:][:size], v[:size])
	}
}

// putHighFirst writes a value whose bytes are given with the highest first in the file's byte order.
func (m *Image) putHighFirst(dst, v []byte) {
	for i := range v {
		if m.littleEndian() {
			dst[len(v)-1-i] = v[i]
		} else {
			dst[i] = v[i]
		}
	}
}

func (m *Image) littleEndian() bool { return m.order.Uint16([]byte{1, 0}) == 1 }
