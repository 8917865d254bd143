package collection

import (
	"bytes"
	"image"
	"image/draw"
	"image/gif"
)

// openGIF reads the header of a GIF.
func openGIF(data []byte) (*still, error) {
	c, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	s := &still{width: c.Width, height: c.Height, turn: upright}
	s.memory = s.perPixel(1 + 4) // indices, and the canvas of a frame that does not fill it
	s.decode = func() (image.Image, error) {
		m, err := gif.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		return onCanvas(m, m.Bounds().Min, s.width, s.height), nil
	}
	return s, nil
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
