package jpeg

// progressiveDC decodes the first bits of a DC value, or one more (T.81, G.1.2.1).
func (d *decoder) progressiveDC(p *plane, block *[64]int16) error {
	if d.scan.high > 0 {
		block[0] |= int16(d.bits.read(1)) << d.scan.low
		return nil
	}
	n, err := d.bits.value(d.tables[0][p.dc])
	if err != nil {
		return err
	}
	if n > 11 {
		return FormatError("a value is out of range")
	}
	p.previous += d.bits.extended(int(n))
	block[0] = int16(p.previous << d.scan.low)
	return nil
}

// progressiveAC decodes the first bits of a band of a block (T.81, G.1.2.2).
func (d *decoder) progressiveAC(p *plane, block *[64]int16) error {
	if d.eobRun > 0 {
		d.eobRun--
		return nil
	}
	for k := d.scan.from; k <= d.scan.to; k++ {
		v, err := d.bits.value(d.tables[1][p.ac])
		if err != nil {
			return err
		}
		run, n := int(v>>4), int(v&15)
		switch {
		case n > 0:
			if k += run; k > d.scan.to {
				return FormatError("a block has too many values")
			}
			block[zigzag[k]] = int16(d.bits.extended(n) << d.scan.low)
		case run == 15:
			k += 15
		default:
			d.eobRun = 1<<run + d.bits.read(run) - 1
			return nil
		}
	}
	return nil
}

// refineAC adds a bit to a band of a block (T.81, G.1.2.3).
func (d *decoder) refineAC(p *plane, block *[64]int16) error {
	one := int16(1) << d.scan.low
	k := d.scan.from
	if d.eobRun == 0 {
	values:
		for ; k <= d.scan.to; k++ {
			v, err := d.bits.value(d.tables[1][p.ac])
			if err != nil {
				return err
			}
			run, n := int(v>>4), int(v&15)
			var fresh int16
			switch {
			case n == 1:
				if fresh = -one; d.bits.read(1) == 1 {
					fresh = one
				}
			case n > 1:
				return FormatError("a value is out of range")
			case run < 15:
				d.eobRun = 1<<run + d.bits.read(run)
				break values
			}
			if k = d.refine(block, k, run, one); k > d.scan.to {
				if fresh != 0 {
					return FormatError("a block has too many values")
				}
				break
			}
			if fresh != 0 {
				block[zigzag[k]] = fresh
			}
		}
	}
	if d.eobRun > 0 {
		d.eobRun--
		d.refine(block, k, 64, one)
	}
	return nil
}

// refine adds a bit to the values of a block that are not zero, from place k on, until it has passed so many zeros;
// it returns the place of the zero after them.
func (d *decoder) refine(block *[64]int16, k, zeros int, one int16) int {
	for ; k <= d.scan.to; k++ {
		v := &block[zigzag[k]]
		if *v == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		if d.bits.read(1) == 1 && *v&one == 0 {
			if *v > 0 {
				*v += one
			} else {
				*v -= one
			}
		}
	}
	return k
}

// transform makes samples of the coefficients of a progressive plane.
func (d *decoder) transform(p *plane) {
	p.samples = make([]byte, p.columns*p.rows*64)
	stride := 8 * p.columns
	quant := &d.quant[p.table]
	var block [64]int32
	for row := range p.rows {
		for column := range p.columns {
			from := (*[64]int16)(p.coefficients[(row*p.columns+column)*64:])
			for k, at := range zigzag {
				block[at] = int32(from[at]) * int32(quant[k])
			}
			inverseDCT(&block, p.samples[row*8*stride+column*8:], stride)
		}
	}
	p.coefficients = nil
}
