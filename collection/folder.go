package collection

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// folder is a source whose images are files below a folder. Links to files and to folders are followed, but no folder
// is read twice.
type folder struct {
	root    string
	entries []entry
	found   []fileStamp // of each entry
	labels  []labelFile
	notes   []Skipped
	// beside are files that lie beside images under their names.
	beside []besideFile
	// archives are those found, which are refused where there are images too.
	archives []fileStamp
	// only are the folders that are read of the root; nil is all.
	only map[string]bool

	report func(Progress)
	name   string            // of the collection
	meter  *meter            // of the files found
	walked map[string]string // names of the folders read, by their paths without links
	links  []string          // names of links to folders that are still to be read
}

// labelFile is a file that is or may be a table of labels.
type labelFile struct {
	role role
	fileStamp
}

// besideFile is a file that may lie beside an image, and why it is not read for labels by itself.
type besideFile struct {
	fileStamp
	reason string
}

// fileStamp tells a file's content from another without reading it. The mode is part of it because a file that could
// not be read may be made readable.
type fileStamp struct {
	path  string
	size  int64
	mtime int64 // nanoseconds
	mode  fs.FileMode
}

func stampOf(path string, info fs.FileInfo) fileStamp {
	return fileStamp{path, info.Size(), info.ModTime().UnixNano(), info.Mode()}
}

func (s fileStamp) write(w io.Writer) {
	fmt.Fprintf(w, "%q %d %d %o\n", s.path, s.size, s.mtime, s.mode)
}

func openFolder(ctx context.Context, root string, o Options, name string) (*folder, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: root, Err: errors.New("is not a folder")}
	}
	f := &folder{root: root, report: o.Progress, name: name, walked: map[string]string{}}
	f.meter = newMeter(o.Progress, name, Listing, InFiles, 0)
	f.findDomain()
	if err := f.walk(ctx, "", realPath(f.root)); err != nil {
		return nil, err
	}
	// Links come last, so that a folder is read under its own name and not under that of a link to it.
	for len(f.links) > 0 {
		file := f.links[0]
		f.links = f.links[1:]
		if err := f.walk(ctx, file, realPath(filepath.Join(f.root, filepath.FromSlash(file)))); err != nil {
			return nil, err
		}
	}
	f.meter.end()
	f.sort()
	f.keepBeside()
	return f, nil
}

// keepBeside leaves the files that do lie beside an image.
func (f *folder) keepBeside() {
	if len(f.beside) == 0 {
		return
	}
	images := imageNames(f.entries)
	kept := f.beside[:0]
	for _, b := range f.beside {
		if images[withoutEnding(escaped(b.path))] {
			kept = append(kept, b)
		} else if b.reason != "" {
			f.notes = append(f.notes, Skipped{b.path, b.reason})
		}
	}
	f.beside = kept
}

// findDomain makes the folder trainA that of a domain, with the folders testA and valA beside it, which are held out:
// that is how data sets of unpaired translation lie. Tables beside the folders are read too.
func (f *folder) findDomain() {
	base := filepath.Base(f.root)
	own := partOf(base)
	if own.domain == "" || own.side() != sideTrain {
		return
	}
	list, err := os.ReadDir(filepath.Dir(f.root))
	if err != nil {
		return
	}
	only := map[string]bool{base: true}
	for _, d := range list {
		if p := partOf(d.Name()); p.domain == own.domain && p.side() == sideHeld {
			only[d.Name()] = true
			f.notes = append(f.notes, Skipped{d.Name(), fmt.Sprintf("is read too, and held out: it stands beside %s", base)})
		}
	}
	if len(only) > 1 {
		f.root, f.only = filepath.Dir(f.root), only
	}
}

func (f *folder) sort() {
	var notes []Skipped
	f.entries, f.found, notes = sortByFile(f.entries, f.found)
	f.notes = append(f.notes, notes...)
}

// hasImages says whether there is any file that may be read as an image.
func (f *folder) hasImages() bool {
	return slices.ContainsFunc(f.entries, func(e entry) bool { return e.reason == "" })
}

// refuseArchives gives the archives beside images rows that say why they are not read. Parquet files may be tables of
// labels there.
func (f *folder) refuseArchives() {
	for _, a := range f.archives {
		if role, _ := roleOf(a.path); role == roleParquet {
			f.labels = append(f.labels, labelFile{roleTable, a})
		} else {
			f.refuse(a.path, a, nestedArchive)
		}
	}
	if len(f.archives) > 0 {
		f.sort()
	}
}

func (f *folder) stamp(images, labels io.Writer) {
	fmt.Fprintf(images, "folder %q\n", f.root)
	for i, s := range f.found {
		s.write(images)
		io.WriteString(images, f.entries[i].reason)
	}
	for _, s := range f.labels {
		s.write(labels)
	}
	for _, s := range f.beside {
		s.write(labels)
	}
}

func (f *folder) list(ctx context.Context) (*listing, error) {
	l := &listing{entries: f.entries, notes: f.notes, root: filepath.ToSlash(f.root), subset: f.only != nil}
	for _, s := range f.labels {
		if err := l.addTableFile(s.role, f.root, s.path); err != nil {
			return nil, err
		}
	}
	if len(f.beside) > 0 {
		s, err := f.readBeside(ctx)
		if err != nil {
			return nil, err
		}
		l.addSidecars(s, nil)
	}
	return l, ctx.Err()
}

// readBeside reads the files beside images.
func (f *folder) readBeside(ctx context.Context) (*sidecars, error) {
	s := newSidecars()
	m := newMeter(f.report, f.name, Listing, InFiles, int64(len(f.beside)))
	for _, b := range f.beside {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		content, err := os.Open(filepath.Join(f.root, filepath.FromSlash(b.path)))
		if err != nil {
			s.fails.add(b.path, "lies beside an image and cannot be read: "+cause(err).Error())
			continue
		}
		err = s.add(escaped(b.path), b.size, content)
		content.Close()
		if err != nil {
			return nil, err
		}
		m.add(1)
	}
	return s, nil
}

// addTableFile reads a table of labels from the slash-separated file below root.
func (l *listing) addTableFile(r role, root, file string) error {
	full := filepath.Join(root, filepath.FromSlash(file))
	content, err := os.Open(full)
	if err != nil {
		return &MetadataError{full, 0, "cannot be read: " + cause(err).Error()}
	}
	defer content.Close()
	return l.addTable(r, full, file, content)
}

func (f *folder) each(ctx context.Context, rows []int, emit emitter) error {
	for _, row := range rows {
		full := filepath.Join(f.root, filepath.FromSlash(f.found[row].path))
		size := f.found[row].size
		if err := emit(row, size, func() ([]byte, error) { return readFile(full, size) }); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (f *folder) Close() error { return nil }

// readFile reads a file as long as it was found to be.
func readFile(path string, size int64) ([]byte, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer r.Close()
	return readLimited(r, size)
}
