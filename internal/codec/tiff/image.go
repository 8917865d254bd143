package tiff

import (
	"fmt"
	"math"
)

// photometric interpretations.
const (
	whiteIsZero = 0
	blackIsZero = 1
	rgb         = 2
	palette     = 3
	separated   = 5
	ycbcr       = 6
	cielab      = 8
	icclab      = 9
)

// formats of samples.
const (
	unsigned = 1
	signed   = 2
	float    = 3
)

// An Image is what a directory declares of its image, checked so that decoding takes no more than Memory.
type Image struct {
	*Directory
	Width, Height int

	bits, format   int
	samples        int // of a pixel, in the file
	colours        int // of a pixel, without alpha
	alpha          int // which sample it is, 0 for none
	associated     bool
	compression    int
	photometric    int
	planar         bool
	predictor      int
	reversed       bool // the bits of a byte start with the lowest
	tiled          bool
	chunkW, chunkH int
	offsets, sizes list
	subH, subV     int // of chroma, where it is stored subsampled
}

// maxParts is how many parts an image may be cut into: a small file can have millions, each of which takes its time.
const maxParts = 1 << 20

// limit keeps the products below within 64 bits.
const limit = 1 << 31

// ReadImage reads what the first directory of a file declares.
func ReadImage(data []byte) (*Image, error) {
	d, err := ReadDirectory(data)
	if err != nil {
		return nil, err
	}
	m := &Image{Directory: d, subH: 1, subV: 1}
	width, height := d.Uint(tagWidth, 0), d.Uint(tagHeight, 0)
	if width == 0 || height == 0 {
		return nil, FormatError("it declares no size")
	}
	if width >= limit || height >= limit {
		return nil, FormatError(fmt.Sprintf("it declares a size of %d x %d pixels", width, height))
	}
	m.Width, m.Height = int(width), int(height)
	m.compression = int(d.Uint(tagCompression, 1) & math.MaxUint16)
	m.planar = d.Uint(tagPlanar, 1) == 2
	m.predictor = int(d.Uint(tagPredictor, 1) & math.MaxUint16)
	m.reversed = d.Uint(tagFillOrder, 1) == 2
	for _, read := range []func() error{m.readSamples, m.readColour, m.readChunks, m.check} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// readSamples reads how a pixel is stored.
func (m *Image) readSamples() error {
	bits, formats := m.list(tagBits), m.list(tagSampleFormat)
	samples := m.Uint(tagSamples, uint64(max(bits.len(), 1)))
	if samples < 1 || samples > 1024 {
		return FormatError(fmt.Sprintf("a pixel has %d samples", samples))
	}
	m.samples, m.bits, m.format = int(samples), 1, unsigned
	if bits.len() > 0 {
		m.bits = int(bits.at(0) & math.MaxUint16)
	}
	if formats.len() > 0 {
		m.format = int(formats.at(0) & math.MaxUint16)
	}
	for i := range min(bits.len(), m.samples) {
		if int(bits.at(i)) != m.bits {
			return UnsupportedError("whose samples have different numbers of bits")
		}
	}
	for i := range min(formats.len(), m.samples) {
		if int(formats.at(i)) != m.format {
			return UnsupportedError("whose samples have different formats")
		}
	}
	if m.format == 4 {
		m.format = unsigned // undefined: not to be told apart
	}
	switch m.format {
	case unsigned, signed:
		if m.bits >= 1 && m.bits <= 16 || m.bits == 24 || m.bits == 32 || m.bits == 64 {
			return nil
		}
	case float:
		if m.bits == 16 || m.bits == 24 || m.bits == 32 || m.bits == 64 {
			return nil
		}
	default:
		return UnsupportedError("of complex numbers")
	}
	return UnsupportedError(fmt.Sprintf("with samples of %d bits", m.bits))
}

// readColour reads what samples stand for.
func (m *Image) readColour() error {
	m.photometric = int(m.Uint(tagPhotometric, blackIsZero) & math.MaxUint16)
	if m.Field(tagPhotometric) == nil && m.samples >= 3 {
		m.photometric = rgb
	}
	switch m.photometric {
	case whiteIsZero, blackIsZero, palette:
		m.colours = 1
	case rgb, ycbcr:
		m.colours = 3
	case separated:
		m.colours = 4
	case cielab, icclab:
		m.colours = min(m.samples, 3)
		if m.colours == 2 {
			m.colours = 1
		}
	case 4:
		return UnsupportedError("that is a mask of transparency")
	case 32803, 34892:
		return UnsupportedError("of raw data of a camera")
	case 32844, 32845:
		return UnsupportedError("of logarithmic luminance (LogLuv)")
	default:
		return UnsupportedError(fmt.Sprintf("of the colour model %d", m.photometric))
	}
	if m.samples < m.colours {
		return FormatError(fmt.Sprintf("a pixel has %d samples where its colours need %d", m.samples, m.colours))
	}
	if extra := m.list(tagExtraSamples); m.photometric != separated && m.photometric != palette && m.samples > m.colours && extra.len() > 0 {
		// 1 and 2 are alpha, which multiplies the colours already or not.
		if kind := extra.at(0); kind == 1 || kind == 2 {
			m.alpha, m.associated = m.colours, kind == 1
		}
	}
	if m.photometric == palette && (m.bits > 8 || m.format != unsigned) {
		return UnsupportedError(fmt.Sprintf("with a palette for %d bits", m.bits))
	}
	if (m.photometric == ycbcr || m.photometric == cielab || m.photometric == icclab) && m.format == float {
		return UnsupportedError("of floating-point values in a colour model other than grey and RGB")
	}
	return nil
}

// readChunks reads how the image is cut into strips or tiles.
func (m *Image) readChunks() error {
	w, h := uint64(m.Width), m.Uint(tagRowsPerStrip, uint64(m.Height))
	m.offsets, m.sizes = m.list(tagStripOffsets), m.list(tagStripCounts)
	if tiles := m.list(tagTileOffsets); tiles.len() > 0 {
		m.tiled = true
		w, h = m.Uint(tagTileWidth, 0), m.Uint(tagTileHeight, 0)
		m.offsets, m.sizes = tiles, m.list(tagTileCounts)
		if m.sizes.len() == 0 {
			m.sizes = m.list(tagStripCounts)
		}
	} else {
		h = min(h, uint64(m.Height))
	}
	if w == 0 || h == 0 || w >= limit || h >= limit {
		return FormatError(fmt.Sprintf("its image is cut into parts of %d x %d pixels", w, h))
	}
	m.chunkW, m.chunkH = int(w), int(h)
	n := uint64(m.across()) * uint64(m.down())
	if m.planar {
		n *= uint64(m.samples)
	}
	if n > maxParts {
		return UnsupportedError(fmt.Sprintf("cut into %d parts", n))
	}
	if n > uint64(m.offsets.len()) {
		return FormatError("it does not say where all parts of its image are")
	}
	if m.sizes.len() > 0 && n > uint64(m.sizes.len()) {
		return FormatError("it does not say how long all parts of its image are")
	}
	if m.sizes.len() == 0 && (n != 1 || m.compression != 1) {
		return FormatError("it does not say how long the parts of its image are")
	}
	return nil
}

// check refuses what is not read, and works out how chroma is stored.
func (m *Image) check() error {
	if reason, ok := unread[m.compression]; ok {
		return UnsupportedError("compressed " + reason)
	}
	if !readCompressions[m.compression] {
		return UnsupportedError(fmt.Sprintf("compressed by the method %d", m.compression))
	}
	switch m.compression {
	case ccittT4, ccittT6:
		if m.bits != 1 || m.samples != 1 {
			return FormatError("it is compressed for fax, but is not black and white")
		}
		if m.compression == ccittT4 && m.Uint(tagT4Options, 0)&1 != 0 {
			return UnsupportedError("compressed for fax in two dimensions (CCITT T.4)")
		}
	case jpegCompression:
		if m.bits != 8 || m.format != unsigned {
			return UnsupportedError(fmt.Sprintf("compressed as JPEG of %d bits", m.bits))
		}
		if m.photometric == palette {
			return FormatError("it is compressed as JPEG, but has a palette")
		}
	}
	switch m.compression {
	case lzwCompression, deflate, deflateAdobe, zstandard:
	default:
		m.predictor = 1 // the field has a meaning for these alone
	}
	switch m.predictor {
	case 1:
	case 2:
		if m.bits != 8 && m.bits != 16 && m.bits != 32 && m.bits != 64 {
			return UnsupportedError(fmt.Sprintf("with differences of %d bits", m.bits))
		}
	case 3:
		if m.format != float {
			return FormatError("its differences are for floating-point values, which it has not")
		}
	default:
		return UnsupportedError(fmt.Sprintf("with the predictor %d", m.predictor))
	}
	if m.photometric == ycbcr && m.compression != jpegCompression {
		if m.bits != 8 || m.format != unsigned {
			return UnsupportedError(fmt.Sprintf("of luma and chroma of %d bits", m.bits))
		}
		m.subH, m.subV = 2, 2
		if l := m.list(tagYCbCrSubsampling); l.len() >= 2 {
			m.subH, m.subV = int(l.at(0)&math.MaxUint16), int(l.at(1)&math.MaxUint16)
		}
		for _, f := range []int{m.subH, m.subV} {
			if f != 1 && f != 2 && f != 4 {
				return FormatError("its chroma is subsampled by an impossible factor")
			}
		}
		if (m.subH > 1 || m.subV > 1) && (m.planar || m.samples != 3) {
			return UnsupportedError("of subsampled chroma in planes or with more samples")
		}
	}
	return nil
}

// across and down are the numbers of parts.
func (m *Image) across() int { return (m.Width + m.chunkW - 1) / m.chunkW }
func (m *Image) down() int   { return (m.Height + m.chunkH - 1) / m.chunkH }

// stored is how many samples of a pixel a part holds.
func (m *Image) stored() int {
	if m.planar {
		return 1
	}
	return m.samples
}

// rowBytes is the length of a row of a part, once it is decompressed. Where chroma is subsampled it is that of subV
// rows.
func (m *Image) rowBytes() int64 {
	if m.subH > 1 || m.subV > 1 {
		return int64((m.chunkW+m.subH-1)/m.subH) * int64(m.subH*m.subV+2)
	}
	return (int64(m.chunkW)*int64(m.stored())*int64(m.bits) + 7) / 8
}

// partBytes is the length of a part with so many rows, once it is decompressed.
func (m *Image) partBytes(rows int) int64 {
	return m.rowBytes() * int64((rows+m.subV-1)/m.subV)
}

// Memory is how many bytes decoding takes.
func (m *Image) Memory() int64 {
	if int64(m.Width)*int64(m.Height) > 1<<40 || int64(m.chunkW)*int64(m.chunkH) > 1<<40 {
		return math.MaxInt64
	}
	n := int64(m.Width) * int64(m.Height) * m.pixelBytes()
	switch {
	case m.compression == jpegCompression:
		n += 12 * int64(m.chunkW) * int64(m.chunkH)
	case m.compression != 1 || m.reversed || m.predictor != 1:
		n += 2 * m.partBytes(m.chunkH)
	}
	if m.compression == zstandard {
		n += zstdMemory
	}
	return n
}
