package jpeg

import (
	"encoding/binary"
	"image"
)

// Transform says how the components of an image stand for colours.
type Transform int

const (
	// Told takes the transform that the file tells.
	Told Transform = iota
	// None takes components for red, green and blue, or for inks, as they are.
	None
	// YCbCr takes components for luma and chroma.
	YCbCr
)

// Options say what a file that is part of another one does not tell itself.
type Options struct {
	// Tables is a stream of tables alone, that are valid where the image has none of its own.
	Tables    []byte
	Transform Transform
}

// decoder holds what markers set.
type decoder struct {
	Header
	tables  [2][4]*huffman // of DC and AC values
	quant   [4][64]uint16  // in zigzag order
	planes  []plane
	bits    bits
	scan    scan
	eobRun  int32
	options Options
}

// plane is the component of an image while it is decoded.
type plane struct {
	Component
	columns, rows int // of blocks, of whole units of all components
	width, height int // in samples, of the image alone
	samples       []byte
	coefficients  []int16 // of progressive images, natural order
	dc, ac        int     // tables of the current scan
	previous      int32   // DC value
	seen          bool
}

// Decode decodes a file: to Gray, YCbCr (where Go has a ratio for the sampling, or else at full resolution), RGBA or
// CMYK. CMYK holds inks as Go has them, 255 for full ink.
func Decode(data []byte, o Options) (image.Image, error) {
	h, err := ReadHeader(data)
	if err != nil {
		return nil, err
	}
	d := &decoder{Header: h, options: o}
	if err := d.standardTables(); err != nil {
		return nil, err
	}
	if len(o.Tables) >= 2 {
		if err := d.read(o.Tables[2:], true); err != nil {
			return nil, err
		}
	}
	d.start()
	if err := d.read(data[2:], false); err != nil {
		return nil, err
	}
	return d.image()
}

// start lays out the planes.
func (d *decoder) start() {
	hmax, vmax := d.maxSampling()
	unitsX, unitsY := (d.Width+8*hmax-1)/(8*hmax), (d.Height+8*vmax-1)/(8*vmax)
	for _, c := range d.Components {
		p := plane{
			Component: c, columns: unitsX * c.H, rows: unitsY * c.V,
			width: (d.Width*c.H + hmax - 1) / hmax, height: (d.Height*c.V + vmax - 1) / vmax,
		}
		if d.Progressive {
			p.coefficients = make([]int16, p.columns*p.rows*64)
		} else {
			p.samples = make([]byte, p.columns*p.rows*64)
		}
		d.planes = append(d.planes, p)
	}
}

// read reads segments and scans. A stream of tables alone may end without a marker.
func (d *decoder) read(data []byte, tablesOnly bool) error {
	r := segments{rest: data}
	for {
		marker, b, err := r.next()
		if err != nil {
			if tablesOnly {
				return nil
			}
			return err
		}
		switch marker {
		case eoi:
			return nil
		case dht:
			err = d.readHuffman(b)
		case dqt:
			err = d.readQuantization(b)
		case dac:
			err = UnsupportedError("in arithmetic coding")
		case dri:
			if len(b) < 2 {
				return FormatError("a segment is cut off")
			}
			d.Restarts = int(binary.BigEndian.Uint16(b))
		case sos:
			if tablesOnly {
				return FormatError("its tables hold a scan")
			}
			if err = d.startScan(b); err == nil {
				d.bits = bits{rest: r.rest}
				err = d.readScan()
				r.rest = d.bits.rest
			}
		}
		if err != nil {
			return err
		}
	}
}

// readQuantization reads the tables of a DQT segment.
func (d *decoder) readQuantization(b []byte) error {
	for len(b) > 0 {
		wide, slot := int(b[0]>>4), b[0]&15
		if wide > 1 || slot > 3 || len(b) < 1+64*(wide+1) {
			return FormatError("a quantization table is cut off or its number out of range")
		}
		b = b[1:]
		for i := range 64 {
			if wide == 1 {
				d.quant[slot][i] = binary.BigEndian.Uint16(b[2*i:])
			} else {
				d.quant[slot][i] = uint16(b[i])
			}
		}
		b = b[64*(wide+1):]
	}
	return nil
}
