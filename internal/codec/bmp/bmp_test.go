package bmp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"
)

// writer writes bitmaps of every kind.
type writer struct {
	header        int
	width, height int // negative for rows from the top
	depth         int
	compression   int
	masks         []uint32
	palette       []color.RGBA
	colours       int
	rows          [][]byte // from the top
	raw           []byte   // in place of rows
}

func (w writer) bytes() []byte {
	le := binary.LittleEndian
	h := le.AppendUint32(nil, uint32(w.header))
	if w.header == 12 {
		h = le.AppendUint16(h, uint16(w.width))
		h = le.AppendUint16(h, uint16(w.height))
	} else {
		h = le.AppendUint32(h, uint32(int32(w.width)))
		h = le.AppendUint32(h, uint32(int32(w.height)))
	}
	h = le.AppendUint16(h, 1)
	h = le.AppendUint16(h, uint16(w.depth))
	if w.header > 12 {
		h = le.AppendUint32(h, uint32(w.compression))
		h = append(h, make([]byte, 12)...)
		h = le.AppendUint32(h, uint32(w.colours))
		h = append(h, make([]byte, 4)...)
	}
	if w.header == 40 || w.header > 40 && w.header != 64 {
		for _, m := range w.masks {
			h = le.AppendUint32(h, m)
		}
	}
	if w.header > 40 {
		h = append(h, make([]byte, max(0, w.header-len(h)))...)
	}
	for _, c := range w.palette {
		h = append(h, c.B, c.G, c.R)
		if w.header > 12 {
			h = append(h, 0)
		}
	}
	out := append([]byte("BM"), make([]byte, 8)...)
	out = le.AppendUint32(out, uint32(14+len(h)))
	out = append(out, h...)
	for i := range w.rows {
		row := w.rows[i]
		if w.height > 0 {
			row = w.rows[len(w.rows)-1-i]
		}
		out = append(append(out, row...), make([]byte, (4-len(row)%4)%4)...)
	}
	return append(out, w.raw...)
}

func decode(data []byte) (image.Image, error) {
	m, err := ReadImage(data)
	if err != nil {
		return nil, err
	}
	return m.Decode()
}

var (
	red   = color.RGBA{255, 0, 0, 255}
	green = color.RGBA{0, 255, 0, 255}
	blue  = color.RGBA{0, 0, 255, 255}
	black = color.RGBA{0, 0, 0, 255}
)

// flag is a picture of 3 by 2 pixels: red, green, blue; blue, black, red.
var flag = [2][3]color.RGBA{{red, green, blue}, {blue, black, red}}

