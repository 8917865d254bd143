package parquet

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Series is a column that is written: of texts, of which empty ones are null, or of numbers, of which those that are
// none (NaN) are null.
type Series struct {
	Name    string
	Texts   []string
	Numbers []float64 // in place of texts
}

func (c Series) rows() int { return max(len(c.Texts), len(c.Numbers)) }

// kind is the physical type: DOUBLE or BYTE_ARRAY.
func (c Series) kind() int64 {
	if c.Numbers != nil {
		return 5
	}
	return 6
}

// Write writes columns of the same number of rows as a Parquet file: one group of rows, of each column one page of
// plain values without compression, which every reader reads.
func Write(w io.Writer, columns []Series) error {
	if len(columns) == 0 {
		return fmt.Errorf("parquet: a file without columns")
	}
	rows := columns[0].rows()
	file := []byte("PAR1")
	var chunks []func(*record)
	var total int64
	for _, c := range columns {
		if c.rows() != rows || c.Texts != nil && c.Numbers != nil {
			return fmt.Errorf("parquet: column %q has %d rows, the first has %d", c.Name, c.rows(), rows)
		}
		page := c.page()
		if len(page) > 1<<30 {
			return fmt.Errorf("parquet: column %q takes more than a gigabyte", c.Name)
		}
		var head record
		head.integer(1, 0)
		head.integer(2, int64(len(page)))
		head.integer(3, int64(len(page)))
		head.group(5, func(r *record) {
			r.integer(1, int64(rows))
			r.integer(2, encodingPlain)
			r.integer(3, encodingRLE)
			r.integer(4, encodingRLE)
		})
		offset, size := int64(len(file)), int64(len(page)+len(head.end()))
		file = append(append(file, head.end()...), page...)
		total += size
		chunks = append(chunks, func(r *record) {
			r.long(2, offset)
			r.group(3, func(r *record) {
				r.integer(1, c.kind())
				r.list(2, thriftI32, 2, func(i int, r *record) { r.zigzag([]int64{encodingPlain, encodingRLE}[i]) })
				r.list(3, thriftBinary, 1, func(_ int, r *record) { r.bytes(c.Name) })
				r.integer(4, 0)
				r.long(5, int64(rows))
				r.long(6, size)
				r.long(7, size)
				r.long(9, offset)
			})
		})
	}
	var footer record
	footer.integer(1, 1)
	footer.list(2, thriftStruct, len(columns)+1, func(i int, r *record) {
		if i == 0 {
			r.text(4, "schema")
			r.integer(5, int64(len(columns)))
			return
		}
		columns[i-1].element(r)
	})
	footer.long(3, int64(rows))
	footer.list(4, thriftStruct, 1, func(_ int, r *record) {
		r.list(1, thriftStruct, len(chunks), func(i int, r *record) { chunks[i](r) })
		r.long(2, total)
		r.long(3, int64(rows))
	})
	footer.text(6, "dataprism")
	text := footer.end()
	file = append(file, text...)
	file = binary.LittleEndian.AppendUint32(file, uint32(len(text)))
	_, err := w.Write(append(file, "PAR1"...))
	return err
}

// element describes the column: optional, and texts as such.
func (c Series) element(r *record) {
	r.integer(1, c.kind())
	r.integer(3, 1)
	r.text(4, c.Name)
	if c.Numbers == nil {
		r.integer(6, 0)
		r.group(10, func(r *record) { r.group(1, func(*record) {}) })
	}
}

// page is which rows have a value, then the values.
func (c Series) page() []byte {
	there := make([]byte, (c.rows()+7)/8) // runs of eight levels of one bit
	var values []byte
	for i := range c.rows() {
		if c.Numbers != nil {
			if x := c.Numbers[i]; !math.IsNaN(x) {
				there[i/8] |= 1 << (i % 8)
				values = binary.LittleEndian.AppendUint64(values, math.Float64bits(x))
			}
		} else if t := c.Texts[i]; t != "" {
			there[i/8] |= 1 << (i % 8)
			values = append(binary.LittleEndian.AppendUint32(values, uint32(len(t))), t...)
		}
	}
	levels := binary.AppendUvarint(nil, uint64(len(there))<<1|1)
	levels = append(levels, there...)
	return append(append(binary.LittleEndian.AppendUint32(nil, uint32(len(levels))), levels...), values...)
}

// record is a struct of Thrift's compact protocol under construction: fields in ascending order.
type record struct {
	data []byte
	last int
}

func (r *record) field(number, kind int) {
	r.data = append(r.data, byte((number-r.last)<<4|kind)) // no field is more than 15 after the one before
	r.last = number
}

func (r *record) zigzag(v int64) { r.data = binary.AppendVarint(r.data, v) }

func (r *record) bytes(s string) {
	r.data = append(binary.AppendUvarint(r.data, uint64(len(s))), s...)
}

func (r *record) integer(number int, v int64) {
	r.field(number, thriftI32)
	r.zigzag(v)
}

func (r *record) long(number int, v int64) {
	r.field(number, thriftI64)
	r.zigzag(v)
}

func (r *record) text(number int, s string) {
	r.field(number, thriftBinary)
	r.bytes(s)
}

func (r *record) group(number int, fill func(*record)) {
	r.field(number, thriftStruct)
	var inner record
	fill(&inner)
	r.data = append(r.data, inner.end()...)
}

// list adds n elements of a type; those that are structs each end by themselves.
func (r *record) list(number, kind, n int, fill func(i int, r *record)) {
	r.field(number, thriftList)
	if n < 15 {
		r.data = append(r.data, byte(n<<4|kind))
	} else {
		r.data = binary.AppendUvarint(append(r.data, byte(0xf0|kind)), uint64(n))
	}
	for i := range n {
		var inner record
		fill(i, &inner)
		if kind == thriftStruct {
			inner.data = inner.end()
		}
		r.data = append(r.data, inner.data...)
	}
}

// end is the struct with its end.
func (r *record) end() []byte { return append(r.data[:len(r.data):len(r.data)], 0) }
