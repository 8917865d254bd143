package collection

import (
	"bufio"
	"encoding/binary"
	"io"
)

// parquetWriter writes Parquet files of byte arrays, plainly: enough to make large ones without another program.
type parquetWriter struct {
	w      *bufio.Writer
	at     int64
	names  []string
	text   []bool
	groups []parquetGroup
}

type parquetGroup struct {
	rows   int
	starts []int64
	ends   []int64
}

func newParquetWriter(w io.Writer, names []string, text []bool) *parquetWriter {
	p := &parquetWriter{w: bufio.NewWriterSize(w, 1<<20), names: names, text: text}
	p.write([]byte("PAR1"))
	return p
}

func (p *parquetWriter) write(b []byte) {
	p.w.Write(b)
	p.at += int64(len(b))
}

// thriftText is text of Thrift's compact protocol.
type thriftText []byte

func (t *thriftText) int(delta, kind byte, v int64) {
	*t = append(*t, delta<<4|kind)
	*t = binary.AppendVarint(*t, v)
}

func (t *thriftText) string(delta byte, s string) {
	*t = append(*t, delta<<4|8)
	t.bytes(s)
}

func (t *thriftText) bytes(s string) {
	*t = binary.AppendUvarint(*t, uint64(len(s)))
	*t = append(*t, s...)
}

func (t *thriftText) list(delta, kind byte, n int) {
	*t = append(*t, delta<<4|9, 0xf0|kind)
	*t = binary.AppendUvarint(*t, uint64(n))
}

func (t *thriftText) stop() { *t = append(*t, 0) }

// group writes as many values of each column, in pages of 1,000.
func (p *parquetWriter) group(columns ...[][]byte) {
	g := parquetGroup{rows: len(columns[0])}
	for _, values := range columns {
		g.starts = append(g.starts, p.at)
		for from := 0; from < len(values); from += 1000 {
			page := values[from:min(len(values), from+1000)]
			var data []byte
			for _, v := range page {
				data = binary.LittleEndian.AppendUint32(data, uint32(len(v)))
				data = append(data, v...)
			}
			var h thriftText
			h.int(1, 5, 0)
			h.int(1, 5, int64(len(data)))
			h.int(1, 5, int64(len(data)))
			h = append(h, 2<<4|12)
			h.int(1, 5, int64(len(page)))
			for _, v := range []int64{0, 3, 3} {
				h.int(1, 5, v)
			}
			h.stop()
			h.stop()
			p.write(h)
			p.write(data)
		}
		g.ends = append(g.ends, p.at)
	}
	p.groups = append(p.groups, g)
}

// close writes the footer.
func (p *parquetWriter) close() error {
	total := 0
	var f thriftText
	f.int(1, 5, 1)
	f.list(1, 12, len(p.names)+1)
	f.string(4, "schema")
	f.int(1, 5, int64(len(p.names)))
	f.stop()
	for i, name := range p.names {
		f.int(1, 5, 6)
		f.int(2, 5, 0)
		f.string(1, name)
		if p.text[i] {
			f.int(2, 5, 0)
		}
		f.stop()
	}
	for _, g := range p.groups {
		total += g.rows
	}
	f.int(1, 6, int64(total))
	f.list(1, 12, len(p.groups))
	for _, g := range p.groups {
		f.list(1, 12, len(p.names))
		for i, name := range p.names {
			f.int(2, 6, g.starts[i])
			f = append(f, 1<<4|12)
			f.int(1, 5, 6)
			f.list(1, 5, 1)
			f = binary.AppendVarint(f, 0)
			f.list(1, 8, 1)
			f.bytes(name)
			f.int(1, 5, 0)
			f.int(1, 6, int64(g.rows))
			f.int(1, 6, g.ends[i]-g.starts[i])
			f.int(1, 6, g.ends[i]-g.starts[i])
			f.int(2, 6, g.starts[i])
			f.stop()
			f.stop()
		}
		f.int(1, 6, 0)
		f.int(1, 6, int64(g.rows))
		f.stop()
	}
	f.stop()
	p.write(f)
	p.write(binary.LittleEndian.AppendUint32(nil, uint32(len(f))))
	p.write([]byte("PAR1"))
	return p.w.Flush()
}
