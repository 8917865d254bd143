// Package parquet reads columns of Parquet files, one value after the other, in bounded memory.
//
// It reads what tables of images are made of: columns of one value a row, or none, also within groups; pages of both
// versions; the encodings PLAIN, RLE, RLE_DICTIONARY, the three of DELTA and BYTE_STREAM_SPLIT; and the compressions
// Snappy, gzip and Zstandard. Lists, maps and encrypted files it does not read.
//
// Files may come from anybody. Memory is bounded by the length of the footer, of a page and of a dictionary, each of
// which has a limit, whatever a file says of itself; reading one that breaks the rules gives an error.
//
// The format is that of github.com/apache/parquet-format.
package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits of what is read.
const (
	maxFooter  = 128 << 20 // bytes
	maxPage    = 512 << 20 // bytes, compressed or not
	maxHeader  = 16 << 20  // bytes of the header of a page, in which writers may put the least and the largest value
	maxSchema  = 10_000    // lines
	maxChunks  = 2_000_000 // parts of columns
	maxRows    = 1 << 31
	maxKeyText = 64 << 20 // bytes of the texts of a file's own keys
)

// ErrFormat is wrapped by the errors of files that are no Parquet files or break the format's rules.
var ErrFormat = errors.New("is not a Parquet file, or is damaged")

// ErrUnsupported is wrapped by the errors of files that follow rules that are not read.
var ErrUnsupported = errors.New("is a Parquet file of a kind that is not read")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

// File is an open Parquet file. It may be used by several goroutines at once.
type File struct {
	// Columns are the leaves of the schema.
	Columns []Column
	// Rows is how many rows the file has, by its own account.
	Rows int64
	// Keys are the texts that programs keep in the file, by name, such as "huggingface".
	Keys map[string]string

	r      io.ReaderAt
	groups []group
}

// group is a part of the file's rows.
type group struct {
	rows   int64
	chunks []chunk // of each column
}

// chunk is a column's part of a group.
type chunk struct {
	start, length int64
	values        int64
	codec         int8
	encrypted     bool
}

// Open reads the footer of a file of size bytes.
func Open(r io.ReaderAt, size int64) (*File, error) {
	tail := make([]byte, 8)
	if size < 12 {
		return nil, damaged("it has %d bytes", size)
	}
	if _, err := r.ReadAt(tail, size-8); err != nil {
		return nil, err
	}
	switch string(tail[4:]) {
	case "PAR1":
	case "PARE":
		return nil, unsupported("it is encrypted")
	default:
		return nil, damaged("it does not end as one, as a download that broke off does")
	}
	length := int64(binary.LittleEndian.Uint32(tail))
	switch {
	case length > size-12:
		return nil, damaged("its footer is longer than the file")
	case length > maxFooter:
		return nil, unsupported("its footer has more than %d MiB", maxFooter>>20)
	}
	footer := make([]byte, length)
	if _, err := r.ReadAt(footer, size-8-length); err != nil {
		return nil, err
	}
	f := &File{r: r, Keys: map[string]string{}}
	if err := f.parse(footer, size); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) parse(footer []byte, size int64) error {
	t := &thrift{text: footer}
	var schema []element
	var groups []group
	var err error
	total := 0
	t.fields(func(id int, kind byte) bool {
		switch {
		case id == 2 && kind == thriftList:
			t.list(thriftStruct, func() {
				if len(schema) == maxSchema {
					err = unsupported("its schema has more than %d lines", maxSchema)
					t.fail()
					return
				}
				schema = append(schema, t.element())
			})
		case id == 3:
			f.Rows = t.number(kind)
		case id == 4 && kind == thriftList:
			t.list(thriftStruct, func() {
				g := t.group()
				groups = append(groups, g)
				if total += len(g.chunks) + 1; total > maxChunks {
					err = unsupported("it has more than %d parts: write it as several files", maxChunks)
					t.fail()
				}
			})
		case id == 5 && kind == thriftList:
			f.keys(t)
		case id == 8:
			err = unsupported("it is encrypted")
			t.fail()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return err
	}
	columns, ok := leaves(schema)
	if t.failed || !ok {
		return damaged("its footer cannot be read")
	}
	f.Columns, f.groups = columns, groups
	return f.check(size)
}

func (f *File) keys(t *thrift) {
	left := maxKeyText
	t.list(thriftStruct, func() {
		var key, value string
		t.fields(func(id int, kind byte) bool {
			if kind != thriftBinary || id > 2 {
				return false
			}
			text := t.binary()
			if left -= len(text); left < 0 {
				return true
			}
			if id == 1 {
				key = string(text)
			} else {
				value = string(text)
			}
			return true
		})
		if key != "" {
			f.Keys[key] = value
		}
	})
}

func (t *thrift) group() group {
	var g group
	t.fields(func(id int, kind byte) bool {
		switch {
		case id == 1 && kind == thriftList:
			t.list(thriftStruct, func() { g.chunks = append(g.chunks, t.chunk()) })
		case id == 3:
			g.rows = t.number(kind)
		default:
			return false
		}
		return true
	})
	return g
}

func (t *thrift) chunk() chunk {
	c := chunk{codec: -1}
	var data, dictionary int64
	t.fields(func(id int, kind byte) bool {
		switch {
		case id == 3 && kind == thriftStruct:
			t.fields(func(id int, kind byte) bool {
				switch id {
				case 4:
					c.codec = int8(min(max(t.number(kind), -1), 127))
				case 5:
					c.values = t.number(kind)
				case 7:
					c.length = t.number(kind)
				case 9:
					data = t.number(kind)
				case 11:
					dictionary = t.number(kind)
				default:
					return false
				}
				return true
			})
		case id == 8:
			c.encrypted = true
			return false
		default:
			return false
		}
		return true
	})
	c.start = data
	if dictionary > 0 && dictionary < data {
		c.start = dictionary
	}
	return c
}

// check compares the numbers of the footer with each other and with the length of the file.
func (f *File) check(size int64) error {
	sum := int64(0)
	for _, g := range f.groups {
		if len(g.chunks) != len(f.Columns) {
			return damaged("a part of it has %d columns and its schema %d", len(g.chunks), len(f.Columns))
		}
		if g.rows < 0 || g.rows > maxRows {
			return damaged("a part of it has %d rows", g.rows)
		}
		sum += g.rows
		for i, c := range g.chunks {
			if c.start < 0 || c.length < 0 || c.start > size || c.length > size-c.start {
				return damaged("its column %s lies outside of the file", f.Columns[i].Name())
			}
			if !f.Columns[i].Repeated && c.values != g.rows {
				return damaged("its column %s has %d values in %d rows", f.Columns[i].Name(), c.values, g.rows)
			}
		}
	}
	if f.Rows != sum {
		return damaged("it says it has %d rows, and its parts have %d", f.Rows, sum)
	}
	return nil
}
