// Package bmp decodes Windows and OS/2 bitmaps: with headers of 12 to 124 bytes, 1 to 32 bits a pixel, palettes,
// masks of any bits, run lengths of 4 and 8 bits, from the bottom or from the top. The decoder of golang.org/x/image
// reads some of these, and takes the unused byte of a pixel of 32 bits for alpha. What else a bitmap may be is
// refused by an [UnsupportedError] that names it.
package bmp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/bits"
)

// UnsupportedError says what kind of bitmap a file is that is not decoded.
type UnsupportedError string

func (e UnsupportedError) Error() string {
	return "is a BMP " + string(e) + ", a kind that is not read"
}

// FormatError says in what a file is no valid bitmap.
type FormatError string

func (e FormatError) Error() string { return "is damaged: " + string(e) }

// ErrTruncated is the error of a file that ends too early.
var ErrTruncated = errors.New("is damaged or incomplete: it ends too early")

// compressions.
const (
	plain      = 0
	rle8       = 1
	rle4       = 2
	masks      = 3
	masksAlpha = 6
)

// Image is what a file declares.
type Image struct {
	Width, Height int

	depth, compression int
	down               bool // the first row is the top one
	palette            color.Palette
	masks              [4]uint32 // of red, green, blue and alpha
	pixels             []byte
}

