package collection

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"
)

// cacheWriter writes a cache file under a temporary name. Rows may be written
// from several goroutines and in any order.
type cacheWriter struct {
	f      *os.File
	path   string
	header cacheHeader
}

func createCache(path string, h cacheHeader) (*cacheWriter, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, cacheTrouble(dir, err)
	}
	removeAbandoned(dir)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, cacheTrouble(dir, err)
	}
	h.pixelsLen = int64(h.rows) * h.rowLen()
	w := &cacheWriter{f: f, path: path, header: h}
	if err := f.Truncate(h.tailStart()); err != nil {
		w.abort()
		return nil, cacheTrouble(dir, err)
	}
	return w, nil
}

func cacheTrouble(dir string, err error) error {
	return fmt.Errorf("cannot write the cache in %s: %w (choose another folder for it)", dir, cause(err))
}

// abandonedAge is how old an unfinished cache file is before it is taken for
// one whose process was killed.
const abandonedAge = 24 * time.Hour

func removeAbandoned(dir string) {
	names, _ := filepath.Glob(filepath.Join(dir, "*.cache.*.tmp"))
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > abandonedAge {
			os.Remove(name)
		}
	}
}

func (w *cacheWriter) writeRow(row int, pixels []byte) error {
	if _, err := w.f.WriteAt(pixels, headerLen+int64(row)*w.header.rowLen()); err != nil {
		return cacheTrouble(filepath.Dir(w.path), err)
	}
	return nil
}

// abort removes the unfinished file.
func (w *cacheWriter) abort() {
	w.f.Close()
	os.Remove(w.f.Name())
}

// finish adds the table and the checksums, and gives the file its name. The
// unfinished file is removed if that fails.
func (w *cacheWriter) finish(ctx context.Context, t *cacheTable) error {
	err := w.complete(ctx, t)
	if err != nil {
		w.abort()
		return err
	}
	if err := w.f.Close(); err != nil {
		os.Remove(w.f.Name())
		return cacheTrouble(filepath.Dir(w.path), err)
	}
	if err := os.Rename(w.f.Name(), w.path); err != nil {
		os.Remove(w.f.Name())
		// Another process may have the same file open under this name, which
		// some systems do not let replace: then its file serves as well.
		if _, statErr := os.Stat(w.path); statErr == nil {
			return nil
		}
		return cacheTrouble(filepath.Dir(w.path), err)
	}
	syncFolder(filepath.Dir(w.path))
	return nil
}

func (w *cacheWriter) complete(ctx context.Context, t *cacheTable) error {
	sums, pixelSum, err := sumPixels(ctx, w.f, &w.header)
	if err != nil {
		return err
	}
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	w.header.tableLen = int64(len(text))
	w.header.pixelSum = pixelSum
	tail := append(sums, text...)
	w.header.tailSum = sha256.Sum256(tail)
	if _, err := w.f.WriteAt(tail, w.header.tailStart()); err != nil {
		return cacheTrouble(filepath.Dir(w.path), err)
	}
	if _, err := w.f.WriteAt(w.header.encode(), 0); err != nil {
		return cacheTrouble(filepath.Dir(w.path), err)
	}
	if err := w.f.Sync(); err != nil {
		return cacheTrouble(filepath.Dir(w.path), err)
	}
	return nil
}

// sumPixels reads the pixels back and returns the sum of each block and the
// digest of all.
func sumPixels(ctx context.Context, f io.ReaderAt, h *cacheHeader) ([]byte, digest, error) {
	all := sha256.New()
	sums := make([]byte, 0, 4*h.blocks())
	buf := make([]byte, cacheBlock)
	table := castagnoli()
	for i := range h.blocks() {
		if err := ctx.Err(); err != nil {
			return nil, digest{}, err
		}
		b := buf[:min(cacheBlock, h.pixelsLen-i*cacheBlock)]
		if _, err := f.ReadAt(b, headerLen+i*cacheBlock); err != nil {
			return nil, digest{}, fmt.Errorf("cannot read the cache back: %w", cause(err))
		}
		all.Write(b)
		sums = binary.LittleEndian.AppendUint32(sums, crc32.Checksum(b, table))
	}
	return sums, digest(all.Sum(nil)), nil
}

// syncFolder makes a rename last; not every system can, and none needs it to
// be right.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}
