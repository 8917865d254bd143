package collection

import "github.com/dataprism/dataprism/internal/codec/bmp"

// openBMP reads the header of a bitmap.
func openBMP(data []byte) (*still, error) {
	m, err := bmp.ReadImage(data)
	if err != nil {
		return nil, err
	}
	return &still{width: m.Width, height: m.Height, memory: m.Memory(), turn: upright, decode: m.Decode}, nil
}
