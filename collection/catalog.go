package collection

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// catalog is what is known of all files of a collection without their pixels: names, sides, labels, and where the
// bytes are. It is the same for every size and frame.
type catalog struct {
	entries []entry
	sides   []side
	columns []*column
	notes   []Skipped
	where   []location // of each entry; nil where the source finds them by itself
}

// located is a source that finds rows by what listing it has told.
type located interface {
	locations() []location
	locate([]location)
}

// catalogOf lists a source.
func catalogOf(ctx context.Context, src source, s Spec) (*catalog, error) {
	l, err := src.list(ctx)
	if err != nil {
		return nil, err
	}
	if len(l.entries) == 0 {
		return nil, &EmptyError{Name: s.Name, Path: s.Path}
	}
	places := l.places
	if places == nil {
		places = l.files()
	}
	layout := arrange(places)
	if len(layout.domains) > 0 {
		return nil, &FormatError{s.Path, fmt.Sprintf("holds a collection for each of the folders %s: give each as one of its own, such as a=%s", strings.Join(layout.domains, ", "), filepath.Join(s.Path, layout.domains[0]))}
	}
	if l.beside != nil && l.beside.numbersShards(places) {
		clear(layout.classes)
	}
	columns, notes, err := bindLabels(l, layout.classes)
	if err != nil {
		return nil, err
	}
	c := &catalog{entries: l.entries, sides: layout.sides, columns: columns, notes: slices.Concat(l.notes, layout.notes, notes)}
	if w, ok := sourceWithin(src).(located); ok {
		c.where = w.locations()
	}
	return c, ctx.Err()
}

// taken returns the rows of the catalog that a spec and the options take, ascending, and what is known of them.
func (c *catalog) taken(s Spec, o Options) ([]int, *cacheTable, error) {
	all, without, err := c.cell(s.Where)
	if err != nil {
		return nil, nil, fmt.Errorf("collection %s: %w", s.Name, err)
	}
	if len(all) == 0 {
		return nil, nil, fmt.Errorf("collection %s: none of the %d images in %s has the labels %s", s.Name, len(c.entries), s.Path, conditions(s.Where))
	}
	rows := choose(c, all, o)
	t := c.table(rows)
	if len(s.Where) > 0 {
		t.Found, t.Notes = len(all), c.notesOf(all)
	}
	if without > 0 {
		t.Notes = append(t.Notes, Skipped{"", fmt.Sprintf("%d of the %d images in %s lack %s and are in no part of it", without, len(c.entries), s.Path, labelsOf(s.Where))})
	}
	return rows, t, nil
}

// table is the part of the catalog that is about the given rows, in their order.
func (c *catalog) table(rows []int) *cacheTable {
	t := &cacheTable{Found: len(c.entries), Notes: slices.Clip(c.notes), Files: make([]string, len(rows)), Sides: make([]side, len(rows))}
	for i, row := range rows {
		t.Files[i], t.Sides[i] = c.entries[row].file, c.sides[row]
	}
	for _, column := range c.columns {
		if len(rows) < len(c.entries) {
			column = column.take(rows)
		}
		if len(column.Values) > 0 {
			t.Columns = append(t.Columns, column)
		}
	}
	return t
}

// sourceWithin is the source that a given table is wrapped around.
func sourceWithin(src source) source {
	if g, ok := src.(*givenTable); ok {
		return g.source
	}
	return src
}
