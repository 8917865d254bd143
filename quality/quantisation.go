package quality

import (
	"encoding/binary"
	"math"
)

// JPEGQuality estimates the quality setting, 1 to 100, that a JPEG file was last saved with, from its quantisation
// table for luma: the setting of the Independent JPEG Group's library whose table is nearest in the mean difference
// of logarithms. Files by that library, and most others, are told exactly; tables of cameras and photo editors are of
// their own making, and the nearest setting says how coarse they are. ok is false where the file has no such table.
func JPEGQuality(file []byte) (quality float64, ok bool) {
	table, ok := lumaTable(file)
	if !ok {
		return 0, false
	}
	best, least := 0, math.Inf(1)
	for q := 1; q <= 100; q++ {
		if table == standardTables[q] {
			return float64(q), true
		}
	}
	for q := 1; q <= 100; q++ {
		standard := &standardTables[q]
		distance := 0.0
		for i, v := range table {
			distance += math.Abs(logOf(v) - logOf(standard[i]))
		}
		if distance < least {
			best, least = q, distance
		}
	}
	return float64(best), true
}

// logOf is the logarithm of a step, of which none is valid below 1.
func logOf(step uint16) float64 {
	if int(step) < len(logs) {
		return logs[step]
	}
	return math.Log(float64(step))
}

// logs are the logarithms of the steps that tables of 8 bits have.
var logs = func() (out [256]float64) {
	for i := range out {
		out[i] = math.Log(max(1, float64(i)))
	}
	return out
}()

// standardTables are those of the library at each quality.
var standardTables = func() (out [101][64]uint16) {
	for q := 1; q <= 100; q++ {
		for i := range 64 {
			out[q][i] = standardStep(i, q)
		}
	}
	return out
}()

// standardStep is the step of the i-th coefficient, in zigzag order, at a quality of the Independent JPEG Group.
func standardStep(i, quality int) uint16 {
	scale := 200 - 2*quality
	if quality < 50 {
		scale = 5000 / quality
	}
	return uint16(min(255, max(1, (int(standardLuma[i])*scale+50)/100)))
}

// standardLuma is the example table for luma of the JPEG standard (ITU-T T.81, table K.1), in zigzag order.
var standardLuma = [64]uint8{
	16, 11, 12, 14, 12, 10, 16, 14,
	13, 14, 18, 17, 16, 19, 24, 40,
	26, 24, 22, 22, 24, 49, 35, 37,
	29, 40, 58, 51, 61, 60, 57, 51,
	56, 55, 64, 72, 92, 78, 64, 68,
	87, 69, 55, 56, 80, 109, 81, 87,
	95, 98, 103, 104, 103, 62, 77, 113,
	121, 112, 100, 120, 92, 101, 103, 99,
}

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markerDQT = 0xdb
	markerSOS = 0xda
	markerEOI = 0xd9
	markerSOI = 0xd8
	markerTEM = 0x01
	markerRST = 0xd0
)

// lumaTable returns the quantisation table 0, which luma uses in every file that keeps to custom, in zigzag order.
func lumaTable(file []byte) (table [64]uint16, ok bool) {
	if len(file) < 2 || file[0] != 0xff || file[1] != markerSOI {
		return table, false
	}
	for b := file[2:]; len(b) >= 2 && b[0] == 0xff; {
		marker := b[1]
		if marker == 0xff { // a fill byte
			b = b[1:]
			continue
		}
		b = b[2:]
		if marker == markerTEM || marker >= markerRST && marker <= markerSOI {
			continue // these have no segment
		}
		if marker == markerSOS || marker == markerEOI || len(b) < 2 {
			break
		}
		n := int(binary.BigEndian.Uint16(b))
		if n < 2 || n > len(b) {
			break
		}
		if marker == markerDQT {
			if found, has := tableZero(b[2:n]); has {
				table, ok = found, true
			}
		}
		b = b[n:]
	}
	return table, ok
}

// tableZero reads the table of number 0 from a segment of tables.
func tableZero(segment []byte) (table [64]uint16, ok bool) {
	for len(segment) > 0 {
		wide, number := segment[0]>>4, segment[0]&15
		segment = segment[1:]
		size := 64 << min(wide, 1)
		if len(segment) < size {
			break
		}
		if number == 0 {
			for i := range table {
				if wide == 0 {
					table[i] = uint16(segment[i])
				} else {
					table[i] = binary.BigEndian.Uint16(segment[2*i:])
				}
			}
			ok = true
		}
		segment = segment[size:]
	}
	return table, ok
}
