package collection

import (
	"bufio"
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

// A cache file holds the pixels of one collection at one setting. All numbers are little endian.
//
//	0      magic "DPRISMC\x00", version, size, channels, block length (4 bytes each)
//	24     rows, length of the pixels, length of the text (8 bytes each)
//	48     key: SHA-256 of the settings, of the images' stamp and of the rows' names
//	80     SHA-256 of the pixels
//	112    SHA-256 of what follows the pixels
//	144    what the file is, as JSON behind its length (4 bytes); zeros
//	4092   CRC-32C of bytes 0 to 4091
//	4096   pixels: rows of size * size * channels bytes, zeros for skipped ones
//	then   CRC-32C of each block of the pixels, 4 bytes each
//	then   contentLen bytes a row, by which copies of an image are known
//	then   the text: which rows are skipped and why, as JSON
//
// Names and labels are in the index of the collection, which all its settings share (see catalogfile.go).
//
// Promises: a file of the right name is complete, because it is written under another name, synced and renamed; every
// byte of it is covered by a checksum that is verified when it is opened; two processes that build the same file each
// write one of their own, and either serves both. A file that is damaged is built again. The stamp is made of paths,
// sizes, modes and times of modification, not of content: an image that is changed but keeps its size and its time to
// the nanosecond is not noticed.
const (
	cacheMagic    = "DPRISMC\x00"
	cacheVersion  = 6
	headerLen     = 4096
	headerAbout   = 144
	cacheBlock    = 1 << 20
	maxTextJSON   = 1 << 31
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
	textLen           int64
	key               digest
	pixelSum, tailSum digest
	about             about
}

func (h *cacheHeader) rowLen() int64    { return int64(h.size) * int64(h.size) * int64(h.channels) }
func (h *cacheHeader) blocks() int64    { return (h.pixelsLen + cacheBlock - 1) / cacheBlock }
func (h *cacheHeader) tailStart() int64 { return headerLen + h.pixelsLen }
func (h *cacheHeader) tailLen() int64   { return 4*h.blocks() + int64(h.rows)*contentLen + h.textLen }
func (h *cacheHeader) fileLen() int64   { return h.tailStart() + h.tailLen() }

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func (h *cacheHeader) encode() []byte {
	b := make([]byte, 0, headerLen)
	b = append(b, cacheMagic...)
	le := binary.LittleEndian
	for _, v := range []int{cacheVersion, h.size, h.channels, cacheBlock} {
		b = le.AppendUint32(b, uint32(v))
	}
	for _, v := range []int64{int64(h.rows), h.pixelsLen, h.textLen} {
		b = le.AppendUint64(b, uint64(v))
	}
	for _, d := range []digest{h.key, h.pixelSum, h.tailSum} {
		b = append(b, d[:]...)
	}
	return h.about.seal(b)
}

// decodeHeader reads the header of a file of fileLen bytes and checks that its numbers agree with each other and with
// that length.
func decodeHeader(b []byte, fileLen int64) (*cacheHeader, error) {
	if len(b) < headerLen || string(b[:8]) != cacheMagic {
		return nil, badCache("it does not start as one")
	}
	le := binary.LittleEndian
	if !sealed(b[:headerLen]) {
		return nil, badCache("the header is damaged")
	}
	if v := le.Uint32(b[8:]); v != cacheVersion {
		return nil, badCache("version %d", v)
	}
	h := &cacheHeader{size: int(le.Uint32(b[12:])), channels: int(le.Uint32(b[16:]))}
	rows, pixels, text := le.Uint64(b[24:]), le.Uint64(b[32:]), le.Uint64(b[40:])
	if h.size < MinSize || h.size > MaxSize || h.channels != 1 && h.channels != 3 || le.Uint32(b[20:]) != cacheBlock {
		return nil, badCache("the settings in the header are impossible")
	}
	if rows > math.MaxInt32 || pixels > maxCacheBytes || text > maxTextJSON || pixels != rows*uint64(h.rowLen()) {
		return nil, badCache("the lengths in the header are impossible")
	}
	h.rows, h.pixelsLen, h.textLen = int(rows), int64(pixels), int64(text)
	copy(h.key[:], b[48:])
	copy(h.pixelSum[:], b[80:])
	copy(h.tailSum[:], b[112:])
	h.about = aboutAt(b, headerAbout)
	if h.fileLen() != fileLen {
		return nil, badCache("it has %d bytes where the header says %d", fileLen, h.fileLen())
	}
	return h, nil
}

// cacheTable is what is known of the rows of a collection beside their pixels.
type cacheTable struct {
	Found    int
	Files    []string
	Sides    []side
	Columns  []*column
	Notes    []Skipped
	Skipped  []skippedRow
	Contents []byte // contentLen bytes a row, which are the same for the same image
}

// add enters what came of decoding the rows.
func (t *cacheTable) add(o outcome) {
	t.Skipped, t.Contents = o.Skipped, o.contents
	t.Notes = append(t.Notes, o.Notes...)
}

// outcome is what a cache file holds beside the pixels.
type outcome struct {
	Skipped  []skippedRow `json:"skipped"`
	Notes    []Skipped    `json:"notes"`
	Depth    int          `json:"depth,omitempty"`
	contents []byte
}

type skippedRow struct {
	Row    int    `json:"row"`
	Reason string `json:"reason"`
}

// check refuses skipped rows that would lead to accesses out of range.
func (o outcome) check(rows int) error {
	last := -1
	for _, s := range o.Skipped {
		if s.Row <= last || s.Row >= rows {
			return badCache("the skipped rows are out of order")
		}
		last = s.Row
	}
	return nil
}

// stamps identify the content of a source: of its images, and of the files that only give labels.
type stamps struct{ images, labels digest }

func stampsOf(src source) stamps {
	images, labels := sha256.New(), sha256.New()
	wi, wl := bufio.NewWriter(images), bufio.NewWriter(labels)
	src.stamp(wi, wl)
	wi.Flush() // writing to a digest does not fail
	wl.Flush()
	return stamps{digest(images.Sum(nil)), digest(labels.Sum(nil))}
}

// cacheKey identifies the cache file of the rows of a source, of the given names, at the given options. Files that
// only give labels are no part of it: labels may change without an image being decoded again.
func cacheKey(s stamps, files []string, o Options) digest {
	h := sha256.New()
	w := bufio.NewWriter(h)
	fmt.Fprintf(w, "dataprism cache %d decoders %d size %d channels %d background %v\n", cacheVersion, decoders, o.Size, o.channels(), o.background())
	if !o.Frame.Whole() {
		fmt.Fprintf(w, "frame %v\n", o.Frame)
	}
	if o.Pad {
		fmt.Fprintln(w, "pad")
	}
	if o.Depth > 0 {
		fmt.Fprintf(w, "depth %d\n", o.Depth)
	}
	w.Write(s.images[:])
	for _, f := range files {
		w.WriteString(f)
		w.WriteByte(0)
	}
	w.Flush() // writing to a digest does not fail
	return digest(h.Sum(nil))
}

func cachePath(dir string, key digest) string {
	return filepath.Join(dir, hex.EncodeToString(key[:16])+".cache")
}

// cacheFile is an open cache: its header, what it holds beside the pixels, and these, mapped. The table is filled in
// by who knows the rows.
type cacheFile struct {
	header  *cacheHeader
	outcome outcome
	table   *cacheTable
	data    mapping
}

// openCache opens and verifies a cache file. Errors of a file that is there but unfit wrap errCache.
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
	contents, text := tail[4*h.blocks():][:int64(h.rows)*contentLen], tail[4*h.blocks()+int64(h.rows)*contentLen:]
	t := outcome{contents: contents}
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, badCache("%v", err)
	}
	if err := t.check(h.rows); err != nil {
		return nil, err
	}
	data, err := mapFile(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("cannot map the cache file %s: %w", path, cause(err))
	}
	return &cacheFile{header: h, outcome: t, data: data}, nil
}

// verifyBlocks checks the pixels against their checksums. It reads them rather than touching the mapping, which
// leaves memory to those that need it.
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
