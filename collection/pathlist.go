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
	"slices"
	"strings"
	"unicode/utf8"
)

// maxListBytes is the largest path list that is read.
const maxListBytes = 256 << 20

// The reasons of paths that do not name a file with content.
var (
	errIsFolder   = errors.New("is a folder, not an image")
	errNotRegular = errors.New("is not a regular file")
)

// pathList is a source whose images are named by a file: a text of one path a line, or a table with a column of
// paths. Labels are read from the table, or else from the metadata files beside the list and beside the images.
type pathList struct {
	path   string
	info   fs.FileInfo
	paths  []entry // as the list names them
	full   []string
	stamps []fileStamp
	labels []fileStamp
	notes  []Skipped
	table  *table // the list itself, where it is one
}

func openPathList(file string, info fs.FileInfo) (*pathList, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &FormatError{file, "cannot be read: " + cause(err).Error()}
	}
	defer f.Close()
	p := &pathList{path: file, info: info}
	names, err := p.read(f)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		name, full := p.resolve(name)
		p.paths = append(p.paths, entry{file: name})
		p.full = append(p.full, full)
	}
	p.paths, p.full, p.notes = sortByFile(p.paths, p.full)
	p.stamps = make([]fileStamp, len(p.full))
	for i, full := range p.full {
		switch info, err := os.Stat(full); {
		case err != nil && strings.Contains(p.paths[i].file, ":/"):
			p.paths[i].reason = "is an address: download the image"
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
	if p.table == nil {
		p.findLabels()
	}
	return p, nil
}

// read returns the paths that the list names.
func (p *pathList) read(r io.Reader) ([]string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxListBytes+1))
	if err != nil {
		return nil, &FormatError{p.path, "cannot be read: " + cause(err).Error()}
	}
	if len(data) > maxListBytes {
		return nil, &FormatError{p.path, "is longer than the 256 MiB that are read of a list: give a folder, an archive or a pattern of archives"}
	}
	if p.isTable(data) {
		return p.readTable(data)
	}
	names, err := parsePathList(data)
	if err != nil {
		return nil, &FormatError{p.path, err.Error()}
	}
	return names, nil
}

// isTable tells a table of paths and labels from a list of paths: by the name of the file, or by a first line that is
// no path, but starts with one.
func (p *pathList) isTable(data []byte) bool {
	switch strings.ToLower(filepath.Ext(p.path)) {
	case ".csv", ".tsv", ".json", ".jsonl", ".ndjson":
		return true
	}
	names, err := parsePathList(firstLine(bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))))
	if err != nil || len(names) != 1 || p.exists(names[0]) {
		return false
	}
	fields := strings.FieldsFunc(names[0], func(r rune) bool { return strings.ContainsRune(" ,;|\t", r) })
	return len(fields) > 1 && p.exists(strings.Trim(fields[0], `"`))
}

func (p *pathList) exists(name string) bool {
	_, full := p.resolve(name)
	_, err := os.Stat(full)
	return err == nil
}

// readTable reads the list as a table: the paths are in the column whose name says so, or in the one whose values are
// the names of images.
func (p *pathList) readTable(data []byte) ([]string, error) {
	t, err := readTable(p.path, filepath.Base(p.path), bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	column := t.pathColumn()
	if column == nil {
		return nil, t.fail(t.headLine(), "has no column of paths of images: its columns are %s", examples(t.columnNames(), 10))
	}
	t.use, t.fileColumn = tableGiven, column.name
	p.table = t
	for i, name := range column.values {
		column.values[i], _ = p.resolve(path.Clean(filepath.ToSlash(name)))
	}
	return column.values, nil
}

// pathColumn is the column that names images, judged by its own name or else by its values.
func (t *table) pathColumn() *tableColumn {
	if c := t.byName[t.fileColumn]; c != nil {
		return c
	}
	for _, name := range fileColumnNames() {
		for _, c := range t.columns {
			if spelt(c.name) == name && slices.ContainsFunc(c.values, namesImage) {
				return c
			}
		}
	}
	for _, c := range t.columns {
		images := 0
		for _, v := range c.values {
			if namesImage(v) {
				images++
			}
		}
		if images > 0 && 2*images >= len(c.values) {
			return c
		}
	}
	return nil
}

// resolve returns a path as the collection names it and as the system does. Backslashes are slashes, and quotes
// around a path no part of it, where that is what the file system says.
func (p *pathList) resolve(name string) (string, string) {
	full := func(name string) string {
		if system := filepath.FromSlash(name); filepath.IsAbs(system) {
			return system
		} else {
			return filepath.Join(filepath.Dir(p.path), system)
		}
	}
	if !strings.ContainsAny(name, "\\\"'") {
		return name, full(name)
	}
	if _, err := os.Lstat(full(name)); err == nil {
		return name, full(name)
	}
	if n := len(name); n > 2 && name[0] == name[n-1] && (name[0] == '"' || name[0] == '\'') {
		name = name[1 : n-1]
	}
	name = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	return name, full(name)
}

// parsePathList reads one path a line. Blank lines and lines that start with "#" are left out. Paths come back
// cleaned and with slashes.
func parsePathList(data []byte) ([]string, error) {
	var paths []string
	lines := bufio.NewScanner(bytes.NewReader(data))
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

// findLabels looks for metadata files in the list's folder and in the folders of its images.
func (p *pathList) findLabels() {
	root := filepath.Dir(p.path)
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

func (p *pathList) stamp(images, labels io.Writer) {
	fmt.Fprint(images, "list ")
	stampOf(p.path, p.info).write(images)
	for i, s := range p.stamps {
		s.write(images)
		io.WriteString(images, p.paths[i].reason)
	}
	for _, s := range p.labels {
		s.write(labels)
	}
}

func (p *pathList) list(ctx context.Context) (*listing, error) {
	l := &listing{entries: p.paths, notes: p.notes, subset: true}
	for _, full := range p.full {
		l.places = append(l.places, filepath.ToSlash(full))
	}
	if p.table != nil {
		l.tables = append(l.tables, p.table)
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
