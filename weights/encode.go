package weights

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/dataprism/dataprism/internal/atomicfile"
)

// Write writes a safetensors file with its checksum. A reader of path sees the old file or the whole new one, never a
// part, even when the machine stops meanwhile. Equal contents give equal bytes, whatever the order in which the
// tensors were added. f is not changed.
func Write(path string, f *File) error {
	if err := atomicfile.WriteFrom(path, f.Encode); err != nil {
		return fmt.Errorf("write weights %s: %w", path, err)
	}
	return nil
}

// Encode writes what [Write] does to w: a header padded to a multiple of 8 bytes, then the tensors' data, those with
// larger elements first and then by name, so that every tensor is aligned to its elements.
func (f *File) Encode(w io.Writer) error {
	tensors := slices.SortedFunc(slices.Values(f.tensors), func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(b.DType.Size(), a.DType.Size()), cmp.Compare(a.Name, b.Name))
	})
	header, err := f.encodeHeader(tensors)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(w, 1<<16)
	var length [lengthSize]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(header)))
	buffered.Write(length[:])
	buffered.Write(header)
	for _, t := range tensors {
		if err := t.writeTo(buffered); err != nil {
			return err
		}
	}
	return buffered.Flush() // which reports the first error of all
}

// encodeHeader returns the header of the tensors, in this order, padded so that the data start at a multiple of 8
// bytes.
func (f *File) encodeHeader(tensors []Tensor) ([]byte, error) {
	sum, err := f.checksum()
	if err != nil {
		return nil, err
	}
	metadata := map[string]string{ChecksumKey: sum}
	for key, value := range f.Metadata {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return nil, &FormatError{Problem: fmt.Sprintf("metadata %q is not valid UTF-8", key)}
		}
		if key != ChecksumKey {
			metadata[key] = value
		}
	}
	var b bytes.Buffer
	b.WriteString("{" + quote(metadataKey) + ":{")
	for i, key := range slices.Sorted(maps.Keys(metadata)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quote(key) + ":" + quote(metadata[key]))
	}
	b.WriteByte('}')
	offset := 0
	for _, t := range tensors {
		fmt.Fprintf(&b, `,%s:{"dtype":"%v","shape":[`, quote(t.Name), t.DType)
		for i, axis := range t.Shape {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Itoa(axis))
		}
		fmt.Fprintf(&b, `],"data_offsets":[%d,%d]}`, offset, offset+t.size())
		offset += t.size()
	}
	b.WriteByte('}')
	for b.Len()%lengthSize != 0 {
		b.WriteByte(' ')
	}
	if b.Len() > maxHeader {
		return nil, &FormatError{Problem: fmt.Sprintf("a header of %d bytes is over the format's limit of %d: use fewer tensors or less metadata", b.Len(), maxHeader)}
	}
	return b.Bytes(), nil
}

// quote returns valid UTF-8 as a JSON string, with & and < left as they are.
func quote(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string and a buffer cannot fail
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
