package collection

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
)

// Dataset is several collections read at one setting. It may be read by several goroutines at once.
type Dataset struct {
	// Size is the side of every image in pixels, Channels 3 for RGB or 1 for grey.
	Size, Channels int
	// Collections are in the order they were given in.
	Collections []*Collection

	key string
}

// Collection is one set of images. Its rows are explained in the package's comment.
type Collection struct {
	Name, Path string
	// Of is the name of the collection that this is a cell of, and Where what its images have in common; see [Cells].
	Of    string
	Where []Where
	// Found is the number of image files found, LeftOut how many of them Options.MaxImages left out.
	Found, LeftOut int
	// Items are the files of the rows, unreadable ones included, in the order of their names.
	Items []Item
	// Skipped are the rows without pixels, in order.
	Skipped []Skipped
	// Notes say what else is worth knowing: labels of files that are not there, files named twice, images whose group
	// overruled their folder.
	Notes []Skipped
	// Train and Validation are the usable rows of either side of the split, ascending.
	Train, Validation []int

	cache    *cacheFile
	columns  columnSet
	sides    []side
	usable   []bool
	contents []byte             // contentLen bytes a row
	units    []int32            // of each row
	numbers  map[string]*column // labels that are in bins, as they were
}

// Item is the file of a row.
type Item struct {
	// File is the slash-separated name of the file relative to the collection; in a path list as the list has it.
	File string
}

// Skipped is a file and why it has no part in something.
type Skipped struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// begin checks what collections are asked for and returns their data set, empty, with the options completed.
func begin(specs []Spec, o Options) (*Dataset, Options, error) {
	o, err := o.complete()
	if err != nil {
		return nil, o, err
	}
	if len(specs) == 0 {
		return nil, o, &SpecError{"collections", "none is given: name them as NAME=PATH"}
	}
	for _, s := range specs {
		if err := checkName(s.Name); err != nil {
			return nil, o, &SpecError{fmt.Sprintf("%q", s.Name), err.Error()}
		}
		for _, w := range s.Where {
			if err := w.Validate(); err != nil {
				return nil, o, fmt.Errorf("collection %s: %w", s.Name, err)
			}
		}
	}
	if err := checkNames(specs); err != nil {
		return nil, o, err
	}
	if err := checkPaths(specs); err != nil {
		return nil, o, err
	}
	return &Dataset{Size: o.Size, Channels: o.channels()}, o, nil
}

// Open reads collections: from the cache where they are in it, by finding and decoding their images where not. The
// data set must be closed after use.
//
// Errors are of the types of this package where a user can mend them: *NotFoundError, *EmptyError,
// *DuplicateNameError, *ArchiveError, *FormatError, *SizeError, *OptionError, *SpecError, *MetadataError and, if
// Options.Strict is set, *UnreadableError. When ctx ends, Open returns its error and leaves no unfinished file.
func Open(ctx context.Context, specs []Spec, o Options) (*Dataset, error) {
	d, o, err := begin(specs, o)
	if err != nil {
		return nil, err
	}
	for _, s := range specs {
		if err := s.Present(); err != nil {
			return nil, err
		}
	}
	for _, s := range specs {
		c, err := openCollection(ctx, s, o)
		if err != nil {
			d.Close()
			return nil, err
		}
		d.Collections = append(d.Collections, c)
	}
	// Large collections take seconds here.
	for _, step := range []func(){func() { d.arrange(o) }, func() { d.key = d.digest() }} {
		if err := ctx.Err(); err != nil {
			d.Close()
			return nil, err
		}
		step()
	}
	return d, nil
}

// arrange does what takes all collections together.
func (d *Dataset) arrange(o Options) {
	for _, c := range d.Collections {
		c.splitByColumn()
	}
	split(d.Collections, o.Seed, o.Validation)
	unbinned := binNumbers(d.Collections)
	for _, c := range d.Collections {
		c.noteLabels(unbinned)
	}
}

// Close releases the images. Slices from Pixels must not be used any more.
func (d *Dataset) Close() error {
	var errs []error
	for _, c := range d.Collections {
		if c.cache.data != nil {
			errs = append(errs, c.cache.data.unmap())
			c.cache.data = nil
		}
	}
	return errors.Join(errs...)
}

