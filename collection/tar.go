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
	"strings"
)

// tarShard is a tar, plain or compressed by gzip or bzip2. Of a plain one the places of its images are known once it
// is listed. A compressed one is read again from front to back; in both cases no more than an image is in memory.
type tarShard struct {
	path       string
	file       *lent[*os.File]
	compressed bool
}

func openTar(path string) (*tarShard, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &ArchiveError{path, cause(err)}
	}
	head := make([]byte, 3)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		f.Close()
		return nil, &ArchiveError{path, cause(err)}
	}
	head = head[:n]
	compressed := bytes.HasPrefix(head, []byte("\x1f\x8b")) || bytes.HasPrefix(head, []byte("BZh"))
	return &tarShard{path, lend(f), compressed}, nil
}

func (t *tarShard) Close() error { return t.file.give() }

// decompressed returns the tar from its start.
func (t *tarShard) decompressed(ctx context.Context, compressed io.Reader) (io.Reader, error) {
	head := make([]byte, 1)
	if _, err := t.file.it.ReadAt(head, 0); err != nil {
		return nil, cause(err)
	}
	if head[0] == 'B' {
		return stoppable{ctx, bzip2.NewReader(compressed)}, nil
	}
	r, err := gzip.NewReader(compressed)
	if err != nil {
		return nil, errors.New("is damaged: its compression cannot be read")
	}
	return stoppable{ctx, r}, nil
}

// errEnough ends a walk before the end of the archive.
var errEnough = errors.New("the rest is not needed")

// walk calls visit for each entry of the archive with where it is: the offset of its content in a plain archive, its
// number in a compressed one. m counts the bytes of the file that have been read.
func (t *tarShard) walk(ctx context.Context, m *meter, visit func(at int64, h *tar.Header, r io.Reader) error) error {
	file := &forward{r: t.file.it, buffer: make([]byte, 1<<18), meter: m}
	var content io.Reader = file
	if t.compressed {
		var err error
		if content, err = t.decompressed(ctx, bufio.NewReaderSize(file, 1<<16)); err != nil {
			return &ArchiveError{t.path, err}
		}
	}
	r := tar.NewReader(content)
	for number := int64(0); ; number++ {
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
			return &ArchiveError{t.path, tarCause(err, number)}
		}
		at := number
		if !t.compressed {
			at = file.position()
		}
		if err := visit(at, h, r); err == errEnough {
			return nil
		} else if err != nil {
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

func tarCause(err error, entriesRead int64) error {
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

// forward reads a file through a buffer and skips what is not wanted: within the buffer, or by not reading it.
type forward struct {
	r      io.ReaderAt
	at     int64 // of the end of the buffer in the file
	buffer []byte
	unread []byte
	meter  *meter
}

// position is the offset of the next byte.
func (f *forward) position() int64 { return f.at - int64(len(f.unread)) }

func (f *forward) Read(b []byte) (int, error) {
	if len(f.unread) == 0 {
		if err := f.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, f.unread)
	f.unread = f.unread[n:]
	return n, nil
}

func (f *forward) fill() error {
	n, err := f.r.ReadAt(f.buffer, f.at)
	f.at += int64(n)
	f.unread = f.buffer[:n]
	f.meter.add(int64(n))
	if n > 0 {
		return nil
	}
	return err
}

// Seek only goes forward from where it is, which is all that a tar needs.
func (f *forward) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekCurrent || offset < 0 {
		return 0, errors.ErrUnsupported
	}
	if skip := offset - int64(len(f.unread)); skip > 0 {
		f.unread = nil
		f.at += skip
		f.meter.add(skip)
	} else {
		f.unread = f.unread[offset:]
	}
	return f.position(), nil
}

func (t *tarShard) list(ctx context.Context, f *finder) error {
	links := &tarLinks{}
	err := t.walk(ctx, f.meter, func(at int64, h *tar.Header, r io.Reader) error {
		name := entryName(h.Name)
		switch h.Typeflag {
		case tar.TypeDir:
			return nil
		case tar.TypeLink:
			links.found = append(links.found, tarLink{name, entryName(h.Linkname)})
			return nil
		}
		return f.offer(name, at, h.Size, tarRefusal(h, t.compressed), func() (io.Reader, error) { return r, nil })
	})
	if err != nil || len(links.found) == 0 {
		return err
	}
	return links.follow(ctx, t, f)
}

// tarRefusal says why the content of an entry is not read.
func tarRefusal(h *tar.Header, compressed bool) refusal {
	switch {
	case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse:
		return "is a link or a device in an archive: not followed"
	case h.Size > maxFileBytes:
		return refusal(errTooLarge.Error())
	case !compressed && isSparse(h):
		return "is stored with holes left out: pack the archive again without --sparse"
	}
	return ""
}

func isSparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return h.Typeflag == tar.TypeGNUSparse
}

func (t *tarShard) each(ctx context.Context, rows []int, where []location, emit emitter) error {
	if t.compressed {
		return t.eachInOrder(ctx, rows, where, emit)
	}
	for _, row := range rows {
		place := where[row]
		t.file.take()
		load := func() ([]byte, error) {
			defer t.file.give()
			return readLimited(io.NewSectionReader(t.file.it, place.at, place.size), place.size)
		}
		if err := emit(row, place.size, load); err != nil {
			return err
		}
	}
	return nil
}

// eachInOrder reads the archive from its front. The next entry must wait for one that is being loaded.
func (t *tarShard) eachInOrder(ctx context.Context, rows []int, where []location, emit emitter) error {
	return t.walk(ctx, nil, func(at int64, h *tar.Header, r io.Reader) error {
		var data []byte
		var err error
		for first := true; len(rows) > 0 && where[rows[0]].at == at; first = false {
			read := make(chan struct{})
			load := func() ([]byte, error) {
				defer close(read)
				if first {
					data, err = readLimited(r, h.Size)
				}
				return data, err
			}
			if err := emit(rows[0], h.Size, load); err != nil {
				return err
			}
			select {
			case <-read:
			case <-ctx.Done():
				return ctx.Err()
			}
			rows = rows[1:]
		}
		if len(rows) == 0 {
			return errEnough
		}
		return nil
	})
}
