package collection

import (
	"encoding/binary"
	"fmt"

	"github.com/dataprism/dataprism/internal/disjoint"
)

// contentLen is the length of what the cache keeps of a row's content: the first 8 bytes of the SHA-256 of the file,
// then those of the SHA-256 of its square.
const contentLen = 16

// Units returns the unit of every row: rows of one unit belong together. They share a value of "pair" or of "group",
// in whatever collection, or are the same image: the same bytes in two files, or the same pixels once decoded. This
// is transitive. units[c][row] is the unit of a row of collection c, skipped rows included; units are numbered from 0
// in the order of collections and rows.
//
// The split keeps the images of a unit on one side. Whatever measures must count a unit as one observation, in folds
// and in intervals, or it will find what it has seen before.
func (d *Dataset) Units() [][]int {
	units := make([][]int, len(d.Collections))
	for i, c := range d.Collections {
		units[i] = make([]int, len(c.Items))
		for row, u := range c.units {
			units[i][row] = int(u)
		}
	}
	return units
}

// UnitsOf returns the units (see [Dataset.Units]) of the given rows, each of the collection with the number at the
// same place, numbered from 0 in the order of the rows.
func (d *Dataset) UnitsOf(collections, rows []int) []int {
	units := make([]int, len(rows))
	number := make(map[int32]int)
	for i, row := range rows {
		u := d.Collections[collections[i]].units[row]
		if _, seen := number[u]; !seen {
			number[u] = len(number)
		}
		units[i] = number[u]
	}
	return units
}

// assignUnits numbers the units of the collections, and notes images that are there twice. It returns how many there
// are.
func assignUnits(collections []*Collection) int {
	first := make([]int, len(collections)) // number of each collection's row 0
	rows := 0
	for i, c := range collections {
		first[i] = rows
		rows += len(c.Items)
	}
	sets := disjoint.New(rows)
	for _, name := range []string{LabelPair, LabelGroup} {
		joinLabels(sets, collections, first, name)
	}
	joinCopies(sets, collections, first)
	units := 0
	number := make([]int32, len(sets)) // of the set that a row stands for, from 1
	for i, c := range collections {
		c.units = make([]int32, len(c.Items))
		for row := range c.Items {
			root := sets.Root(first[i] + row)
			if number[root] == 0 {
				units++
				number[root] = int32(units)
			}
			c.units[row] = number[root] - 1
		}
	}
	return units
}

func joinLabels(sets disjoint.Sets, collections []*Collection, first []int, name string) {
	seen := map[string]int{}
	for i, c := range collections {
		column := c.column(name)
		if column == nil {
			continue
		}
		for row := range c.Items {
			v, ok := column.at(row)
			if !ok {
				continue
			}
			if other, ok := seen[v]; ok {
				sets.Join(other, first[i]+row)
			} else {
				seen[v] = first[i] + row
			}
		}
	}
}

// joinCopies joins the rows of the same bytes or the same pixels, and notes each but the first.
func joinCopies(sets disjoint.Sets, collections []*Collection, first []int) {
	type place struct{ collection, row int }
	bytes, pixels := map[uint64]place{}, map[uint64]place{}
	for i, c := range collections {
		if len(c.contents) == 0 {
			continue
		}
		var found notes
		for row, ok := range c.usable {
			if !ok {
				continue
			}
			content := c.contents[row*contentLen : (row+1)*contentLen]
			ofBytes, ofPixels := binary.LittleEndian.Uint64(content), binary.LittleEndian.Uint64(content[8:])
			at := place{i, row}
			original, copied := bytes[ofBytes]
			if !copied {
				bytes[ofBytes] = at
				original, copied = pixels[ofPixels]
			} else if other, ok := pixels[ofPixels]; ok {
				sets.Join(first[other.collection]+other.row, first[i]+row)
			}
			if _, ok := pixels[ofPixels]; !ok {
				pixels[ofPixels] = at
			}
			if !copied {
				continue
			}
			sets.Join(first[original.collection]+original.row, first[i]+row)
			of := ""
			if original.collection != i {
				of = " of " + collections[original.collection].Name
			}
			found.add(c.Items[row].File, fmt.Sprintf("is the same image as %q%s: they stay on one side of the split",
				collections[original.collection].Items[original.row].File, of))
		}
		c.Notes = append(c.Notes, found.all()...)
	}
}
