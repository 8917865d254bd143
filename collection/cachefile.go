package collection

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// A cache file holds one collection at one setting. All numbers are little
// endian.
//
//	0      magic "DPRISMC\x00", version, size, channels, block length (4 bytes each)
//	24     rows, length of the pixels, length of the table (8 bytes each)
//	48     key: SHA-256 of the settings and of the source's stamp
//	80     SHA-256 of the pixels
//	112    SHA-256 of what follows the pixels
//	144    CRC-32C of bytes 0 to 143; zeros to 4096
//	4096   pixels: rows of size * size * channels bytes, zeros for skipped ones
//	then   CRC-32C of each block of the pixels, 4 bytes each
//	then   the table: files, labels, reasons, as JSON
//
// Promises: a file of the right name is complete, because it is written under
// another name, synced and renamed; every byte of it is covered by a checksum
// that is verified when it is opened; two processes that build the same file
// each write one of their own, and either serves both. A file that is damaged
// is built again. The stamp is made of paths, sizes, modes and times of
// modification, not of content: an image that is changed but keeps its size
// and its time to the nanosecond is not noticed.
const (
	cacheMagic    = "DPRISMC\x00"
	cacheVersion  = 2
	headerLen     = 4096
	headerUsed    = 148
	cacheBlock    = 1 << 20
	maxTableJSON  = 1 << 31
	maxCacheBytes = 1 << 46
)

// errCache is wrapped by whatever makes a cache file unfit for use.
var errCache = errors.New("cache file is not usable")

func badCache(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errCache, fmt.Sprintf(format, args...))
}

type digest = [sha256.Size]byte

type cacheHeader struct {
	size, channels    int
	rows              int
	pixelsLen         int64
	tableLen          int64
	key               digest
	pixelSum, tailSum digest
}

func (h *cacheHeader) rowLen() int64    { return int64(h.size) * int64(h.size) * int64(h.channels) }
func (h *cacheHeader) blocks() int64    { return (h.pixelsLen + cacheBlock - 1) / cacheBlock }
func (h *cacheHeader) tailStart() int64 { return headerLen + h.pixelsLen }
func (h *cacheHeader) tailLen() int64   { return 4*h.blocks() + h.tableLen }
func (h *cacheHeader) fileLen() int64   { return h.tailStart() + h.tailLen() }

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func (h *cacheHeader) encode() []byte {
	b := make([]byte, 0, headerLen)
	b = append(b, cacheMagic...)
	le := binary.LittleEndian
	for _, v := range []int{cacheVersion, h.size, h.channels, cacheBlock} {
		b = le.AppendUint32(b, uint32(v))
	}
	for _, v := range []int64{int64(h.rows), h.pixelsLen, h.tableLen} {
		b = le.AppendUint64(b, uint64(v))
	}
	for _, d := range []digest{h.key, h.pixelSum, h.tailSum} {
		b = append(b, d[:]...)
	}
	b = le.AppendUint32(b, crc32.Checksum(b, castagnoli()))
	return b[:headerLen]
}

// decodeHeader reads the header of a file of fileLen bytes and checks that its
// numbers agree with each other and with that length.
func decodeHeader(b []byte, fileLen int64) (*cacheHeader, error) {
	if len(b) < headerLen || string(b[:8]) != cacheMagic {
		return nil, badCache("it does not start as one")
	}
	le := binary.LittleEndian
	if crc32.Checksum(b[:headerUsed-4], castagnoli()) != le.Uint32(b[headerUsed-4:]) {
		return nil, badCache("the header is damaged")
	}
	if v := le.Uint32(b[8:]); v != cacheVersion {
		return nil, badCache("version %d", v)
	}
	h := &cacheHeader{size: int(le.Uint32(b[12:])), channels: int(le.Uint32(b[16:]))}
	rows, pixels, table := le.Uint64(b[24:]), le.Uint64(b[32:]), le.Uint64(b[40:])
	if h.size < MinSize || h.size > MaxSize || h.channels != 1 && h.channels != 3 || le.Uint32(b[20:]) != cacheBlock {
		return nil, badCache("the settings in the header are impossible")
	}
	if rows > math.MaxInt32 || pixels > maxCacheBytes || table > maxTableJSON || pixels != rows*uint64(h.rowLen()) {
		return nil, badCache("the lengths in the header are impossible")
	}
	h.rows, h.pixelsLen, h.tableLen = int(rows), int64(pixels), int64(table)
	copy(h.key[:], b[48:])
	copy(h.pixelSum[:], b[80:])
	copy(h.tailSum[:], b[112:])
	if h.fileLen() != fileLen {
		return nil, badCache("it has %d bytes where the header says %d", fileLen, h.fileLen())
	}
	return h, nil
}

