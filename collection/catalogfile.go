package collection

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/dataprism/dataprism/internal/atomicfile"
)

// An index file keeps the catalog of a collection, so that a folder of archives is looked through once. Its first
// page is
//
//	0      magic "DPRISMI\x00", version (4 bytes), CRC-32C of the body (4 bytes), length of the body (8 bytes)
//	24     key: SHA-256 of the source's stamp
//	56     what the file is, as JSON behind its length (4 bytes); zeros
//	4092   CRC-32C of bytes 0 to 4091
//
// and the body follows: numbers as unsigned varints, texts behind their lengths. The promises are those of the cache
// of pixels.
const (
	indexMagic   = "DPRISMI\x00"
	indexVersion = 1
	indexAbout   = 56
)

// indexKey identifies the catalog of a source.
func indexKey(s stamps) digest {
	h := sha256.New()
	fmt.Fprintf(h, "dataprism index %d\n", indexVersion)
	h.Write(s.images[:])
	h.Write(s.labels[:])
	return digest(h.Sum(nil))
}

func indexPath(dir string, key digest) string {
	return filepath.Join(dir, hex.EncodeToString(key[:16])+".index")
}

// openCatalog returns the catalog of a source: from its index file, or by listing it and writing that.
func openCatalog(ctx context.Context, src source, s Spec, o Options, stamps stamps) (*catalog, error) {
	key := indexKey(stamps)
	path := indexPath(o.CacheDir, key)
	if c, err := readIndex(path, key); err == nil {
		used(path)
		if w, ok := sourceWithin(src).(located); ok {
			w.locate(c.where)
		}
		return c, nil
	}
	c, err := catalogOf(ctx, src, s)
	if err != nil {
		return nil, err
	}
	return c, writeIndex(path, key, c, about{Path: s.Path, Images: len(c.entries)})
}

func writeIndex(path string, key digest, c *catalog, a about) error {
	if err := prepareCache(filepath.Dir(path)); err != nil {
		return err
	}
	err := writeIndexFile(path, key, c, a)
	if err != nil {
		return cacheTrouble(filepath.Dir(path), err)
	}
	return nil
}

func writeIndexFile(path string, key digest, c *catalog, a about) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(make([]byte, headerLen)); err != nil {
		return err
	}
	sum := crc32.New(castagnoli())
	p := &packer{w: bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<20)}
	p.catalog(c)
	if err := p.w.Flush(); err != nil {
		return err
	}
	head := make([]byte, 0, headerLen)
	head = append(head, indexMagic...)
	head = binary.LittleEndian.AppendUint32(head, indexVersion)
	head = binary.LittleEndian.AppendUint32(head, sum.Sum32())
	head = binary.LittleEndian.AppendUint64(head, uint64(p.length))
	head = append(head, key[:]...)
	head = a.seal(head)
	if _, err := f.WriteAt(head, 0); err != nil {
		return err
	}
	return f.Commit()
}

func readIndex(path string, key digest) (*catalog, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, headerLen)
	if _, err := io.ReadFull(f, head); err != nil || string(head[:8]) != indexMagic || !sealed(head) {
		return nil, badCache("the header of the index is damaged")
	}
	le := binary.LittleEndian
	length := le.Uint64(head[16:])
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if le.Uint32(head[8:]) != indexVersion || digest(head[24:56]) != key || length > math.MaxInt64/2 || info.Size() != headerLen+int64(length) {
		return nil, badCache("the index is of another version or of other images")
	}
	// The names and labels of the catalog are parts of this one text.
	var text strings.Builder
	text.Grow(int(length))
	sum := crc32.New(castagnoli())
	if _, err := io.Copy(io.MultiWriter(&text, sum), f); err != nil {
		return nil, err
	}
	if sum.Sum32() != le.Uint32(head[12:]) {
		return nil, badCache("the index is damaged")
	}
	return decodeCatalog(text.String())
}

