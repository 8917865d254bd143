package parquet

import (
	"io"
	"math/bits"
)

// Limits of a dictionary.
const (
	maxDictionaryBytes  = 128 << 20
	maxDictionaryValues = 4_000_000
)

// Cursor walks a column from the first row of the file to the last. It holds a page and a dictionary.
type Cursor struct {
	file   *File
	index  int
	column Column

	groups []group // still to come
	pages  *pages
	left   int64 // rows of the present group whose pages are still to come
	skip   int64 // rows to pass over before the next value
	inPage int64 // rows of the present page that are still to come

	dictionary []Value
	levels     *hybrid
	values     decoder
}

// Column returns a cursor before the first row of a column.
func (f *File) Column(index int) (*Cursor, error) {
	c := f.Columns[index]
	if c.Repeated {
		return nil, unsupported("its column %s has lists", c.Name())
	}
	return &Cursor{file: f, index: index, column: c, groups: f.groups}, nil
}

// Skip passes over n rows. Pages and parts of the file that lie within them are not read.
func (c *Cursor) Skip(n int64) { c.skip += n }

// Next returns the value of the next row, or io.EOF after the last.
func (c *Cursor) Next() (Value, error) {
	for {
		switch {
		case c.inPage == 0:
			if err := c.advance(); err != nil {
				return Value{}, err
			}
		case c.skip >= c.inPage:
			c.skip -= c.inPage
			c.inPage = 0
		case c.skip > 0:
			c.skip--
			if _, err := c.read(); err != nil {
				return Value{}, err
			}
		default:
			return c.read()
		}
	}
}

func (c *Cursor) damaged() error {
	return damaged("a page of column %s cannot be read", c.column.Name())
}

// read takes a value from the present page.
func (c *Cursor) read() (Value, error) {
	c.inPage--
	if c.levels != nil {
		level, ok := c.levels.next()
		if !ok || int(level) > c.column.levels {
			return Value{}, c.damaged()
		}
		if int(level) < c.column.levels {
			return Value{Null: true}, nil
		}
	}
	v, ok := c.values.next()
	if !ok {
		return Value{}, c.damaged()
	}
	return v, nil
}

// advance opens the next page that has a row which is not to be passed over.
func (c *Cursor) advance() error {
	for c.left == 0 {
		if len(c.groups) == 0 {
			return io.EOF
		}
		g := c.groups[0]
		c.groups = c.groups[1:]
		if g.rows <= c.skip {
			c.skip -= g.rows
			continue
		}
		if g.chunks[c.index].encrypted {
			return unsupported("its column %s is encrypted", c.column.Name())
		}
		c.pages = newPages(c.file.r, g.chunks[c.index])
		c.left = g.rows
		c.dictionary = nil
	}
	h, err := c.pages.next()
	if err == io.EOF {
		return damaged("its column %s ends too early", c.column.Name())
	}
	if err != nil {
		return err
	}
	switch h.kind {
	case pageDictionary:
		return c.openDictionary(h)
	case pageData, pageDataV2:
		return c.openPage(h)
	}
	c.pages.skip(h)
	return nil
}

func (c *Cursor) openPage(h header) error {
	if h.values > c.left || h.kind == pageDataV2 && h.rows != h.values {
		return c.damaged()
	}
	c.left -= h.values
	if h.values <= c.skip {
		c.skip -= h.values
		c.pages.skip(h)
		return nil
	}
	data, err := c.pages.content(h)
	if err != nil {
		return err
	}
	definition, values, err := split(h, c.pages.chunk.codec, data, c.column.levels)
	if err != nil {
		return err
	}
	c.levels = nil
	if c.column.levels > 0 {
		c.levels = &hybrid{data: definition, width: bits.Len(uint(c.column.levels))}
	}
	c.values, err = c.column.newDecoder(h.encoding, values, c.dictionary)
	c.inPage = h.values
	return err
}

func (c *Cursor) openDictionary(h header) error {
	if h.uncompressed > maxDictionaryBytes || h.values > maxDictionaryValues {
		return unsupported("its column %s has a dictionary of more than %d MiB or %d values", c.column.Name(), maxDictionaryBytes>>20, maxDictionaryValues)
	}
	data, err := c.pages.content(h)
	if err != nil {
		return err
	}
	if data, err = decompress(c.pages.chunk.codec, data, int(h.uncompressed)); err != nil {
		return err
	}
	d := &plain{column: c.column, data: data}
	c.dictionary = nil
	for range h.values {
		v, ok := d.next()
		if !ok {
			return c.damaged()
		}
		c.dictionary = append(c.dictionary, v)
	}
	return nil
}
