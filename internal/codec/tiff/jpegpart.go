package tiff

import (
	"fmt"
	"image"

	"github.com/dataprism/dataprism/internal/codec/jpeg"
)

// readJPEG reads a part that is a JPEG of its own (TIFF Technical Note 2).
func (c *canvas) readJPEG(i, x, y, columns, rows, plane int) error {
	raw, err := c.raw(i)
	if err != nil {
		return err
	}
	h, err := jpeg.ReadHeader(raw)
	if err != nil {
		return err
	}
	const slack, mostScans = 16, 100
	if h.Width < columns || h.Height < rows || h.Width > c.chunkW+slack || h.Height > c.chunkH+slack || h.Scans > mostScans {
		return FormatError(fmt.Sprintf("a part of %d x %d pixels holds a JPEG of %d x %d", columns, rows, h.Width, h.Height))
	}
	if len(h.Components) != c.stored() {
		return FormatError(fmt.Sprintf("a part of %d samples a pixel holds a JPEG of %d", c.stored(), len(h.Components)))
	}
	o := jpeg.Options{Tables: c.Field(tagJPEGTables), Transform: jpeg.None}
	if c.photometric == ycbcr && !c.planar {
		o.Transform = jpeg.YCbCr
	}
	m, err := jpeg.Decode(raw, o)
	if err != nil {
		return err
	}
	for j := range rows {
		for i := range columns {
			c.setJPEG(m, i, j, ((y+j)*c.Width+x+i)*c.step, plane)
		}
	}
	return nil
}

// setJPEG takes a pixel of a part. Luma and chroma stay what they are, unless their planes came apart: image makes
// colours of them.
func (c *canvas) setJPEG(m image.Image, x, y, at, plane int) {
	var v [4]byte
	switch m := m.(type) {
	case *image.Gray:
		if place := c.place(plane); c.planar && place >= 0 {
			c.pix[at+place] = m.Pix[m.PixOffset(x, y)]
		} else if !c.planar {
			c.pix[at] = m.Pix[m.PixOffset(x, y)]
		}
		return
	case *image.YCbCr:
		i := m.COffset(x, y)
		v = [4]byte{m.Y[m.YOffset(x, y)], m.Cb[i], m.Cr[i]}
	case *image.RGBA:
		v = [4]byte(m.Pix[m.PixOffset(x, y):])
	case *image.CMYK:
		v = [4]byte(m.Pix[m.PixOffset(x, y):])
	}
	for s := range c.samples {
		if place := c.place(s); place >= 0 && s < 4 {
			c.pix[at+place] = v[s]
		}
	}
}
