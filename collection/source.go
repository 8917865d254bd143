package collection

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// source is a place images come from: a folder, an archive or a path list. Folders, zips and tars of the same files
// list the same rows.
type source interface {
	// stamp writes what tells this content from any other without reading it: paths, sizes and times of modification,
	// of the images and of the files that only give labels apart.
	stamp(images, labels io.Writer)
	// list finds the files. It is not called for a collection in the cache.
	list(ctx context.Context) (*listing, error)
	// each calls emit for the given rows of the listing, in any order, with the length that the file is said to have;
	// it waits in emit until there is memory for it. load reads the file. It is called once, by another goroutine,
	// after emit has returned but before each and the caller's goroutines end.
	each(ctx context.Context, rows []int, emit emitter) error
	io.Closer
}

// emitter takes a file of a source to be read.
type emitter func(row int, size int64, load func() ([]byte, error)) error

// listing is what a source holds, in the order of file names.
type listing struct {
	entries []entry
	tables  []*table
	notes   []Skipped
	// places are the names by which the folders of the entries are judged, where those are not the entries' names.
	places []string
	// root is the folder that the names of the entries start from, where it may say something about them.
	root string
	// subset says that tables may speak of files that are not listed.
	subset bool
	// fileColumn is the column of tables that names the images, "" to find it.
	fileColumn string
	found      int // tables not called metadata
	// beside is the table of what lies beside the images, nil where nothing does.
	beside *table
}

// entry is a file that is or claims to be an image.
type entry struct {
	file   string // slash-separated, relative to the collection
	reason string // why it cannot be used, where that is known by its name
}

func (l *listing) files() []string {
	files := make([]string, len(l.entries))
	for i, e := range l.entries {
		files[i] = e.file
	}
	return files
}

// openSource opens what is at a collection's path, with the table of labels that was given for it.
func openSource(ctx context.Context, spec Spec, o Options) (source, error) {
	src, err := openPath(ctx, spec, o)
	if err != nil {
		return nil, err
	}
	given, err := withGiven(src, spec)
	if err != nil {
		src.Close()
	}
	return given, err
}

// openPath finds out what is at a collection's path: a folder, a file, or a pattern of files where no file has that
// name.
func openPath(ctx context.Context, spec Spec, o Options) (source, error) {
	abs, err := filepath.Abs(spec.Path)
	if err != nil {
		return nil, &NotFoundError{spec.Name, spec.Path, err}
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist) && isPattern(spec.Path):
		return openPattern(spec, abs, o)
	case err != nil:
		return nil, &NotFoundError{spec.Name, spec.Path, err}
	case info.IsDir():
		return openFolderOrShards(ctx, spec, abs, o)
	case !info.Mode().IsRegular():
		return nil, &FormatError{spec.Path, "is neither a folder nor a file"}
	}
	kind, what, err := sniffContainer(abs)
	switch {
	case err != nil:
		return nil, &NotFoundError{spec.Name, spec.Path, err}
	case kind.isShard():
		s, err := openShards(filepath.Dir(abs), []string{abs}, o, spec.Name)
		if err == nil {
			s.besideArchive()
		}
		return s, err
	case kind == containerText:
		return openPathList(abs, info)
	}
	return nil, &FormatError{spec.Path, what}
}

// openPattern opens the files that a pattern names as one collection.
func openPattern(spec Spec, abs string, o Options) (source, error) {
	paths, err := matchPattern(abs)
	if err != nil {
		return nil, &FormatError{spec.Path, err.Error()}
	}
	if len(paths) == 0 {
		return nil, &NotFoundError{spec.Name, spec.Path, fmt.Errorf("no file matches this pattern: %w", fs.ErrNotExist)}
	}
	return openShards(patternFolder(abs), paths, o, spec.Name)
}

