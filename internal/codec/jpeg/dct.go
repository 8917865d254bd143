package jpeg

// inverseDCT writes the samples of a block of coefficients, 8 rows stride apart (T.81, A.3.3, with level shift). It
// is the separable transform by the method of C. Loeffler, A. Ligtenberg and G. Moschytz, "Practical fast 1-D DCT
// algorithms with 11 multiplications", 1989: rows first, with dctBits more bits than the values, then columns.
func inverseDCT(block *[64]int32, samples []byte, stride int) {
	for y := range 8 {
		row := (*[8]int32)(block[8*y:])
		if row[1]|row[2]|row[3]|row[4]|row[5]|row[6]|row[7] == 0 {
			if y == 0 && isZero(block[8:]) {
				fill(clampDCT(row[0]), samples, stride)
				return
			}
			dc := clampDCT(row[0]) << dctBits
			*row = [8]int32{dc, dc, dc, dc, dc, dc, dc, dc}
			continue
		}
		var in [8]int64
		for i, v := range row {
			in[i] = int64(clampDCT(v))
		}
		const shift = constBits - dctBits
		for i, v := range inverse8(&in) {
			row[i] = int32((v + 1<<(shift-1)) >> shift)
		}
	}
	for x := range 8 {
		var in [8]int64
		for i := range in {
			in[i] = int64(block[8*i+x])
		}
		const shift = constBits + dctBits + 3 // the two transforms together scale by 8
		for i, v := range inverse8(&in) {
			level := (v+1<<(shift-1))>>shift + 128
			samples[i*stride+x] = byte(min(max(level, 0), 255))
		}
	}
}

func isZero(values []int32) bool {
	for _, v := range values {
		if v != 0 {
			return false
		}
	}
	return true
}

// fill writes the samples of a block that has no coefficient but the first.
func fill(dc int32, samples []byte, stride int) {
	v := byte(min(max((dc+4)>>3+128, 0), 255))
	for y := range 8 {
		row := samples[y*stride:][:8]
		for x := range row {
			row[x] = v
		}
	}
}

const (
	constBits = 13 // precision of a constant
	dctBits   = 2
)

// clampDCT keeps values of damaged files within what the transform's arithmetic holds.
func clampDCT(v int32) int32 { return min(max(v, -1<<20), 1<<20) }

// Constants of the transform: sums of cosines, in constBits bits.
const (
	c0298 = 2446  // sqrt(2) (-c1 + c3 + c5 - c7)
	c0390 = 3196  // sqrt(2) (c3 - c5)
	c0541 = 4433  // sqrt(2) c6
	c0765 = 6270  // sqrt(2) (c2 - c6)
	c0899 = 7373  // sqrt(2) (c3 - c7)
	c1175 = 9633  // sqrt(2) c3
	c1501 = 12299 // sqrt(2) (c1 + c3 - c5 - c7)
	c1847 = 15137 // sqrt(2) (c2 + c6)
	c1961 = 16069 // sqrt(2) (c3 + c5)
	c2053 = 16819 // sqrt(2) (c1 + c3 - c5 + c7)
	c2562 = 20995 // sqrt(2) (c1 + c3)
	c3072 = 25172 // sqrt(2) (c1 + c3 + c5 - c7)
)

// inverse8 is the transform of eight values, scaled by 2^constBits * sqrt(8).
func inverse8(in *[8]int64) [8]int64 {
	z := (in[2] + in[6]) * c0541
	t2, t3 := z-in[6]*c1847, z+in[2]*c0765
	t0, t1 := (in[0]+in[4])<<constBits, (in[0]-in[4])<<constBits
	e0, e3, e1, e2 := t0+t3, t0-t3, t1+t2, t1-t2

	o0, o1, o2, o3 := in[7], in[5], in[3], in[1]
	z1, z2, z3, z4 := o0+o3, o1+o2, o0+o2, o1+o3
	z5 := (z3 + z4) * c1175
	o0, o1, o2, o3 = o0*c0298, o1*c2053, o2*c3072, o3*c1501
	z1, z2, z3, z4 = -z1*c0899, -z2*c2562, z5-z3*c1961, z5-z4*c0390
	o0, o1, o2, o3 = o0+z1+z3, o1+z2+z4, o2+z2+z3, o3+z1+z4
	return [8]int64{e0 + o3, e1 + o2, e2 + o1, e3 + o0, e3 - o0, e2 - o1, e1 - o2, e0 - o3}
}
