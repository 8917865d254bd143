package collection

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// zipSource is a source whose images are entries of a zip archive. Nothing is
// unpacked to disk.
type zipSource struct {
	path  string
	info  fs.FileInfo
	r     *zip.ReadCloser
	files []*zip.File // of each row, once listed
}

func openZip(path string, info fs.FileInfo) (*zipSource, error) {
	r, err := zip.OpenReader(path)
	// An archive with unsafe names is no danger here, as names are only labels.
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, &ArchiveError{path, archiveCause(err)}
	}
	return &zipSource{path: path, info: info, r: r}, nil
}

// archiveCause says in plain words what the archive packages' errors mean.
func archiveCause(err error) error {
	switch {
	case errors.Is(err, zip.ErrFormat):
		return errors.New("is damaged or incomplete: it has no table of contents")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("is damaged or incomplete: it ends too early")
	}
	return cause(err)
}

func (z *zipSource) stamp(w io.Writer) {
	fmt.Fprint(w, "zip ")
	stampOf(z.path, z.info).write(w)
}

func (z *zipSource) list(ctx context.Context) (*listing, error) {
	l := &listing{}
	for _, f := range z.r.File {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if f.FileInfo().IsDir() {
			continue
		}
		name := entryName(f.Name)
		role, reason := roleOf(name)
		switch role {
		case roleLabels, roleTable:
			if err := z.addTable(l, role, f, name); err != nil {
				return nil, err
			}
			continue
		case roleUnread:
			l.notes = append(l.notes, Skipped{name, reason})
			continue
		case roleSniff:
			if !z.sniff(f) {
				continue
			}
		case roleIgnored:
			continue
		}
		if role == roleImage {
			reason = zipReason(f)
		}
		l.entries = append(l.entries, entry{name, reason})
		z.files = append(z.files, f)
	}
	var notes []Skipped
	l.entries, z.files, notes = sortByFile(l.entries, z.files)
	l.notes = append(l.notes, notes...)
	return l, nil
}

// entryName cleans the name of an archive's entry; names cannot leave the
// archive.
func entryName(name string) string {
	return strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/")
}

// zipReason says why an entry cannot be read, "" where it can.
func zipReason(f *zip.File) string {
	switch {
	case f.Flags&1 != 0:
		return "is encrypted: unpack the archive with its password"
	case !f.Mode().IsRegular():
		return "is a link or a device in an archive: not followed"
	case f.UncompressedSize64 > maxFileBytes:
		return errTooLarge.Error()
	}
	return ""
}

// addTable reads an entry as a table of labels. A link of such a name is none.
func (z *zipSource) addTable(l *listing, role role, f *zip.File, name string) error {
	if reason := zipReason(f); reason != "" {
		l.notes = append(l.notes, Skipped{name, "is not read for labels: " + reason})
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return &MetadataError{z.path + "/" + name, 0, "cannot be read: " + err.Error()}
	}
	defer r.Close()
	return l.addTable(role, z.path+"/"+name, name, r)
}

func (z *zipSource) sniff(f *zip.File) bool {
	if zipReason(f) != "" {
		return false
	}
	r, err := f.Open()
	if err != nil {
		return false
	}
	defer r.Close()
	return sniffImage(r)
}

func (z *zipSource) each(ctx context.Context, rows []int, emit emitter) error {
	for _, row := range rows {
		f := z.files[row]
		size := int64(min(f.UncompressedSize64, maxFileBytes+1))
		load := func() ([]byte, error) {
			r, err := f.Open()
			if err != nil {
				return nil, err
			}
			defer r.Close()
			return readLimited(r, size)
		}
		if err := emit(row, size, load); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (z *zipSource) Close() error { return z.r.Close() }
