package tiff

import "image"

// Decode decodes the first image of a file: to Gray, Gray16, Paletted, RGBA, NRGBA, RGBA64, NRGBA64 or CMYK.
func Decode(data []byte) (image.Image, error) {
	m, err := ReadImage(data)
	if err != nil {
		return nil, err
	}
	return m.Decode()
}

// Decode decodes the image.
func (m *Image) Decode() (image.Image, error) {
	c := newCanvas(m)
	var buffer []byte
	if m.compression != uncompressed && m.compression != jpegCompression {
		buffer = make([]byte, m.partBytes(m.chunkH))
	}
	planes, parts := 1, m.across()*m.down()
	if m.planar {
		planes = m.samples
	}
	for plane := range planes {
		if m.planar && c.place(plane) < 0 {
			continue
		}
		for i := range parts {
			x, y := i%m.across()*m.chunkW, i/m.across()*m.chunkH
			if err := c.readPart(plane*parts+i, x, y, plane, buffer); err != nil {
				return nil, err
			}
		}
	}
	return c.image(), nil
}

// readPart reads part i of the image, which is at (x, y).
func (c *canvas) readPart(i, x, y, plane int, buffer []byte) error {
	columns, rows := min(c.chunkW, c.Width-x), min(c.chunkH, c.Height-y)
	if c.compression == jpegCompression {
		return c.readJPEG(i, x, y, columns, rows, plane)
	}
	whole := rows
	if c.tiled {
		whole = c.chunkH
	}
	b, err := c.part(i, whole, buffer)
	if err != nil {
		return err
	}
	if c.subH > 1 || c.subV > 1 {
		c.readSubsampled(b, x, y, columns, rows)
		return nil
	}
	c.undo(b, whole)
	width := int(c.rowBytes())
	for j := range rows {
		c.row(b[j*width:][:width], x, y+j, columns, plane)
	}
	return nil
}

// readSubsampled reads a part in which blocks of luma share a value of each chroma (TIFF 6.0, section 21).
func (c *canvas) readSubsampled(b []byte, x, y, columns, rows int) {
	block := c.subH*c.subV + 2
	width := int(c.rowBytes())
	for j := range rows {
		row := b[j/c.subV*width:]
		for i := range columns {
			from := row[i/c.subH*block:][:block]
			to := c.pix[((y+j)*c.Width+x+i)*c.step:][:3]
			to[0], to[1], to[2] = from[j%c.subV*c.subH+i%c.subH], from[block-2], from[block-1]
		}
	}
}
