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

// KeepList lists the images of one collection, or of all where only is negative, that can be used, of each set of
// copies the best. dir is the folder that the list will lie in: paths below it are relative to it, others absolute.
// Images within archives have no paths; a collection of them is an error.
func (r *Report) KeepList(specs []collection.Spec, only int, dir string) (Kept, error) {
	var k Kept
	var text strings.Builder
	dir, err := filepath.Abs(dir)
	if err != nil {
		return k, err
	}
	for c, described := range r.Collections {
		if only >= 0 && c != only {
			continue
		}
		fmt.Fprintf(&text, "# %s\n", described.Name)
		root, err := rootOf(specs[c])
		if err != nil {
			return k, err
		}
		before, wanted := k.Files, 0
		for i := range r.Images {
			m := &r.Images[i]
			if m.Collection != c || m.Measured == nil || m.Drop {
				continue
			}
			wanted++
			line, ok := listed(root, m.File, dir)
			if !ok {
				k.Unwritable = append(k.Unwritable, described.Name+"/"+m.File)
				continue
			}
			k.Files++
			text.WriteString(line)
			text.WriteByte('\n')
		}
		if wanted > 0 && k.Files == before {
			return k, fmt.Errorf("collection %s: its images lie in an archive, and a list names files: unpack it to write one", described.Name)
		}
	}
	k.Text = text.String()
	return k, nil
}

// rootOf is the folder that the files of a collection are named from.
func rootOf(s collection.Spec) (string, error) {
	root := s.Path
	if info, err := os.Stat(root); err == nil && !info.IsDir() {
		root = filepath.Dir(root)
	}
	return filepath.Abs(root)
}

// listed is a file as a line of a list in dir; ok is false where it is no file on disk, or would be read as another.
func listed(root, file, dir string) (line string, ok bool) {
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
