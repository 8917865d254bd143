package collection

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dataprism/dataprism/internal/parquet"
)

// parquetShard is a Parquet file with a column of images, as Hugging Face's datasets are stored: the bytes of each
// image's file, by themselves or in a group with its path. Other columns are labels. Rows are called by their
// numbers.
type parquetShard struct {
	path  string
	file  *lent[*os.File]
	table *parquet.File
	roles parquetRoles
}

// parquetRoles say what the columns of a table with images are.
type parquetRoles struct {
	image   int // the bytes of the images
	labels  []int
	classes map[int][]string // names of the numbers that a label's column holds
	others  []string         // further columns of images, and of bytes that are no text
	lists   []string
}

func openParquet(path string) (*parquetShard, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &FormatError{path, "cannot be opened: " + cause(err).Error()}
	}
	p := &parquetShard{path: path, file: lend(f)}
	if err := p.open(); err != nil {
		f.Close()
		return nil, err
	}
	return p, nil
}

func (p *parquetShard) Close() error { return p.file.give() }

func (p *parquetShard) open() (err error) {
	defer parquetReason(p.path, &err)
	info, err := p.file.it.Stat()
	if err != nil {
		return err
	}
	if p.table, err = parquet.Open(p.file.it, info.Size()); err != nil {
		return err
	}
	if p.table.Rows > info.Size() {
		return fmt.Errorf("%w: it has %d rows in %d bytes", parquet.ErrFormat, p.table.Rows, info.Size())
	}
	if p.roles, err = rolesOf(p.table); err != nil {
		return err
	}
	if p.roles.image < 0 {
		return &FormatError{p.path, fmt.Sprintf("has no column of images: its columns are %s; a table of labels is called metadata.parquet and lies beside the images",
			examples(columnNames(p.table), 10))}
	}
	return nil
}

// parquetReason makes an error of reading, or a panic on what was not foreseen, one that names the file.
func parquetReason(path string, err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("cannot be read: %v", r)
	}
	var typed *FormatError
	if *err != nil && !errors.As(*err, &typed) && !errors.Is(*err, context.Canceled) && !errors.Is(*err, context.DeadlineExceeded) {
		*err = &FormatError{path, cause(*err).Error()}
	}
}

func columnNames(f *parquet.File) []string {
	names := make([]string, len(f.Columns))
	for i, c := range f.Columns {
		names[i] = c.Name()
	}
	return names
}

// hfFeatures is what Hugging Face writes into a file about its columns.
type hfFeatures struct {
	Info struct {
		Features map[string]json.RawMessage `json:"features"`
	} `json:"info"`
}

// hfFeature is such a column: an image, or a class that is stored as a number.
type hfFeature struct {
	Type  string   `json:"_type"`
	Names []string `json:"names"`
}

// features returns what is known of the columns of a file; what is not understood is left out.
func features(f *parquet.File) map[string]hfFeature {
	var file hfFeatures
	known := map[string]hfFeature{}
	if json.Unmarshal([]byte(f.Keys["huggingface"]), &file) != nil {
		return known
	}
	for name, raw := range file.Info.Features {
		var feature hfFeature
		if json.Unmarshal(raw, &feature) == nil {
			known[name] = feature
		}
	}
	return known
}

// rolesOf tells the columns apart. Of several columns of images it takes the one called image, or the first.
func rolesOf(f *parquet.File) (parquetRoles, error) {
	known := features(f)
	r := parquetRoles{image: -1, classes: map[int][]string{}}
	var images []int
	for i, c := range f.Columns {
		feature := known[c.Path[0]]
		switch {
		case c.Repeated:
			r.lists = append(r.lists, c.Name())
		case c.Kind == parquet.ByteArray && !c.Text():
			isImage := feature.Type == "Image" || len(c.Path) > 1 && c.Path[len(c.Path)-1] == "bytes"
			if !isImage {
				var err error
				if isImage, err = beginsWithImage(f, i); err != nil {
					return r, err
				}
			}
			if isImage {
				images = append(images, i)
			} else {
				r.others = append(r.others, c.Name())
			}
		default:
			r.labels = append(r.labels, i)
			if feature.Type == "ClassLabel" && len(c.Path) == 1 {
				r.classes[i] = feature.Names
			}
		}
	}
	if len(images) == 0 {
		return r, nil
	}
	r.image = images[0]
	if at := slices.IndexFunc(images, func(i int) bool { return f.Columns[i].Path[0] == "image" }); at >= 0 {
		r.image = images[at]
	}
	for _, i := range images {
		if i != r.image {
			r.others = append(r.others, f.Columns[i].Name())
		}
	}
	return r, nil
}