// Key is a hexadecimal digest of everything a training run sees: names, pixels, labels, rows and split. Two data sets
// of the same key are the same data, wherever the files lie and whatever their times are.
func (d *Dataset) Key() string { return d.key }

func (d *Dataset) digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "dataprism data set 1 %d %d %d\n", d.Size, d.Channels, len(d.Collections))
	for _, c := range d.Collections {
		fmt.Fprintf(h, "%q %d %x\n", c.Name, len(c.Items), c.cache.header.pixelSum)
		for _, item := range c.Items {
			fmt.Fprintf(h, "%q\n", item.File)
		}
		for _, col := range c.columns.list {
			fmt.Fprintf(h, "%q %q\n", col.Name, col.Values)
			binary.Write(h, binary.LittleEndian, col.Codes)
		}
		hashRows(h, c.Train)
		hashRows(h, c.Validation)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func hashRows(h hash.Hash, rows []int) {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(rows)))
	for _, r := range rows {
		b = binary.LittleEndian.AppendUint64(b, uint64(r))
	}
	h.Write(b)
}

// collectionOf presents a cache file as a collection, not yet split.
func collectionOf(s Spec, f *cacheFile) *Collection {
	t := f.table
	c := &Collection{
		Name: s.Name, Path: s.Path, Of: s.Of, Where: s.Where,
		Found: t.Found, LeftOut: t.Found - len(t.Files),
		Items: make([]Item, len(t.Files)),
		Notes: t.Notes,
		cache: f, columns: newColumnSet(t.Columns), sides: t.Sides,
		usable: slices.Repeat([]bool{true}, len(t.Files)), contents: t.Contents,
	}
	for row, file := range t.Files {
		c.Items[row].File = file
	}
	for _, skipped := range t.Skipped {
		c.usable[skipped.Row] = false
		c.Skipped = append(c.Skipped, Skipped{t.Files[skipped.Row], skipped.Reason})
	}
	return c
}

// Pixels returns the image of a row as [Size, Size, Channels] bytes in rows from the top, a view into the cache that
// must not be written to, or nil if the row was skipped or the data set is from Survey.
func (c *Collection) Pixels(row int) []byte {
	if !c.usable[row] || c.cache.data == nil {
		return nil
	}
	n := c.cache.header.rowLen()
	start := headerLen + int64(row)*n
	return c.cache.data[start : start+n : start+n]
}

// Depth is how many bits the values of the collection's images of 16 bits were taken for, 0 where it has none: what an image
// from outside is taken for ([Options.Depth]) that is to have the brightness that it would have among them.
func (c *Collection) Depth() int { return c.cache.outcome.Depth }

// Usable tells whether a row has pixels.
func (c *Collection) Usable(row int) bool { return c.usable[row] }

// Rows returns the rows that have pixels, ascending.
func (c *Collection) Rows() []int {
	rows := make([]int, 0, len(c.Items)-len(c.Skipped))
	for row, ok := range c.usable {
		if ok {
			rows = append(rows, row)
		}
	}
	return rows
}

// LabelNames returns the names of the labels that at least one row has, in the order of the metadata; "class", if it
// comes from folders, is last.
func (c *Collection) LabelNames() []string {
	names := make([]string, len(c.columns.list))
	for i, col := range c.columns.list {
		names[i] = col.Name
	}
	return names
}

// Label returns a row's label, which is never "", and whether it has one. Where a label holds numbers of more than a
// few values it is the number's bin, such as "20-34"; see [Collection.Number].
func (c *Collection) Label(row int, name string) (string, bool) {
	if col := c.column(name); col != nil {
		return col.at(row)
	}
	return "", false
}

func (c *Collection) column(name string) *column { return c.columns.byName[name] }

// Labels returns all labels of a row by name, a new map.
func (c *Collection) Labels(row int) map[string]string {
	labels := map[string]string{}
	for _, col := range c.columns.list {
		if v, ok := col.at(row); ok {
			labels[col.Name] = v
		}
	}
	return labels
}
