package collection

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"unicode/utf8"
)

// maxListBytes is the largest path list that is read.
const maxListBytes = 256 << 20

// The reasons of paths that do not name a file with content.
var (
	errIsFolder   = errors.New("is a folder, not an image")
	errNotRegular = errors.New("is not a regular file")
)

// pathList is a source whose images are named by a text file. Labels are read
// from the metadata files beside the list and beside the images.
type pathList struct {
	path   string
	info   fs.FileInfo
	paths  []entry // as the list names them
	full   []string
	stamps []fileStamp
	labels []fileStamp
	notes  []Skipped
}

func openPathList(file string, info fs.FileInfo) (*pathList, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &FormatError{file, "cannot be read: " + cause(err).Error()}
	}
	defer f.Close()
	names, err := parsePathList(io.LimitReader(f, maxListBytes))
	if err != nil {
		return nil, &FormatError{file, err.Error()}
	}
	p := &pathList{path: file, info: info}
	root := filepath.Dir(file)
	for _, name := range names {
		full := filepath.FromSlash(name)
		if !filepath.IsAbs(full) {
			full = filepath.Join(root, full)
		}
		p.paths = append(p.paths, entry{file: name})
		p.full = append(p.full, full)
	}
	p.paths, p.full, p.notes = sortByFile(p.paths, p.full)
	p.stamps = make([]fileStamp, len(p.full))
	for i, full := range p.full {
		switch info, err := os.Stat(full); {
		case err != nil:
			p.paths[i].reason = "cannot be opened: " + cause(err).Error()
		case info.IsDir():
			p.paths[i].reason = errIsFolder.Error()
		case !info.Mode().IsRegular():
			p.paths[i].reason = errNotRegular.Error()
		default:
			p.stamps[i] = stampOf(full, info)
		}
	}
	p.findLabels(root)
	return p, nil
}

// parsePathList reads one path a line. Blank lines and lines that start with
// "#" are left out. Paths come back cleaned and with slashes.
func parsePathList(r io.Reader) ([]string, error) {
	var paths []string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for line := 1; lines.Scan(); line++ {
		text := lines.Bytes()
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		text = bytes.TrimSpace(text)
		if len(text) == 0 || text[0] == '#' {
			continue
		}
		if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
			return nil, fmt.Errorf("is no list of paths: line %d is not UTF-8 text", line)
		}
		paths = append(paths, path.Clean(filepath.ToSlash(string(text))))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("is no list of paths: %v", err)
	}
	return paths, nil
}

// isAbsolute tells whether a slash-separated path starts at the system's root.
func isAbsolute(file string) bool {
	return path.IsAbs(file) || filepath.IsAbs(filepath.FromSlash(file))
}

// findLabels looks for metadata files in the list's folder and in the folders
// of its images.
func (p *pathList) findLabels(root string) {
	dirs := map[string]bool{}
	look := func(dir string) {
		if dirs[dir] {
			return
		}
		dirs[dir] = true
		for _, base := range metadataNames() {
			file := path.Join(dir, base)
			full := filepath.FromSlash(file)
			if !filepath.IsAbs(full) {
				full = filepath.Join(root, full)
			}
			if info, err := os.Stat(full); err == nil && info.Mode().IsRegular() {
				p.labels = append(p.labels, stampOf(file, info))
			}
		}
	}
	look(".")
	for _, e := range p.paths {
		look(path.Dir(e.file))
	}
}

func (p *pathList) stamp(w io.Writer) {
	fmt.Fprint(w, "list ")
	stampOf(p.path, p.info).write(w)
	for i, s := range p.stamps {
		s.write(w)
		io.WriteString(w, p.paths[i].reason)
	}
	for _, s := range p.labels {
		s.write(w)
	}
}

func (p *pathList) list(ctx context.Context) (*listing, error) {
	l := &listing{entries: p.paths, notes: p.notes, subset: true}
	for _, full := range p.full {
		l.places = append(l.places, filepath.ToSlash(full))
	}
	for _, s := range p.labels {
		root := filepath.Dir(p.path)
		if isAbsolute(s.path) {
			root = ""
		}
		if err := l.addTableFile(roleLabels, root, s.path); err != nil {
			return nil, err
		}
	}
	return l, ctx.Err()
}

func (p *pathList) each(ctx context.Context, rows []int, emit emitter) error {
	for _, row := range rows {
		full := p.full[row]
		size := p.stamps[row].size
		if err := emit(row, size, func() ([]byte, error) { return readFile(full, size) }); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (p *pathList) Close() error { return nil }