// beginsWithImage tells whether the first value of a column that is there is an image.
func beginsWithImage(f *parquet.File, column int) (bool, error) {
	cursor, err := f.Column(column)
	if err != nil {
		return false, err
	}
	for range 1000 {
		v, err := cursor.Next()
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if !v.Null {
			return formatOf(v.Bytes) != formatUnknown, nil
		}
	}
	return false, nil
}

func (p *parquetShard) list(ctx context.Context, f *finder) (err error) {
	defer parquetReason(p.path, &err)
	for _, note := range []struct {
		columns []string
		what    string
	}{
		{p.roles.lists, "have lists, which are not read for labels"},
		{p.roles.others, "have images or bytes that are not read, beside the images of " + p.table.Columns[p.roles.image].Name()},
	} {
		if len(note.columns) > 0 {
			f.note("", fmt.Sprintf("its columns %s %s", examples(note.columns, 10), note.what))
		}
	}
	digits := len(strconv.FormatInt(max(p.table.Rows-1, 0), 10))
	labels := f.labels()
	err = eachRow(ctx, p.table, p.roles, labels, func(row int64) error {
		name := fmt.Sprintf("%0*d", digits, row)
		f.image(name, "", row, 0)
		return labels.set(rowName, path.Join(f.file.name, name))
	})
	f.meter.add(f.file.stamp.size)
	return err
}

// rowName is the column of the names of rows, which no file's own column is called.
const rowName = "\x00row"

// eachRow adds the labels of each row to a table, once visit has named the row.
func eachRow(ctx context.Context, f *parquet.File, roles parquetRoles, to *table, visit func(row int64) error) error {
	cursors := make([]*parquet.Cursor, len(roles.labels))
	columns := make([]*tableColumn, len(roles.labels))
	for i, at := range roles.labels {
		var err error
		if cursors[i], err = f.Column(at); err != nil {
			return err
		}
		if columns[i], err = to.column(f.Columns[at].Name()); err != nil {
			return err
		}
	}
	for row := range f.Rows {
		if row%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		to.addRow(int(min(row+1, 1<<31-1)))
		if err := visit(row); err != nil {
			return err
		}
		for i, cursor := range cursors {
			v, err := cursor.Next()
			if err != nil {
				return err
			}
			if v.Null {
				continue
			}
			at := roles.labels[i]
			text := f.Columns[at].Format(v)
			if names := roles.classes[at]; names != nil {
				text = className(names, v.Int())
			}
			if len(text) > maxLabelText {
				to.long++
				continue
			}
			if err := to.setIn(columns[i], text); err != nil {
				return err
			}
		}
	}
	return nil
}

// className is the name of a class, "" for -1, which stands for none, and the number itself where it has no name.
func className(names []string, class int64) string {
	switch {
	case class == -1:
		return ""
	case class >= 0 && class < int64(len(names)):
		return names[class]
	}
	return strconv.FormatInt(class, 10)
}

// errNoBytes is the reason of a row whose image is not in the table.
var errNoBytes = errors.New("has no image: the table has none in this row, or only the path of one")

func (p *parquetShard) each(ctx context.Context, rows []int, where []location, emit emitter) (err error) {
	defer parquetReason(p.path, &err)
	cursor, err := p.table.Column(p.roles.image)
	if err != nil {
		return err
	}
	next := int64(0)
	for _, row := range rows {
		if where[row].at < next {
			return fmt.Errorf("its rows are not in order")
		}
		cursor.Skip(where[row].at - next)
		next = where[row].at + 1
		v, err := cursor.Next()
		if err != nil {
			return err
		}
		load := func() ([]byte, error) {
			if v.Null {
				return nil, errNoBytes
			}
			return v.Bytes, nil
		}
		if err := emit(row, int64(len(v.Bytes)), load); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// readParquet reads a table of labels. One that holds images itself is none.
func (t *table) readParquet(data []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
		var typed *MetadataError
		if err != nil && !errors.As(err, &typed) {
			err = t.fail(0, "%s", strings.TrimPrefix(err.Error(), "cannot be read: "))
		}
	}()
	f, err := parquet.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	roles, err := rolesOf(f)
	if err != nil {
		return err
	}
	if roles.image >= 0 {
		return t.fail(0, "has images itself: give it as a collection of its own, they are not read beside others")
	}
	if f.Rows > maxCells/int64(max(len(roles.labels), 1)) {
		return t.fail(0, "has too many values: at most %d million are read", maxCells/1_000_000)
	}
	return eachRow(context.Background(), f, roles, t, func(int64) error { return nil })
}
