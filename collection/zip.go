package collection

import (
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"hash/crc32"
	"io"
)

// The methods of compression in zips that archive/zip does not know.
const (
	zipDeflate64 = 9
	zipBzip2     = 12
)

// zipShard is a zip archive. Nothing is unpacked to disk.
type zipShard struct {
	path string
	zip  *lent[*zip.ReadCloser]
}

func openZip(path string) (*zipShard, error) {
	r, err := zip.OpenReader(path)
	// An archive with unsafe names is no danger here, as names are only labels.
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, &ArchiveError{path, archiveCause(err)}
	}
	r.RegisterDecompressor(zipBzip2, func(r io.Reader) io.ReadCloser { return io.NopCloser(bzip2.NewReader(r)) })
	return &zipShard{path, lend(r)}, nil
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

func (z *zipShard) Close() error { return z.zip.give() }

func (z *zipShard) list(ctx context.Context, f *finder) error {
	for i, file := range z.zip.it.File {
		if err := ctx.Err(); err != nil {
			return err
		}
		if file.FileInfo().IsDir() {
			continue
		}
		var content io.ReadCloser
		err := f.offer(entryName(file.Name), int64(i), zipSize(file), zipRefusal(file), func() (r io.Reader, err error) {
			content, err = openEntry(file)
			return content, err
		})
		if content != nil {
			content.Close()
		}
		if err != nil {
			return err
		}
	}
	f.meter.add(f.file.stamp.size)
	return nil
}

// zipSize is the length of an entry as it declares it, as far as it matters.
func zipSize(f *zip.File) int64 { return int64(min(f.UncompressedSize64, maxFileBytes+1)) }

// zipRefusal says why the content of an entry is not read.
func zipRefusal(f *zip.File) refusal {
	switch {
	case f.Flags&1 != 0:
		return "is encrypted: unpack the archive with its password"
	case !f.Mode().IsRegular():
		return "is a link or a device in an archive: not followed"
	case f.UncompressedSize64 > maxFileBytes:
		return refusal(errTooLarge.Error())
	}
	switch f.Method {
	case zip.Store, zip.Deflate, zipDeflate64, zipBzip2:
		return ""
	case 14:
		return "is compressed by LZMA, which is not read: pack the archive again, without --lzma"
	case 93:
		return "is compressed by Zstandard, which is not read: pack the archive again"
	}
	return "is compressed by a method that is not read: pack the archive again"
}

// openEntry opens the content of an entry, which may be as long as zipRefusal allows.
func openEntry(f *zip.File) (io.ReadCloser, error) {
	if f.Method != zipDeflate64 {
		return f.Open()
	}
	data, err := inflatedEntry(f)
	return io.NopCloser(bytes.NewReader(data)), err
}

// loadEntry reads an entry.
func loadEntry(f *zip.File) ([]byte, error) {
	if f.Method == zipDeflate64 {
		return inflatedEntry(f)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readLimited(r, zipSize(f))
}

// inflatedEntry reads an entry that is compressed by Deflate64.
func inflatedEntry(f *zip.File) ([]byte, error) {
	raw, err := f.OpenRaw()
	if err != nil {
		return nil, err
	}
	if f.CompressedSize64 > maxFileBytes {
		return nil, errTooLarge
	}
	compressed, err := readLimited(raw, int64(f.CompressedSize64))
	if err != nil {
		return nil, err
	}
	data, err := inflate64(compressed, int(zipSize(f)))
	if err == nil && crc32.ChecksumIEEE(data) != f.CRC32 {
		err = zip.ErrChecksum
	}
	return data, err
}

func (z *zipShard) each(ctx context.Context, rows []int, where []location, emit emitter) error {
	for _, row := range rows {
		if where[row].at >= int64(len(z.zip.it.File)) {
			return &ArchiveError{z.path, errors.New("changed while it was read")}
		}
		file := z.zip.it.File[where[row].at]
		z.zip.take()
		load := func() ([]byte, error) {
			defer z.zip.give()
			return loadEntry(file)
		}
		if err := emit(row, where[row].size, load); err != nil {
			return err
		}
	}
	return nil
}
