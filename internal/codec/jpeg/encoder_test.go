package jpeg

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"
)

// encoder writes baseline JPEGs of the kinds that other encoders rarely write. Every quantizer is 1.
type encoder struct {
	width, height int
	factors       [][2]int                                  // sampling of each component
	value         func(component int, x, y float64) float64 // of a place from 0 to 1, from 0 to 255
	ids           string
	adobe         int  // transform, -1 for no segment
	apart         bool // one component a scan
	restarts      int
	late          bool // the height comes after the first scan
	bare          bool // no Huffman tables
	tables        bool // tables alone
	abbreviated   bool // no tables of any kind

	out  []byte
	acc  uint64
	bits int
	dc   []int32
}

func (e *encoder) segment(marker byte, content ...byte) {
	e.out = append(e.out, 0xff, marker)
	e.out = binary.BigEndian.AppendUint16(e.out, uint16(len(content)+2))
	e.out = append(e.out, content...)
}

func (e *encoder) encode() []byte {
	e.out = []byte{0xff, soi}
	if e.adobe >= 0 {
		e.segment(appe, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), byte(e.adobe))...)
	}
	if !e.abbreviated {
		quant := make([]byte, 65)
		for i := range quant[1:] {
			quant[1+i] = 1
		}
		e.segment(dqt, quant...)
		for _, t := range typicalTables {
			if !e.bare {
				counts, _ := hex.DecodeString(t.counts)
				values, _ := hex.DecodeString(t.values)
				e.segment(dht, append(append([]byte{byte(t.class<<4 | t.slot)}, counts...), values...)...)
			}
		}
	}
	if e.tables {
		return append(e.out, 0xff, eoi)
	}
	height := e.height
	if e.late {
		height = 0
	}
	frame := []byte{8, byte(height >> 8), byte(height), byte(e.width >> 8), byte(e.width), byte(len(e.factors))}
	for i, f := range e.factors {
		frame = append(frame, e.ids[i], byte(f[0]<<4|f[1]), 0)
	}
	e.segment(sof0, frame...)
	if e.restarts > 0 {
		e.segment(dri, byte(e.restarts>>8), byte(e.restarts))
	}
	all := make([]int, len(e.factors))
	for i := range all {
		all[i] = i
	}
	if !e.apart {
		e.scan(all)
	} else {
		for i := range all {
			e.scan(all[i : i+1])
		}
	}
	return append(e.out, 0xff, eoi)
}

func (e *encoder) scan(parts []int) {
	header := []byte{byte(len(parts))}
	for _, c := range parts {
		header = append(header, e.ids[c], 0)
	}
	e.segment(sos, append(header, 0, 63, 0)...)
	hmax, vmax := 1, 1
	for _, f := range e.factors {
		hmax, vmax = max(hmax, f[0]), max(vmax, f[1])
	}
	e.dc = make([]int32, len(e.factors))
	unit := 0
	next := func() {
		if e.restarts > 0 && unit > 0 && unit%e.restarts == 0 {
			e.flush()
			e.out = append(e.out, 0xff, byte(rst0+(unit/e.restarts-1)%8))
			clear(e.dc)
		}
		unit++
	}
	samples := func(c int) (int, int) {
		f := e.factors[c]
		return (e.width*f[0] + hmax - 1) / hmax, (e.height*f[1] + vmax - 1) / vmax
	}
	if len(parts) == 1 {
		w, h := samples(parts[0])
		if len(e.factors) == 1 {
			w, h = e.width, e.height
		}
		for y := range (h + 7) / 8 {
			for x := range (w + 7) / 8 {
				next()
				e.block(parts[0], x, y, w, h)
			}
		}
	} else {
		for y := range (e.height + 8*vmax - 1) / (8 * vmax) {
			for x := range (e.width + 8*hmax - 1) / (8 * hmax) {
				next()
				for _, c := range parts {
					w, h := samples(c)
					for v := range e.factors[c][1] {
						for u := range e.factors[c][0] {
							e.block(c, x*e.factors[c][0]+u, y*e.factors[c][1]+v, w, h)
						}
					}
				}
			}
		}
	}
	e.flush()
	if e.late {
		e.segment(dnl, byte(e.height>>8), byte(e.height))
		e.late = false
	}
}