func TestEveryKindGivesTheSamePicture(t *testing.T) {
	palette := []color.RGBA{black, red, green, blue}
	indexed := func(depth int) [][]byte {
		var rows [][]byte
		for _, r := range flag {
			row := make([]byte, (3*depth+7)/8)
			for x, c := range r {
				for i, p := range palette {
					if p == c {
						row[x*depth/8] |= byte(i) << (8 - depth - x*depth%8)
					}
				}
			}
			rows = append(rows, row)
		}
		return rows
	}
	packed := func(depth int, masks ...uint32) [][]byte {
		var rows [][]byte
		for _, r := range flag {
			var row []byte
			for _, c := range r {
				v := uint32(0)
				for i, on := range []bool{c.R > 0, c.G > 0, c.B > 0, true} {
					if on && i < len(masks) {
						v |= masks[i]
					}
				}
				switch depth {
				case 16:
					row = binary.LittleEndian.AppendUint16(row, uint16(v))
				case 24:
					row = append(row, byte(v), byte(v>>8), byte(v>>16))
				default:
					row = binary.LittleEndian.AppendUint32(row, v)
				}
			}
			rows = append(rows, row)
		}
		return rows
	}
	rgb := []uint32{0xff0000, 0xff00, 0xff}
	rgba := append(rgb, 0xff000000)
	files := map[string]writer{
		"OS/2, 8 bits":             {header: 12, depth: 8, palette: palette, rows: indexed(8)},
		"OS/2, 24 bits":            {header: 12, depth: 24, rows: packed(24, rgb...)},
		"OS/2 2, 4 bits":           {header: 64, depth: 4, palette: palette, colours: 4, rows: indexed(4)},
		"OS/2 2, short":            {header: 16, depth: 24, rows: packed(24, rgb...)},
		"2 bits":                   {header: 40, depth: 2, palette: palette, rows: indexed(2)},
		"4 bits, few colours":      {header: 40, depth: 4, palette: palette, colours: 4, rows: indexed(4)},
		"8 bits, number left out":  {header: 40, depth: 8, palette: palette, rows: indexed(8)},
		"16 bits":                  {header: 40, depth: 16, rows: packed(16, 0x7c00, 0x3e0, 0x1f)},
		"16 bits, 5 6 5":           {header: 40, depth: 16, compression: masks, masks: []uint32{0xf800, 0x7e0, 0x1f}, rows: packed(16, 0xf800, 0x7e0, 0x1f)},
		"16 bits, 4 4 4 4":         {header: 56, depth: 16, compression: masks, masks: []uint32{0xf00, 0xf0, 0xf, 0xf000}, rows: packed(16, 0xf00, 0xf0, 0xf, 0xf000)},
		"24 bits from the top":     {header: 40, height: -2, depth: 24, rows: packed(24, rgb...)},
		"32 bits, unused byte 0":   {header: 40, depth: 32, rows: packed(32, rgb...)},
		"32 bits V5, no alpha":     {header: 124, depth: 32, masks: rgba, rows: packed(32, rgb...)},
		"32 bits V5, alpha 0":      {header: 124, depth: 32, compression: masks, masks: rgba, rows: packed(32, rgb...)},
		"32 bits V5, no mask":      {header: 124, depth: 32, compression: masks, masks: append(rgb, 0), rows: packed(32, rgb...)},
		"32 bits V4 with alpha":    {header: 108, depth: 32, compression: masks, masks: rgba, rows: packed(32, rgba...)},
		"32 bits V2":               {header: 52, depth: 32, compression: masks, masks: rgb, rows: packed(32, rgb...)},
		"32 bits, 10 bits a value": {header: 40, depth: 32, compression: masks, masks: []uint32{0x3ff00000, 0xffc00, 0x3ff}, rows: packed(32, 0x3ff00000, 0xffc00, 0x3ff)},
		"alpha masks apart":        {header: 40, depth: 32, compression: masksAlpha, masks: rgba, rows: packed(32, rgba...)},
		"8-bit runs":               {header: 40, depth: 8, compression: rle8, palette: palette, colours: 4, raw: []byte{1, 3, 1, 0, 1, 1, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1}},
		"8-bit runs with a step":   {header: 40, depth: 8, compression: rle8, palette: palette, colours: 4, raw: []byte{1, 3, 0, 2, 1, 0, 1, 1, 0, 0, 1, 1, 1, 2, 1, 3, 0, 0}},
		"4-bit runs":               {header: 40, depth: 4, compression: rle4, palette: palette, colours: 4, raw: []byte{2, 0x30, 1, 0x10, 0, 0, 0, 3, 0x12, 0x30, 0, 1}},
	}
	for name, w := range files {
		w.width = 3
		if w.height == 0 {
			w.height = 2
		}
		m, err := decode(w.bytes())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for y, row := range flag {
			for x, want := range row {
				if got := color.RGBAModel.Convert(m.At(x, y)); got != want {
					t.Errorf("%s: (%d, %d) is %v, want %v", name, x, y, got, want)
				}
			}
		}
	}
}

