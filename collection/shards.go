package collection

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
)

// shards is a source whose images lie within files: one archive, or several that are one collection.
type shards struct {
	root   string // the folder that names start from
	files  []shardFile
	labels []labelFile // tables beside the files
	notes  []Skipped
	report func(Progress)
	name   string     // of the collection
	where  []location // of each row, once listed
}

// shardFile is one of the files.
type shardFile struct {
	name  string // slash-separated, below the root; "" where it is the only one, whose images are named by it alone
	full  string
	kind  container
	stamp fileStamp
}

// location says where the bytes of a row are: in which shard, and where in it, as its kind counts.
type location struct {
	shard int32
	at    int64
	size  int64
}

// shard reads one of the files.
type shard interface {
	// list tells the finder what is in the file.
	list(ctx context.Context, f *finder) error
	// each calls emit for rows, which are in the order of their locations.
	each(ctx context.Context, rows []int, where []location, emit emitter) error
	io.Closer
}

// open opens a shard. It is closed when its user and all who still load from it are done.
func (s shardFile) open() (shard, error) {
	switch s.kind {
	case containerZip:
		return openZip(s.full)
	case containerParquet:
		return openParquet(s.full)
	default:
		return openTar(s.full)
	}
}

// openShards makes a source of the files at the given paths below root, which must be archives.
func openShards(root string, paths []string, o Options, name string) (*shards, error) {
	s := &shards{root: root, report: o.Progress, name: name}
	for _, full := range paths {
		info, err := os.Stat(full)
		if err != nil {
			return nil, &FormatError{full, "cannot be opened: " + cause(err).Error()}
		}
		if !info.Mode().IsRegular() {
			return nil, &FormatError{full, "is not a regular file: several paths that are one collection are archives"}
		}
		kind, what, err := sniffContainer(full)
		if err != nil {
			return nil, err
		}
		if !kind.isShard() {
			if what == "" {
				what = "is no archive: several paths that are one collection are archives"
			}
			return nil, &FormatError{full, what}
		}
		rel, err := filepath.Rel(root, full)
		if err != nil {
			rel = filepath.Base(full)
		}
		s.files = append(s.files, shardFile{filepath.ToSlash(rel), full, kind, stampOf(full, info)})
	}
	if len(s.files) == 1 {
		s.files[0].name = ""
	}
	return s, nil
}

// besideArchive finds the tables that lie beside the only archive of a collection, as Hugging Face lays out
// images.zip and metadata.jsonl.
func (s *shards) besideArchive() {
	folder := filepath.Dir(s.files[0].full)
	for _, base := range metadataNames() {
		if info, err := os.Stat(filepath.Join(folder, base)); err == nil && info.Mode().IsRegular() {
			s.labels = append(s.labels, labelFile{roleLabels, stampOf(base, info)})
		}
	}
}

func (s *shards) stamp(images, labels io.Writer) {
	fmt.Fprintf(images, "shards %q\n", s.root)
	for _, f := range s.files {
		fmt.Fprintf(images, "%q ", f.name)
		f.stamp.write(images)
	}
	for _, l := range s.labels {
		l.write(labels)
	}
}

func (s *shards) locations() []location { return s.where }

func (s *shards) locate(where []location) { s.where = where }

func (s *shards) list(ctx context.Context) (*listing, error) {
	l := &listing{notes: slices.Clone(s.notes)}
	single := len(s.files) == 1
	f := &finder{listing: l, meter: newMeter(s.report, s.name, Listing, InBytes, s.bytes())}
	for i, file := range s.files {
		f.begin(int32(i), file)
		if err := f.listShard(ctx, file); err != nil {
			return nil, err
		}
	}
	f.meter.end()
	if f.columns != nil {
		f.columns.seal()
		l.tables = append(l.tables, f.columns)
	}
	found := len(l.tables)
	for _, t := range s.labels {
		if err := l.addTableFile(t.role, s.root, t.path); err != nil {
			return nil, err
		}
	}
	for _, t := range l.tables[found:] {
		if single && t.use == tableNamed {
			t.use = tableBeside
		}
	}
	where, notes := f.sorted()
	s.where = where
	l.notes = append(l.notes, notes...)
	l.addSidecars(f.beside, f.unread)
	return l, nil
}

func (f *finder) listShard(ctx context.Context, file shardFile) error {
	s, err := file.open()
	if err != nil {
		return err
	}
	defer s.Close()
	return s.list(ctx, f)
}

func (s *shards) bytes() int64 {
	n := int64(0)
	for _, f := range s.files {
		n += f.stamp.size
	}
	return n
}

func (s *shards) each(ctx context.Context, rows []int, emit emitter) error {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b int) int {
		u, v := s.where[a], s.where[b]
		return cmp.Or(cmp.Compare(u.shard, v.shard), cmp.Compare(u.at, v.at), cmp.Compare(a, b))
	})
	for len(rows) > 0 {
		i := s.where[rows[0]].shard
		n := 1
		for n < len(rows) && s.where[rows[n]].shard == i {
			n++
		}
		if err := s.eachOf(ctx, s.files[i], rows[:n], emit); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return ctx.Err()
}

func (s *shards) eachOf(ctx context.Context, file shardFile, rows []int, emit emitter) error {
	opened, err := file.open()
	if err != nil {
		return err
	}
	defer opened.Close()
	return opened.each(ctx, rows, s.where, emit)
}

func (s *shards) Close() error { return nil }

// place is the name by which the folders of a file in the shard are judged: below the folder that the shard is in,
// and below a part of the data set that the shard's own name tells, as train-00000-of-00002 and val_03 do.
func (s shardFile) place(inner string) string {
	base := path.Base(s.name)
	words := strings.FieldsFunc(base[:len(base)-len(path.Ext(base))], func(r rune) bool { return !isLetter(r) })
	for _, word := range words {
		if name := partWords()[strings.ToLower(word)]; name != "" {
			return path.Join(path.Dir(s.name), name, inner)
		}
	}
	return path.Join(path.Dir(s.name), inner)
}

func isLetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= 0x80 }

// lent is something open that is closed when all who use it have given it back. What is never given back, when work
// is broken off, is closed when it is collected as garbage, as files are.
type lent[T io.Closer] struct {
	it    T
	users atomic.Int64
}

func lend[T io.Closer](it T) *lent[T] {
	l := &lent[T]{it: it}
	l.users.Store(1)
	return l
}

func (l *lent[T]) take() { l.users.Add(1) }

func (l *lent[T]) give() error {
	if l.users.Add(-1) == 0 {
		return l.it.Close()
	}
	return nil
}
