// Package netpbm decodes the portable bitmaps of Netpbm: PBM, PGM and PPM, as text and as bytes (P1 to P6), and PAM
// (P7) of one to four samples a pixel. Of a file that holds several images the first is decoded.
package netpbm

import (
	"errors"
	"fmt"
	"image"
	"strings"
)

// FormatError says in what a file is no valid bitmap.
type FormatError string

func (e FormatError) Error() string { return "is damaged: " + string(e) }

// UnsupportedError says what kind of bitmap a file is that is not decoded.
type UnsupportedError string

func (e UnsupportedError) Error() string {
	return "is a Netpbm file " + string(e) + ", a kind that is not read"
}

// ErrTruncated is the error of a file that ends too early.
var ErrTruncated = errors.New("is damaged or incomplete: it ends too early")

// Image is what a file declares.
type Image struct {
	Width, Height int

	samples int  // of a pixel: 1, or 2 with alpha; 3, or 4 with alpha
	most    int  // the largest value, from 1 to 65535
	text    bool // values are written in decimal digits
	bits    bool // eight pixels a byte, 1 is black
	pixels  []byte
}

// Starts tells whether a file starts as one of these formats do.
func Starts(head []byte) bool {
	if len(head) < 3 || head[0] != 'P' || head[1] < '1' || head[1] > '7' {
		return false
	}
	if head[1] == '7' {
		return head[2] == '\n' && len(head) > 3 && (head[3] == 'W' || head[3] == 'H' || head[3] == 'D' || head[3] == 'M' || head[3] == 'T' || head[3] == '#')
	}
	rest := strings.TrimLeft(string(head[2:]), " \t\r\n\v\f")
	return len(rest) < len(head)-2 && (rest == "" || rest[0] == '#' || rest[0] >= '0' && rest[0] <= '9')
}

// ReadImage reads the header of a file.
func ReadImage(data []byte) (*Image, error) {
	if !Starts(data) {
		return nil, FormatError("it does not start as a Netpbm file")
	}
	if data[1] == '7' {
		return readArbitrary(data)
	}
	kind := data[1]
	m := &Image{samples: 1, most: 1, text: kind <= '3', bits: kind == '1' || kind == '4'}
	if kind == '3' || kind == '6' {
		m.samples = 3
	}
	r := reader{data[2:]}
	for i, v := range []*int{&m.Width, &m.Height, &m.most} {
		if i == 2 && m.bits {
			break
		}
		n, err := r.number()
		if err != nil {
			return nil, err
		}
		*v = n
	}
	if len(r.rest) == 0 {
		return nil, ErrTruncated
	}
	if !m.text {
		r.rest = r.rest[1:] // a single white space
	}
	m.pixels = r.rest
	return m, m.check()
}

// check refuses what is impossible.
func (m *Image) check() error {
	switch {
	case m.Width <= 0 || m.Height <= 0:
		return FormatError("it declares no size")
	case m.most < 1 || m.most > 65535:
		return FormatError(fmt.Sprintf("its largest value is %d", m.most))
	}
	return nil
}

// readArbitrary reads the header of a PAM: lines of a word and its value, to one that says ENDHDR.
func readArbitrary(data []byte) (*Image, error) {
	m := new(Image)
	kind := ""
	rest := data[3:]
	for {
		end := strings.IndexByte(string(rest[:min(len(rest), 1024)]), '\n')
		if end < 0 {
			if len(rest) < 1024 {
				return nil, ErrTruncated
			}
			return nil, FormatError("a line of its header is too long")
		}
		word, value, _ := strings.Cut(strings.TrimSpace(string(rest[:end])), " ")
		rest = rest[end+1:]
		value = strings.TrimSpace(value)
		field := map[string]*int{"WIDTH": &m.Width, "HEIGHT": &m.Height, "DEPTH": &m.samples, "MAXVAL": &m.most}[word]
		switch {
		case word == "ENDHDR":
			m.pixels = rest
			if m.samples < 1 || m.samples > 4 {
				return nil, UnsupportedError(fmt.Sprintf("(PAM) of %d samples a pixel", m.samples))
			}
			if kind != "" && !strings.HasSuffix(kind, "_ALPHA") && (m.samples == 2 || m.samples == 4) {
				return nil, UnsupportedError(fmt.Sprintf("(PAM) of the kind %q", kind))
			}
			return m, m.check()
		case word == "TUPLTYPE":
			kind += value
		case field != nil:
			r := reader{[]byte(value)}
			n, err := r.number()
			if err != nil {
				return nil, FormatError("its header has no number at " + word)
			}
			*field = n
		}
	}
}

// Memory is how many bytes decoding takes.
func (m *Image) Memory() int64 {
	n := int64(m.Width) * int64(m.Height)
	if m.samples > 1 {
		n *= 4
	}
	if m.most > 255 {
		n *= 2
	}
	return n
}

