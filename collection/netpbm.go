package collection

import "github.com/dataprism/dataprism/internal/codec/netpbm"

// openNetpbm reads the header of a PBM, PGM, PPM or PAM.
func openNetpbm(data []byte) (*still, error) {
	m, err := netpbm.ReadImage(data)
	if err != nil {
		return nil, err
	}
	return &still{width: m.Width, height: m.Height, memory: m.Memory(), turn: upright, decode: m.Decode}, nil
}
