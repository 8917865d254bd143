package parquet

import (
	"encoding/binary"
	"io"
)

// Types of pages, in the format's numbers.
const (
	pageData       = 0
	pageDictionary = 2
	pageDataV2     = 3
)

// header is the header of a page.
type header struct {
	kind                     int64
	uncompressed, compressed int64
	values                   int64
	nulls, rows              int64 // of version 2
	encoding                 int64
	definition, repetition   int64 // lengths of the levels of version 2
	plainLevels              bool  // levels of a version 1 page in an encoding that is no longer written
	stored                   bool  // a version 2 page whose values are not compressed
}

func (t *thrift) header() header {
	h := header{kind: -1}
	t.fields(func(id int, kind byte) bool {
		switch {
		case id == 1:
			h.kind = t.number(kind)
		case id == 2:
			h.uncompressed = t.number(kind)
		case id == 3:
			h.compressed = t.number(kind)
		case (id == 5 || id == 7) && kind == thriftStruct:
			t.fields(func(field int, kind byte) bool {
				switch {
				case field == 1:
					h.values = t.number(kind)
				case field == 2:
					h.encoding = t.number(kind)
				case field == 3 && id == 5:
					h.plainLevels = t.number(kind) != encodingRLE
				default:
					return false
				}
				return true
			})
		case id == 8 && kind == thriftStruct:
			t.fields(func(field int, kind byte) bool {
				switch field {
				case 1:
					h.values = t.number(kind)
				case 2:
					h.nulls = t.number(kind)
				case 3:
					h.rows = t.number(kind)
				case 4:
					h.encoding = t.number(kind)
				case 5:
					h.definition = t.number(kind)
				case 6:
					h.repetition = t.number(kind)
				case 7:
					h.stored = t.number(kind) == 0
				default:
					return false
				}
				return true
			})
		default:
			return false
		}
		return true
	})
	return h
}

// pages reads the pages of a chunk in their order.
type pages struct {
	r     io.ReaderAt
	at    int64
	end   int64
	chunk chunk
}

func newPages(r io.ReaderAt, c chunk) *pages { return &pages{r, c.start, c.start + c.length, c} }

// next reads the next header and leaves the page's content to be read or to be skipped; io.EOF is the end.
func (p *pages) next() (header, error) {
	if p.at >= p.end {
		return header{}, io.EOF
	}
	for n := int64(1 << 10); ; n *= 8 {
		n = min(n, p.end-p.at, maxHeader)
		text := make([]byte, n)
		if _, err := p.r.ReadAt(text, p.at); err != nil {
			return header{}, err
		}
		t := &thrift{text: text}
		h := t.header()
		if t.short && n < min(p.end-p.at, maxHeader) {
			continue
		}
		if t.failed || h.compressed < 0 || h.uncompressed < 0 || h.values < 0 || h.compressed > p.end-p.at-int64(t.at) {
			return header{}, damaged("a page has no header")
		}
		if max(h.compressed, h.uncompressed) > maxPage {
			return header{}, unsupported("a page has more than %d MiB: write it with smaller pages or fewer rows in a part", maxPage>>20)
		}
		p.at += int64(t.at)
		return h, nil
	}
}

func (p *pages) skip(h header) { p.at += h.compressed }

func (p *pages) content(h header) ([]byte, error) {
	data := make([]byte, h.compressed)
	if _, err := p.r.ReadAt(data, p.at); err != nil {
		return nil, err
	}
	p.at += h.compressed
	return data, nil
}

// split decompresses a data page and divides it into its levels and its values.
func split(h header, codec int8, data []byte, levels int) (definition, values []byte, err error) {
	if h.kind == pageDataV2 {
		if h.definition < 0 || h.repetition < 0 || h.definition+h.repetition > int64(len(data)) {
			return nil, nil, damaged("a page's levels are longer than the page")
		}
		head := h.definition + h.repetition
		definition, values = data[h.repetition:head], data[head:]
		if !h.stored {
			values, err = decompress(codec, values, int(max(h.uncompressed-head, 0)))
		}
		return definition, values, err
	}
	if data, err = decompress(codec, data, int(h.uncompressed)); err != nil || levels == 0 {
		return nil, data, err
	}
	if h.plainLevels {
		return nil, nil, unsupported("its levels are in an encoding that is not written any more")
	}
	if len(data) < 4 {
		return nil, nil, damaged("a page ends within its levels")
	}
	n := int64(binary.LittleEndian.Uint32(data))
	if n > int64(len(data)-4) {
		return nil, nil, damaged("a page's levels are longer than the page")
	}
	return data[4 : 4+n], data[4+n:], nil
}