// Decode decodes the image: to Gray or NRGBA, or to Gray16 or NRGBA64 where values go beyond 255. The largest value
// is white.
func (m *Image) Decode() (image.Image, error) {
	bounds := image.Rect(0, 0, m.Width, m.Height)
	size := 1
	if m.most > 255 {
		size = 2
	}
	step := 1
	if m.samples > 1 {
		step = 4
	}
	if need := m.least(size); int64(len(m.pixels)) < need {
		return nil, ErrTruncated
	}
	pix := make([]byte, m.Width*m.Height*step*size)
	if size == 1 && !m.text && !m.bits {
		if err := m.readBytes(pix, step); err != nil {
			return nil, err
		}
		return m.image(pix, step, size, bounds), nil
	}
	next := m.values(size)
	scale := uint32(255)
	if size == 2 {
		scale = 65535
	}
	for i := 0; i < len(pix); i += step * size {
		p := pix[i:][:step*size]
		for s := range m.samples {
			v, err := next()
			if err != nil {
				return nil, err
			}
			if v > m.most {
				return nil, m.tooLarge(v)
			}
			at := s
			if s == 1 && m.samples == 2 {
				at = 3
			}
			put(p, at, size, uint16((uint32(v)*scale+uint32(m.most)/2)/uint32(m.most)))
		}
		if step == 4 {
			m.complete(p, size)
		}
	}
	return m.image(pix, step, size, bounds), nil
}

func (m *Image) image(pix []byte, step, size int, bounds image.Rectangle) image.Image {
	switch {
	case step == 1 && size == 1:
		return &image.Gray{Pix: pix, Stride: m.Width, Rect: bounds}
	case step == 1:
		return &image.Gray16{Pix: pix, Stride: 2 * m.Width, Rect: bounds}
	case size == 1:
		return &image.NRGBA{Pix: pix, Stride: 4 * m.Width, Rect: bounds}
	}
	return &image.NRGBA64{Pix: pix, Stride: 8 * m.Width, Rect: bounds}
}

// readBytes reads values of a byte each, the most common kind, at once.
func (m *Image) readBytes(pix []byte, step int) error {
	var scaled [256]byte
	for v := range m.most + 1 {
		scaled[v] = byte((uint32(v)*255 + uint32(m.most)/2) / uint32(m.most))
	}
	from := m.pixels
	for i := 0; i < len(pix); i, from = i+step, from[m.samples:] {
		p := pix[i:][:step]
		for s, v := range from[:m.samples] {
			if int(v) > m.most {
				return m.tooLarge(int(v))
			}
			if s == 1 && m.samples == 2 {
				s = 3
			}
			p[s] = scaled[v]
		}
		if step == 4 {
			m.complete(p, 1)
		}
	}
	return nil
}

func (m *Image) tooLarge(v int) error {
	return FormatError(fmt.Sprintf("a value is %d, larger than the largest, %d", v, m.most))
}

// least is the smallest length of the pixels' values.
func (m *Image) least(size int) int64 {
	values := int64(m.Width) * int64(m.Height) * int64(m.samples)
	switch {
	case m.bits && !m.text:
		return int64((m.Width+7)/8) * int64(m.Height)
	case m.bits:
		return values
	case m.text:
		return 2*values - 1
	}
	return values * int64(size)
}

// values returns what hands out the values of the pixels.
func (m *Image) values(size int) func() (int, error) {
	b, i := m.pixels, 0
	switch {
	case m.bits && m.text:
		r := reader{b}
		return func() (int, error) { return r.bit() }
	case m.text:
		r := reader{b}
		return r.number
	case m.bits:
		return func() (int, error) {
			row, x := i/m.Width, i%m.Width
			v := b[row*((m.Width+7)/8)+x/8] >> (7 - x%8) & 1
			i++
			return 1 - int(v), nil
		}
	case size == 2:
		return func() (int, error) {
			v := int(b[i])<<8 | int(b[i+1])
			i += 2
			return v, nil
		}
	}
	return func() (int, error) {
		v := int(b[i])
		i++
		return v, nil
	}
}

func put(p []byte, at, size int, v uint16) {
	if size == 1 {
		p[at] = byte(v)
		return
	}
	p[2*at], p[2*at+1] = byte(v>>8), byte(v)
}

// complete fills a pixel of grey with alpha, or of colours without.
func (m *Image) complete(p []byte, size int) {
	if m.samples == 2 {
		copy(p[size:], p[:size])
		copy(p[2*size:], p[:size])
	}
	if m.samples == 3 {
		put(p, 3, size, 65535)
	}
}

// reader reads numbers between white space and comments, which go from "#" to the end of the line.
type reader struct{ rest []byte }

func (r *reader) skip() {
	for len(r.rest) > 0 {
		switch c := r.rest[0]; {
		case c == '#':
			for len(r.rest) > 0 && r.rest[0] != '\n' && r.rest[0] != '\r' {
				r.rest = r.rest[1:]
			}
		case c == ' ' || c >= '\t' && c <= '\r':
			r.rest = r.rest[1:]
		default:
			return
		}
	}
}

func (r *reader) number() (int, error) {
	r.skip()
	if len(r.rest) == 0 {
		return 0, ErrTruncated
	}
	v, n := 0, 0
	for ; n < len(r.rest) && r.rest[n] >= '0' && r.rest[n] <= '9'; n++ {
		if v = 10*v + int(r.rest[n]-'0'); v > 1<<31-1 {
			return 0, FormatError("a number is too large")
		}
	}
	if n == 0 {
		return 0, FormatError(fmt.Sprintf("it has %q where a number is due", r.rest[0]))
	}
	r.rest = r.rest[n:]
	return v, nil
}

// bit reads a digit 0 or 1, which need not be apart from the next; 1 is black.
func (r *reader) bit() (int, error) {
	r.skip()
	if len(r.rest) == 0 {
		return 0, ErrTruncated
	}
	c := r.rest[0]
	if c != '0' && c != '1' {
		return 0, FormatError(fmt.Sprintf("it has %q where a 0 or 1 is due", c))
	}
	r.rest = r.rest[1:]
	return int('1' - c), nil
}
