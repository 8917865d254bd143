package collection

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// walk lists the folder rel below the root, which is the folder real of the system.
func (f *folder) walk(ctx context.Context, rel, real string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if other, done := f.walked[real]; done {
		if other == "" {
			other = "."
		}
		f.notes = append(f.notes, Skipped{rel, fmt.Sprintf("is the folder %q again: it is read once", other)})
		return nil
	}
	f.walked[real] = rel
	list, err := os.ReadDir(filepath.Join(f.root, filepath.FromSlash(rel)))
	if err != nil {
		if rel == "" {
			return err
		}
		f.refuse(rel, fileStamp{}, "the folder cannot be read: "+cause(err).Error())
		return nil
	}
	for _, d := range list {
		f.meter.add(1)
		if ignoredName(d.Name()) {
			continue
		}
		if role, _ := roleOf(d.Name()); rel == "" && f.only != nil && !f.only[d.Name()] && role != roleLabels {
			continue
		}
		if err := f.visit(ctx, path.Join(rel, d.Name()), filepath.Join(real, d.Name()), d); err != nil {
			return err
		}
	}
	return nil
}

func (f *folder) visit(ctx context.Context, file, real string, d fs.DirEntry) error {
	full := filepath.Join(f.root, filepath.FromSlash(file))
	isLink := d.Type()&fs.ModeSymlink != 0
	role, reason := roleOf(file)
	beside := isSidecar(file, role)
	if role == roleIgnored && !beside && !d.IsDir() && !isLink {
		return nil
	}
	var info fs.FileInfo
	var err error
	if isLink {
		info, err = os.Stat(full)
	} else {
		info, err = d.Info()
	}
	if err != nil {
		if role == roleImage || role == roleRefused {
			f.refuse(file, fileStamp{path: file}, "cannot be opened: "+cause(err).Error())
		}
		return nil
	}
	if info.IsDir() {
		if isLink {
			f.links = append(f.links, file)
			return nil
		}
		return f.walk(ctx, file, real)
	}
	stamp := stampOf(file, info)
	regular := info.Mode().IsRegular()
	if beside && regular {
		f.beside = append(f.beside, besideFile{stamp, reason})
		return nil
	}
	switch role {
	case roleImage:
		if !regular {
			f.refuse(file, stamp, errNotRegular.Error())
			return nil
		}
		f.add(entry{file: file}, stamp)
	case roleRefused:
		f.refuse(file, stamp, reason)
	case roleArchive, roleParquet:
		f.archives = append(f.archives, stamp)
	case roleLabels, roleTable:
		if regular {
			f.labels = append(f.labels, labelFile{role, stamp})
		}
	case roleUnread:
		f.notes = append(f.notes, Skipped{file, reason})
	case roleSniff:
		if !regular {
			return nil
		}
		if row, reason := sniffFile(full); row {
			f.add(entry{file, reason}, stamp)
		}
	}
	return nil
}

func (f *folder) add(e entry, s fileStamp) {
	e.file = escaped(e.file)
	f.entries = append(f.entries, e)
	f.found = append(f.found, s)
}

func (f *folder) refuse(file string, s fileStamp, reason string) {
	f.add(entry{file, reason}, s)
}

func sniffFile(path string) (row bool, reason string) {
	r, err := os.Open(path)
	if err != nil {
		return true, "cannot be opened: " + cause(err).Error()
	}
	defer r.Close()
	return sniff(r)
}

// realPath is a path without links, or as it is where that is not known.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
