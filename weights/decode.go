package weights

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
)

const (
	// lengthSize is the size of the header's length at the start of a file.
	lengthSize = 8
	// maxHeader is the largest header that the format allows, in bytes.
	maxHeader = 100_000_000
)

// Read reads a safetensors file. The tensors' data share one buffer of the file's size. Errors name the file; one
// that was damaged after it was written with a checksum gives a [*ChecksumError], a malformed one a [*FormatError].
func Read(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read weights: %w", err)
	}
	f, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read weights %s: %w", path, err)
	}
	f.path = path
	return f, nil
}

// Decode reads a safetensors file from memory. The tensors' data are parts of data, not copies.
func Decode(data []byte) (*File, error) {
	if len(data) < lengthSize {
		return nil, &FormatError{Problem: fmt.Sprintf("not a safetensors file: %d bytes are too few", len(data))}
	}
	length := binary.LittleEndian.Uint64(data)
	body := data[lengthSize:]
	switch {
	case length > maxHeader:
		return nil, &FormatError{Problem: fmt.Sprintf("not a safetensors file: a header of %d bytes is over the limit of %d", length, maxHeader)}
	case length > uint64(len(body)):
		return nil, &FormatError{Problem: fmt.Sprintf("the file is cut short: its header takes %d bytes, %d are there", length, len(body))}
	}
	header, err := parseHeader(body[:length])
	if err != nil {
		return nil, err
	}
	f := &File{Metadata: header.metadata}
	if err := f.addRanges(header.entries, body[length:]); err != nil {
		return nil, err
	}
	if recorded, ok := f.Metadata[ChecksumKey]; ok {
		computed, err := f.checksum()
		if err != nil {
			return nil, err
		}
		if computed != recorded {
			return nil, &ChecksumError{Recorded: recorded, Computed: computed}
		}
		f.verified = true
	}
	return f, nil
}

// addRanges cuts data into the tensors of the header. Their ranges must cover data completely without overlapping,
// which also bounds what a header can make us allocate.
func (f *File) addRanges(entries []headerEntry, data []byte) error {
	slices.SortStableFunc(entries, func(a, b headerEntry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	f.tensors = make([]Tensor, 0, len(entries))
	f.index = make(map[string]int, len(entries))
	offset := int64(0)
	for _, e := range entries {
		t := Tensor{Name: e.name, DType: e.dtype, Shape: e.shape}
		switch {
		case e.begin < offset:
			return t.errorf("its data, bytes %d to %d, overlap another tensor's", e.begin, e.end)
		case e.begin > offset:
			return t.errorf("its data start at byte %d, and no tensor holds the bytes from %d", e.begin, offset)
		case e.end < e.begin:
			return t.errorf("its data end, at byte %d, before they start, at %d", e.end, e.begin)
		case e.end > int64(len(data)):
			return t.errorf("the file is cut short: data up to byte %d, %d are there", e.end, len(data))
		}
		t.Data = data[e.begin:e.end:e.end]
		if err := f.Add(t); err != nil {
			return err
		}
		offset = e.end
	}
	if offset != int64(len(data)) {
		return &FormatError{Problem: fmt.Sprintf("%d bytes after the last tensor belong to none", int64(len(data))-offset)}
	}
	return nil
}
