package collection

import (
	"bytes"
	"image"

	"golang.org/x/image/bmp"
)

func openBMP(data []byte) (*still, error) {
	c, err := bmp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	s := &still{width: c.Width, height: c.Height, turn: upright}
	s.memory = s.perPixel(4)
	s.decode = func() (image.Image, error) { return bmp.Decode(bytes.NewReader(data)) }
	return s, nil
}