// ReadImage reads the headers of a file.
func ReadImage(data []byte) (*Image, error) {
	const fileHeader = 14
	if len(data) < fileHeader+12 {
		return nil, ErrTruncated
	}
	if string(data[:2]) != "BM" {
		return nil, FormatError("it does not start as a bitmap")
	}
	m := new(Image)
	at := int64(binary.LittleEndian.Uint32(data[10:]))
	header := data[fileHeader:]
	n := int64(binary.LittleEndian.Uint32(header))
	if n > int64(len(header)) {
		return nil, ErrTruncated
	}
	colours, entry := 0, 4
	switch {
	case n == 12:
		m.Width, m.Height = int(binary.LittleEndian.Uint16(header[4:])), int(int16(binary.LittleEndian.Uint16(header[6:])))
		m.depth, entry = int(binary.LittleEndian.Uint16(header[10:])), 3
	case n >= 16 && n <= 124:
		whole := make([]byte, 124) // headers may be cut off where what follows is zero
		copy(whole, header[:n])
		m.Width, m.Height = int(int32(binary.LittleEndian.Uint32(whole[4:]))), int(int32(binary.LittleEndian.Uint32(whole[8:])))
		m.depth, m.compression = int(binary.LittleEndian.Uint16(whole[14:])), int(binary.LittleEndian.Uint32(whole[16:]))
		colours = int(binary.LittleEndian.Uint32(whole[32:]))
		if n == 64 && m.compression >= masks {
			return nil, UnsupportedError("of OS/2, compressed by Huffman or 24-bit runs")
		}
		if n >= 52 && n != 64 {
			m.readMasks(whole[40:], n >= 56)
		}
	default:
		return nil, UnsupportedError(fmt.Sprintf("with a header of %d bytes", n))
	}
	rest := header[n:]
	if n == 40 && (m.compression == masks || m.compression == masksAlpha) {
		size := 12
		if m.compression == masksAlpha {
			size = 16
		}
		if len(rest) < size {
			return nil, ErrTruncated
		}
		m.readMasks(append(rest[:size:size], 0, 0, 0, 0), m.compression == masksAlpha)
		rest = rest[size:]
	}
	if m.Height < 0 {
		m.Height, m.down = -m.Height, true
	}
	// The product of any two sides would not fit in an int64 as bytes.
	const mostPixels = 1 << 40
	if m.Width <= 0 || m.Height <= 0 || int64(m.Width)*int64(m.Height) > mostPixels {
		return nil, FormatError(fmt.Sprintf("it declares a size of %d x %d pixels", m.Width, m.Height))
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	if m.depth <= 8 {
		// Between the headers and the pixels there is room for no more colours than there are.
		if room := (at - int64(len(data)-len(rest))) / int64(entry); room > 0 && colours == 0 {
			colours = int(min(room, 1<<m.depth))
		}
		m.readPalette(rest, colours, entry)
	}
	if at < fileHeader+n || at > int64(len(data)) {
		return nil, ErrTruncated
	}
	m.pixels = data[at:]
	return m, nil
}

func (m *Image) readMasks(b []byte, alpha bool) {
	for i := range m.masks {
		if i < 3 || alpha {
			m.masks[i] = binary.LittleEndian.Uint32(b[4*i:])
		}
	}
}

// check refuses what is not read.
func (m *Image) check() error {
	switch m.compression {
	case plain:
		switch m.depth {
		case 1, 2, 4, 8, 24:
		case 16:
			m.masks = [4]uint32{0x7c00, 0x3e0, 0x1f}
		case 32:
			m.masks = [4]uint32{0xff0000, 0xff00, 0xff} // the fourth byte has no meaning
		default:
			return UnsupportedError(fmt.Sprintf("of %d bits a pixel", m.depth))
		}
	case rle8, rle4:
		if want := map[int]int{rle8: 8, rle4: 4}[m.compression]; m.depth != want {
			return FormatError(fmt.Sprintf("its runs have %d bits, its pixels %d", want, m.depth))
		}
		if m.down {
			return FormatError("its runs start at the top")
		}
	case masks, masksAlpha:
		if m.depth != 16 && m.depth != 32 {
			return FormatError(fmt.Sprintf("it has masks for pixels of %d bits", m.depth))
		}
	case 4:
		return UnsupportedError("that holds a JPEG")
	case 5:
		return UnsupportedError("that holds a PNG")
	default:
		return UnsupportedError(fmt.Sprintf("compressed by the method %d", m.compression))
	}
	return nil
}

// readPalette reads n colours of so many bytes each; a palette without a number of colours has all that fit. Indices
// beyond it are black.
func (m *Image) readPalette(b []byte, n, entry int) {
	m.palette = make(color.Palette, 1<<m.depth)
	if n <= 0 || n > len(m.palette) {
		n = len(m.palette)
	}
	for i := range m.palette {
		c := color.RGBA{A: 255}
		if i < n && len(b) >= entry {
			c.B, c.G, c.R = b[0], b[1], b[2]
			b = b[entry:]
		}
		m.palette[i] = c
	}
}

// Memory is how many bytes decoding takes.
func (m *Image) Memory() int64 {
	if m.depth <= 8 {
		return int64(m.Width) * int64(m.Height)
	}
	return int64(m.Width) * int64(m.Height) * 4
}

// Decode decodes the image: to Paletted, or to RGBA or, with alpha, NRGBA.
func (m *Image) Decode() (image.Image, error) {
	bounds := image.Rect(0, 0, m.Width, m.Height)
	if m.compression == rle4 || m.compression == rle8 {
		out := image.NewPaletted(bounds, m.palette)
		return out, m.runs(out)
	}
	stride := (int64(m.Width)*int64(m.depth) + 31) / 32 * 4
	// The last row may lack what would fill it up.
	if need := stride*int64(m.Height-1) + (int64(m.Width)*int64(m.depth)+7)/8; int64(len(m.pixels)) < need {
		return nil, ErrTruncated
	}
	row := func(y int) []byte {
		if !m.down {
			y = m.Height - 1 - y
		}
		at := int64(y) * stride
		return m.pixels[at:min(at+stride, int64(len(m.pixels)))]
	}
	if m.depth <= 8 {
		out := image.NewPaletted(bounds, m.palette)
		for y := range m.Height {
			from, to := row(y), out.Pix[y*m.Width:][:m.Width]
			for x := range to {
				at := x * m.depth
				to[x] = from[at/8] >> (8 - m.depth - at%8) & (1<<m.depth - 1)
			}
		}
		return out, nil
	}
	out := image.NewNRGBA(bounds)
	seen := byte(0) // all bits of alpha
	fields := m.fields()
	for y := range m.Height {
		from, to := row(y), out.Pix[y*out.Stride:]
		for x := range m.Width {
			p := to[4*x:][:4]
			if m.depth == 24 {
				p[0], p[1], p[2], p[3] = from[3*x+2], from[3*x+1], from[3*x], 255
				continue
			}
			var v uint32
			if m.depth == 16 {
				v = uint32(binary.LittleEndian.Uint16(from[2*x:]))
			} else {
				v = binary.LittleEndian.Uint32(from[4*x:])
			}
			p[0], p[1], p[2], p[3] = fields[0].of(v), fields[1].of(v), fields[2].of(v), 255
			if m.masks[3] != 0 {
				p[3] = fields[3].of(v)
				seen |= p[3]
			}
		}
	}
	if m.masks[3] != 0 && seen == 0 {
		// Alpha that is nowhere but zero was left out by a writer who did not mean it.
		for i := 3; i < len(out.Pix); i += 4 {
			out.Pix[i] = 255
		}
		seen = 255
	}
	if m.masks[3] == 0 || seen == 0 {
		return &image.RGBA{Pix: out.Pix, Stride: out.Stride, Rect: out.Rect}, nil
	}
	return out, nil
}

// field takes a value out of a pixel.
type field struct {
	mask  uint32
	shift int
	most  uint64
}

func (m *Image) fields() (f [4]field) {
	for i, mask := range m.masks {
		f[i] = field{mask: mask, shift: bits.TrailingZeros32(mask)}
		if mask != 0 {
			f[i].most = uint64(mask >> f[i].shift)
		}
	}
	return f
}

// of returns a pixel's value, its largest being 255.
func (f field) of(pixel uint32) byte {
	if f.most == 0 {
		return 0
	}
	return byte((uint64(pixel&f.mask>>f.shift)*255 + f.most/2) / f.most)
}
