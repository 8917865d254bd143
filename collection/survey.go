package collection

import (
	"context"
	"image"
	"strings"
)

// File is an image file on its way past a [Visitor]. What it points to is valid during the visit only.
type File struct {
	Collection int // place among the collections
	Row        int
	Name       string   // as in Item.File
	Data       []byte   // nil where the file could not be read
	Picture    *Picture // decoded, nil where that is not possible
	Square     []byte   // what the picture becomes, as Open has it
	Reason     string   // why there is no picture
}

// Visitor is what [Survey] tells as it goes.
type Visitor struct {
	// File is called with each file that has a row, once, by several goroutines at a time.
	File func(File)
	// Failed is called with the error of a collection that cannot be read as a whole. If it returns nil the
	// collection stands in the data set without rows, and the others are read; nil returns the error.
	Failed func(collection int, err error) error
}

// Survey finds and decodes the images of collections as [Open] does, shows each file to a visitor in its original
// pixels, and keeps none: the data set has rows, labels, notes and split, but [Collection.Pixels] is nil for every
// row and [Dataset.Key] is "". The cache is neither read nor written. A collection without any readable image is no
// error.
func Survey(ctx context.Context, specs []Spec, o Options, visit Visitor) (*Dataset, error) {
	d, o, err := begin(specs, o)
	if err != nil {
		return nil, err
	}
	for i, s := range specs {
		t, err := survey(ctx, s, o, func(f File) { f.Collection = i; visit.File(f) })
		if err != nil {
			if visit.Failed == nil || ctx.Err() != nil {
				return nil, err
			}
			if err := visit.Failed(i, err); err != nil {
				return nil, err
			}
			t = &cacheTable{}
		}
		d.Collections = append(d.Collections, collectionOf(s, &cacheFile{table: t}))
	}
	d.arrange(o)
	return d, nil
}

// survey visits the files of one collection.
func survey(ctx context.Context, s Spec, o Options, visit func(File)) (*cacheTable, error) {
	src, o, err := openFramed(ctx, s, o)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	c, err := catalogOf(ctx, src, s)
	if err != nil {
		return nil, err
	}
	rows, t, err := c.taken(s, o)
	if err != nil {
		return nil, err
	}
	o.visit = func(place int, f File) {
		f.Row, f.Name = place, t.Files[place]
		visit(f)
	}
	decoded, err := decodeAll(ctx, src, c.entries, rows, s.Name, o, nil)
	if err != nil {
		return nil, err
	}
	t.add(decoded.outcome(t.Files))
	return t, nil
}

// Revisit reads some files of a collection again, by their names in Item.File, and shows them to visit, by several
// goroutines at a time. Rows are not told.
func Revisit(ctx context.Context, s Spec, files []string, visit func(File)) error {
	o, err := Options{Size: MinSize}.complete()
	if err != nil {
		return err
	}
	src, err := openSource(ctx, s, o)
	if err != nil {
		return err
	}
	defer src.Close()
	l, err := src.list(ctx)
	if err != nil {
		return err
	}
	wanted := make(map[string]bool, len(files))
	for _, f := range files {
		wanted[f] = true
	}
	var rows []int
	for row, e := range l.entries {
		if wanted[e.file] {
			rows = append(rows, row)
		}
	}
	o.visit = func(place int, f File) {
		f.Row, f.Name = -1, l.entries[rows[place]].file
		visit(f)
	}
	_, err = decodeAll(ctx, src, l.entries, rows, s.Name, o, nil)
	return err
}

// FormatOf names the format of an image file by its first bytes, such as "jpeg"; "" is none that is read.
func FormatOf(data []byte) string {
	return strings.ToLower(string(formatOf(data[:min(len(data), sniffed)])))
}

// Stored returns the image as it is stored, and the value of the EXIF tag Orientation, 1 to 8, that says how it is to
// be turned; [StoredAt] finds pixels.
func (p *Picture) Stored() (m image.Image, orientation int) { return p.image, int(p.turn) }

// StoredAt returns where the pixel (x, y) of an upright image lies in the stored one of w columns and h rows.
func StoredAt(exif, x, y, w, h int) (storedX, storedY int) {
	return orientation(exif).stored(x, y, w, h)
}