func TestAlphaIsKept(t *testing.T) {
	w := writer{header: 124, width: 2, height: 1, depth: 32, compression: masks, masks: []uint32{0xff0000, 0xff00, 0xff, 0xff000000},
		rows: [][]byte{{10, 20, 30, 0, 1, 2, 3, 128}}}
	m, err := decode(w.bytes())
	if err != nil {
		t.Fatal(err)
	}
	if a, b := m.At(0, 0), m.At(1, 0); a != (color.NRGBA{30, 20, 10, 0}) || b != (color.NRGBA{3, 2, 1, 128}) {
		t.Errorf("%v, %v", a, b)
	}
}

func TestWhatIsNotReadIsNamed(t *testing.T) {
	for says, w := range map[string]writer{
		"holds a JPEG":         {header: 40, depth: 24, compression: 4},
		"holds a PNG":          {header: 40, depth: 24, compression: 5},
		"the method 11":        {header: 40, depth: 24, compression: 11},
		"3 bits a pixel":       {header: 40, depth: 3},
		"header of 200 bytes":  {header: 200, depth: 24},
		"of OS/2":              {header: 64, depth: 24, compression: 4},
		"runs have 8 bits":     {header: 40, depth: 4, compression: rle8},
		"start at the top":     {header: 40, height: -1, depth: 8, compression: rle8},
		"for pixels of 8 bits": {header: 40, depth: 8, compression: masks, masks: []uint32{1, 2, 4}},
		"ends too early":       {header: 40, depth: 24},
	} {
		if w.width = 1; w.height == 0 {
			w.height = 1
		}
		if _, err := decode(w.bytes()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(writer{header: 40, width: 3, height: 2, depth: 8, compression: rle8, palette: []color.RGBA{black, red}, colours: 2, raw: []byte{3, 1, 0, 0, 0, 3, 1, 0, 1, 0, 0, 1}}.bytes())
	f.Add(writer{header: 12, width: 2, height: 2, depth: 24, rows: [][]byte{{1, 2, 3, 4, 5, 6}, {1, 2, 3, 4, 5, 6}}}.bytes())
	f.Add(writer{header: 124, width: 1, height: -1, depth: 32, compression: masks, masks: []uint32{1, 0xff0, 0, 0xf0000000}, rows: [][]byte{{1, 2, 3, 4}}}.bytes())
	f.Fuzz(func(t *testing.T, data []byte) { try(t, data) })
}

// try decodes a small image and checks that an error is of a kind that users are told.
func try(t *testing.T, data []byte) {
	t.Helper()
	m, err := ReadImage(data)
	if err == nil {
		if m.Memory() > 1<<20 {
			return
		}
		var decoded image.Image
		if decoded, err = m.Decode(); err == nil {
			decoded.At(m.Width-1, m.Height-1)
		}
	}
	var format FormatError
	var unsupported UnsupportedError
	if err != nil && !errors.Is(err, ErrTruncated) && !errors.As(err, &format) && !errors.As(err, &unsupported) {
		t.Fatalf("%T %v", err, err)
	}
}

func TestEveryTruncationAndFlippedByteIsAnErrorOrAnImage(t *testing.T) {
	for _, w := range []writer{
		{header: 40, width: 3, height: 2, depth: 4, compression: rle4, palette: []color.RGBA{black, red}, colours: 2, raw: []byte{3, 1, 0, 0, 0, 3, 1, 0, 1, 0, 0, 1}},
		{header: 56, width: 2, height: 2, depth: 16, compression: masks, masks: []uint32{0xf00, 0xf0, 0xf, 0xf000}, rows: [][]byte{{1, 2, 3, 4}, {1, 2, 3, 4}}},
	} {
		data := w.bytes()
		for n := range len(data) {
			try(t, data[:n])
			for bit := range 8 {
				bad := bytes.Clone(data)
				bad[n] ^= 1 << bit
				try(t, bad)
			}
		}
		if _, err := decode(data[:len(data)-3]); !errors.Is(err, ErrTruncated) {
			t.Error(fmt.Errorf("cut off: %w", err))
		}
	}
}
