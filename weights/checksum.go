package weights

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"strings"
)

// ChecksumKey is the metadata key of a file's checksum: the SHA-256, in hexadecimal, of the metadata without this
// key, in the order of the keys, then of the tensors in the order of their names. Every string is preceded by its
// length and every number is 8 bytes little-endian, so that two contents never give the same bytes. The checksum does
// not depend on the order of the tensors in the file nor on the layout of its header.
const ChecksumKey = "dataprism.sha256"

// ChecksumError says that a file was changed after it was written.
type ChecksumError struct {
	Recorded, Computed string // hexadecimal
}

func (e *ChecksumError) Error() string {
	return "the file is damaged: its checksum is " + abbreviate(e.Computed) + ", it was written with " + abbreviate(e.Recorded)
}

// abbreviate shortens a checksum for people, who only compare its beginning.
func abbreviate(sum string) string { return strings.ToValidUTF8(sum[:min(12, len(sum))], "") }

// checksum computes the value described at ChecksumKey.
func (f *File) checksum() (string, error) {
	h := contentHash{sha256.New()}
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(f.Metadata)), func(key string) bool {
		return key == ChecksumKey
	})
	h.number(len(keys))
	for _, key := range keys {
		h.text(key)
		h.text(f.Metadata[key])
	}
	names := slices.Sorted(maps.Keys(f.index))
	h.number(len(names))
	for _, name := range names {
		t := f.tensors[f.index[name]]
		h.text(name)
		h.text(t.DType.String())
		h.number(len(t.Shape))
		for _, axis := range t.Shape {
			h.number(axis)
		}
		if err := t.writeTo(h); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// contentHash feeds self-delimiting values to a hash.
type contentHash struct{ hash.Hash }

func (h contentHash) number(n int) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	h.Write(b[:])
}

func (h contentHash) text(s string) {
	h.number(len(s))
	h.Write([]byte(s))
}