// packer writes the body of an index.
type packer struct {
	w      *bufio.Writer // which keeps its first error
	length int64
	number [binary.MaxVarintLen64]byte
}

func (p *packer) uint(v uint64) {
	n, _ := p.w.Write(binary.AppendUvarint(p.number[:0], v))
	p.length += int64(n)
}

func (p *packer) text(s string) {
	p.uint(uint64(len(s)))
	n, _ := p.w.WriteString(s)
	p.length += int64(n)
}

func (p *packer) catalog(c *catalog) {
	p.uint(uint64(len(c.entries)))
	for i, e := range c.entries {
		p.text(e.file)
		p.uint(uint64(c.sides[i]))
	}
	reasons := 0
	for _, e := range c.entries {
		if e.reason != "" {
			reasons++
		}
	}
	p.uint(uint64(reasons))
	for i, e := range c.entries {
		if e.reason != "" {
			p.uint(uint64(i))
			p.text(e.reason)
		}
	}
	p.uint(uint64(len(c.columns)))
	for _, column := range c.columns {
		p.text(column.Name)
		p.uint(uint64(len(column.Values)))
		for _, v := range column.Values {
			p.text(v)
		}
		for _, code := range column.Codes {
			p.uint(uint64(code + 1))
		}
	}
	p.uint(uint64(len(c.notes)))
	for _, n := range c.notes {
		p.text(n.File)
		p.text(n.Reason)
	}
	p.uint(uint64(len(c.where)))
	for _, w := range c.where {
		p.uint(uint64(w.shard))
		p.uint(uint64(w.at))
		p.uint(uint64(w.size))
	}
}

// unpacker reads the body of an index. After the first error everything is zero.
type unpacker struct {
	text   string
	failed bool
}

func (u *unpacker) uint(most uint64) uint64 {
	var v uint64
	for i := 0; i < len(u.text) && i < binary.MaxVarintLen64; i++ {
		b := u.text[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			u.text = u.text[i+1:]
			if v > most {
				break
			}
			return v
		}
	}
	u.failed, u.text = true, ""
	return 0
}

// count reads how many things follow, each of which takes a byte at least.
func (u *unpacker) count() int { return int(u.uint(uint64(len(u.text)))) }

func (u *unpacker) string() string {
	n := u.count()
	if n > len(u.text) {
		u.failed, n = true, 0
	}
	s := u.text[:n]
	u.text = u.text[n:]
	return s
}

// decodeCatalog reads the body of an index and refuses what would lead to accesses out of range.
func decodeCatalog(text string) (*catalog, error) {
	u := &unpacker{text: text}
	n := u.count()
	c := &catalog{entries: make([]entry, n), sides: make([]side, n)}
	for i := range n {
		c.entries[i].file = u.string()
		c.sides[i] = side(u.uint(uint64(sideHeld)))
	}
	for range u.count() {
		if row := u.uint(uint64(max(n-1, 0))); n > 0 {
			c.entries[row].reason = u.string()
		}
	}
	for range u.count() {
		column := &column{Name: u.string()}
		column.Values = make([]string, u.count())
		for i := range column.Values {
			column.Values[i] = u.string()
		}
		if n > len(u.text) {
			u.failed = true
			break
		}
		column.Codes = make([]int32, n)
		for i := range column.Codes {
			column.Codes[i] = int32(u.uint(uint64(len(column.Values)))) - 1
		}
		c.columns = append(c.columns, column)
	}
	c.notes = make([]Skipped, u.count())
	for i := range c.notes {
		c.notes[i] = Skipped{u.string(), u.string()}
	}
	if places := u.count(); places == n && n > 0 {
		c.where = make([]location, n)
		for i := range c.where {
			c.where[i] = location{int32(u.uint(math.MaxInt32)), int64(u.uint(math.MaxInt64)), int64(u.uint(math.MaxInt64))}
		}
	} else if places != 0 {
		u.failed = true
	}
	if u.failed || len(u.text) > 0 {
		return nil, badCache("the index cannot be read")
	}
	return c, nil
}