// openFolderOrShards opens a folder, or the archives in it as one collection where it has no images of its own.
func openFolderOrShards(ctx context.Context, spec Spec, abs string, o Options) (source, error) {
	f, err := openFolder(ctx, abs, o, spec.Name)
	if err != nil {
		if ctx.Err() == nil {
			err = &NotFoundError{spec.Name, spec.Path, err}
		}
		return nil, err
	}
	if len(f.archives) == 0 || f.hasImages() {
		f.refuseArchives()
		return f, nil
	}
	var paths []string
	for _, a := range f.archives {
		paths = append(paths, filepath.Join(f.root, filepath.FromSlash(a.path)))
	}
	s, err := openShards(f.root, paths, o, spec.Name)
	if err != nil {
		return nil, err
	}
	s.labels = f.labels
	s.notes = f.notes
	for _, e := range f.entries {
		s.notes = append(s.notes, Skipped{e.file, e.reason})
	}
	return s, nil
}

type container int

const (
	containerUnknown container = iota
	containerZip
	containerTar
	containerParquet
	containerText
)

// isShard says whether a file of the kind can be one of several that are one collection.
func (c container) isShard() bool {
	return c == containerZip || c == containerTar || c == containerParquet
}

// sniffContainer is containerOf for the file at a path.
func sniffContainer(path string) (container, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return containerUnknown, "", err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return containerUnknown, "", err
	}
	kind, what := containerOf(path, head[:n])
	return kind, what, nil
}

// containerOf tells what a file holds by its first bytes, and says in words why it is no collection where it is
// unknown.
func containerOf(name string, head []byte) (container, string) {
	lower := strings.ToLower(name)
	has := func(prefix string) bool { return bytes.HasPrefix(head, []byte(prefix)) }
	const take = "a collection is a folder, a zip, a tar, a Parquet file or a list of paths"
	switch {
	case len(head) == 0:
		return containerUnknown, "is empty: " + take
	case has("PK\x03\x04"), has("PK\x05\x06"), has("PK\x07\x08"):
		return containerZip, ""
	case has("\x1f\x8b"), has("BZh"):
		return containerTar, ""
	case len(head) > 262 && string(head[257:262]) == "ustar", strings.HasSuffix(lower, ".tar"):
		return containerTar, ""
	case has("\xfd7zXZ\x00"), has("\x28\xb5\x2f\xfd"), has("7z\xbc\xaf\x27\x1c"), has("Rar!"):
		return containerUnknown, "is an archive of a kind that is not read: unpack it, or pack the images as zip, tar or tar.gz"
	case has("PAR1"):
		return containerParquet, ""
	case formatOf(head) != formatUnknown:
		return containerUnknown, "is a single image: " + take
	case strings.HasSuffix(lower, ".zip"):
		return containerUnknown, "is not a zip archive although its name says so"
	case strings.HasSuffix(lower, ".tgz"), strings.HasSuffix(lower, ".gz"):
		return containerUnknown, "is not compressed by gzip although its name says so"
	case bytes.IndexByte(head, 0) >= 0:
		return containerUnknown, "is not understood: " + take
	}
	return containerText, ""
}

// maxFileBytes is the largest image file that is read.
const maxFileBytes = 256 << 20

// errTooLarge is the reason of a file that is not read because of its length.
var errTooLarge = errors.New("the file is larger than 256 MiB")

// readLimited reads all of r, which is said to hold size bytes. Memory of that length is taken at once, so the caller
// has to have it.
func readLimited(r io.Reader, size int64) ([]byte, error) {
	if size > maxFileBytes {
		return nil, errTooLarge
	}
	data := make([]byte, max(size, 0))
	if _, err := io.ReadFull(r, data); err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, errShorter
	} else if err != nil {
		return nil, err
	}
	var more [1]byte
	if n, err := io.ReadFull(r, more[:]); n > 0 {
		return nil, errLonger
	} else if err != io.EOF {
		return nil, err
	}
	return data, nil
}

// The reasons of a file that holds more or less than is said of it.
var (
	errLonger  = errors.New("is longer than it is said to be: it changed while it was read, or its archive is damaged")
	errShorter = errors.New("is shorter than it is said to be: it changed while it was read, or its archive is damaged")
)
