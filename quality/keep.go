package quality

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/dataprism/dataprism/collection"
)

// Kept is a path list of images that can be used and are there once.
type Kept struct {
	Text  string
	Files int
	// Unwritable are files whose names a list of paths cannot hold.
	Unwritable []string
}

// KeepList lists the images of one collection, or of all where only is negative, that can be used, of each set of copies
// the best. dir is the folder that the list will lie in: paths below it are relative to it, others absolute. Images within
// archives have no paths; they are an error.
func (r *Report) KeepList(specs []collection.Spec, only int, dir string) (Kept, error) {
	var k Kept
	var text strings.Builder
	dir, err := filepath.Abs(dir)
	if err != nil {
		return k, err
	}
	at := -1
	for i := range r.Images {
		m := &r.Images[i]
		if m.Measured == nil || m.Drop || only >= 0 && m.Collection != only {
			continue
		}
		if m.Collection != at {
			at = m.Collection
			fmt.Fprintf(&text, "# %s\n", r.Collections[at].Name)
		}
		full, err := pathOf(specs[at], m.File)
		if err != nil {
			return k, err
		}
		line, ok := listed(full, dir)
		if !ok {
			k.Unwritable = append(k.Unwritable, r.Collections[at].Name+"/"+m.File)
			continue
		}
		k.Files++
		text.WriteString(line)
		text.WriteByte('\n')
	}
	k.Text = text.String()
	return k, nil
}

// pathOf is where a file of a collection lies.
func pathOf(s collection.Spec, file string) (string, error) {
	root := s.Path
	if info, err := os.Stat(root); err == nil && !info.IsDir() {
		root = filepath.Dir(root)
	}
	full := filepath.FromSlash(file)
	if !filepath.IsAbs(full) {
		full = filepath.Join(root, full)
	}
	full, err := filepath.Abs(full)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(full); err != nil || info.IsDir() {
		return "", fmt.Errorf("collection %s: %s lies in an archive, and a list of paths names files: unpack it to write one", s.Name, file)
	}
	return full, nil
}

// listed is a path as a line of a list; ok is false where it would be read as another.
func listed(full, dir string) (line string, ok bool) {
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
