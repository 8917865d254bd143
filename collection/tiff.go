package collection

import (
	"github.com/dataprism/dataprism/internal/codec/tiff"
)

// openTIFF reads the first directory of a TIFF.
func openTIFF(data []byte) (*still, error) {
	m, err := tiff.ReadImage(data)
	if err != nil {
		return nil, err
	}
	s := &still{width: m.Width, height: m.Height, memory: m.Memory(), decode: m.Decode}
	return s.describe(tiffEmbedded(data, m.Directory)), nil
}
