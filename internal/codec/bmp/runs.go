package bmp

import "image"

// runs decodes an image in run lengths: a number and a value to repeat, or a zero and 0 for the end of a row, 1 for
// that of the image, 2 for a step right and up, or a number of values as they are. What is stepped over keeps the
// palette's first colour.
func (m *Image) runs(out *image.Paletted) error {
	b := m.pixels
	x, y := 0, 0 // from the bottom
	set := func(v byte) {
		if x < m.Width && y < m.Height {
			out.Pix[(m.Height-1-y)*out.Stride+x] = v
		}
		x++
	}
	// value is value i of a run of bytes, of which each holds one or two.
	value := func(b []byte, i int) byte {
		if m.compression == rle8 {
			return b[i]
		}
		return b[i/2] >> (4 - i%2*4) & 15
	}
	for y < m.Height {
		if len(b) < 2 {
			return ErrTruncated
		}
		n, v := int(b[0]), b[1]
		b = b[2:]
		switch {
		case n > 0:
			for i := range n {
				if m.compression == rle8 {
					set(v)
				} else {
					set(v >> (4 - i%2*4) & 15)
				}
			}
		case v == 0:
			x, y = 0, y+1
		case v == 1:
			return nil
		case v == 2:
			if len(b) < 2 {
				return ErrTruncated
			}
			x, y, b = x+int(b[0]), y+int(b[1]), b[2:]
		default:
			size := int(v)
			if m.compression == rle4 {
				size = (size + 1) / 2
			}
			if len(b) < size {
				return ErrTruncated
			}
			for i := range int(v) {
				set(value(b, i))
			}
			b = b[min(size+size%2, len(b)):]
		}
	}
	return nil
}
