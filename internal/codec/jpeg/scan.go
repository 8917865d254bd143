package jpeg

// scan is the header of a scan (T.81, B.2.3).
type scan struct {
	planes    []*plane
	from, to  int  // of coefficients, in zigzag order
	high, low uint // bits of successive approximation
}

// zigzag is the natural place of each coefficient in the order of the file (T.81, figure A.6).
var zigzag = zigzagOrder()

func zigzagOrder() (order [64]byte) {
	x, y := 0, 0
	for i := range order {
		order[i] = byte(8*y + x)
		switch up := (x+y)%2 == 0; {
		case up && x == 7, !up && y != 7 && x == 0:
			y++
		case up && y == 0, !up && y == 7:
			x++
		case up:
			x, y = x+1, y-1
		default:
			x, y = x-1, y+1
		}
	}
	return order
}

// startScan reads the header of a scan.
func (d *decoder) startScan(b []byte) error {
	if len(b) < 1 || len(b) < 4+2*int(b[0]) || b[0] < 1 || b[0] > 4 {
		return FormatError("the header of a scan is cut off")
	}
	n := int(b[0])
	d.scan = scan{}
	for i := range n {
		id, tables := int(b[1+2*i]), b[2+2*i]
		p := d.plane(id)
		if p == nil {
			return FormatError("a scan has a component that the frame has not")
		}
		for _, other := range d.scan.planes {
			if other == p {
				return FormatError("a scan has a component twice")
			}
		}
		p.dc, p.ac = int(tables>>4), int(tables&15)
		if p.dc > 3 || p.ac > 3 {
			return FormatError("the number of a Huffman table is out of range")
		}
		if p.seen && !d.Progressive {
			return FormatError("a component comes in two scans")
		}
		p.seen = true
		d.scan.planes = append(d.scan.planes, p)
	}
	rest := b[1+2*n:]
	d.scan.from, d.scan.to, d.scan.high, d.scan.low = int(rest[0]), int(rest[1]), uint(rest[2]>>4), uint(rest[2]&15)
	if !d.Progressive {
		d.scan.from, d.scan.to, d.scan.high, d.scan.low = 0, 63, 0, 0
		return nil
	}
	s := d.scan
	if s.from > s.to || s.to > 63 || s.from == 0 && s.to != 0 || s.from > 0 && n > 1 || s.low > 13 || s.high > 0 && s.high != s.low+1 {
		return FormatError("the header of a scan is impossible")
	}
	return nil
}

func (d *decoder) plane(id int) *plane {
	for i := range d.planes {
		if d.planes[i].ID == id {
			return &d.planes[i]
		}
	}
	return nil
}

// readScan decodes the units of a scan.
func (d *decoder) readScan() error {
	s := d.scan
	if err := d.tablesExist(); err != nil {
		return err
	}
	d.restarted()
	if len(s.planes) == 1 {
		p := s.planes[0]
		columns, rows := (p.width+7)/8, (p.height+7)/8
		for i := range columns * rows {
			if err := d.maybeRestart(i); err != nil {
				return err
			}
			if err := d.block(p, i%columns, i/columns); err != nil {
				return err
			}
		}
		return nil
	}
	unitsX, unitsY := s.planes[0].columns/s.planes[0].H, s.planes[0].rows/s.planes[0].V
	for i := range unitsX * unitsY {
		if err := d.maybeRestart(i); err != nil {
			return err
		}
		x, y := i%unitsX, i/unitsX
		for _, p := range s.planes {
			for v := range p.V {
				for h := range p.H {
					if err := d.block(p, x*p.H+h, y*p.V+v); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// tablesExist refuses a scan whose tables were not given.
func (d *decoder) tablesExist() error {
	for _, p := range d.scan.planes {
		if d.scan.from == 0 && d.scan.high == 0 && d.tables[0][p.dc] == nil || d.scan.to > 0 && d.tables[1][p.ac] == nil {
			return FormatError("it lacks a Huffman table")
		}
	}
	return nil
}

// maybeRestart restarts before unit i where an interval ends.
func (d *decoder) maybeRestart(i int) error {
	if d.Restarts == 0 || i == 0 || i%d.Restarts != 0 {
		return nil
	}
	if err := d.bits.restart(); err != nil {
		return err
	}
	d.restarted()
	return nil
}

func (d *decoder) restarted() {
	d.eobRun = 0
	for i := range d.planes {
		d.planes[i].previous = 0
	}
}

// block decodes the block in a column and row of a plane.
func (d *decoder) block(p *plane, column, row int) error {
	at := row*p.columns + column
	if d.Progressive {
		block := (*[64]int16)(p.coefficients[at*64:])
		var err error
		switch {
		case d.scan.from == 0:
			err = d.progressiveDC(p, block)
		case d.scan.high == 0:
			err = d.progressiveAC(p, block)
		default:
			err = d.refineAC(p, block)
		}
		if err != nil {
			return err
		}
		return d.bits.check()
	}
	var block [64]int32
	if err := d.sequential(p, &block); err != nil {
		return err
	}
	stride := 8 * p.columns
	inverseDCT(&block, p.samples[row*8*stride+column*8:], stride)
	return d.bits.check()
}

// sequential decodes and scales the coefficients of a block (T.81, F.2.2).
func (d *decoder) sequential(p *plane, block *[64]int32) error {
	quant := &d.quant[p.table]
	n, err := d.bits.value(d.tables[0][p.dc])
	if err != nil {
		return err
	}
	if n > 11 {
		return FormatError("a value is out of range")
	}
	p.previous += d.bits.extended(int(n))
	block[0] = p.previous * int32(quant[0])
	for k := 1; k < 64; k++ {
		v, err := d.bits.value(d.tables[1][p.ac])
		if err != nil {
			return err
		}
		run, n := int(v>>4), int(v&15)
		if n == 0 {
			if run != 15 {
				break
			}
			k += 15
			continue
		}
		if k += run; k > 63 {
			return FormatError("a block has too many values")
		}
		block[zigzag[k]] = d.bits.extended(n) * int32(quant[k])
	}
	return nil
}