// block writes the block of a plane of w by h samples by the transform's definition (T.81, A.3.3).
func (e *encoder) block(c, column, row, w, h int) {
	var out [64]int32
	for v := range 8 {
		for u := range 8 {
			sum := 0.0
			for y := range 8 {
				for x := range 8 {
					px, py := min(8*column+x, w-1), min(8*row+y, h-1)
					s := math.Round(e.value(c, (float64(px)+0.5)/float64(w), (float64(py)+0.5)/float64(h))) - 128
					sum += s * math.Cos(float64(2*x+1)*float64(u)*math.Pi/16) * math.Cos(float64(2*y+1)*float64(v)*math.Pi/16)
				}
			}
			if u == 0 {
				sum /= math.Sqrt2
			}
			if v == 0 {
				sum /= math.Sqrt2
			}
			out[8*v+u] = int32(math.Round(sum / 4))
		}
	}
	diff := out[0] - e.dc[c]
	e.dc[c] = out[0]
	n := size(diff)
	e.code(0, byte(n))
	e.extend(diff, n)
	run := 0
	for k := 1; k < 64; k++ {
		v := out[zigzag[k]]
		if v == 0 {
			run++
			continue
		}
		for ; run > 15; run -= 16 {
			e.code(1, 0xf0)
		}
		n := size(v)
		e.code(1, byte(run<<4|n))
		e.extend(v, n)
		run = 0
	}
	if run > 0 {
		e.code(1, 0)
	}
}

func size(v int32) int {
	n := 0
	for v = max(v, -v); v > 0; v >>= 1 {
		n++
	}
	return n
}

func (e *encoder) extend(v int32, n int) {
	if v < 0 {
		v += 1<<n - 1
	}
	e.put(uint64(v), n)
}

// code writes the code of a value in table 0 of a class.
func (e *encoder) code(class int, value byte) {
	for _, t := range typicalTables {
		if t.class != class || t.slot != 0 {
			continue
		}
		counts, _ := hex.DecodeString(t.counts)
		values, _ := hex.DecodeString(t.values)
		code, i := uint64(0), 0
		for length := 1; length <= 16; length++ {
			for range counts[length-1] {
				if values[i] == value {
					e.put(code, length)
					return
				}
				i, code = i+1, code+1
			}
			code <<= 1
		}
	}
	panic("no code")
}

func (e *encoder) put(v uint64, n int) {
	e.acc, e.bits = e.acc<<n|v, e.bits+n
	for e.bits >= 8 {
		b := byte(e.acc >> (e.bits - 8))
		e.out = append(e.out, b)
		if b == 0xff {
			e.out = append(e.out, 0)
		}
		e.bits -= 8
	}
}

func (e *encoder) flush() {
	if e.bits > 0 {
		e.put(1<<(8-e.bits)-1, 8-e.bits)
	}
}

// gradient is a smooth picture in which every component differs.
func gradient(c int, x, y float64) float64 {
	switch c {
	case 0:
		return 30 + 190*x
	case 1:
		return 60 + 130*y
	case 2:
		return 200 - 60*x - 60*y
	}
	return 250 - 40*y
}

func (e *encoder) check(t *testing.T, name string) {
	t.Helper()
	data := e.encode()
	m, err := Decode(data, Options{})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	h, err := ReadHeader(data)
	if err != nil || h.Width != e.width || h.Height != e.height {
		t.Errorf("%s: header %+v, %v", name, h, err)
	}
	for y := range e.height {
		for x := range e.width {
			for c, v := range componentsAt(m, x, y) {
				want := e.value(c, (float64(x)+0.5)/float64(e.width), (float64(y)+0.5)/float64(e.height))
				if d := float64(v) - want; math.Abs(d) > 14 {
					t.Errorf("%s: component %d at (%d, %d) is %d, want about %.0f", name, c, x, y, v, want)
					return
				}
			}
		}
	}
}
