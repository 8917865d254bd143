package collection

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// givenTable is a source with the table of labels that the user named, or the column of names in it.
type givenTable struct {
	source
	spec  Spec
	file  string // on disk; "" for one within the collection
	label fileStamp
}

// withGiven adds the table that a spec names to a source. It is a file on disk, from the working folder or from the
// collection's, or one within the collection.
func withGiven(src source, spec Spec) (source, error) {
	if spec.Metadata == "" && spec.FileColumn == "" {
		return src, nil
	}
	g := &givenTable{source: src, spec: spec}
	if spec.Metadata == "" {
		return g, nil
	}
	for _, file := range []string{spec.Metadata, filepath.Join(spec.Path, spec.Metadata), filepath.Join(filepath.Dir(spec.Path), spec.Metadata)} {
		info, err := os.Stat(file)
		if err != nil {
			continue
		}
		if !info.Mode().IsRegular() {
			return nil, &MetadataError{file, 0, "is not a file: the metadata of a collection is a table"}
		}
		if g.file, err = filepath.Abs(file); err != nil {
			return nil, &MetadataError{file, 0, err.Error()}
		}
		g.label = stampOf(g.file, info)
		break
	}
	return g, nil
}

func (g *givenTable) stamp(images, labels io.Writer) {
	g.source.stamp(images, labels)
	fmt.Fprintf(labels, "metadata %q column %q ", g.spec.Metadata, g.spec.FileColumn)
	g.label.write(labels)
}

func (g *givenTable) list(ctx context.Context) (*listing, error) {
	l, err := g.source.list(ctx)
	if err != nil {
		return nil, err
	}
	l.fileColumn = g.spec.FileColumn
	if g.spec.Metadata == "" {
		return l, nil
	}
	inside := path.Clean(filepath.ToSlash(g.spec.Metadata))
	for _, t := range l.tables {
		if t.file == inside || g.file != "" && t.name == g.file {
			t.use = tableGiven
			return l, nil
		}
	}
	if g.file == "" {
		return nil, &MetadataError{g.spec.Metadata, 0, fmt.Sprintf("cannot be found: the metadata of collection %s is neither a file nor a table within %s", g.spec.Name, g.spec.Path)}
	}
	content, err := os.Open(g.file)
	if err != nil {
		return nil, &MetadataError{g.file, 0, "cannot be read: " + cause(err).Error()}
	}
	defer content.Close()
	t, err := readTable(g.file, filepath.Base(g.file), content)
	if err != nil {
		return nil, err
	}
	t.use = tableGiven
	if rel, err := filepath.Rel(g.spec.Path, g.file); err == nil && fs.ValidPath(filepath.ToSlash(rel)) && !strings.HasPrefix(rel, "..") {
		t.file = filepath.ToSlash(rel)
		t.dir = path.Dir(t.file)
	}
	l.tables = append(l.tables, t)
	return l, nil
}
