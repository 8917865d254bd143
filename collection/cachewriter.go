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

	"github.com/dataprism/dataprism/internal/atomicfile"
)

// cacheWriter writes a cache file under a temporary name. Rows may be written from several goroutines and in any
// order.
type cacheWriter struct {
	f      *atomicfile.File
	path   string
	header cacheHeader
}

func createCache(path string, h cacheHeader) (*cacheWriter, error) {
	dir := filepath.Dir(path)
	if err := prepareCache(dir); err != nil {
		return nil, err
	}
	f, err := atomicfile.Create(path)
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

// abandonedAge is how old an unfinished file is before it is taken for one whose process was killed.
const abandonedAge = 24 * time.Hour

// prepareCache makes the folder of the cache and removes what killed processes left in it.
func prepareCache(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return cacheTrouble(dir, err)
	}
	if err := atomicfile.Sweep(dir, abandonedAge); err != nil {
		return cacheTrouble(dir, err)
	}
	return nil
}

func cacheTrouble(dir string, err error) error {
	return fmt.Errorf("cannot write the cache in %s: %w (choose another folder for it)", dir, cause(err))
}

func (w *cacheWriter) writeRow(row int, pixels []byte) error {
	if _, err := w.f.WriteAt(pixels, headerLen+int64(row)*w.header.rowLen()); err != nil {
		return cacheTrouble(filepath.Dir(w.path), err)
	}
	return nil
}

// abort removes the file, unless it is finished.
func (w *cacheWriter) abort() { w.f.Abort() }

// finish adds what came of decoding and the checksums, and gives the file its name. The unfinished file is removed if
// that fails.
func (w *cacheWriter) finish(ctx context.Context, o outcome) error {
	defer w.abort()
	if err := w.complete(ctx, o); err != nil {
		return err
	}
	if err := w.f.Commit(); err != nil {
		// Another process may have the same file open under this name, which some systems do not let replace: then
		// its file serves as well.
		if _, statErr := os.Stat(w.path); statErr == nil {
			return nil
		}
		return cacheTrouble(filepath.Dir(w.path), err)
	}
	return nil
}

func (w *cacheWriter) complete(ctx context.Context, o outcome) error {
	sums, pixelSum, err := sumPixels(ctx, w.f.File, &w.header)
	if err != nil {
		return err
	}
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	w.header.textLen = int64(len(text))
	w.header.pixelSum = pixelSum
	tail := append(append(sums, o.contents...), text...)
	w.header.tailSum = sha256.Sum256(tail)
	if _, err := w.f.WriteAt(tail, w.header.tailStart()); err != nil {
		return cacheTrouble(filepath.Dir(w.path), err)
	}
	if _, err := w.f.WriteAt(w.header.encode(), 0); err != nil {
		return cacheTrouble(filepath.Dir(w.path), err)
	}
	return nil
}

// sumPixels reads the pixels back and returns the sum of each block and the digest of all.
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
