package collection

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// tarSource is a source whose images are entries of a tar, plain or
// compressed by gzip or bzip2. It is read twice from front to back, once for
// names and labels and once for images, and never held in memory.
type tarSource struct {
	path string
	info fs.FileInfo
	// ordinals are the places of the rows' entries in the archive, once listed.
	ordinals []int
}

func (t *tarSource) stamp(w io.Writer) {
	fmt.Fprint(w, "tar ")
	stampOf(t.path, t.info).write(w)
}

// walk calls visit for each entry of the archive with its place in it.
func (t *tarSource) walk(ctx context.Context, visit func(place int, h *tar.Header, r io.Reader) error) error {
	f, err := os.Open(t.path)
	if err != nil {
		return &ArchiveError{t.path, cause(err)}
	}
	defer f.Close()
	content, err := decompress(ctx, f)
	if err != nil {
		return &ArchiveError{t.path, err}
	}
	r := tar.NewReader(content)
	for place := 0; ; place++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return &ArchiveError{t.path, tarCause(err, place)}
		}
		if err := visit(place, h, r); err != nil {
			return err
		}
	}
	// What follows the last entry carries the checksum of the compression.
	if _, err := io.Copy(io.Discard, content); ctx.Err() != nil {
		return ctx.Err()
	} else if err != nil {
		return &ArchiveError{t.path, tarCause(err, 1)}
	}
	return nil
}

func tarCause(err error, entriesRead int) error {
	var pathErr *fs.PathError
	switch {
	case errors.Is(err, tar.ErrHeader) && entriesRead == 0:
		return errors.New("is not a tar archive")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("is damaged or incomplete: it ends too early")
	case errors.As(err, &pathErr):
		return pathErr.Err
	}
	return fmt.Errorf("is damaged: %w", err)
}

// decompress returns the tar in f. A plain one is returned as the file, so
// that the reader can seek past what it does not read.
func decompress(ctx context.Context, f *os.File) (io.Reader, error) {
	head := make([]byte, 3)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, cause(err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		r, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
		if err != nil {
			return nil, errors.New("is damaged: its compression cannot be read")
		}
		return stoppable{ctx, r}, nil
	case bytes.HasPrefix(head, []byte("BZh")):
		return stoppable{ctx, bzip2.NewReader(bufio.NewReaderSize(f, 1<<16))}, nil
	}
	return f, nil
}

// stoppable ends with its context: a small file can decompress to very much.
type stoppable struct {
	ctx context.Context
	io.Reader
}

func (s stoppable) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Reader.Read(b)
}

func (t *tarSource) list(ctx context.Context) (*listing, error) {
	l := &listing{}
	t.ordinals = nil
	err := t.walk(ctx, func(place int, h *tar.Header, r io.Reader) error {
		if h.Typeflag == tar.TypeDir {
			return nil
		}
		name := entryName(h.Name)
		role, reason := roleOf(name)
		switch role {
		case roleLabels, roleTable:
			if reason := tarReason(h); reason != "" {
				l.notes = append(l.notes, Skipped{name, "is not read for labels: " + reason})
				return nil
			}
			return l.addTable(role, t.path+"/"+name, name, r)
		case roleUnread:
			l.notes = append(l.notes, Skipped{name, reason})
			return nil
		case roleSniff:
			if h.Typeflag != tar.TypeReg || !sniffImage(r) {
				return nil
			}
		case roleIgnored:
			return nil
		case roleImage:
			reason = tarReason(h)
		}
		l.entries = append(l.entries, entry{name, reason})
		t.ordinals = append(t.ordinals, place)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var notes []Skipped
	l.entries, t.ordinals, notes = sortByFile(l.entries, t.ordinals)
	l.notes = append(l.notes, notes...)
	return l, nil
}

// tarReason says why an entry cannot be read, "" where it can.
func tarReason(h *tar.Header) string {
	switch {
	case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse:
		return "is a link or a device in an archive: not followed"
	case h.Size > maxFileBytes:
		return errTooLarge.Error()
	}
	return ""
}

func (t *tarSource) each(ctx context.Context, rows []int, emit emitter) error {
	rowAt := make(map[int]int, len(rows))
	for _, row := range rows {
		rowAt[t.ordinals[row]] = row
	}
	return t.walk(ctx, func(place int, h *tar.Header, r io.Reader) error {
		row, wanted := rowAt[place]
		if !wanted {
			return nil
		}
		// The next entry must wait for this one to be read.
		read := make(chan struct{})
		err := emit(row, h.Size, func() ([]byte, error) {
			defer close(read)
			return readLimited(r, h.Size)
		})
		if err != nil {
			return err
		}
		select {
		case <-read:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

func (t *tarSource) Close() error { return nil }
