package collection

import (
	"fmt"
	"slices"
)

// column holds one label of every row: an index into the values that occur, or -1 where the row has no such label.
type column struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
	Codes  []int32  `json:"codes"`
}

func (c *column) at(row int) (string, bool) {
	if code := c.Codes[row]; code >= 0 {
		return c.Values[code], true
	}
	return "", false
}

// valueCount is a value and how many rows have it.
type valueCount struct {
	text string
	rows int
}

// counts returns the values that usable rows have, in the column's order, and how many rows have one.
func (c *column) counts(usable []bool) (values []valueCount, rows int) {
	each := make([]int, len(c.Values))
	for row, ok := range usable {
		if code := c.Codes[row]; ok && code >= 0 {
			each[code]++
			rows++
		}
	}
	for code, n := range each {
		if n > 0 {
			values = append(values, valueCount{c.Values[code], n})
		}
	}
	return values, rows
}

// take returns the column for the given rows only, with the values they use.
func (c *column) take(rows []int) *column {
	taken := &column{Name: c.Name, Codes: make([]int32, len(rows))}
	codes := slices.Repeat([]int32{-1}, len(c.Values))
	for i, row := range rows {
		code := c.Codes[row]
		if code >= 0 && codes[code] < 0 {
			codes[code] = int32(len(taken.Values))
			taken.Values = append(taken.Values, c.Values[code])
		}
		if code >= 0 {
			code = codes[code]
		}
		taken.Codes[i] = code
	}
	return taken
}

// columnBuilder fills columns, by name, as labels are found.
type columnBuilder struct {
	rows    int
	columns []*column
	byName  map[string]*columnUnderWork
}

type columnUnderWork struct {
	*column
	codes map[string]int32
}

func newColumnBuilder(rows int) *columnBuilder {
	return &columnBuilder{rows: rows, byName: map[string]*columnUnderWork{}}
}

// column returns the column of a name, new where there is none, or says that there are too many.
func (b *columnBuilder) column(name string) (*columnUnderWork, error) {
	if c := b.byName[name]; c != nil {
		return c, nil
	}
	if n := len(b.columns) + 1; n > maxColumns || n*b.rows > maxCells {
		names := make([]string, 0, len(b.columns))
		for _, c := range b.columns {
			names = append(names, c.Name)
		}
		return nil, fmt.Errorf("has more labels than the %d images can be given, such as %s: keep those that describe the images",
			b.rows, examples(names, 3))
	}
	c := &columnUnderWork{&column{Name: name, Codes: slices.Repeat([]int32{-1}, b.rows)}, map[string]int32{}}
	b.byName[name] = c
	b.columns = append(b.columns, c.column)
	return c, nil
}

// set gives a row a value, in place of the one it may have.
func (c *columnUnderWork) set(row int, value string) {
	code, known := c.codes[value]
	if !known {
		code = int32(len(c.Values))
		c.codes[value] = code
		c.Values = append(c.Values, value)
	}
	c.Codes[row] = code
}

// columnSet is the columns of a collection with their names.
type columnSet struct {
	list   []*column
	byName map[string]*column
}

func newColumnSet(columns []*column) columnSet {
	s := columnSet{columns, make(map[string]*column, len(columns))}
	for _, c := range columns {
		s.byName[c.Name] = c
	}
	return s
}
