package parquet

import "encoding/binary"

// delta reads DELTA_BINARY_PACKED: whole numbers as differences, packed in blocks by as many bits as the largest in a
// part of a block needs.
type delta struct {
	data    []byte
	perPart int   // numbers in a part of a block
	parts   int   // of a block
	left    int64 // numbers still to come
	value   int64
	first   bool
	least   int64 // what is added to each difference of the block
	widths  []byte
	width   int
	partAt  uint // bit of the next number in data
	inPart  int  // numbers left in the part
}

func newDelta(data []byte) (*delta, bool) {
	d := &delta{data: data, first: true}
	block, ok1 := d.unsigned()
	parts, ok2 := d.unsigned()
	total, ok3 := d.unsigned()
	first, ok4 := d.unsigned()
	if !ok1 || !ok2 || !ok3 || !ok4 || parts == 0 || parts > 1<<16 || block > 1<<24 || block%parts != 0 || block/parts == 0 || total > maxRows {
		return nil, false
	}
	d.parts, d.perPart, d.left = int(parts), int(block/parts), int64(total)
	d.value = int64(first>>1) ^ -int64(first&1)
	return d, true
}

func (d *delta) unsigned() (uint64, bool) {
	v, n := binary.Uvarint(d.data)
	if n <= 0 {
		return 0, false
	}
	d.data = d.data[n:]
	return v, true
}

func (d *delta) next() (int64, bool) {
	if d.left == 0 {
		return 0, false
	}
	d.left--
	if d.first {
		d.first = false
		return d.value, true
	}
	if d.inPart == 0 && !d.part() {
		return 0, false
	}
	v, ok := bitsAt(d.data, d.partAt, d.width)
	if !ok {
		return 0, false
	}
	d.partAt += uint(d.width)
	d.inPart--
	d.value += d.least + int64(v)
	if d.inPart == 0 || d.left == 0 {
		d.endPart()
	}
	return d.value, true
}

// part begins the next part of a block, and the next block where that was its last.
func (d *delta) part() bool {
	if len(d.widths) == 0 {
		least, ok := d.unsigned()
		if !ok || len(d.data) < d.parts {
			return false
		}
		d.least = int64(least>>1) ^ -int64(least&1)
		d.widths, d.data = d.data[:d.parts], d.data[d.parts:]
	}
	d.width, d.widths = int(d.widths[0]), d.widths[1:]
	d.inPart, d.partAt = d.perPart, 0
	return d.width <= 64
}

// endPart steps over the part, which is there as a whole even where its last numbers are not used.
func (d *delta) endPart() {
	d.data = d.data[min(len(d.data), (d.width*d.perPart+7)/8):]
	d.inPart = 0
}

// rest returns what follows the numbers, all of which it reads.
func (d *delta) rest() ([]byte, bool) {
	for d.left > 0 {
		if _, ok := d.next(); !ok {
			return nil, false
		}
	}
	return d.data, true
}
