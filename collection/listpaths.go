package collection

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// PathList is the text of a list of paths, as a collection's path may name one.
type PathList struct {
	Text  string
	Files int
	// Unwritable are files whose names a list of paths cannot hold.
	Unwritable []string
}

// Listed are files of a collection, as its items name them.
type Listed struct {
	Name, Path string // of the collection
	Files      []string
}

// ListPaths lists files of collections. dir is the folder that the list will lie in: paths below it are relative to
// it, others absolute. Images within archives have no paths; a collection of them is an error.
func ListPaths(collections []Listed, dir string) (PathList, error) {
	var l PathList
	var text strings.Builder
	dir, err := filepath.Abs(dir)
	if err != nil {
		return l, err
	}
	for _, c := range collections {
		fmt.Fprintf(&text, "# %s\n", c.Name)
		root, err := rootOf(c.Path)
		if err != nil {
			return l, err
		}
		before := l.Files
		for _, file := range c.Files {
			line, ok := lineOf(root, file, dir)
			if !ok {
				l.Unwritable = append(l.Unwritable, c.Name+"/"+file)
				continue
			}
			l.Files++
			text.WriteString(line)
			text.WriteByte('\n')
		}
		if len(c.Files) > 0 && l.Files == before {
			return l, fmt.Errorf("collection %s: its images lie in an archive, and a list names files: unpack it to write one", c.Name)
		}
	}
	l.Text = text.String()
	return l, nil
}

// rootOf is the folder that the files of the collection at a path are named from.
func rootOf(path string) (string, error) {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		path = filepath.Dir(path)
	}
	return filepath.Abs(path)
}

// lineOf is a file as a line of a list in dir; ok is false where it is no file on disk, or would be read as another.
func lineOf(root, file, dir string) (line string, ok bool) {
	full := filepath.FromSlash(file)
	if !filepath.IsAbs(full) {
		full = filepath.Join(root, full)
	}
	if info, err := os.Stat(full); err != nil || info.IsDir() {
		return "", false
	}
	line = full
	if rel, err := filepath.Rel(dir, full); err == nil && filepath.IsLocal(rel) {
		line = rel
	}
	line = filepath.ToSlash(line)
	if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "\ufeff") {
		line = "./" + line
	}
	ok = utf8.ValidString(line) && !strings.ContainsAny(line, "\r\n\x00") && strings.TrimSpace(line) == line
	return line, ok
}