// cacheTable is what a cache file holds beside the pixels.
type cacheTable struct {
	Found   int          `json:"found"`
	Files   []string     `json:"files"`
	Sides   []side       `json:"sides"`
	Columns []*column    `json:"columns"`
	Skipped []skippedRow `json:"skipped"`
	Notes   []Skipped    `json:"notes"`
	// Contents are contentLen bytes a row, which are the same for the same image.
	Contents []byte `json:"contents"`
}

type skippedRow struct {
	Row    int    `json:"row"`
	Reason string `json:"reason"`
}

// check refuses a table that would lead to accesses out of range.
func (t *cacheTable) check(rows int) error {
	if len(t.Files) != rows || len(t.Sides) != rows || len(t.Contents) != rows*contentLen || t.Found < rows {
		return badCache("the table has not one entry a row")
	}
	for _, c := range t.Columns {
		if c == nil || len(c.Codes) != rows {
			return badCache("a label has not one value a row")
		}
		for _, code := range c.Codes {
			if code < -1 || int(code) >= len(c.Values) {
				return badCache("a label has an unknown value")
			}
		}
	}
	last := -1
	for _, s := range t.Skipped {
		if s.Row <= last || s.Row >= rows {
			return badCache("the skipped rows are out of order")
		}
		last = s.Row
	}
	return nil
}

// cacheKey identifies the cache file of a source at the given options.
func cacheKey(src source, o Options) digest {
	h := sha256.New()
	fmt.Fprintf(h, "dataprism cache %d size %d channels %d background %v\n", cacheVersion, o.Size, o.channels(), o.background())
	if !o.Frame.Whole() {
		fmt.Fprintf(h, "frame %v\n", o.Frame)
	}
	if o.MaxImages > 0 {
		fmt.Fprintf(h, "max images %d seed %d\n", o.MaxImages, o.Seed)
	}
	src.stamp(h)
	return digest(h.Sum(nil))
}

func cachePath(dir string, key digest) string {
	return filepath.Join(dir, hex.EncodeToString(key[:16])+".cache")
}

// cacheFile is an open cache: its header, its table and its mapped pixels.
type cacheFile struct {
	header *cacheHeader
	table  *cacheTable
	data   mapping
}

// openCache opens and verifies a cache file. Errors of a file that is there
// but unfit wrap errCache.
func openCache(ctx context.Context, path, name string, key digest, o Options) (*cacheFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	head := make([]byte, headerLen)
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, badCache("%v", err)
	}
	h, err := decodeHeader(head, info.Size())
	if err != nil {
		return nil, err
	}
	if h.key != key {
		return nil, badCache("it belongs to other images")
	}
	tail := make([]byte, h.tailLen())
	if _, err := f.ReadAt(tail, h.tailStart()); err != nil {
		return nil, badCache("%v", err)
	}
	if sha256.Sum256(tail) != h.tailSum {
		return nil, badCache("the table is damaged")
	}
	if err := verifyBlocks(ctx, f, h, tail, o.Workers, newMeter(o.Progress, name, Checking, InBytes, h.pixelsLen)); err != nil {
		return nil, err
	}
	t := new(cacheTable)
	if err := json.Unmarshal(tail[4*h.blocks():], t); err != nil {
		return nil, badCache("%v", err)
	}
	if err := t.check(h.rows); err != nil {
		return nil, err
	}
	data, err := mapFile(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("cannot map the cache file %s: %w", path, cause(err))
	}
	return &cacheFile{h, t, data}, nil
}

// verifyBlocks checks the pixels against their checksums. It reads them
// rather than touching the mapping, which leaves memory to those that need it.
func verifyBlocks(ctx context.Context, f *os.File, h *cacheHeader, sums []byte, workers int, m *meter) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	table := castagnoli()
	for range min(int64(workers), h.blocks()) {
		g.Go(func() error {
			buf := make([]byte, cacheBlock)
			for ctx.Err() == nil {
				i := next.Add(1) - 1
				if i >= h.blocks() {
					return nil
				}
				b := buf[:min(cacheBlock, h.pixelsLen-i*cacheBlock)]
				if _, err := f.ReadAt(b, headerLen+i*cacheBlock); err != nil {
					return badCache("%v", err)
				}
				if crc32.Checksum(b, table) != binary.LittleEndian.Uint32(sums[4*i:]) {
					return badCache("block %d of the pixels is damaged", i)
				}
				m.add(int64(len(b)))
			}
			return ctx.Err()
		})
	}
	return g.Wait()
}
