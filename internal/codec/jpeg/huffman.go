package jpeg

// huffman is a decoding table (T.81, annex C and F.2.2.3): codes of up to lookBits bits by a table, longer ones by
// the largest code of each length.
type huffman struct {
	look   [1 << lookBits]uint16 // length << 8 | value, 0 for longer codes
	least  [17]int32             // smallest code of a length
	most   [17]int32             // largest code of a length, -1 for none
	first  [17]int32             // index of the value of the smallest
	values []byte
}

const lookBits = 9

// newHuffman makes a table of the number of codes of each length and their values.
func newHuffman(counts [16]byte, values []byte) (*huffman, error) {
	t := &huffman{values: values}
	code, index := int32(0), int32(0)
	for length := 1; length <= 16; length++ {
		n := int32(counts[length-1])
		t.least[length], t.most[length], t.first[length] = code, code+n-1, index
		if n == 0 {
			t.most[length] = -1
		}
		if code+n > 1<<length {
			return nil, FormatError("a Huffman table has more codes than fit")
		}
		for i := range n {
			if length <= lookBits {
				entry := uint16(length)<<8 | uint16(values[index+i])
				shift := lookBits - length
				for j := range 1 << shift {
					t.look[int(code+i)<<shift|j] = entry
				}
			}
		}
		code, index = (code+n)<<1, index+n
	}
	return t, nil
}

// readHuffman reads the tables of a DHT segment.
func (d *decoder) readHuffman(b []byte) error {
	for len(b) > 0 {
		if len(b) < 17 {
			return FormatError("a Huffman table is cut off")
		}
		class, slot := b[0]>>4, b[0]&15
		counts := [16]byte(b[1:17])
		n := 0
		for _, c := range counts {
			n += int(c)
		}
		if class > 1 || slot > 3 || n > 256 {
			return FormatError("a Huffman table's number is out of range")
		}
		if b = b[17:]; len(b) < n {
			return FormatError("a Huffman table is cut off")
		}
		t, err := newHuffman(counts, b[:n])
		if err != nil {
			return err
		}
		d.tables[class][slot] = t
		b = b[n:]
	}
	return nil
}
