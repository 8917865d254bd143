package collection

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/draw"
	"image/gif"
	"io"
)

// openGIF reads the header of a GIF. A canvas that the first frame does not fit on is made as large as that asks for,
// as other programs do.
func openGIF(data []byte) (*still, error) {
	c, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	s := &still{width: c.Width, height: c.Height, turn: upright}
	if frame := firstGIFFrame(data); frame != nil {
		x, y := int(binary.LittleEndian.Uint16(frame)), int(binary.LittleEndian.Uint16(frame[2:]))
		s.width = max(s.width, x+int(binary.LittleEndian.Uint16(frame[4:])))
		s.height = max(s.height, y+int(binary.LittleEndian.Uint16(frame[6:])))
	}
	s.memory = s.perPixel(1 + 4) // indices, and the canvas of a frame that does not fill it
	s.decode = func() (image.Image, error) {
		const sizeAt = 6 // of the canvas, in the header
		header := bytes.Clone(data[:sizeAt+4])
		binary.LittleEndian.PutUint16(header[sizeAt:], uint16(min(s.width, 1<<16-1)))
		binary.LittleEndian.PutUint16(header[sizeAt+2:], uint16(min(s.height, 1<<16-1)))
		m, err := gif.Decode(io.MultiReader(bytes.NewReader(header), bytes.NewReader(data[len(header):])))
		if err != nil {
			return nil, err
		}
		return onCanvas(m, m.Bounds().Min, s.width, s.height), nil
	}
	return s, nil
}

// firstGIFFrame returns the descriptor of the first frame behind its mark: left, top, width and height of two bytes
// each (GIF89a, section 20); nil where there is none.
func firstGIFFrame(data []byte) []byte {
	const header = 13
	if len(data) < header {
		return nil
	}
	b := data[header:]
	if flags := data[10]; flags&0x80 != 0 {
		n := 3 << (flags&7 + 1)
		if len(b) < n {
			return nil
		}
		b = b[n:]
	}
	for len(b) > 0 {
		switch b[0] {
		case ',':
			if len(b) < 9 {
				return nil
			}
			return b[1:9]
		case '!':
			if len(b) < 2 {
				return nil
			}
			for b = b[2:]; ; {
				if len(b) == 0 || len(b) < 1+int(b[0]) {
					return nil
				}
				n := int(b[0])
				if b = b[1+n:]; n == 0 {
					break
				}
			}
		default:
			return nil
		}
	}
	return nil
}

// onCanvas puts a frame of an animation at a place of a transparent canvas of the whole image's size.
func onCanvas(frame image.Image, at image.Point, width, height int) image.Image {
	from := frame.Bounds()
	place := from.Add(at.Sub(from.Min))
	canvas := image.Rect(0, 0, width, height)
	if place == canvas {
		return frame
	}
	m := image.NewNRGBA(canvas)
	draw.Draw(m, place, frame, from.Min, draw.Src)
	return m
}
